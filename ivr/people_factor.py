"""The second factor: codes of an authenticator application (TOTP), and recovery codes.

A code counts once (RFC 6238, 5.2), a minute early or late at most; wrong ones are counted by agent,
from wherever they come. The secret is encrypted, recovery codes are hashed (ASVS 6.5, 6.6).
"""

from __future__ import annotations

import hmac
import re
import secrets
from datetime import datetime, timedelta

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import delete, func, select, update

from ivr import attempts, people_sessions
from ivr.database import changed
from ivr.incidents import Refused
from ivr.models import Agent, Attempt, RecoveryCode, SecondFactor
from ivr.people_vault import Vault
from ivr.reason import Reason
from ivr.scene import Scene

KIND = "second_factor"
TRIES, WINDOW = 5, timedelta(minutes=15)
CODES = 10
CONFIRMS_AGAIN = timedelta(minutes=2)
"""So long the first code counts once more: a double click, whose second page is the one seen."""
STEP = 30
"""Seconds that a code of an authenticator stands for."""
_EARLY_OR_LATE = (0, -1, 1)
_ISSUER = "p1line"
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_SELECTOR, _REST = 2, 10
"""Characters of a recovery code: those that tell codes apart, and the secret ones (49 bits)."""
_hasher = PasswordHasher()


def of(scene: Scene, agent: Agent) -> SecondFactor | None:
    """The agent's second factor where it is in force."""
    factor = scene.session.get(SecondFactor, agent.id)
    return factor if factor and factor.confirmed_at else None


def begin(scene: Scene, vault: Vault, agent: Agent) -> None:
    """A new secret, not in force before its first code; nothing where one is in force."""
    factor = _locked(scene, agent)
    if factor and factor.confirmed_at:
        raise Refused(Reason("people.factor_on"))
    secret = vault.close(pyotp.random_base32(), KIND, agent.id)
    scene.session.merge(SecondFactor(agent_id=agent.id, secret=secret, last_step=0))


def secret_of(scene: Scene, vault: Vault, agent: Agent) -> str | None:
    """What the application is to be told, until it has shown a code; never afterwards."""
    factor = scene.session.get(SecondFactor, agent.id)
    if factor is None or factor.confirmed_at:
        return None
    return vault.open(factor.secret, KIND, agent.id)


def address(agent: Agent, secret: str) -> str:
    """What the QR code says: an otpauth:// address."""
    return pyotp.TOTP(secret).provisioning_uri(name=agent.email, issuer_name=_ISSUER)


def confirm(scene: Scene, vault: Vault, agent: Agent, code: str, at: datetime) -> list[str]:
    """The application has shown its first code: in force; the answer is the recovery codes, which
    are told once. `at` is real time, as telephones keep it. Raises `Refused`.

    Sent twice at once, the same code gives new recovery codes: the page that is seen last is
    right. Later, or once somebody has signed in, it is a code that was used.
    """
    factor = _locked(scene, agent)
    if factor is None:
        raise Refused(Reason("people.no_factor"))
    step = _step_of(vault, factor, code, at)
    if step is None or (factor.confirmed_at and not _is_twice(scene, factor, step)):
        raise Refused(Reason("people.wrong_code"))
    factor.confirmed_at = factor.confirmed_at or scene.now
    factor.last_step = step
    _forgive(scene, agent)
    return renew_codes(scene, agent)


def _is_twice(scene: Scene, factor: SecondFactor, step: int) -> bool:
    """Is it the confirmation's own code? After a sign-in `last_step` may be of that one's."""
    since = factor.confirmed_at
    return (
        since is not None
        and step == factor.last_step
        and scene.now - since <= CONFIRMS_AGAIN
        and not people_sessions.began_verified(scene, factor.agent_id, since)
    )


def renew_codes(scene: Scene, agent: Agent) -> list[str]:
    """New recovery codes, as they are told once; those before are worth nothing any more."""
    scene.session.execute(delete(RecoveryCode).where(RecoveryCode.agent_id == agent.id))
    codes: dict[str, str] = {}
    while len(codes) < CODES:
        drawn = "".join(secrets.choice(_LETTERS) for _ in range(_SELECTOR + _REST))
        codes.setdefault(drawn[:_SELECTOR], drawn)
    for selector, code in codes.items():
        hashed = _hasher.hash(code[_SELECTOR:])
        scene.session.add(RecoveryCode(agent_id=agent.id, selector=selector, code_hash=hashed))
    return [shown(code) for code in codes.values()]


