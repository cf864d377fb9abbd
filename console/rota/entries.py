"""What leads enter into the rota: replacements and shifts, made, moved and taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import flash, g, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from console import page
from console.rota import fields, turn
from console.rota.fields import Form
from console.session import the_line
from ivr.models import Agent, RotaOverride, RotaShift
from ivr.reason import Reason
from ivr.rota import entering, standing
from ivr.rota.refusal import Refused
from ivr.rota.scope import Scope
from ivr.scene import Scene
from ivr.spans import Span

Answer = Response | tuple[str, int]
LONGEST_NOTE = 400


def enter_in_rota() -> Answer:
    """A replacement, or a shift of its own."""

    def act(scene: Scene, agent: Agent) -> tuple[str, datetime]:
        span = fields.span(request.form, scene.policy.zone)
        if request.form.get("kind") == "shift":
            return _enter_shift(scene, agent, span), span[0]
        return _enter_override(scene, agent, span), span[0]

    return _act(act)


def withdraw_override(override_id: int) -> Answer:
    def act(scene: Scene, agent: Agent) -> tuple[str, datetime]:
        row = scene.session.get(RotaOverride, override_id)
        if row is not None and row.withdrawn_by_id == agent.id:  # a double click
            return "rota_withdrawn", row.starts_at
        return "rota_withdrawn", entering.withdraw(scene, override_id, agent).starts_at

    return _act(act)


def move_override(override_id: int) -> Answer:
    """Another time for a replacement: it is withdrawn and entered anew."""

    def act(scene: Scene, agent: Agent) -> tuple[str, datetime]:
        span = fields.span(request.form, scene.policy.zone)
        old = scene.session.get(RotaOverride, override_id)
        if old is None or not _same(scene, old.agent, span, old.replaces, old.level, agent):
            _unchanged(scene, request.form)
            entering.change_override(scene, override_id, span, agent)
        return "rota_moved", span[0]

    return _act(act)


def move_shift(shift_id: int) -> Answer:
    def act(scene: Scene, agent: Agent) -> tuple[str, datetime]:
        span = fields.span(request.form, scene.policy.zone)
        old = scene.session.get(RotaShift, shift_id)
        if old is None or (old.starts_at, old.ends_at) != span:
            _unchanged(scene, request.form)
            entering.change_shift(scene, shift_id, span, agent)
        return "rota_moved", span[0]

    return _act(act)


def remove_shift(shift_id: int) -> Answer:
    def act(scene: Scene, agent: Agent) -> tuple[str, datetime]:
        row = scene.session.get(RotaShift, shift_id)
        if row is None:  # a double click: it is gone already
            return "rota_removed", scene.now
        starts_at = row.starts_at
        entering.remove_shift(scene, shift_id, agent)
        return "rota_removed", starts_at

    return _act(act)


def _enter_override(scene: Scene, by: Agent, span: Span) -> str:
    form = request.form
    agent, level = fields.agent(scene, form), fields.level(scene, form)
    replaces = fields.agent(scene, form, "replaces") if form.get("replaces") else None
    if _same(scene, agent, span, replaces, level, by):
        return "rota_entered"
    _unchanged(scene, form)
    row = entering.override(
        scene, agent, span, replaces=replaces, level=level, by=by, note=_note(form)
    )
    if reason := entering.idle(scene, row):
        raise Refused(reason.key, **reason.facts)
    return "rota_entered"


def _enter_shift(scene: Scene, by: Agent, span: Span) -> str:
    form = request.form
    agent, level = fields.agent(scene, form), fields.level(scene, form)
    products = [one for one in form.getlist("products") if one in scene.policy.products]
    alike = select(RotaShift.id).where(
        RotaShift.agent_id == agent.id,
        RotaShift.level == level,
        RotaShift.starts_at == span[0],
        RotaShift.ends_at == span[1],
        RotaShift.feed == "",
    )
    if scene.session.scalars(alike).first() is None:
        _unchanged(scene, form)
        entering.shift(scene, agent, span, level, Scope(frozenset(products)), by)
    return "rota_shift_entered"


def _same(
    scene: Scene, agent: Agent, span: Span, replaces: Agent | None, level: str | None, by: Agent
) -> bool:
    """It stands already, by the same hand: a double click."""
    alike = select(RotaOverride.id).where(
        RotaOverride.agent_id == agent.id,
        RotaOverride.replaces_id == (replaces.id if replaces else None),
        RotaOverride.level == level,
        RotaOverride.starts_at == span[0],
        RotaOverride.ends_at == span[1],
        RotaOverride.entered_by_id == by.id,
        RotaOverride.withdrawn_at.is_(None),
    )
    return scene.session.scalars(alike).first() is not None


def _unchanged(scene: Scene, form: Form) -> None:
    """`Refused` where the hours that the page had shown have others by now.

    Of hours that nobody was shown nothing is known to have changed.
    """
    if not (seen := form.get("seen")):
        return
    shown = fields.stretch(*(fields.utc(form.get(f"shown_{one}", "")) for one in ("from", "until")))
    if standing.mark(scene, form.get("shown_level", ""), shown) != seen:
        raise Refused("rota.changed_meanwhile")


def _note(form: Form) -> str:
    return " ".join(form.get("note", "").split())[:LONGEST_NOTE]


def _act(act: Callable[[Scene, Agent], tuple[str, datetime]]) -> Answer:
    """Acts as whoever is signed in, alone for as long as it takes, then shows that week."""
    try:
        with the_line().scene() as scene:
            standing.lock(scene)
            notice, at = act(scene, scene.session.get_one(Agent, g.agent.id))
    except Refused as refused:
        return _refused(refused.reason), 409
    flash(notice)
    day = at.astimezone(the_line().policy.zone).date()
    view = "month" if request.form.get("view") == "month" else None
    return redirect(url_for("console.rota_page", day=day, view=view), code=303)


def _refused(reason: Reason) -> str:
    """The page that the form came from, with what was typed."""
    form = request.form
    with page.looking() as scene:
        at = fields.utc(form.get("turn_at", ""))
        if at is not None:
            found = turn.find(scene, form.get("turn_level", ""), form.get("turn_agent", ""), at)
            if found is not None:
                g.here = turn.address(found)
                return turn.show(scene, found, reason, form, form.get("form", ""))
        g.here = url_for("console.new_rota_entry_page")
        return turn.show_new(scene, form, reason)
