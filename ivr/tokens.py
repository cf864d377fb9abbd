"""Tokens of integrations: drawn and shown once, looked up by their hash at each request.

A token that is revoked, has expired, or acts as somebody who has left opens nothing from that
moment on: nothing about it is remembered between two requests.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, or_, select, update
from sqlalchemy.orm import Session, joinedload

from ivr import audit, incidents, rights, states, timeline
from ivr.incidents import Refused
from ivr.models import Agent, ApiToken, Incident
from ivr.reason import Reason
from ivr.scene import Scene
from ivr.working import typed

PREFIX = "p1line_"
"""By which a scanner of secrets knows one that has got into a repository."""
SCOPES = (
    "incidents",
    "recordings",
    "clients",
    "change_clients",
    "rota",
    "change_rota",
    "outages",
    "articles",
    "reports",
)
"""The rights of ivr/rights.py that the API has something for."""
CHANGING = ("change_clients", "change_rota")
"""Of these, the ones that only change."""
LONGEST_NAME = 80
DAYS = (30, 90, 365)
"""For how many days a token may be made; or without an end."""
RATES = (60, 300, 1200)
"""Requests in a minute."""


@dataclass(frozen=True)
class Wanted:
    """What an administrator asks for. `agent` none: it acts as the integration."""

    form: str
    name: str
    rights: Collection[str]
    may_change: bool
    agent: Agent | None
    per_minute: int
    days: int | None


def make(scene: Scene, by: Agent, wanted: Wanted) -> tuple[ApiToken, str]:
    """A new token, and its text, which is nowhere afterwards. Raises `Refused`."""
    name = named(wanted.name)
    asked = [right for right in SCOPES if right in wanted.rights]
    _check(scene, wanted, asked)
    text = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        name=name,
        token_hash=_hash(text),
        hint=text[-4:],
        form=wanted.form,
        rights=asked,
        may_change=wanted.may_change,
        agent=wanted.agent,
        per_minute=wanted.per_minute,
        created_at=scene.now,
        created_by=by,
        expires_at=scene.now + timedelta(days=wanted.days) if wanted.days else None,
    )
    scene.session.add(token)
    facts = {"rights": asked, "changes": wanted.may_change}
    acts_as = {"acts_as": wanted.agent.name} if wanted.agent else {}
    audit.note(scene, by, "token_made", name, **facts, **acts_as)
    return token, text


def revoke(scene: Scene, token: ApiToken, by: Agent) -> None:
    """It opens nothing any more; twice does no harm."""
    if token.revoked_at is None:
        token.revoked_at = scene.now
        audit.note(scene, by, "token_revoked", token.name)


def find(session: Session, text: str, now: datetime) -> ApiToken | None:
    """The token of that text, where it still opens something."""
    query = select(ApiToken).where(ApiToken.token_hash == _hash(text))
    token = session.scalar(query.options(joinedload(ApiToken.agent)))
    return token if token is not None and is_live(token, now) else None


def is_live(token: ApiToken, now: datetime) -> bool:
    expired = token.expires_at is not None and token.expires_at <= now
    gone = token.agent is not None and not token.agent.active
    return token.revoked_at is None and not expired and not gone


def may(token: ApiToken, right: str) -> bool:
    """Was it given the right, and has whoever it acts as still got it?"""
    if right not in token.rights or (right in CHANGING and not token.may_change):
        return False
    return token.agent is None or rights.may(token.agent.role, right)


def count(scene: Scene, token: ApiToken) -> int:
    """One more request of this minute: how many are left of it; -1: it is one too many."""
    minute = scene.now.replace(second=0, microsecond=0)
    same = ApiToken.minute == minute
    counted = (
        update(ApiToken)
        .where(
            ApiToken.id == token.id,
            or_(ApiToken.minute.is_(None), ~same, ApiToken.used < ApiToken.per_minute),
        )
        .values(
            used=case((same, ApiToken.used + 1), else_=1), minute=minute, last_used_at=scene.now
        )
        .returning(ApiToken.per_minute - ApiToken.used)
        .execution_options(synchronize_session=False)
    )
    left = scene.session.execute(counted).scalar()
    return -1 if left is None else int(left)


def note(scene: Scene, token: ApiToken, incident: Incident, text: str) -> None:
    """Something to remember, from the integration itself. Raises `Refused`."""
    incidents.lock(scene, incident)
    if refusal := states.refusal("note", incident.state, states.Doer(rights.LOWEST, holds=False)):
        raise Refused(refusal)
    written = typed(text, "working.no_note")
    timeline.record(scene, incident, "note", text=written, integration=token.name)
    incidents.recompute(scene, incident)


def known(session: Session) -> Sequence[ApiToken]:
    """All that were ever made, the newest first."""
    query = select(ApiToken).order_by(ApiToken.id.desc())
    return session.scalars(
        query.options(joinedload(ApiToken.agent), joinedload(ApiToken.created_by))
    ).all()


def named(name: str) -> str:
    """A name for an integration, in one line. Raises `Refused`."""
    name = " ".join(name.split())
    if not name:
        raise Refused(Reason("integrations.no_name"))
    if len(name) > LONGEST_NAME:
        raise Refused(Reason("integrations.long_name", {"longest": LONGEST_NAME}))
    return name


def _check(scene: Scene, wanted: Wanted, asked: Sequence[str]) -> None:
    if not asked:
        raise Refused(Reason("integrations.no_right"))
    if wanted.per_minute not in RATES or wanted.days not in (None, *DAYS):
        raise Refused(Reason("integrations.no_choice"))
    if wanted.agent is None:
        return
    if not wanted.agent.active:
        raise Refused(Reason("integrations.inactive", {"agent": wanted.agent.name}))
    lacking = [right for right in asked if not rights.may(wanted.agent.role, right)]
    if lacking:
        raise Refused(Reason("integrations.beyond_role", {"agent": wanted.agent.name}))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
