"""What a client's contract gives it: products, environments, extended service (§1.1, §2.1.1).

A change of it moves the due times of the client's open incidents, in the same transaction
(law 11); what a caller was promised never moves later.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ivr import incidents, numbers
from ivr.clients import history, window
from ivr.clients.person import Problem, Wrong, called, line_of, wrong
from ivr.incidents import Refused
from ivr.models import Agent, Client, ClientLine, ClientProduct, Incident
from ivr.models.base import Json
from ivr.reason import Reason
from ivr.scene import Scene

ENVIRONMENTS = ("test", "training")
"""Beside production, which everybody has (§2.1.1)."""
LINES = 20
"""Phone lines of one clinic, at most."""
TAKEN = Reason("clients.number_taken")

_NUMBER = re.compile(r"[0-9]{5}", re.ASCII)


@dataclass(frozen=True)
class Held:
    """The extended service for a product; `window` none: every hour outside regular hours."""

    extended: bool
    window: Json | None

    @classmethod
    def of(cls, row: ClientProduct) -> Held:
        return cls(row.extended, window.by_day(row.window) if row.window else None)


@dataclass(frozen=True)
class Contract:
    number: str
    name: str
    products: Mapping[str, Held]
    environments: tuple[str, ...]
    beta_site: bool
    go_live_on: date | None
    lines: tuple[str, ...]
    """E.164, sorted."""

    @classmethod
    def of(cls, client: Client) -> Contract:
        return cls(
            client.number,
            client.name,
            {held.product: Held.of(held) for held in client.products},
            tuple(name for name in ENVIRONMENTS if name in client.other_environments),
            client.beta_site,
            client.go_live_on,
            tuple(sorted(line.phone for line in client.lines)),
        )

    def facts(self) -> dict[str, Any]:
        """By field, as the history keeps it; of a product, "extended:medical", "window:medical",
        which is empty where the service has every hour outside regular hours."""
        facts: dict[str, Any] = {
            "number": self.number,
            "name": self.name,
            "products": sorted(self.products),
            "environments": [*self.environments],
            "beta_site": self.beta_site,
            "go_live_on": self.go_live_on.isoformat() if self.go_live_on else None,
            "lines": [*self.lines],
        }
        for product, held in sorted(self.products.items()):
            facts[f"extended:{product}"] = held.extended
            if held.extended:
                facts[f"window:{product}"] = held.window or {}
        return facts


# Read -----------------------------------------------------------------------------------------


def read(
    scene: Scene, typed: Mapping[str, str], held: Sequence[str] = ()
) -> tuple[Contract | None, list[Problem]]:
    """The contract that was typed, or what is wrong with each field.

    Of each product "product-medical", "extended-medical", "own-medical" and "window-medical-monday"
    to "-holidays" are its fields, and "window-medical-like": holidays are like the week. `held`:
    products that the client has although the policy names them no more.
    """
    reader = _Reader(scene, typed)
    contract = Contract(
        reader.number(),
        reader.name(),
        reader.products(dict.fromkeys((*scene.policy.products, *held))),
        tuple(name for name in ENVIRONMENTS if reader.ticked(f"environment-{name}")),
        reader.ticked("beta_site"),
        reader.go_live(),
        reader.lines(),
    )
    return (None if reader.problems else contract), reader.problems


class _Reader:
    def __init__(self, scene: Scene, typed: Mapping[str, str]) -> None:
        self._scene, self._typed = scene, typed
        self.problems: list[Problem] = []

    def _refuse(self, field: str, error: Wrong) -> None:
        self.problems.append(Problem(field, error.reason))

    def ticked(self, field: str) -> bool:
        return self._typed.get(field) == "1"

    def number(self) -> str:
        number = self._typed.get("number", "").strip()
        if not _NUMBER.fullmatch(number):
            self._refuse("number", wrong("bad_number"))
        return number

    def name(self) -> str:
        try:
            name = line_of(self._typed.get("name", ""), "client")
        except Wrong as error:
            self._refuse("name", error)
            return ""
        if not name:
            self._refuse("name", wrong("no_client_name"))
        return name

    def products(self, names: Mapping[str, None]) -> dict[str, Held]:
        found = {name: self._held(name) for name in names if self.ticked(f"product-{name}")}
        if not found:
            self._refuse("products", wrong("no_product"))
        return found

    def _held(self, product: str) -> Held:
        extended = self.ticked(f"extended-{product}")
        if not (extended and self.ticked(f"own-{product}")):
            return Held(extended, None)
        prefix = f"window-{product}-"
        texts = {day: self._typed.get(prefix + day, "") for day in window.DAYS}
        if self.ticked(f"{prefix}like"):
            texts[window.HOLIDAYS] = window.LIKE_THE_WEEK
        found, problems = window.read(self._scene.policy, texts)
        for day, error in problems.items():
            self._refuse(prefix + day, error)
        return Held(extended, found)

    def go_live(self) -> date | None:
        text = self._typed.get("go_live_on", "").strip()
        if not text:
            return None
        if not self.ticked("beta_site"):
            self._refuse("go_live_on", wrong("only_beta"))
        try:
            return date.fromisoformat(text)
        except ValueError:
            self._refuse("go_live_on", wrong("bad_date"))
            return None

    def lines(self) -> tuple[str, ...]:
        written = [text.strip() for text in self._typed.get("lines", "").splitlines()]
        found: set[str] = set()
        for text in [text for text in written if text][: LINES + 1]:
            try:
                number, extension = called(self._scene.policy, self._scene.line_number, text)
            except Wrong:
                shown = text[: numbers.LONGEST]
                self._refuse("lines", wrong("bad_line", number=shown))
                continue
            if extension:
                self._refuse("lines", wrong("line_extension", number=text[: numbers.LONGEST]))
            found.add(number)
        if len(found) > LINES:
            self._refuse("lines", wrong("too_many_lines", most=LINES))
        return tuple(sorted(found))


# Written --------------------------------------------------------------------------------------


def create(scene: Scene, contract: Contract, agent: Agent | None) -> Client:
    """A new client. Raises `Refused` where its number is another's."""
    client = Client(number=contract.number, name=contract.name, other_environments=[])
    _write(scene, client, contract)
    history.begin(client)
    history.keep(scene, client, agent, "created", history.differences({}, contract.facts()))
    return client


