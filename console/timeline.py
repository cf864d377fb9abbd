"""What happened, in plain words: the call's turns and the incident's events, merged by time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, Literal

from console import acts
from console.words import Words, catalogue
from ivr.models import Agent, CallTurn, Event, Incident
from ivr.reason import Reason

# The fact that picks the sentence, where a kind of event has several.
_VARIANT = {
    "threshold": "clock",
    "breached": "clock",
    "identified": "by",
    "routed": "route",
    "leg_ended": "outcome",
    "taken": "how",
    "told": "how",
    "client_missed": "outcome",
    "recovered": "source",
    "aside": "what",
    "message_sent": "purpose",
    "message_failed": "purpose",
    "message_dropped": "purpose",
    "escalated_client": "how",
    "escalated_internally": "to",
    "contact_ended": "outcome",
    "resolved": "how",
    "closed": "how",
}
# Purposes that come again are numbered: "outage_2" is the second news of an outage.
_NUMBERED = re.compile(r"_\d+$")


@dataclass(frozen=True)
class Line:
    at: datetime
    source: Literal["call", "event"]
    text: str
    details: Sequence[str] = ()
    is_new: bool = False
    """It happened since the reader's page was made."""


@dataclass(frozen=True)
class Day:
    date: date
    lines: Sequence[Line]


def days(
    t: Words, incident: Incident, turns: Iterable[CallTurn], seen: int | None = None
) -> list[Day]:
    """The whole timeline by local day. `seen`: the last event that the reader knew of."""
    lines = [_turn(t, turn, incident) for turn in turns]
    lines += [_event(t, event, seen) for event in incident.events]
    lines.sort(key=lambda line: line.at)  # stable: a turn stands before what it led to
    return [
        Day(day, list(group))
        for day, group in groupby(lines, key=lambda line: t.local(line.at).date())
    ]


def news(t: Words, incident: Incident, reader: Agent, seen: int | None) -> list[Line]:
    """What others did since the reader's page was made, as far as it changes the incident."""
    if seen is None:
        return []
    done = [event for event in incident.events if event.id > seen and event.kind in acts.CHANGES]
    return [_event(t, event, seen) for event in done if event.agent_id not in (None, reader.id)]


def _turn(t: Words, turn: CallTurn, incident: Incident) -> Line:
    """What was asked, and what came back: the answer itself, where it is on file."""
    answers = {
        "product": t.product(incident.product),
        "claimed": t.named("priorities", incident.claimed_priority),
        "environment": t.named("environments", incident.environment),
    }
    if catalogue().has(f"answers.{turn.step}.{turn.outcome}"):
        outcome = t(f"answers.{turn.step}.{turn.outcome}", **answers)
    else:
        outcome = t.named("outcomes", turn.outcome)
    return Line(turn.at, "call", t("turns.line", step=t.named("steps", turn.step), outcome=outcome))


def _event(t: Words, event: Event, seen: int | None) -> Line:
    why = event.facts.get("why") or ()
    reasons = [why] if isinstance(why, Mapping) else why
    return Line(
        event.at,
        "event",
        sentence(t, event),
        [t.reason(_reason(reason)) for reason in reasons],
        is_new=seen is not None and event.id > seen,
    )


def sentence(t: Words, event: Event) -> str:
    """The event as a reader is told it."""
    kind, facts = event.kind, event.facts
    words = {name: _in_words(t, name, fact) for name, fact in facts.items()}
    if event.agent:
        words["agent"] = event.agent.name
    elif "integration" in facts:
        words["agent"] = facts["integration"]
    if kind == "priority_set" and "was" in facts:
        return t.named("events", "priority_changed", **words)
    if kind == "priority_set" and facts.get("claimed") not in (None, facts.get("priority")):
        kind = "priority_lowered"
    if kind == "threshold" and facts.get("percent") == 100:
        kind = "breached"
    if variant := _VARIANT.get(kind):
        kind = f"{kind}.{_NUMBERED.sub('', str(facts.get(variant)))}"
    return t.named("events", kind, **words)


def _in_words(t: Words, name: str, fact: Any) -> Any:
    match name:
        case "at" | "due" | "before":
            return t.moment(datetime.fromisoformat(fact))
        case "seconds":
            return t.seconds(fact)
        case "step":
            return t.named("steps", fact)
        case "reference":
            return t.reference(fact)
        case "channel":
            return t.named("channels", fact)
        case "every":
            return t.lasting(timedelta(seconds=fact)) if fact else t("incident.no_updates")
        case "priority" | "claimed" | "was":
            return t.named("priorities", fact)
    return fact


def _reason(data: Mapping[str, Any]) -> Reason:
    facts = dict(data)
    return Reason(str(facts.pop("key")), facts)
