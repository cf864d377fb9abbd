"""Who is calling: the client by its number, the super user by a number on file or a PIN (§1.2).

A caller's number is a hint, and can be forged: it opens the way to a callback, and reads no name
or other data to the caller.
"""

from __future__ import annotations

from datetime import timedelta
from functools import reduce

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload

from ivr import attempts
from ivr.hours import OpenTime
from ivr.models import Call, Client, ClientLine, Incident, SuperUser
from ivr.rows import run
from ivr.scene import Scene

HOUR = timedelta(hours=1)
_BY_NUMBER = (
    select(Client).where(Client.number == bindparam("number")).options(joinedload(Client.products))
)
_LANGUAGES = select(SuperUser.language).where(
    SuperUser.phone == bindparam("phone"), SuperUser.removed_at.is_(None)
)
_hasher = PasswordHasher()


def find_client(scene: Scene, call: Call, number: str) -> Client | None:
    """The client of `number`; none where it is unknown, or where this caller guesses too much.

    A caller whose number is on file for that very client is never held up.
    """
    client = by_number(scene, number)
    if client and (is_known(call, client) or not _guesses(scene, call, "client_number")):
        return client
    attempts.note(scene, "client_number", call.caller)
    return None


def by_number(scene: Scene, number: str) -> Client | None:
    found = scene.session.scalars(_BY_NUMBER, {"number": number})
    return found.unique().one_or_none()


def is_known(call: Call, client: Client) -> bool:
    """Is the caller's number on file for this client, as a super user's or as a line?"""
    return bool(call.caller) and (
        any(user.phone == call.caller for user in active(client))
        or any(line.phone == call.caller for line in client.lines)
    )


def clients_of(scene: Scene, phone: str | None) -> list[Client]:
    """The clients for whom this number is on file: a hint, before anything is keyed."""
    users = select(SuperUser.client_id).where(
        SuperUser.phone == phone, SuperUser.removed_at.is_(None)
    )
    lines = select(ClientLine.client_id).where(ClientLine.phone == phone)
    if phone is None:
        return []
    on_file = Client.id.in_(users) | Client.id.in_(lines)
    return list(scene.session.scalars(select(Client).where(on_file)))


def active(client: Client) -> list[SuperUser]:
    return [user for user in client.super_users if user.removed_at is None]


def match(call: Call, client: Client) -> tuple[str, SuperUser | None] | None:
    """How the caller's number is known, and whose it is: a clinic's line may be anybody's."""
    users = [user for user in active(client) if user.phone == call.caller]
    if users:
        return "number", users[0] if len(users) == 1 else None
    if call.caller and any(line.phone == call.caller for line in client.lines):
        return "line", None
    return None


def by_keyed_number(
    scene: Scene, call: Call, client: Client, phone: str | None
) -> SuperUser | None:
    """The super user who keyed the number that the centre has on file."""
    if not _guesses(scene, call, "identity"):
        for user in active(client):
            if user.phone == phone:
                return user
    attempts.note(scene, "identity", call.caller)
    return None


def pin_is_right(scene: Scene, call: Call, client: Client, pin: str) -> bool:
    known = client.pin_hash if not _guesses(scene, call, "identity") else None
    if known and is_secret(known, pin):
        return True
    attempts.note(scene, "identity", call.caller)
    return False


def hash_secret(secret: str) -> str:
    """For a PIN or a password that is kept (argon2id)."""
    return _hasher.hash(secret)


def is_secret(hashed: str, secret: str) -> bool:
    """Is it the secret that was hashed?"""
    try:
        return _hasher.verify(hashed, secret)
    except VerifyMismatchError:
        return False


def prefers_english(scene: Scene, phone: str | None) -> bool:
    """True where everybody whose number this is has asked for English."""
    return set(run(scene.session, _LANGUAGES, phone=phone).scalars()) == {"en"}


def may_claim_critical(scene: Scene, call: Call) -> bool:
    """May a caller without a client wake the duty level? Capped per number and night."""
    night = timedelta(hours=12)
    limits = scene.policy.limits
    allowed = limits.unidentified_critical_per_number_per_night
    if call.caller is None:  # all who withhold their number share one count
        allowed = limits.unidentified_critical_withheld_per_night
    return attempts.count(scene, "critical", key=call.caller, since=night) < allowed


def extended_window(scene: Scene, incident: Incident) -> OpenTime | None:
    """The extended service's hours for this client and product (§1.1); none: not held.

    While the product is not known yet, any of the client's products will do.
    """
    client = scene.session.get(Client, incident.client_id) if incident.client_id else None
    windows = [
        scene.policy.window(held.window)
        for held in (client.products if client else ())
        if held.extended and incident.product in (None, held.product)
    ]
    return reduce(OpenTime.union, windows) if windows else None


def _guesses(scene: Scene, call: Call, kind: str) -> bool:
    limits = scene.policy.limits
    by_caller = attempts.count(scene, kind, key=call.caller, since=HOUR)
    if by_caller >= limits.wrong_numbers_per_caller_per_hour:
        return True
    overall = attempts.count(scene, kind, since=HOUR)
    return overall >= limits.wrong_numbers_overall_per_hour
