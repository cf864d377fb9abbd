"""The client's six-digit PIN: set and removed, kept as an argon2 hash, and never shown (§1.2)."""

from __future__ import annotations

import re

from ivr import callers
from ivr.clients import history
from ivr.incidents import Refused
from ivr.models import Agent, Client
from ivr.reason import Reason
from ivr.scene import Scene

DIGITS = 6
_PIN = re.compile(r"[0-9]{6}", re.ASCII)
_UP, _DOWN = "0123456789012345", "9876543210987654"


def put(
    scene: Scene, client: Client, agent: Agent | None, pin: str, again: str, seen: int | None
) -> None:
    """Raises `Refused` where it is no PIN, is typed otherwise the second time, is the first that
    anybody would try, or where the PIN has changed since the version of the file that was `seen`.
    The same PIN again changes nothing. The client is locked."""
    if not _PIN.fullmatch(pin):
        raise Refused(Reason("clients.bad_pin", {"digits": DIGITS}))
    if pin != again:
        raise Refused(Reason("clients.pin_differs"))
    if is_guessed(pin, client.number):
        raise Refused(Reason("clients.easy_pin"))
    if client.pin_hash and callers.is_secret(client.pin_hash, pin):
        return
    _check_seen(scene, client, seen)
    client.pin_hash = callers.hash_secret(pin)
    history.begin(client)
    history.keep(scene, client, agent, "pin_set")


def remove(scene: Scene, client: Client, agent: Agent | None, seen: int | None) -> None:
    """From now on the line asks for a number on file instead. Raises `Refused` where the PIN has
    changed since the version that was `seen`. The client is locked."""
    if client.pin_hash is None:
        return
    _check_seen(scene, client, seen)
    client.pin_hash = None
    history.begin(client)
    history.keep(scene, client, agent, "pin_removed")


def _check_seen(scene: Scene, client: Client, seen: int | None) -> None:
    since = history.since(scene, client.id, -1 if seen is None else seen)
    if any(change.act in ("pin_set", "pin_removed") for change in since):
        raise Refused(Reason("clients.pin_changed"))


def is_guessed(pin: str, client_number: str) -> bool:
    """One digit or two or three repeated, a run up or down, or the client's own number."""
    repeated = pin in (pin[:1] * 6, pin[:2] * 3, pin[:3] * 2)
    return repeated or pin in _UP or pin in _DOWN or client_number in pin
