"""What the address of the list asks for, and the form that makes such an address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

from flask import abort, g, request, url_for
from sqlalchemy import select

from ivr import finding, states
from ivr.listing import VIEWS, ViewName, Wanted
from ivr.models import Client
from ivr.scene import Scene

NAMES = ("who", "priority", "product", "state", "client", "q")
"""The filters, by their names in the address."""
WHO = ("me", "nobody")
_STATES: Mapping[ViewName, Sequence[str]] = {
    "owed": (*states.OPEN, "resolved"),
    "taken": states.HELD,
    "closing": ("waiting", "resolved"),
    "all": states.STATES,
}
"""The views whose incidents are of more than one state."""
_NOBODY = -1


class Chip(NamedTuple):
    """A filter that is in force, and the address of the list without it."""

    name: str
    value: str
    without: str


@dataclass(frozen=True)
class Filters:
    """`values`: of those filters that are in force, as the address has them."""

    view: ViewName
    values: Mapping[str, str]
    states: Sequence[str]
    """Those that can be chosen from in this view."""

    def address(self, **changed: str | None) -> str:
        """The list's address with other filters; `None` leaves one out."""
        wanted = {"view": self.view, **self.values, **changed}
        if wanted.get("state") not in _STATES.get(_known_view(wanted["view"]), ()):
            wanted.pop("state", None)
        arguments = {name: value for name, value in wanted.items() if value}
        if arguments.get("view") == VIEWS[0]:
            del arguments["view"]
        path = url_for("console.incident_list")
        return f"{path}?{urlencode(arguments)}" if arguments else path

    @property
    def chips(self) -> list[Chip]:
        return [
            Chip(name, value, self.address(**{name: None})) for name, value in self.values.items()
        ]

    @property
    def folded(self) -> int:
        """How many are in force of those that are folded away."""
        return sum(name not in ("who", "q") for name in self.values)

    @property
    def nothing(self) -> str:
        """The address of the view without any filter."""
        return self.address(**dict.fromkeys(NAMES))


def read(scene: Scene) -> Filters:
    """What the address asks for; an answer of 404 where it names what does not exist."""
    view = _known_view(request.args.get("view", VIEWS[0]))
    values = {name: request.args.get(name, "").strip()[: finding.LONGEST] for name in NAMES}
    known: Mapping[str, Sequence[str]] = {
        "who": WHO,
        "priority": tuple(scene.policy.priorities),
        "product": scene.policy.products,
        "state": _STATES.get(view, ()),
    }
    for name, choices in known.items():
        if values[name] and values[name] not in choices:
            abort(404)
    in_force = {name: value for name, value in values.items() if value}
    return Filters(view, in_force, _STATES.get(view, ()))


def wanted(scene: Scene, filters: Filters) -> Wanted:
    """The same for ivr/listing.py; a client number that nobody has finds nothing."""
    values = filters.values
    return Wanted(
        filters.view,
        holder=g.agent.id if values.get("who") == "me" else None,
        unheld=values.get("who") == "nobody",
        priority=values.get("priority"),
        product=values.get("product"),
        state=values.get("state"),
        client=_client(scene, number) if (number := values.get("client")) else None,
        text=values.get("q", ""),
    )


def is_untidy() -> bool:
    """A form sends empty fields, too: the address that one keeps is without them."""
    return any(not request.args[name] for name in request.args if name in (*NAMES, "view"))


def _client(scene: Scene, number: str) -> int:
    found = scene.session.scalar(select(Client.id).where(Client.number == number))
    return found if found is not None else _NOBODY


def _known_view(asked: str | None) -> ViewName:
    found = next((view for view in VIEWS if view == asked), None)
    return found or abort(404)
