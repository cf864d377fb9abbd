"""The line's next call, at a chosen moment: who would ring, when and why, and what is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import request
from sqlalchemy import select

from console import page
from console.policy import drawn
from console.policy.tabs import TABS
from console.session import the_line
from ivr import numbers, zones
from ivr.incidents import Refused
from ivr.models import Client
from ivr.reason import Reason
from ivr.rota.wording import in_words, level_name
from ivr.scene import Scene
from ivr.simulate import WITHHELD, NoClient, Simulation, TooLarge, simulate
from ivr.simulate.rehearsal import Endless
from ivr.simulate.story import Answer, read_answers

CALLERS = ("known", "other", "stranger", "number")
"""From a phone on file; a super user from another phone; nobody on file; a number that is given."""
LARGEST = 256 * 1024 * 1024
"""Bytes of an SQLite file that is copied for this."""
MOST_CLIENTS = 300
LONGEST = 200
"""Characters of the answers that are laid down."""


@dataclass(frozen=True)
class Form:
    """What was typed; kept as it is, to be shown again."""

    at: str
    client: str
    caller: str
    number: str
    priority: str
    keys: str


def simulation_page() -> tuple[str, int]:
    form = _form()
    told, refusal = None, None
    if "client" in request.args:
        try:
            told = _simulated(form)
        except Refused as refused:
            refusal = refused.reason
    t = page.words()
    with page.looking() as scene:
        clients = _clients(scene)
    body = page.render(
        "policy/simulation.html",
        tabs=TABS,
        tab="simulation",
        form=form,
        callers=CALLERS,
        priorities=list(the_line().policy.priorities),
        clients=clients,
        told=told,
        drawing=drawn.of(told) if told else None,
        refusal=refusal,
        ways=drawn.WAYS,
        moments=dict(_moments()),
        level_name=lambda level: level_name(level, t.language),
        why=lambda reason: in_words(reason, {}, t.language, t.zone, told.at if told else t.now),
    )
    return body, 409 if refusal else 200


def _form() -> Form:
    given = request.args
    return Form(
        given.get("at") or page.words().local(page.now()).strftime("%Y-%m-%dT%H:%M"),
        given.get("client", "").strip(),
        given.get("caller", CALLERS[0]),
        given.get("number", "").strip(),
        given.get("priority", "P1"),
        given.get("keys", "").strip(),
    )


def _simulated(form: Form) -> Simulation:
    """Raises `Refused` for what makes no call."""
    line, answers = the_line(), _answers(form)
    if form.priority not in line.policy.priorities or form.caller not in CALLERS:
        raise Refused(Reason("simulation.no_choice"))
    if not form.client and not (answers and form.caller == "number"):
        raise Refused(Reason("simulation.no_client_given"))
    try:
        return simulate(
            line.sessions,
            line.policy,
            line.settings.line_number,
            _moment(form.at),
            client=form.client or None,
            caller=_caller(form),
            answers=answers,
            wanted={"impact": form.priority},
            stranger=form.caller == "stranger",
            largest=LARGEST,
        )
    except NoClient as error:
        raise Refused(Reason("simulation.no_client", {"client": form.client})) from error
    except Endless as error:
        raise Refused(Reason("simulation.endless")) from error
    except TooLarge as error:
        raise Refused(Reason("simulation.too_large")) from error


def _moment(text: str) -> datetime:
    """Of a `datetime-local` field, on the centre's clocks."""
    if (at := zones.typed(text, the_line().policy.zone)) is None:
        raise Refused(Reason("simulation.no_moment"))
    return at


def _caller(form: Form) -> str | None:
    if form.caller == "known":
        return None
    if form.caller != "number":
        return WITHHELD
    number = numbers.canonical(form.number)
    if number is None:
        raise Refused(Reason("simulation.bad_number"))
    return number


def _answers(form: Form) -> tuple[Answer, ...] | None:
    if not form.keys:
        return None
    if len(form.keys) > LONGEST:
        raise Refused(Reason("simulation.bad_keys"))
    try:
        return read_answers(form.keys)
    except ValueError as error:
        raise Refused(Reason("simulation.bad_keys")) from error


def _clients(scene: Scene) -> list[Client]:
    """To choose from, where there are not too many."""
    found = select(Client).order_by(Client.number).limit(MOST_CLIENTS)
    return list(scene.session.scalars(found))


def _moments() -> Mapping[str, str]:
    """Moments that one would ask about: now, tonight at two, Saturday night, the next opening."""
    t = page.words()
    local = t.local(page.now()).replace(tzinfo=None, second=0, microsecond=0)
    night = local.replace(hour=2, minute=0)
    if night <= local:
        night += timedelta(days=1)
    saturday = night + timedelta(days=(5 - night.weekday()) % 7)
    opening = t.local(_next_opening(page.now())).replace(tzinfo=None)
    moments = {"now": local, "tonight": night, "saturday": saturday, "opening": opening}
    return {name: moment.strftime("%Y-%m-%dT%H:%M") for name, moment in moments.items()}


def _next_opening(now: datetime) -> datetime:
    """While it is open, that of the next time: now is a moment of its own."""
    hours = the_line().policy.hours
    here = hours.opening_at(now)
    return hours.next_open(here.until if here.open and here.until else now)
