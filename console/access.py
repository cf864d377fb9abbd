"""Which right each page and form asks for: laid down with its route, looked up by the guard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from flask import Blueprint, g
from flask.blueprints import BlueprintSetupState

from ivr import rights

ID = "int(max=2147483647)"
"""What a database's integer holds: a larger one is no row."""


class Route(NamedTuple):
    """`right` is one of ivr/rights.py; none: whoever asks may, signed in or not."""

    rule: str
    method: str
    view: Callable[..., Any]
    right: str | None


_RIGHTS: dict[str, str | None] = {"console.static": None}


def add(blueprint: Blueprint, route: Route) -> None:
    """Registers the route. `KeyError` for a right that is none."""
    if route.right is not None:
        rights.RIGHTS[route.right]
    blueprint.add_url_rule(route.rule, view_func=route.view, methods=[route.method])
    _RIGHTS[f"{blueprint.name}.{route.view.__name__}"] = route.right


def add_to(state: BlueprintSetupState, route: Route) -> None:
    """The same, for one application and not for another. `KeyError` for a right that is none."""
    rights.RIGHTS[route.right or ""]
    name = route.view.__name__
    state.add_url_rule(route.rule, endpoint=name, view_func=route.view, methods=[route.method])
    _RIGHTS[f"{state.blueprint.name}.{name}"] = route.right


def is_open(endpoint: str | None) -> bool:
    """May it be asked for without being signed in?"""
    return endpoint is not None and endpoint in _RIGHTS and _RIGHTS[endpoint] is None


def right_of(endpoint: str | None) -> str | None:
    """Which right it asks for; none, too, for an address that is none."""
    return _RIGHTS.get(endpoint or "")


def allows(endpoint: str | None) -> bool:
    """May whoever is signed in ask for it? An address that is none is answered as such."""
    right = right_of(endpoint)
    return right is None or may(right)


def may(right: str) -> bool:
    """Has whoever is signed in that right?"""
    return g.get("agent") is not None and rights.may(g.agent.role, right)
