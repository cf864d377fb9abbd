"""The secret address at which a calendar program reads an agent's own shifts.

The secret is made of a random salt and a key of the application that is in no table, so that it can
be shown again and a copy of the database gives none away; it is looked up by its hash.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import timedelta

from sqlalchemy import select, update

from ivr import audit
from ivr.models import Agent, RotaAddress
from ivr.scene import Scene

NOTED = timedelta(hours=1)
"""How exactly it is known when an address was last read."""
_LONGEST = 100


def make(scene: Scene, agent: Agent, key: str) -> RotaAddress:
    """A new address for the agent, in the place of the one that there may be."""
    row = scene.session.get(RotaAddress, agent.id, with_for_update=True)
    if row is None:
        row = RotaAddress(agent_id=agent.id)
        scene.session.add(row)
    row.salt = secrets.token_urlsafe(24)
    row.secret_hash = _hash(_secret(row.salt, agent.id, key))
    row.made_at, row.read_at = scene.now, None
    audit.note(scene, agent, "calendar_address_made", agent.name)
    scene.session.flush()
    return row


def revoke(scene: Scene, agent: Agent) -> None:
    """From now on nobody reads the agent's calendar; without an address nothing happens."""
    row = scene.session.get(RotaAddress, agent.id, with_for_update=True)
    if row is not None:
        scene.session.delete(row)
        audit.note(scene, agent, "calendar_address_revoked", agent.name)


def secret_of(row: RotaAddress, key: str) -> str | None:
    """What the address holds; none where the application's key is another by now."""
    secret = _secret(row.salt, row.agent_id, key)
    return secret if hmac.compare_digest(_hash(secret), row.secret_hash) else None


def reader_of(scene: Scene, secret: str) -> Agent | None:
    """The agent whose address it is, as long as the agent is with the centre."""
    if len(secret) > _LONGEST:
        return None
    wanted = _hash(secret)
    row = scene.session.scalars(
        select(RotaAddress).where(RotaAddress.secret_hash == wanted)
    ).one_or_none()
    if row is None or not hmac.compare_digest(row.secret_hash, wanted) or not row.agent.active:
        return None
    return row.agent


def note_reading(scene: Scene, agent: Agent) -> None:
    """Programs read every few minutes: one write an hour is enough."""
    before = scene.now - NOTED
    scene.session.execute(
        update(RotaAddress)
        .where(RotaAddress.agent_id == agent.id)
        .where((RotaAddress.read_at.is_(None)) | (RotaAddress.read_at < before))
        .values(read_at=scene.now)
        .execution_options(synchronize_session=False)
    )


def _secret(salt: str, agent_id: int, key: str) -> str:
    said = f"calendar\n{agent_id}\n{salt}".encode()
    digest = hmac.new(key.encode(), said, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
