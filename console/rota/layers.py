"""The rotations: each level's, and a form that shows what a change does before it is made."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flask import abort, flash, g, redirect, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from console import page
from console.rota import fields, frame, layer_form, turn
from console.rota.layer_form import Faults
from console.session import the_line
from ivr import audit
from ivr.catalogue import LANGUAGES
from ivr.models import Agent, RotaLayer
from ivr.reason import Reason
from ivr.rota import planning, standing, whatif
from ivr.rota.layers import LayerPlan
from ivr.rota.planning import ChangeKind, LayerChange
from ivr.rota.refusal import Refused
from ivr.scene import Scene

Answer = str | Response | tuple[str, int]
Typed = MultiDict[str, str]
LATELY = timedelta(minutes=2)
_ACTS = {"added": "layer_added", "changed": "layer_changed", "ended": "layer_ended"}


def layers_page() -> str:
    with page.looking() as scene:
        return _layers(scene)


def _layers(scene: Scene, refusal: Reason | None = None) -> str:
    g.here = url_for("console.layers_page")
    rows = planning.current(scene.session, scene.now)
    levels = [name for name in scene.policy.rota.levels if name != scene.policy.rota.everyone]
    shown = {name: [row for row in rows if row.level == name] for name in levels}
    return frame.render(scene, "layers.html", levels=shown, refusal=refusal)


def new_layer_page() -> str:
    level = request.args.get("level", "")
    with page.looking() as scene:
        if level not in scene.policy.rota.levels:
            abort(404)
        rows = [row for row in planning.current(scene.session, scene.now) if row.level == level]
        place = max((row.place for row in rows), default=-1) + 1
        today = scene.now.astimezone(scene.policy.zone).date()
        return _form(scene, None, layer_form.empty(level, place, today))


def layer_page(layer_id: int) -> str:
    with page.looking() as scene:
        row = _row(scene, layer_id)
        typed = layer_form.from_row(row)
        if row.ends_at is not None:
            typed["ends"] = f"{row.ends_at.astimezone(scene.policy.zone):%Y-%m-%dT%H:%M}"
        return _form(scene, row, typed)


def add_layer() -> Answer:
    return _act(None)


def change_layer(layer_id: int) -> Answer:
    """`end`: it ends, and nothing comes in its place. Without `confirmed` it is only shown."""
    return _act(layer_id)


def _act(layer_id: int | None) -> Answer:
    form = request.form
    try:
        if form.get("confirmed") == "1":
            return _made(layer_id, form)
        with page.looking() as scene:
            row = _row(scene, layer_id) if layer_id is not None else None
            change, at = _change(scene, form, row)
            return _preview(scene, change, at, form)
    except Faults as faults:
        with page.looking() as scene:
            row = _row(scene, layer_id) if layer_id is not None else None
            return _form(scene, row, form, faults=faults.fields), 409
    except Refused as refused:
        with page.looking() as scene:
            found = scene.session.get(RotaLayer, layer_id) if layer_id is not None else None
            if layer_id is not None and not _is_open(scene, found):
                return _layers(scene, refused.reason), 409
            return _form(scene, found, form, refused.reason), 409


def _made(layer_id: int | None, form: Typed) -> Response:
    """Written as it was shown, unless somebody has changed the rotations meanwhile."""
    with the_line().scene() as scene:
        standing.lock(scene)
        agent = scene.session.get_one(Agent, g.agent.id)
        if not _is_made(scene, form, layer_id):
            if form.get("seen") != mark(scene):
                raise Refused("rota.changed_meanwhile")
            row = _row(scene, layer_id) if layer_id is not None else None
            change, at = _change(scene, form, row)
            facts = {"level": change.level, "at": at.isoformat()}
            if change.plan:
                facts["members"] = ", ".join(change.plan.members)
            planning.enter(scene.session, [change], at, scene.now)
            audit.note(scene, agent, _ACTS[change.kind], change.name, **facts)
    flash("rota_layer_entered")
    return redirect(url_for("console.layers_page"), code=303)


def _change(scene: Scene, form: Typed, row: RotaLayer | None) -> tuple[LayerChange, datetime]:
    """What the form asks for, and from when on: now, or later; never before."""
    at = fields.moment(form, "at", scene.policy.zone) if form.get("at") else scene.now
    at = max(at, scene.now)
    if form.get("end") == "1" and row is not None:
        return LayerChange("ended", row.level, row.name, row), at
    plan = layer_form.read(scene, form, row)
    if plan.ends_at is not None and plan.ends_at <= at:
        raise Faults({"ends": "past"})
    kind: ChangeKind = "changed" if row is not None else "added"
    if _is_taken(scene, plan, row, at):
        raise Faults({"name": "name_taken"})
    begins = max(at, row.starts_at or at) if row is not None else at
    return LayerChange(kind, plan.level, plan.name, row, replace(plan, starts_at=begins)), at


def _is_taken(scene: Scene, plan: LayerPlan, row: RotaLayer | None, at: datetime) -> bool:
    """Another rotation of the level has this name at the same time."""
    return any(
        (one.level, one.name) == (plan.level, plan.name)
        and (plan.ends_at is None or (one.starts_at or at) < plan.ends_at)
        for one in planning.current(scene.session, at)
        if one is not row
    )


def _preview(scene: Scene, change: LayerChange, at: datetime, form: Typed) -> str:
    return frame.render(
        scene,
        "preview.html",
        change=change,
        row=change.row,
        at=at,
        effect=whatif.effect(scene, change, at),
        until=at + whatif.AHEAD,
        kept=list(_kept(form, at, scene)),
        seen=mark(scene),
    )


def _kept(form: Typed, at: datetime, scene: Scene) -> Iterator[tuple[str, str]]:
    """The form's own fields, for the one that confirms; the moment exactly as it was shown."""
    for name, value in form.items(multi=True):
        if name not in ("csrf_token", "seen", "confirmed", "at", "at_at"):
            yield name, value
    if form.get("at"):
        yield "at", f"{at.astimezone(scene.policy.zone):%Y-%m-%dT%H:%M}"
        yield "at_at", at.isoformat()


