"""A client's contract as a form: for a new client, and for one that is there."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import abort, flash, g, redirect, request, url_for
from werkzeug.wrappers import Response

from console import page
from console.clients import pages, shown, typed
from console.session import the_line
from console.words import Words
from ivr import numbers
from ivr.clients import contract, files, history, window
from ivr.clients.contract import ENVIRONMENTS, Contract
from ivr.clients.person import LONGEST, Problem
from ivr.incidents import Refused
from ivr.models import Agent
from ivr.reason import Reason

_NEW: Mapping[str, str] = {"number": "", "name": "", "go_live_on": "", "lines": ""}


def new_client_page() -> str:
    return _page(None, _NEW)


def create_client() -> Response | tuple[str, int]:
    sent = typed.typed()
    try:
        with the_line().scene() as scene:
            read, problems = contract.read(scene, sent)
            if read is None:
                return _page(None, sent, problems), 409
            client = contract.create(scene, read, scene.session.get_one(Agent, g.agent.id))
            client_id = client.id
    except Refused as refused:
        return _page(None, sent, [Problem("number", refused.reason)]), 409
    flash("client_created")
    return redirect(url_for("console.client_page", client_id=client_id), code=303)


def contract_page(client_id: int) -> str:
    with page.looking() as scene:
        client = files.find(scene, client_id) or abort(404)
        values = _values(page.words(), Contract.of(client))
        return _page(client_id, values, was=values, seen=client.version)


def save_contract(client_id: int) -> Response | tuple[str, int]:
    """Writes it; of two who change it at once the second is shown what the first has done."""
    sent = typed.typed()
    try:
        with the_line().scene() as scene:
            client = files.find(scene, client_id, lock=True) or abort(404)
            was = Contract.of(client)
            read, problems = contract.read(scene, sent, tuple(was.products))
            if read is None:
                return _page(client_id, sent, problems, was=typed.was(), seen=typed.seen()), 409
            if read != was:  # a double click finds it done
                files.check_seen(client, typed.seen())
                contract.change(scene, client, read, scene.session.get_one(Agent, g.agent.id))
    except Refused as refused:
        return _refused(client_id, refused.reason), 409
    flash("contract_saved")
    return redirect(url_for("console.client_page", client_id=client_id), code=303)


def _refused(client_id: int, reason: Reason) -> str:
    """With what is there now, what was typed, and what others did meanwhile."""
    if reason == contract.TAKEN:
        problem, was = Problem("number", reason), typed.was()
        return _page(client_id, typed.typed(), [problem], was=was, seen=typed.seen())
    with page.looking() as scene:
        client = files.find(scene, client_id) or abort(404)
        now = _values(page.words(), Contract.of(client))
        since = history.since(scene, client_id, typed.seen() or 0)
        described = pages.described(page.words(), since)
        version = client.version
    values = typed.merged(now)
    return _page(client_id, values, was=now, seen=version, refusal=reason, since=described)


def _page(
    client_id: int | None, values: Mapping[str, str], problems: Sequence[Problem] = (), **facts: Any
) -> str:
    """`seen` is the version that the form goes on from, and `was` what it showed of it."""
    g.here = request.path
    with page.looking() as scene:
        client = files.find(scene, client_id) if client_id is not None else None
        held = [product.product for product in client.products] if client else []
        return page.render(
            "clients/contract.html",
            client=client,
            values=values,
            was=json.dumps(facts.pop("was", {}), ensure_ascii=False),
            problems={problem.field: problem.reason for problem in reversed(problems)},
            products=list(dict.fromkeys((*scene.policy.products, *held))),
            environments=ENVIRONMENTS,
            days=window.DAYS,
            longest=LONGEST,
            rows=max(3, values.get("lines", "").count("\n") + 2),
            **facts,
        )


def _values(t: Words, held: Contract) -> dict[str, str]:
    """The contract as the form's fields."""
    values = {
        "number": held.number,
        "name": held.name,
        "beta_site": "1" if held.beta_site else "",
        "go_live_on": held.go_live_on.isoformat() if held.go_live_on else "",
        "lines": "\n".join(numbers.written(phone) for phone in held.lines),
    }
    values |= {f"environment-{name}": "1" for name in held.environments}
    for product, service in held.products.items():
        values[f"product-{product}"] = "1"
        values[f"extended-{product}"] = "1" if service.extended else ""
        if service.window is not None:
            values[f"own-{product}"] = "1"
            for day, text in window.texts(service.window).items():
                values[f"window-{product}-{day}"] = shown.typed_hours(t, text)
    for product in held.products:
        holidays = f"window-{product}-{window.HOLIDAYS}"
        if values.get(holidays) == window.LIKE_THE_WEEK:
            values |= {holidays: "", f"window-{product}-like": "1"}
    return values
