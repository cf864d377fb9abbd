"""The links by which a person sets a password of their own: an invitation, or a reset.

Each counts once and for a time. Half of a link is a random number in the database, half is signed
with a key that is not there: neither the table of links nor the letters that wait in the outbox
hold one that works. The whole is put together when the letter is sent (jobs/notify.py).
"""

from __future__ import annotations

import hmac
import re
import secrets
from datetime import timedelta

from sqlalchemy import select, update

from ivr import people_letters, people_passwords, people_sessions
from ivr.database import changed
from ivr.incidents import Refused
from ivr.models import Agent, PasswordLink
from ivr.people_vault import Vault
from ivr.reason import Reason
from ivr.scene import Scene

LIVES = {"invitation": timedelta(hours=72), "reset": timedelta(hours=1)}
SOON = timedelta(minutes=2)
"""A link that was asked for so lately is not sent again: two clicks are one letter."""
_PLACE = re.compile(r"<password-link:([0-9a-f]{32})>")
_SIGNED = "password link"


def send(scene: Scene, agent: Agent) -> PasswordLink | None:
    """Writes the letter: an invitation to whoever has no password, a reset to others.

    None where the agent is disabled, or had one just now. Those before it stay good: a stranger
    who asks for letters in somebody's name cannot take away the one that is awaited.
    """
    scene.session.refresh(agent, with_for_update=True)
    if not agent.active:
        return None
    lately = select(PasswordLink.id).where(
        PasswordLink.agent_id == agent.id,
        PasswordLink.used_at.is_(None),
        PasswordLink.made_at > scene.now - SOON,
    )
    if scene.session.scalar(lately) is not None:
        return None
    link = make(scene, agent)
    place = f"{scene.public_url}/password/<password-link:{link.nonce}>"
    people_letters.link(scene, agent, link, f"{people_letters.LINK}{link.id}", place)
    return link


def make(scene: Scene, agent: Agent) -> PasswordLink:
    """A link without a letter."""
    kind = "reset" if agent.password_hash else "invitation"
    link = PasswordLink(
        agent_id=agent.id,
        kind=kind,
        nonce=secrets.token_hex(16),
        made_at=scene.now,
        expires_at=scene.now + LIVES[kind],
    )
    scene.session.add(link)
    scene.session.flush()
    return link


def withdraw(scene: Scene, agent: Agent) -> None:
    """None of the agent's links is worth anything any more."""
    mine = (PasswordLink.agent_id == agent.id, PasswordLink.used_at.is_(None))
    scene.session.execute(update(PasswordLink).where(*mine).values(used_at=scene.now))


def token(vault: Vault, link: PasswordLink) -> str:
    """The end of the link's address."""
    return _token(vault, link.nonce)


def filled(vault: Vault, body: str) -> str:
    """A letter as it is sent: with the link that its row does not hold."""
    return _PLACE.sub(lambda match: _token(vault, match[1]), body)


def of_token(scene: Scene, vault: Vault, given: str) -> PasswordLink | None:
    """The link, where it is whole, unused and in time, and its agent not disabled."""
    nonce, _, _ = given.partition(".")
    if not hmac.compare_digest(_token(vault, nonce).encode(), given.encode()):
        return None
    link = scene.session.scalar(select(PasswordLink).where(PasswordLink.nonce == nonce))
    return link if link and people_letters.is_live(scene, link) else None


def use(scene: Scene, link: PasswordLink, password: str) -> Agent:
    """Sets the password. Raises `Refused`, and the link stays good where the password is not.

    Of two at once, the first: its UPDATE says so.
    """
    agent = scene.session.get_one(
        Agent, link.agent_id, with_for_update=True, populate_existing=True
    )
    people_passwords.put(agent, password)
    unused = (PasswordLink.id == link.id, PasswordLink.used_at.is_(None))
    if not changed(scene.session, update(PasswordLink).where(*unused).values(used_at=scene.now)):
        raise Refused(Reason("people.link_used"))
    withdraw(scene, agent)
    people_sessions.end_all(scene, agent)
    if link.kind == "reset":
        people_letters.changed(scene, agent, "password")
    return agent


def _token(vault: Vault, nonce: str) -> str:
    return f"{nonce}.{vault.sign(nonce, _SIGNED)}"