def shown(code: str) -> str:
    """In groups of four."""
    return "-".join(code[place : place + 4] for place in range(0, len(code), 4))


def codes_left(scene: Scene, agent: Agent) -> int:
    unused = (RecoveryCode.agent_id == agent.id, RecoveryCode.used_at.is_(None))
    return scene.session.scalar(select(func.count()).where(*unused)) or 0


def remove(scene: Scene, agent: Agent, but: int | None = None) -> bool:
    """No second factor any more, and every other session is over; false where there was none."""
    found = scene.session.execute(
        delete(SecondFactor)
        .where(SecondFactor.agent_id == agent.id)
        .returning(SecondFactor.agent_id)
    ).all()
    scene.session.execute(delete(RecoveryCode).where(RecoveryCode.agent_id == agent.id))
    people_sessions.end_all(scene, agent, but)
    return bool(found)


# A code at the sign-in -----------------------------------------------------------------------


def may_try(scene: Scene, agent: Agent) -> bool:
    """Counts a try before it is judged; false where there were too many."""
    attempts.note(scene, KIND, str(agent.id))
    return attempts.count(scene, KIND, key=str(agent.id), since=WINDOW) <= TRIES


def accepts(scene: Scene, vault: Vault, agent: Agent, code: str, at: datetime) -> str | None:
    """How the code is right: "code", or "recovery"; none: it is wrong, or was used before."""
    if (factor := of(scene, agent)) is None:
        return None
    way = "code" if _is_new(scene, vault, factor, code, at) else None
    if way is None and _is_recovery(scene, agent, code):
        way = "recovery"
    if way:
        _forgive(scene, agent)
    return way


def _forgive(scene: Scene, agent: Agent) -> None:
    """The code was right: the wrong ones before it count no more."""
    mine = (Attempt.kind == KIND, Attempt.key == str(agent.id))
    scene.session.execute(delete(Attempt).where(*mine))


def _is_new(scene: Scene, vault: Vault, factor: SecondFactor, code: str, at: datetime) -> bool:
    """Of two at once with one code, only the first: its UPDATE says so."""
    step = _step_of(vault, factor, code, at)
    if step is None:
        return False
    ours = (SecondFactor.agent_id == factor.agent_id, SecondFactor.last_step < step)
    return changed(scene.session, update(SecondFactor).where(*ours).values(last_step=step))


def _step_of(vault: Vault, factor: SecondFactor, code: str, at: datetime) -> int | None:
    """The time step that the code stands for."""
    secret = vault.open(factor.secret, KIND, factor.agent_id)
    digits = re.sub(r"\s", "", code)
    if secret is None or not re.fullmatch(r"[0-9]{6}", digits):
        return None
    totp, now = pyotp.TOTP(secret, interval=STEP), int(at.timestamp())
    for steps in _EARLY_OR_LATE:
        moment = now + steps * STEP
        if hmac.compare_digest(totp.at(moment), digits):
            return moment // STEP
    return None


def _is_recovery(scene: Scene, agent: Agent, code: str) -> bool:
    typed = re.sub(r"[^0-9A-Z]", "", code.upper())
    if len(typed) != _SELECTOR + _REST:
        return False
    mine = (RecoveryCode.agent_id == agent.id, RecoveryCode.selector == typed[:_SELECTOR])
    unused = (*mine, RecoveryCode.used_at.is_(None))
    hashed = scene.session.scalar(select(RecoveryCode.code_hash).where(*unused))
    try:
        if hashed is None or not _hasher.verify(hashed, typed[_SELECTOR:]):
            return False
    except VerificationError:
        return False
    return changed(scene.session, update(RecoveryCode).where(*unused).values(used_at=scene.now))


def _locked(scene: Scene, agent: Agent) -> SecondFactor | None:
    return scene.session.get(SecondFactor, agent.id, with_for_update=True, populate_existing=True)
