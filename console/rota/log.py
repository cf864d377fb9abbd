"""The on-call log: who was on call at a moment, in what order and why, and which phones rang."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from console import page
from console.rota import fields, frame
from ivr.models import Leg, RotaLayer, RotaOverride, RotaShift
from ivr.rota import history
from ivr.rota.order import Level
from ivr.rota.refusal import Refused
from ivr.scene import Scene

AROUND = timedelta(hours=1)
"""Phones that rang so long before and after are shown beside it."""
MOST = 50
KINDS = ("hunt", "level", "agent")
"""Legs that ring an agent: ivr/models/outgoing.py."""


def on_call_log() -> str:
    """`at` is a `datetime-local`; without one the page asks, and answers for now."""
    typed = request.args.get("at", "")
    product = request.args.get("product", "")
    with page.looking() as scene:
        refusal, at = None, scene.now
        if typed:
            try:
                at = fields.moment(request.args, "at", scene.policy.zone)
            except Refused as refused:
                refusal = refused.reason
        known = product if product in scene.policy.products else None
        levels = history.levels_then(scene, at, known)
        used = [one for one in levels if one.name != scene.policy.rota.everyone]
        return frame.render(
            scene,
            "log.html",
            refusal=refusal,
            at=at,
            typed=typed,
            product=known,
            products=scene.policy.products,
            levels=used,
            entered=_entered(scene, used),
            legs=_legs(scene, at),
        )


def _entered(scene: Scene, levels: list[Level]) -> dict[str, tuple[datetime, str | None]]:
    """By the rules that stand there: when each was entered, and by whom where that is known."""
    found: dict[str, tuple[datetime, str | None]] = {}
    tables = {"layer": RotaLayer, "override": RotaOverride, "shift": RotaShift}
    for rule in {place.rule for level in levels for place in level.standing}:
        kind, _, number = rule.partition(" ")
        row = scene.session.get(tables[kind], int(number)) if kind in tables else None
        if isinstance(row, RotaOverride):
            found[rule] = row.entered_at, row.entered_by.name if row.entered_by else None
        elif isinstance(row, RotaLayer | RotaShift):
            found[rule] = row.entered_at, None
    return found


def _legs(scene: Scene, at: datetime) -> list[Leg]:
    """The agents' phones that rang around it, in order."""
    rang = (
        select(Leg)
        .where(Leg.kind.in_(KINDS), Leg.agent_id.is_not(None))
        .where(Leg.created_at >= at - AROUND, Leg.created_at < at + AROUND)
        .order_by(Leg.created_at, Leg.id)
        .limit(MOST)
        .options(joinedload(Leg.agent), joinedload(Leg.incident))
    )
    return list(scene.session.scalars(rang))
