"""The contacts of an escalation (§3), as an operator enters them: checked, one for each place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr import numbers
from ivr.escalation_levels import LEVELS
from ivr.models import EscalationContact
from ivr.policy import Policy
from ivr.reason import Reason

MOBILE_FROM = 2
"""Contacts of the first level have no mobile number (§3)."""
LONGEST = 60
"""Characters of a name or a title: a caller hears them."""
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


class Refused(Exception):
    """The contact makes no sense; `reason` says why, in words that ivr/reasons has."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.key)
        self.reason = reason


@dataclass(frozen=True)
class Plan:
    """A contact to enter. Numbers as people write them; an extension may stand in `phone`.

    Neither a product nor a service: for all that has nobody of its own.
    """

    level: int
    name: str
    title: str
    phone: str
    email: str
    product: str = ""
    service: str = ""
    title_en: str = ""
    toll_free: str = ""
    mobile: str = ""
    language: str = "fr"


def put(session: Session, policy: Policy, line_number: str, plan: Plan) -> EscalationContact:
    """The contact of that level, product or service: a new one, or the one there, changed.

    Raises `Refused`, and writes nothing then.
    """
    _check_place(policy, plan)
    values = {
        **asdict(plan),
        **_words(plan),
        **_numbers(policy, line_number, plan),
        "email": _email(plan.email),
    }
    contact = find(session, plan.level, plan.product, plan.service)
    if contact is None:
        contact = EscalationContact()
        session.add(contact)
    for name, value in values.items():
        setattr(contact, name, value)
    session.flush()
    return contact


def find(
    session: Session, level: int, product: str = "", service: str = ""
) -> EscalationContact | None:
    """The contact of exactly that place."""
    place = {"level": level, "product": product, "service": service}
    return session.scalar(select(EscalationContact).filter_by(**place))


def listed(session: Session) -> Sequence[EscalationContact]:
    """All, by level; of each, products before services before what is for all."""
    found = session.scalars(select(EscalationContact)).all()
    return sorted(
        found, key=lambda c: (c.level, not c.product, c.product, not c.service, c.service)
    )


def gaps(session: Session, policy: Policy) -> list[tuple[int, str]]:
    """Levels that a product's clients could ask for in vain, each with the product."""
    places = {(c.level, c.product, c.service) for c in listed(session)}
    first = policy.escalation.services[0]
    return [
        (level, product)
        for level in LEVELS
        for product in policy.products
        if not places & {(level, product, ""), (level, "", first), (level, "", "")}
    ]


def _check_place(policy: Policy, plan: Plan) -> None:
    if plan.level not in LEVELS:
        raise Refused(Reason("escalation.no_level"))
    if plan.product and plan.service:
        raise Refused(Reason("contacts.one_place"))
    if plan.product and plan.product not in policy.products:
        raise Refused(Reason("contacts.no_product", {"product": plan.product}))
    if plan.service and plan.service not in policy.escalation.services:
        raise Refused(Reason("contacts.no_service", {"service": plan.service}))
    if plan.mobile and plan.level < MOBILE_FROM:
        raise Refused(Reason("contacts.mobile"))


def _words(plan: Plan) -> dict[str, str]:
    words = {"name": plan.name, "title": plan.title, "title_en": plan.title_en}
    words = {key: " ".join(text.split()) for key, text in words.items()}
    if not (words["name"] and words["title"]):
        raise Refused(Reason("contacts.no_name"))
    if any(len(text) > LONGEST for text in words.values()):
        raise Refused(Reason("contacts.too_long", {"longest": LONGEST}))
    return words


def _numbers(policy: Policy, line_number: str, plan: Plan) -> dict[str, str]:
    written, extension = numbers.split_extension(plan.phone)
    found = {"phone": written, "toll_free": plan.toll_free, "mobile": plan.mobile}
    checked = {
        key: _number(policy, line_number, text) if text.strip() or key == "phone" else ""
        for key, text in found.items()
    }
    return {**checked, "extension": extension or ""}


def _number(policy: Policy, line_number: str, text: str) -> str:
    number = numbers.canonical(text)
    if number is None:
        raise Refused(Reason("contacts.bad_number", {"number": text}))
    if reason := numbers.dialable(number, policy.dialling, (line_number,)):
        raise Refused(reason)
    return number


def _email(text: str) -> str:
    email = text.strip().lower()
    if not _EMAIL.fullmatch(email):
        raise Refused(Reason("contacts.bad_email", {"email": text}))
    return email
