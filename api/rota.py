"""The rota: who is on call at a moment and over time, and who takes whose place."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from api import shapes
from api.operation import Answer, Asked
from api.problems import Problem
from api.schema import Fault
from ivr import staff
from ivr.models import Agent, RotaOverride
from ivr.rota import entering, standing, tables
from ivr.rota.refusal import Refused as RotaRefused
from ivr.rota.stretches import shifts_between

MOST_DAYS = 62
"""Of the rota over time: two months at once."""


def on_call(asked: Asked) -> Answer:
    """Level by level, in the order in which they are rung; now, or at a moment."""
    scene, query = asked.scene, asked.query
    at = query.get("at", scene.now)
    levels = staff.levels(replace(scene, now=at), query.get("product"), query.get("language"))
    return Answer(shapes.ON_CALL.write({"at": at, "levels": levels}))


def over_time(asked: Asked) -> Answer:
    """Who is on call from when to when, at each level that is in use."""
    scene, query = asked.scene, asked.query
    start = query.get("from", scene.now)
    end = start + timedelta(days=query.get("days", 7))
    rota = tables.read(scene.session, scene.policy, scene.line_number, start, end)
    used = rota.in_use()
    stretches = shifts_between(rota, start, end, query.get("product"), query.get("language"))
    duties = [
        {
            "level": stretch.level.name,
            "start": stretch.start,
            "end": stretch.end,
            "agents": [scene.session.get_one(Agent, agent) for agent in stretch.level.duty],
        }
        for stretch in stretches
        if stretch.level.name in used
    ]
    return Answer(shapes.ROTA.write({"from": start, "until": end, "duties": duties}))


def list_overrides(asked: Asked) -> Answer:
    """Those that hold or will hold, the soonest first."""
    rows = entering.standing_overrides(asked.scene)
    return Answer([shapes.OVERRIDE.write(row) for row in rows])


def add_override(asked: Asked) -> Answer:
    """Somebody takes the place of somebody, or of whoever is on call at a level."""
    scene, body = asked.scene, asked.body
    standing.lock(scene)
    replaces = body.get("replaces")
    level = body.get("level")
    if level is not None and level not in scene.policy.rota.levels:
        choices = ", ".join(scene.policy.rota.levels)
        raise Problem("refused", faults=[Fault("/body/level", "choice", {"choices": choices})])
    row = entering.override(
        scene,
        _agent(asked, "agent", body["agent"]),
        (body["start"], body["end"]),
        replaces=None if replaces is None else _agent(asked, "replaces", replaces),
        level=level,
        by=_by(asked),
        note=body.get("note", ""),
    )
    if reason := entering.idle(scene, row):
        raise RotaRefused(reason.key, **reason.facts)
    location = f"/api/v1/rota/overrides/{row.id}"
    return Answer(shapes.OVERRIDE.write(row), status=201, location=location)


def get_override(asked: Asked) -> Answer:
    row = asked.scene.session.get(RotaOverride, asked.path["id"])
    if row is None:
        raise Problem("not_found")
    return Answer(shapes.OVERRIDE.write(row))


def withdraw_override(asked: Asked) -> Answer:
    """From now on; what it has changed until now stays."""
    standing.lock(asked.scene)
    if asked.scene.session.get(RotaOverride, asked.path["id"]) is None:
        raise Problem("not_found")
    row = entering.withdraw(asked.scene, asked.path["id"], _by(asked))
    return Answer(shapes.OVERRIDE.write(row))


def _agent(asked: Asked, name: str, number: int) -> Agent:
    agent = asked.scene.session.get(Agent, number)
    if agent is None:
        raise Problem("refused", faults=[Fault(f"/body/{name}", "no_agent")])
    return agent


def _by(asked: Asked) -> Agent | None:
    return asked.agent if asked.token.agent_id is not None else None