def _is_made(scene: Scene, form: Typed, layer_id: int | None) -> bool:
    """A double click: it was written a moment ago."""
    row = scene.session.get(RotaLayer, layer_id) if layer_id is not None else None
    if form.get("end") == "1":
        return row is None or row.ends_at is not None
    wanted = replace(layer_form.read(scene, form, row), starts_at=None)
    return any(
        replace(planning.as_plan(one), starts_at=None) == wanted
        for one in planning.current(scene.session, scene.now)
        if one is not row and one.entered_at > scene.now - LATELY
    )


def mark(scene: Scene) -> str:
    """Changes as soon as anything about the rotations does that hold or will hold."""
    rows = planning.current(scene.session, scene.now)
    seen = [(row.id, planning.as_plan(row), row.starts_at, row.ends_at) for row in rows]
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]


def _row(scene: Scene, layer_id: int | None) -> RotaLayer:
    """One that holds or will hold; what is over stays as it was."""
    row = scene.session.get(RotaLayer, layer_id) if layer_id is not None else None
    if row is None or not _is_open(scene, row):
        abort(404)
    return row


def _is_open(scene: Scene, row: RotaLayer | None) -> bool:
    return row is not None and (row.ends_at is None or row.ends_at > scene.now)


def _form(
    scene: Scene,
    row: RotaLayer | None,
    typed: Typed,
    refusal: Reason | None = None,
    faults: dict[str, str] | None = None,
) -> str:
    g.here = _page(row, typed)
    agents = turn.choices(scene)
    there = {agent.id for agent in agents}
    gone: list[Any] = [m.agent for m in row.members if m.agent_id not in there] if row else []
    return frame.render(
        scene,
        "layer.html",
        refusal=refusal,
        row=row,
        typed=typed,
        members=[*typed.getlist("member"), *[""] * layer_form.SPARE],
        faults=faults or {},
        agents=[*agents, *gone],
        products=scene.policy.products,
        languages=LANGUAGES,
        hours=layer_form.HOURS,
    )


def _page(row: RotaLayer | None, typed: Typed) -> str:
    if row is not None:
        return url_for("console.layer_page", layer_id=row.id)
    return url_for("console.new_layer_page", level=typed.get("level", ""))
