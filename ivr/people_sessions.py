"""Who is signed in where: the sessions of the web list, kept here so that ending one ends it.

The browser keeps a random key, the table its hash. A session is over when its agent signs out, is
disabled, or gets another role or password; and after policy.toml's `session_longest`, or
`session_idle` without a page being asked for (ASVS 7.3, 7.4).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, joinedload

from ivr.models import Agent, ConsoleSession
from ivr.policy_parts import Access
from ivr.scene import Scene

FOR_CODE = timedelta(minutes=10)
"""From the right password to the code of the second factor."""
NOTICED_EVERY = timedelta(minutes=2)
KEPT = timedelta(days=90)
"""What is over is kept so long: to tell when somebody was last here."""
_LONGEST_BROWSER = 200


def start(
    scene: Scene,
    agent: Agent,
    browser: str,
    *,
    way: str = "password",
    awaits_code: bool = False,
    verified: bool = False,
) -> str:
    """Opens a session; the answer is its key, which is nowhere else. What is old is forgotten."""
    key = secrets.token_urlsafe(32)
    old = (ConsoleSession.agent_id == agent.id, ConsoleSession.started_at < scene.now - KEPT)
    scene.session.execute(delete(ConsoleSession).where(*old))
    scene.session.add(
        ConsoleSession(
            agent_id=agent.id,
            key_hash=_hash(key),
            stamp=_stamp(agent),
            way=way,
            awaits_code=awaits_code,
            verified=verified,
            browser=browser[:_LONGEST_BROWSER],
            started_at=scene.now,
            seen_at=scene.now,
        )
    )
    return key


def of_key(session: Session, key: str, access: Access, now: datetime) -> ConsoleSession | None:
    """The session of a browser's key, with its agent, where it is not over."""
    found = session.scalar(
        select(ConsoleSession)
        .where(ConsoleSession.key_hash == _hash(key))
        .options(joinedload(ConsoleSession.agent, innerjoin=True))
    )
    return found if found and _holds(found, access, now) else None


def notice(scene: Scene, found: ConsoleSession) -> None:
    """Its browser has asked for something now."""
    scene.session.execute(
        update(ConsoleSession)
        .where(ConsoleSession.id == found.id, ConsoleSession.seen_at < scene.now)
        .values(seen_at=scene.now)
    )


def needs_notice(found: ConsoleSession, now: datetime) -> bool:
    return now - found.seen_at >= NOTICED_EVERY


def live(scene: Scene, agent: Agent, access: Access) -> Sequence[ConsoleSession]:
    """The agent's sessions that are not over, the latest first."""
    rows = scene.session.scalars(
        select(ConsoleSession)
        .where(ConsoleSession.agent_id == agent.id, ConsoleSession.ended_at.is_(None))
        .order_by(ConsoleSession.id.desc())
        .options(joinedload(ConsoleSession.agent, innerjoin=True))
    )
    return [row for row in rows if not row.awaits_code and _holds(row, access, scene.now)]


def began_verified(scene: Scene, agent_id: int, since: datetime) -> bool:
    """Has the agent signed in with a second factor after `since`? A session that is over counts."""
    mine = (ConsoleSession.agent_id == agent_id, ConsoleSession.verified)
    later = select(ConsoleSession.id).where(*mine, ConsoleSession.started_at > since)
    return scene.session.scalar(later.limit(1)) is not None


def goes_on(scene: Scene, agent: Agent, session_id: int, *, verified: bool = False) -> None:
    """This session outlives a change of its agent's own making; all others end."""
    end_all(scene, agent, session_id)
    this = scene.session.get_one(ConsoleSession, session_id)
    this.stamp = _stamp(agent)
    this.verified = this.verified or verified


def end(scene: Scene, agent_id: int, session_id: int) -> bool:
    """Ends one of the agent's sessions; false where it was over already."""
    mine = (ConsoleSession.id == session_id, ConsoleSession.agent_id == agent_id)
    return _end(scene, *mine)


def end_all(scene: Scene, agent: Agent, but: int | None = None) -> bool:
    """Ends all sessions of the agent, or all but one; false where there were none."""
    mine = [ConsoleSession.agent_id == agent.id]
    if but is not None:
        mine.append(ConsoleSession.id != but)
    return _end(scene, *mine)


def _end(scene: Scene, *which: object) -> bool:
    ended = scene.session.execute(
        update(ConsoleSession)
        .where(*which, ConsoleSession.ended_at.is_(None))  # type: ignore[arg-type]
        .values(ended_at=scene.now)
        .returning(ConsoleSession.id)
    )
    return bool(ended.all())


def _holds(found: ConsoleSession, access: Access, now: datetime) -> bool:
    longest = FOR_CODE if found.awaits_code else access.session_longest
    return (
        found.ended_at is None
        and found.agent.active
        and hmac.compare_digest(found.stamp, _stamp(found.agent))
        and now - found.started_at < longest
        and now - found.seen_at < access.session_idle
    )


def _stamp(agent: Agent) -> str:
    """Changes with the password and the role: the hash of a password holds its own salt."""
    return hashlib.sha256(f"{agent.password_hash}\n{agent.role}".encode()).hexdigest()


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
