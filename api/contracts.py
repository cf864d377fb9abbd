"""A client's contract, by the rules of the page's form (ivr/clients/contract.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from api import clients
from api.operation import Answer, Asked
from api.problems import Problem
from api.schema import Fault
from console.words import Words
from ivr.clients import contract, window
from ivr.clients.contract import Contract
from ivr.clients.person import Problem as Wrong


def create(asked: Asked) -> Answer:
    """Raises `Refused` where its number is another's."""
    read = _read(asked, ())
    client = contract.create(asked.scene, read, clients.by(asked))
    shown = clients.after(asked.scene, client).body
    return Answer(shown, status=201, location=f"/api/v1/clients/{client.number}")


def save(asked: Asked) -> Answer:
    """Of two who change it at once, the second is told what the first has done."""
    client = clients.locked(asked)
    read = _read(asked, tuple(Contract.of(client).products))
    contract.change(asked.scene, client, read, clients.by(asked))
    return clients.after(asked.scene, client)


def _read(asked: Asked, held: Sequence[str]) -> Contract:
    """`held`: products that the client has, though the policy names them no more."""
    body = asked.body
    names = list(dict.fromkeys((*asked.scene.policy.products, *held)))
    sent = [each["product"] for each in body["products"]]
    choices = ", ".join(names)
    faults = [
        Fault(f"/body/products/{place}/product", "choice", {"choices": choices})
        for place, name in enumerate(sent)
        if name not in names or name in sent[:place]
    ]
    if faults:
        raise Problem("refused", faults=faults)
    read, problems = contract.read(asked.scene, _typed(body), held)
    if read is None:
        raise Problem("refused", faults=[_fault(asked, sent, each) for each in problems])
    return read


def _typed(body: Mapping[str, Any]) -> dict[str, str]:
    """The same as a person types it into the form."""
    typed = {
        "number": body["number"],
        "name": body["name"],
        "beta_site": "1" if body.get("beta_site") else "",
        "go_live_on": day.isoformat() if (day := body.get("go_live_on")) else "",
        "lines": "\n".join(body.get("lines", ())),
    }
    typed |= {f"environment-{name}": "1" for name in body.get("other_environments", ())}
    for held in body["products"]:
        name, hours = held["product"], held.get("window")
        typed[f"product-{name}"] = "1"
        typed[f"extended-{name}"] = "1" if held.get("extended") else ""
        if hours is not None:
            typed[f"own-{name}"] = "1"
            typed |= {f"window-{name}-{day}": text for day, text in hours.items()}
            if window.HOLIDAYS not in hours:
                typed[f"window-{name}-like"] = "1"
    return typed


def _fault(asked: Asked, sent: Sequence[str], problem: Wrong) -> Fault:
    """In the words of the pages, with the place in what was sent."""
    said = Words(asked.language, asked.scene.now, asked.scene.policy.zone).refusal(problem.reason)
    for place, name in enumerate(sent):
        prefix = f"window-{name}-"
        if problem.field.startswith(prefix):
            day = problem.field.removeprefix(prefix)
            return Fault(f"/body/products/{place}/window/{day}", said=said)
    return Fault(f"/body/{problem.field}", said=said)
