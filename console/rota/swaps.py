"""Swaps: asked on the page of one's own turn, answered here; leads see everybody's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import flash, g, redirect, request, url_for
from werkzeug.wrappers import Response

from console import page
from console.access import may
from console.rota import fields, frame, turn
from console.session import the_line
from ivr.models import Agent, RotaSwap
from ivr.reason import Reason
from ivr.rota import swaps
from ivr.rota.refusal import Refused
from ivr.rota.swaps import Turn
from ivr.scene import Scene

Answer = Response | tuple[str, int]
_ACTS: dict[str, Callable[[Scene, int, Agent], RotaSwap]] = {
    "accept": swaps.accept,
    "decline": swaps.decline,
    "withdraw": swaps.withdraw,
}
ACTS = tuple(_ACTS)


def swaps_page() -> str:
    return _page()


def ask_swap() -> Answer:
    """Asks another agent to take a turn of mine."""
    form = request.form
    try:
        with the_line().scene() as scene:
            asker = scene.session.get_one(Agent, g.agent.id)
            other, back = _wanted(scene, form.get("wanted", ""))
            span = fields.span(form, scene.policy.zone)
            given = Turn(fields.level(scene, form), span)
            swaps.ask(scene, asker, other, given, back, form.get("note", ""))
    except Refused as refused:
        return _asked_in_vain(refused.reason), 409
    flash("rota_swap_asked")
    return redirect(url_for("console.swaps_page"), code=303)


def answer_swap(swap_id: int, act: str) -> Answer:
    """Accepts or declines what I was asked, or takes back what I asked."""
    try:
        with the_line().scene() as scene:
            agent = scene.session.get_one(Agent, g.agent.id)
            swap = _ACTS[act](scene, swap_id, agent)
            state = swap.state
    except Refused as refused:
        return _page(refused.reason), 409
    flash(f"rota_swap_{state}")
    return redirect(url_for("console.swaps_page"), code=303)


def _wanted(scene: Scene, value: str) -> tuple[Agent, Turn | None]:
    """Who is asked, and for what in return: "7", or "7 on_call START END"."""
    number, *rest = value.split(" ")
    other = fields.agent(scene, {"agent": number})
    if not rest:
        return other, None
    if len(rest) != 3:
        raise Refused("rota.no_such_moment")
    level, start, end = rest
    span = fields.stretch(fields.utc(start), fields.utc(end))
    return other, Turn(fields.level(scene, {"level": level}), span)


def _asked_in_vain(reason: Reason) -> str:
    form = request.form
    with page.looking() as scene:
        at = fields.utc(form.get("turn_at", ""))
        duty = (
            turn.find(scene, form.get("level", ""), str(g.agent.id), at) if at is not None else None
        )
        if duty is None:
            g.here = url_for("console.swaps_page")
            return _shown(scene, reason)
        g.here = turn.address(duty)
        return turn.show(scene, duty, reason, form, "swap")


def _page(reason: Reason | None = None) -> str:
    g.here = url_for("console.swaps_page")
    with page.looking() as scene:
        return _shown(scene, reason)


def _shown(scene: Scene, reason: Reason | None) -> str:
    mine = swaps.of(scene, g.agent)
    numbers = {swap.id for swap in mine}
    others = [] if not may("change_rota") else [s for s in swaps.of(scene) if s.id not in numbers]
    open_ones = [swap for swap in mine if swaps.is_open(swap, scene.now)]
    return frame.render(
        scene,
        "swaps.html",
        refusal=reason,
        to_answer=[swap for swap in open_ones if swap.other_id == g.agent.id],
        asked=[swap for swap in open_ones if swap.asker_id == g.agent.id],
        settled=[swap for swap in mine if swap not in open_ones],
        others=others,
        state=_state(scene.now),
    )


def _state(now: datetime) -> Callable[[RotaSwap], str]:
    """One that nobody has noted as lapsed yet has lapsed all the same."""

    def state(swap: RotaSwap) -> str:
        return "lapsed" if swap.state == "asked" and not swaps.is_open(swap, now) else swap.state

    return state
