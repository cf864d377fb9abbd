"""The sentences of a call: from prompts/, in the call's language, with what they tell filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from ivr import local_time, numbers, reference
from ivr.catalogue import Catalogue
from ivr.models import Call, Incident
from ivr.reply import Said
from ivr.scene import Scene
from ivr.speech import spaced

PROMPTS = Catalogue(Path(__file__).parent / "prompts")


def say(scene: Scene, call: Call, key: str, language: str | None = None) -> Said:
    """The sentence `key`; facts that it names are looked up in the call and its incident."""
    language = language or call.language
    facts = {name: FACTS[name](scene, call, language) for name in PROMPTS.facts_of(key)}
    return Said(language, PROMPTS.text(language, key, **facts))


def option(call: Call, step: str, name: str, key: int) -> str:
    """ "For X, press N", built from the menu's row."""
    pattern = f"{step}.option" if PROMPTS.has(f"{step}.option") else "common.option"
    label = PROMPTS.text(call.language, f"{step}.options.{name}")
    return PROMPTS.text(call.language, pattern, label=label, key=key)


def read_number(number: str) -> str:
    """A phone number digit by digit, in groups."""
    return ", ".join(spaced(group) for group in numbers.groups(number))


def read_reference(text: str) -> str:
    """Two groups of three, digit by digit: the ear takes 72 and 60-12 for one another."""
    return ", ".join(spaced(group) for group in reference.groups(text))


def _incident(call: Call) -> Incident:
    if call.incident is None:
        raise LookupError(f"call {call.sid} has no incident to speak of")
    return call.incident


def _candidate(_: Scene, call: Call, __: str) -> str:
    return spaced(call.answers["candidate"])


def _number(_: Scene, call: Call, language: str) -> str:
    incident = _incident(call)
    number = read_number(incident.callback_number or "")
    if not incident.callback_extension:
        return number
    extension = spaced(incident.callback_extension)
    return PROMPTS.text(language, "words.extension", number=number, extension=extension)


def _reference(_: Scene, call: Call, __: str) -> str:
    return read_reference(_incident(call).reference)


def _due(scene: Scene, call: Call, language: str) -> str:
    due_at = _incident(call).due_at
    return local_time.promised(due_at, scene.now, language, scene.policy.zone)


FACTS: Mapping[str, Callable[[Scene, Call, str], str]] = {
    "candidate": _candidate,
    "number": _number,
    "reference": _reference,
    "due": _due,
}
