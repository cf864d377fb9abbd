"""Everybody of the centre, who has left it, and what each role may: the table in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select

from console import page
from ivr import rights
from ivr.models import Agent, ConsoleSession, SecondFactor
from ivr.scene import Scene


def people_page() -> str:
    with page.looking() as scene:
        by_name = (func.lower(Agent.name), Agent.id)
        people = scene.session.scalars(select(Agent).order_by(*by_name)).all()
        return page.render(
            "people/people.html",
            people=[person for person in people if person.active],
            left=[person for person in people if not person.active],
            last_seen=last_seen(scene),
            with_factor=_with_factor(scene),
            roles=tuple(rights.RANKS),
            rights=tuple(rights.RIGHTS),
            may_role=rights.may,
        )


def last_seen(scene: Scene) -> Mapping[int, datetime]:
    """When each was last here, to a few minutes; who never was, or not for long, is not in it."""
    latest = func.max(ConsoleSession.seen_at)
    rows = select(ConsoleSession.agent_id, latest).where(ConsoleSession.awaits_code.is_(False))
    found = scene.session.execute(rows.group_by(ConsoleSession.agent_id))
    return {agent_id: at for agent_id, at in found}  # noqa: C416 a row is no pair to a type checker


def _with_factor(scene: Scene) -> set[int]:
    confirmed = select(SecondFactor.agent_id).where(SecondFactor.confirmed_at.is_not(None))
    return set(scene.session.scalars(confirmed))
