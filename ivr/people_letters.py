"""What is written to an agent about the agent's own sign-in, in the agent's language."""

from __future__ import annotations

from pathlib import Path

from ivr import local_time, post
from ivr.catalogue import Catalogue
from ivr.models import Agent, Message, PasswordLink
from ivr.scene import Scene

CATALOGUE = Catalogue(Path(__file__).parent / "letters" / "people")
LINK = "password_"
"""The purpose of a letter with a link, before the link's number."""


def link(scene: Scene, agent: Agent, made: PasswordLink, purpose: str, address: str) -> None:
    """The letter with the link that sets a password."""
    until = local_time.written(made.expires_at, scene.now, agent.language, scene.policy.zone)
    _write(scene, agent, agent.email, purpose, made.kind, link=address, until=until)


def is_of_link(purpose: str) -> bool:
    return purpose.startswith(LINK)


def is_wanted(scene: Scene, message: Message) -> bool:
    """May the letter still go out? Not where its link was used or withdrawn, or has expired."""
    found = scene.session.get(PasswordLink, int(message.purpose.removeprefix(LINK)))
    return found is not None and is_live(scene, found)


def is_live(scene: Scene, link: PasswordLink) -> bool:
    return link.used_at is None and scene.now < link.expires_at and link.agent.active


def changed(scene: Scene, agent: Agent, what: str, to: str | None = None) -> None:
    """Tells the agent of a change that somebody else could have made (ASVS 6.3.7).

    `what`: "password", "email" (to the address of before), "factor_on", "factor_off",
    "recovery_used".
    """
    purpose = f"changed_{what}_{agent.id}_{int(scene.now.timestamp())}"
    at = local_time.written(scene.now, scene.now, agent.language, scene.policy.zone)
    _write(scene, agent, to or agent.email, purpose, f"changed_{what}", at=at)


def _write(scene: Scene, agent: Agent, to: str, purpose: str, kind: str, **facts: str) -> None:
    facts = {"name": agent.name, "site": scene.public_url, **facts}
    subject, body = (
        CATALOGUE.text(agent.language, f"{kind}.{part}", **facts) for part in ("subject", "mail")
    )
    post.write(scene, None, purpose, "mail", to, subject=subject, body=body.strip(), agent=agent)