def change(scene: Scene, client: Client, contract: Contract, agent: Agent | None) -> None:
    """The client is locked. Raises `Refused` where the number is another's."""
    facts = history.differences(Contract.of(client).facts(), contract.facts())
    if not facts:
        return
    _write(scene, client, contract)
    history.begin(client)
    history.keep(scene, client, agent, "contract", _of_held(facts, contract))
    for incident in _open_incidents(scene, client):
        incidents.recompute(scene, incident)


def _of_held(facts: history.Facts, contract: Contract) -> history.Facts:
    """Without what was a product's that is gone: that it is gone says it."""
    gone = tuple(
        field for field in facts if ":" in field and field.split(":")[1] not in contract.products
    )
    return {field: pair for field, pair in facts.items() if field not in gone}


def _write(scene: Scene, client: Client, contract: Contract) -> None:
    client.name = contract.name
    client.other_environments = [*contract.environments]
    client.beta_site, client.go_live_on = contract.beta_site, contract.go_live_on
    kept = {held.product: held for held in client.products}
    for product, held in contract.products.items():
        row = kept.get(product) or ClientProduct(product=product)
        row.extended, row.window = held.extended, held.window
        kept[product] = row
    client.products = [kept[product] for product in contract.products]
    lines = {line.phone: line for line in client.lines}
    client.lines = [lines.get(phone) or ClientLine(phone=phone) for phone in contract.lines]
    try:
        with scene.session.begin_nested():
            client.number = contract.number
            scene.session.add(client)
    except IntegrityError as error:  # of two at once, the second is told
        raise Refused(TAKEN) from error


def _open_incidents(scene: Scene, client: Client) -> Sequence[Incident]:
    """In the order in which everybody locks them."""
    undone = Incident.state.not_in(("closed", "refused"))
    query = select(Incident).where(Incident.client_id == client.id, undone)
    return scene.session.scalars(query.order_by(Incident.id)).all()
