"""The list of clients, and one client: contract, super users by shift, lines, PIN, history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import abort, request

from console import page
from console.clients import shown
from console.words import Words
from ivr import callers
from ivr.clients import files, find, history, pin, removal, shifts
from ivr.clients.shifts import PLACES, SHIFTS
from ivr.models import Client, ClientChange, SuperUser
from ivr.reason import Reason
from ivr.scene import Scene

Told = tuple[ClientChange, list[shown.Field]]
"""An act, with the fields that it changed, in words."""


@dataclass(frozen=True)
class Entry:
    """A client in the list, and how many may call for it."""

    client: Client
    people: int


def clients_page() -> str:
    words, product = request.args.get("q", "")[: find.LONGEST], request.args.get("product", "")
    with page.looking() as scene:
        products = scene.policy.products
        chosen = product if product in products else None
        after = _number("after")
        found = find.page(scene, words, chosen, after)
        return page.render(
            "clients/list.html",
            clients=[Entry(client, len(callers.active(client))) for client in found.clients],
            count=find.count(scene, words, chosen),
            next_key=found.next_key,
            after=after,
            q=words,
            product=chosen,
            products=products,
        )


def missing(active: Sequence[SuperUser]) -> list[str]:
    """The shifts for which nobody is named (§5)."""
    held = {shift for user in active for shift in shifts.of(user)}
    return [shift for shift in SHIFTS if shift not in held]


def client_page(client_id: int) -> str:
    return show(client_id)


def show(
    client_id: int, refusal: Reason | None = None, tried: str = "", typed: Mapping[str, str] = {}
) -> str:
    """The client's page; `tried`: the act that was refused, whose form stands open."""
    with page.looking() as scene:
        client = files.find(scene, client_id) or abort(404)
        t = page.words()
        active = sorted(callers.active(client), key=_place)
        changes = history.listed(scene, client.id, _number("before"))
        return page.render(
            "clients/client.html",
            client=client,
            active=[(user, shifts.of(user)) for user in active],
            removed=_removed(client),
            shifts=SHIFTS,
            places=PLACES,
            missing=shown.shift_names(t, missing(active)),
            hours={held.product: shown.hours(t, held.window) for held in client.products},
            history=described(t, changes[: history.PAGE]),
            next_key=changes[history.PAGE - 1].id if len(changes) > history.PAGE else None,
            refusal=refusal,
            tried=tried,
            typed_reason=typed.get("reason", ""),
            typed_user=typed.get("super_user", ""),
            before=_number("before"),
            longest=removal.LONGEST,
            digits=pin.DIGITS,
        )


def described(t: Words, changes: Sequence[ClientChange]) -> list[Told]:
    """Each act with its fields in words."""
    return [(change, shown.fields(t, change.facts, change.act)) for change in changes]


def _place(user: SuperUser) -> tuple[int, str]:
    """By the first shift, as the form has them."""
    held = shifts.of(user)
    return SHIFTS.index(held[0]) if held else len(SHIFTS), user.sought


def _removed(client: Client) -> list[SuperUser]:
    """The latest first."""
    gone = [user for user in client.super_users if user.removed_at is not None]
    return sorted(gone, key=lambda user: (user.removed_at, user.id), reverse=True)


def ordered(scene: Scene, client: Client) -> list[SuperUser]:
    """Those who may call, as the form has them."""
    return sorted(callers.active(client), key=_place)


def _number(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
