"""The form of §5 as a page: all super users of a client, their shifts, and the service centre."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask import abort, flash, g, redirect, request, url_for
from werkzeug.wrappers import Response

from console import page
from console.clients import pages, typed
from console.session import the_line
from console.words import Words
from ivr.clients import files, form, history, shifts
from ivr.clients.form import Plan, Row
from ivr.clients.person import LONGEST
from ivr.clients.shifts import PLACES, SHIFTS
from ivr.incidents import Refused
from ivr.models import Agent, SuperUser
from ivr.reason import Reason

BLANKS = 2
"""Empty rows that the page begins with: two new people at a time are most that a change brings."""
MOST = len(SHIFTS) * PLACES
"""People whom a form can name: two per shift, weekend and holidays."""
ROWS = 100
"""People whom one page shows: a form of before may name more than it should."""
TEXTS = ("name", "function", "phone", "email")

_NEW = re.compile(r"name-(new[0-9]{1,2})", re.ASCII)

Problems = Mapping[str, Mapping[str, Reason]]
"""By row and field."""


def form_page(client_id: int) -> str:
    with page.looking() as scene:
        client = files.find(scene, client_id) or abort(404)
        values = _values(page.words(), pages.ordered(scene, client), client.csa)
        return _page(client_id, {**values, **_blanks(BLANKS)}, was=values, seen=client.version)


def save_form(client_id: int) -> Response | tuple[str, int] | str:
    """All or nothing; of two who change it at once the second is shown what the first has done."""
    sent = typed.typed()
    if "more" in request.form:
        added = {**sent, **_blanks(_blank_count(sent) + 1)} | sent
        return _page(client_id, added, was=typed.was(), seen=typed.seen())
    try:
        with the_line().scene() as scene:
            client = files.find(scene, client_id, lock=True) or abort(404)
            plan = form.compare(scene, client, _rows(sent), whole=False, csa=sent.get("csa"))
            if plan.problems:
                return _refused(client_id, sent, plan), 409
            if not plan.does_nothing:  # a double click finds it done
                files.check_seen(client, typed.seen())
                form.write(scene, plan, scene.session.get_one(Agent, g.agent.id))
    except Refused as refused:
        return _changed(client_id, refused.reason), 409
    flash("form_saved")
    return redirect(url_for("console.client_page", client_id=client_id), code=303)


# What was sent --------------------------------------------------------------------------------


def _rows(sent: Mapping[str, str]) -> list[Row]:
    """Those that say anything, in the order of the page."""
    rows = []
    for place in _places(sent):
        texts = {name: sent.get(f"{name}-{place}", "") for name in (*TEXTS, "language")}
        held = [shift for shift in SHIFTS if sent.get(f"{shift}-{place}") == "1"]
        number = int(place) if place.isdecimal() else None
        if number is not None or held or any(texts[name].strip() for name in TEXTS):
            leaves = number is not None and sent.get(f"leaves-{place}") == "1"
            rows.append(Row(place, {**texts, "shifts": " ".join(held)}, number, leaves))
    return rows


def _places(values: Mapping[str, str]) -> list[str]:
    """The rows of the page by the name of whom they show: the super user's id, or "new1"."""
    names = (name.removeprefix("name-") for name in values if name.startswith("name-"))
    known = [name for name in names if name.isascii() and name.isdecimal() and len(name) < 10]
    fresh = [match[1] for name in values if (match := _NEW.fullmatch(name))]
    return [*known[:ROWS], *fresh[:MOST]]


def _blanks(count: int) -> dict[str, str]:
    return {f"name-new{number}": "" for number in range(1, min(count, MOST) + 1)}


def _blank_count(values: Mapping[str, str]) -> int:
    return sum(bool(_NEW.fullmatch(name)) for name in values)


# What is shown --------------------------------------------------------------------------------


def _values(t: Words, users: Sequence[SuperUser], csa: str) -> dict[str, str]:
    """The form as it stands in the database, as the page's fields."""
    values = {"csa": csa}
    for user in users:
        texts = {
            "name": user.name,
            "function": user.function,
            "phone": t.phone(user.phone, user.extension),
            "email": user.email,
            "language": user.language,
        }
        values |= {f"{name}-{user.id}": text for name, text in texts.items()}
        values |= {f"{shift}-{user.id}": "1" for shift in shifts.of(user)}
    return values


def _refused(client_id: int, sent: Mapping[str, str], plan: Plan) -> str:
    problems = {
        place: {problem.field: problem.reason for problem in reversed(found)}
        for place, found in plan.problems.items()
    }
    return _page(client_id, sent, was=typed.was(), seen=typed.seen(), problems=problems)


def _changed(client_id: int, refusal: Reason) -> str:
    """Somebody else was quicker: what is there now, what was typed, and what they did."""
    t = page.words()
    with page.looking() as scene:
        client = files.find(scene, client_id) or abort(404)
        now = _values(t, pages.ordered(scene, client), client.csa)
        since = pages.described(t, history.since(scene, client_id, typed.seen() or 0))
        version = client.version
    merged = typed.merged(now)
    gone = {place for place in _places(merged) if place.isdecimal() and f"name-{place}" not in now}
    values = {name: text for name, text in merged.items() if name.rpartition("-")[2] not in gone}
    return _page(client_id, values, was=now, seen=version, refusal=refusal, since=since)


def _page(client_id: int, values: Mapping[str, str], **facts: Any) -> str:
    g.here = request.path
    with page.looking() as scene:
        client = files.find(scene, client_id) or abort(404)
        problems: Problems = facts.pop("problems", {})
        return page.render(
            "clients/form.html",
            client=client,
            values=values,
            was=json.dumps(facts.pop("was"), ensure_ascii=False),
            places=_places(values),
            problems=problems,
            count=sum(len(found) for found in problems.values()),
            names={str(user.id): user.name for user in client.super_users},
            shifts=SHIFTS,
            most=PLACES,
            longest=LONGEST,
            **facts,
        )
