"""The sentences of a call: from prompts/, in the call's language, with what they tell filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from ivr import local_time, numbers, promised, reference
from ivr.catalogue import Catalogue
from ivr.models import Call, EscalationContact, Incident, Outage
from ivr.reply import Said
from ivr.scene import Scene
from ivr.speech import spaced

PROMPTS = Catalogue(Path(__file__).parent / "prompts")


def say(scene: Scene, call: Call, key: str, language: str | None = None) -> Said:
    """The sentence `key`; facts that it names are looked up in the call and its incident."""
    language = language or call.language
    facts = {name: FACTS[name](scene, call, language) for name in PROMPTS.facts_of(key)}
    return Said(language, PROMPTS.text(language, key, **facts))


def option(language: str, step: str, name: str, key: int) -> str:
    """ "For X, press N", built from the menu's row; the choices after the first may be shorter."""
    group = step if PROMPTS.has(f"{step}.option") else "common"
    shape = "another" if key > 1 and PROMPTS.has(f"{group}.another") else "option"
    label = PROMPTS.text(language, f"{step}.options.{name}")
    return PROMPTS.text(language, f"{group}.{shape}", label=label, key=key)


def read_number(number: str) -> str:
    """A phone number digit by digit, in groups."""
    return ", ".join(spaced(group) for group in numbers.groups(number))


def read_reference(text: str) -> str:
    """Two groups of three, digit by digit: the ear takes 72 and 60-12 for one another."""
    return ", ".join(spaced(group) for group in reference.groups(text))


def _incident(call: Call) -> Incident:
    if (incident := call.about) is None:
        raise LookupError(f"call {call.sid} has no incident to speak of")
    return incident


def _candidate(_: Scene, call: Call, __: str) -> str:
    return spaced(call.answers["candidate"])


def _number(_: Scene, call: Call, language: str) -> str:
    incident = _incident(call)
    return _with_extension(language, incident.callback_number or "", incident.callback_extension)


def _with_extension(language: str, e164: str, extension: str) -> str:
    number = read_number(e164)
    if not extension:
        return number
    extension = spaced(extension)
    return PROMPTS.text(language, "words.extension", number=number, extension=extension)


def _reference(_: Scene, call: Call, __: str) -> str:
    return read_reference(_incident(call).reference)


def _due(scene: Scene, call: Call, language: str) -> str:
    incident = _incident(call)
    promised.told(scene, incident)
    return local_time.promised(incident.due_at, scene.now, language, scene.policy.zone)


def _outage(scene: Scene, call: Call, language: str) -> str:
    return _known_outage(scene, call).latest.text(language)


def _outage_next(scene: Scene, call: Call, language: str) -> str:
    """When the next update comes; of one that is overdue no time is told."""
    next_at = _known_outage(scene, call).latest.next_at
    if next_at is None or next_at <= scene.now:
        return PROMPTS.text(language, "words.outage_late")
    at = local_time.said(next_at, scene.now, language, scene.policy.zone)
    return PROMPTS.text(language, "words.outage_next", at=at)


def _known_outage(scene: Scene, call: Call) -> Outage:
    return scene.session.get_one(Outage, call.answers["outage"])


def _joined_product(scene: Scene, call: Call, language: str) -> str:
    return PROMPTS.text(language, f"products.{_known(scene, call).product}")


def _joined_reference(scene: Scene, call: Call, __: str) -> str:
    return read_reference(_known(scene, call).reference)


def _joined_due(scene: Scene, call: Call, language: str) -> str:
    """By when somebody calls the clinic about what this call has joined; never a time gone by."""
    incident = _known(scene, call)
    due_at = incident.due_at
    if due_at <= scene.now:
        return PROMPTS.text(language, "words.joined_soon")
    promised.told(scene, incident)
    due = local_time.promised(due_at, scene.now, language, scene.policy.zone)
    return PROMPTS.text(language, "words.joined_due", due=due)


def _known(scene: Scene, call: Call) -> Incident:
    return scene.session.get_one(Incident, call.answers["known"])


def _holder_calls(scene: Scene, call: Call, language: str) -> str:
    """When whoever holds it is made to call: at once, or when its hours begin."""
    if not (opens := call.answers["owed_from"]):
        return PROMPTS.text(language, "words.joined_soon")
    at = local_time.said(datetime.fromisoformat(opens), scene.now, language, scene.policy.zone)
    return PROMPTS.text(language, "words.joined_from", at=at)


def _contact(scene: Scene, call: Call) -> EscalationContact:
    return scene.session.get_one(EscalationContact, call.answers["contact"])


def _contact_name(scene: Scene, call: Call, _: str) -> str:
    return _contact(scene, call).name


def _contact_title(scene: Scene, call: Call, language: str) -> str:
    return _contact(scene, call).title_in(language)


def _contact_number(scene: Scene, call: Call, language: str) -> str:
    contact = _contact(scene, call)
    return _with_extension(language, contact.phone, contact.extension)


def _escalation_next(scene: Scene, call: Call, language: str) -> str:
    """From when on the next level may be asked for; the last one has none."""
    if not (opens := call.answers["next_level_at"]):
        return PROMPTS.text(language, "words.last_level")
    at = local_time.said(datetime.fromisoformat(opens), scene.now, language, scene.policy.zone)
    return PROMPTS.text(language, "words.next_level", at=at)


def _later(scene: Scene, _: Call, language: str) -> str:
    return local_time.lasting(scene.policy.ringing.later, language)


def _waited(scene: Scene, call: Call, language: str) -> str:
    """Since the first phone rang."""
    held = scene.now - datetime.fromisoformat(call.answers["held_since"])
    if (seconds := round(held.total_seconds())) < 100:
        return PROMPTS.text(language, "waiting.seconds", seconds=seconds)
    return local_time.lasting(held, language)


FACTS: Mapping[str, Callable[[Scene, Call, str], str]] = {
    "candidate": _candidate,
    "number": _number,
    "reference": _reference,
    "due": _due,
    "later": _later,
    "waited": _waited,
    "outage": _outage,
    "outage_next": _outage_next,
    "joined_product": _joined_product,
    "joined_reference": _joined_reference,
    "joined_due": _joined_due,
    "holder_calls": _holder_calls,
    "contact_name": _contact_name,
    "contact_title": _contact_title,
    "contact_number": _contact_number,
    "escalation_next": _escalation_next,
}
