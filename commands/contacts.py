"""`p1line contacts`: who answers when a client escalates, by level, product and service (§3)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from sqlalchemy.orm import Session

from commands import environment
from commands.moments import refusals
from commands.wording import WORDS, json_option, language_option, refuse, say
from ivr import contacts, numbers
from ivr.catalogue import LANGUAGES
from ivr.contacts import Plan
from ivr.database import connect, reading, sessions
from ivr.escalation_levels import LEVELS
from ivr.local_time import WORDS as REASONS
from ivr.models import EscalationContact
from ivr.policy import Policy
from settings import Settings

SHOWN = (
    "level", "product", "service", "name", "title", "title_en", "phone", "extension", "toll_free",
    "mobile", "email", "language",
)  # fmt: skip


def place_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Whose contact it is: a level, and a product or a service."""
    for option in (
        click.option("--service", default="", help="A service of policy.toml's [escalation]."),
        click.option("--product", default="", help="A product; neither: for all the others."),
        click.option("--level", type=click.IntRange(LEVELS[0], LEVELS[-1]), required=True),
    ):
        command = option(command)
    return command


@click.group()
def command() -> None:
    """Who answers when a client escalates: list, set, remove.

    A caller who asks for a manager hears the contact's name, title and number, and can be put
    through; the contact gets an e-mail.
    """


@command.command("list")
@json_option
@language_option
def list_(as_json: bool, language: str) -> None:
    """The contacts, and the levels that some product has nobody for."""
    settings = environment.settings()
    with _policy(settings) as policy, _session(settings, writes=False) as session:
        found, gaps = contacts.listed(session), contacts.gaps(session, policy)
        if as_json:
            missing = [{"level": level, "product": product} for level, product in gaps]
            rows = [_facts(contact) for contact in found]
            click.echo(json.dumps({"contacts": rows, "missing": missing}, ensure_ascii=False))
            return
        for contact in found:
            _say(contact, language)
        for level, product in gaps:
            say(language, "contacts.gap", level=level, product=product)


@command.command("set")
@place_options
@click.option("--name", required=True, help="As callers hear it.")
@click.option("--title", required=True, help="In French, as callers hear it.")
@click.option("--title-en", default="", help="In English; by default the same.")
@click.option("--phone", required=True, help='With area code; "450 555-0120, poste 214".')
@click.option("--toll-free", default="")
@click.option("--mobile", default="", help="Of levels 2 and 3: rung after hours, and texted.")
@click.option("--email", required=True, help="Where escalations are written to.")
@click.option("--speaks", type=click.Choice(LANGUAGES), default="fr", show_default=True)
@json_option
@language_option
def set_(as_json: bool, language: str, speaks: str, **fields: Any) -> None:
    """Enter a contact, or change the one that the level has for that product or service."""
    settings = environment.settings()
    plan = Plan(language=speaks, **fields)
    with _policy(settings) as policy, _session(settings) as session:
        contact = _put(session, policy, settings, plan, language)
        _print(contact, "contacts.entered", as_json, language)


@command.command()
@place_options
@json_option
@language_option
def remove(level: int, product: str, service: str, as_json: bool, language: str) -> None:
    """Remove the contact of exactly that level, product or service."""
    with _session(environment.settings()) as session:
        contact = contacts.find(session, level, product, service)
        if contact is None:
            refuse(language, "contacts.unknown")
        session.delete(contact)
        _print(contact, "contacts.removed", as_json, language)


@contextmanager
def _policy(settings: Settings) -> Iterator[Policy]:
    with refusals():
        yield Policy.read(settings.policy_file)


@contextmanager
def _session(settings: Settings, *, writes: bool = True) -> Iterator[Session]:
    engine = connect(settings.database_url)
    maker = sessions(engine)
    try:
        with maker.begin() if writes else reading(maker) as session:
            yield session
    finally:
        engine.dispose()


def _put(
    session: Session, policy: Policy, settings: Settings, plan: Plan, language: str
) -> EscalationContact:
    try:
        return contacts.put(session, policy, settings.line_number, plan)
    except contacts.Refused as refused:
        reason = refused.reason
        words = REASONS.text(language, reason.key, **reason.facts)
        raise click.ClickException(words) from refused


def _print(contact: EscalationContact, key: str, as_json: bool, language: str) -> None:
    if as_json:
        click.echo(json.dumps(_facts(contact), ensure_ascii=False))
        return
    say(language, key)
    _say(contact, language)


def _say(contact: EscalationContact, language: str) -> None:
    phone = numbers.written(contact.phone)
    if contact.extension:
        phone = WORDS.text(
            language, "contacts.extension", number=phone, extension=contact.extension
        )
    others = (("contacts.toll_free", contact.toll_free), ("contacts.mobile", contact.mobile))
    say(
        language,
        "contacts.line",
        level=contact.level,
        of=contact.product or contact.service or WORDS.text(language, "contacts.all"),
        name=contact.name,
        title=contact.title_in(language),
        phone=phone,
        others="".join(
            WORDS.text(language, key, number=numbers.written(number))
            for key, number in others
            if number
        ),
        email=contact.email,
    )


def _facts(contact: EscalationContact) -> dict[str, Any]:
    return {name: getattr(contact, name) for name in SHOWN}
