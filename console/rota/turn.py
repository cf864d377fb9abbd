"""One bar of the calendar: who is on call from when to when and why, and what may be done there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from flask import abort, flash, g, redirect, request, url_for
from werkzeug.wrappers import Response

from console import page
from console.access import may
from console.rota import fields, frame
from console.rota.fields import Form
from ivr.models import Agent, RotaOverride, RotaShift
from ivr.reason import Reason
from ivr.rota import history, standing
from ivr.rota.history import levels_then
from ivr.rota.refusal import Refused
from ivr.rota.stretches import Duty, Stretch
from ivr.rota.tables import is_usable
from ivr.scene import Scene
from ivr.spans import Span

MOMENT = timedelta(minutes=1)


@dataclass(frozen=True)
class Offer:
    """What another agent may be asked for: `value` is the option's, `turn` what comes back."""

    value: str
    turn: Duty | None


def turn_page() -> str | Response:
    """`level`, `agent` and `at` name the bar; one that is no longer there leads back."""
    at = fields.utc(request.args.get("at", "")) or abort(404)
    with page.looking() as scene:
        duty = find(scene, request.args.get("level", ""), request.args.get("agent", ""), at)
        if duty is None:
            flash("rota_gone")
            day = at.astimezone(scene.policy.zone).date()
            return redirect(url_for("console.rota_page", day=day), code=303)
        return show(scene, duty, typed=request.args, tried=request.args.get("form", ""))


def address(duty: Duty) -> str:
    """Of the turn's page."""
    at, agent = duty.start.isoformat(), duty.place.agent
    return url_for("console.turn_page", level=duty.level, agent=agent, at=at)


def find(scene: Scene, level: str, agent: str, at: datetime) -> Duty | None:
    """The turn of that agent which holds `at`."""
    number = fields.number(agent)
    for duty in history.turns(scene, at, at + MOMENT):
        if duty.level == level and duty.place.agent == number and duty.start <= at < duty.end:
            return duty
    return None


def show(
    scene: Scene,
    duty: Duty,
    refusal: Reason | None = None,
    typed: Form | None = None,
    tried: str = "",
) -> str:
    """The page of a turn; `typed` is what the form `tried` held when it was refused."""
    rule, _, number = duty.place.rule.partition(" ")
    over = duty.end <= scene.now
    mine = duty.place.agent == g.agent.id
    rest = max(duty.start, scene.now), duty.end
    return frame.render(
        scene,
        "turn.html",
        refusal=refusal,
        duty=duty,
        rule=rule,
        row=_row(scene, rule, int(number) if number.isdecimal() else 0),
        then=_then(scene, duty),
        rest=rest,
        over=over,
        may_change=may("change_rota") and not over,
        may_swap=mine and may("swap_shifts") and not over,
        soon=_soon(scene, duty),
        agents=choices(scene),
        offers=_offers(scene, duty) if mine and not over else (),
        seen=_mark(scene, duty.level, rest) if not over else "",
        typed=typed or {},
        tried=tried,
    )


def new_rota_entry_page() -> str:
    """The form that a drag over the calendar fills in, and that works without one."""
    with page.looking() as scene:
        return show_new(scene, request.args)


def show_new(scene: Scene, form: Form, refusal: Reason | None = None) -> str:
    """The form, with who is on call in the time that it names."""
    typed, span = dict(form), _span(scene, form)
    level = form.get("level", "")
    known = level in scene.policy.rota.levels
    for name, at in zip(("from", "until"), span or (), strict=False):
        typed.setdefault(f"{name}_local", f"{at.astimezone(scene.policy.zone):%Y-%m-%dT%H:%M}")
        typed.setdefault(f"{name}_at", at.isoformat())
    stretches: Sequence[Stretch] = ()
    if span and known:
        stretches = standing.at_level(scene, level, span)
    return frame.render(
        scene,
        "new.html",
        refusal=refusal,
        typed=typed,
        levels=scene.policy.rota.levels,
        products=scene.policy.products,
        chosen=request.values.getlist("products"),
        agents=choices(scene),
        stretches=_by_people(stretches),
        seen=standing.mark(scene, level, span) if span and known else "",
        past=span is not None and span[1] <= scene.now,
    )


def choices(scene: Scene) -> list[Agent]:
    """Whom the line can ring, by name."""
    agents = scene.session.query(Agent).order_by(Agent.name, Agent.id)
    return [one for one in agents if is_usable(one, scene.policy, scene.line_number)]


def _span(scene: Scene, form: Form) -> Span | None:
    """The time that an address (exact moments) or a form (local ones) names."""
    zone = scene.policy.zone
    found = []
    for name in ("from", "until"):
        exact = fields.utc(form.get(name, ""))
        try:
            found.append(exact or fields.moment(form, name, zone))
        except Refused:
            return None
    try:
        return fields.stretch(*found)
    except Refused:
        return None


def _mark(scene: Scene, level: str, span: Span) -> str:
    too_long = span[1] - span[0] > fields.LONGEST
    return "" if too_long else standing.mark(scene, level, span)


def _row(scene: Scene, rule: str, number: int) -> RotaOverride | RotaShift | None:
    if rule == "override":
        return scene.session.get(RotaOverride, number)
    return scene.session.get(RotaShift, number) if rule == "shift" else None


def _then(scene: Scene, duty: Duty) -> list[int]:
    """Who is rung after, where the turn begins (or now, where it runs)."""
    at = min(max(duty.start, scene.now), duty.end - MOMENT)
    level = next(one for one in levels_then(scene, at) if one.name == duty.level)
    return [place.agent for place in level.standing if not place.duty]


def _soon(scene: Scene, duty: Duty) -> datetime:
    """When a swap of it may begin: of a turn that runs, at the next full hour."""
    if duty.start > scene.now:
        return duty.start
    hour = scene.now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return min(hour, duty.end)


def _offers(scene: Scene, duty: Duty) -> list[tuple[Agent, list[Offer]]]:
    """Each other agent: nothing in return, or one of the turns that are still to come."""
    agents = {one.id: one for one in choices(scene) if one.id != g.agent.id}
    turns: dict[int, list[Duty]] = {}
    for one in standing.turns_ahead(scene):
        if one.place.agent in agents:
            begins = max(one.start, _soon(scene, one))
            if begins < one.end:
                turns.setdefault(one.place.agent, []).append(replace(one, start=begins))
    return [
        (agent, [Offer(str(number), None), *(_offer(number, one) for one in turns.get(number, ()))])
        for number, agent in agents.items()
    ]


def _offer(agent: int, turn: Duty) -> Offer:
    return Offer(f"{agent} {turn.level} {turn.start.isoformat()} {turn.end.isoformat()}", turn)


def _by_people(stretches: Sequence[Stretch]) -> list[tuple[datetime, datetime, tuple[int, ...]]]:
    """Who is on call from when to when, without the reasons."""
    found = []
    for people, same in groupby(stretches, key=lambda one: one.level.duty):
        pieces = list(same)
        found.append((pieces[0].start, pieces[-1].end, people))
    return found
