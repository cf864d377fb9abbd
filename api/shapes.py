"""What the API shows of each thing: its members, their kinds, and where each comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.schema import (
    Anything,
    Choice,
    Day,
    Flag,
    ListOf,
    Member,
    Moment,
    Optional,
    Struct,
    Text,
    Whole,
)
from ivr import rights, states
from ivr.models import Incident

ID = Whole(1)
NUMBER = Text(5, 1, r"^[0-9]{1,5}$")
"""A client's number (§2.1.1)."""
NAME = Text(1000)
_LANGUAGE = Choice(("fr", "en"))


def page_of(struct: Struct) -> Struct:
    """A page of them, and the key of the next one; null: this is the last."""
    members = {"items": Member(ListOf(struct, 200)), "next": Member(Optional(Text(200)))}
    return Struct(members, f"{struct.name}Page")


def _named(name: str, kind: Any = NAME) -> Struct:
    return Struct({"id": Member(ID), "name": Member(kind)}, name)


AGENT = _named("AgentName")
CLIENT_NAME = Struct({"number": Member(NUMBER), "name": Member(NAME)}, "ClientName")
CALLER = Struct({"id": Member(ID), "name": Member(NAME)}, "Caller")

INCIDENT = Struct(
    {
        "id": Member(ID),
        "reference": Member(Text(6, 6)),
        "state": Member(Choice(states.STATES)),
        "priority": Member(Text(2)),
        "claimed_priority": Member(Optional(Text(2))),
        "product": Member(Optional(NAME)),
        "environment": Member(NAME),
        "language": Member(_LANGUAGE),
        "client": Member(Optional(CLIENT_NAME)),
        "caller": Member(Optional(CALLER), get=lambda i: i.super_user),
        "recognised_by": Member(Optional(NAME)),
        "extended": Member(Flag()),
        "security": Member(Flag()),
        "opened_at": Member(Moment()),
        "due_at": Member(Moment()),
        "taken_at": Member(Optional(Moment())),
        "told_at": Member(Optional(Moment())),
        "met_at": Member(Optional(Moment())),
        "correction_due_at": Member(Optional(Moment())),
        "update_every_seconds": Member(Optional(Whole()), get=lambda i: i.update_every),
        "update_due_at": Member(Optional(Moment())),
        "holder": Member(Optional(AGENT)),
        "callback": Member(
            Struct(
                {
                    "number": Member(Optional(NAME), get=lambda i: i.callback_number),
                    "extension": Member(NAME, get=lambda i: i.callback_extension),
                    "at": Member(Optional(Moment()), get=lambda i: i.callback_at),
                    "attempts": Member(Whole(), get=lambda i: i.callback_attempts),
                },
                "Callback",
            ),
            get=lambda i: i,
        ),
        "waiting_reason": Member(Optional(Text())),
        "nature": Member(Optional(Choice(states.NATURES))),
        "diagnosis": Member(Text()),
        "solution": Member(Text()),
        "workaround": Member(Text()),
        "version": Member(Text()),
        "backlog": Member(Flag()),
        "resolved_at": Member(Optional(Moment())),
        "reopened_at": Member(Optional(Moment())),
        "closed_at": Member(Optional(Moment())),
        "closed_how": Member(Optional(NAME)),
        "closing_at": Member(Optional(Moment())),
        "escalation_level": Member(Whole(0, 3)),
        "linked_to_id": Member(Optional(ID)),
        "outage_id": Member(Optional(ID)),
    },
    "Incident",
)

EVENT = Struct(
    {
        "id": Member(ID),
        "at": Member(Moment()),
        "kind": Member(NAME),
        "agent": Member(Optional(AGENT)),
        "text": Member(Text(20_000)),
        "facts": Member(Anything()),
    },
    "Event",
)
"""`text` is a sentence in the language asked for; its members are those of a dict."""

RECORDING = Struct(
    {
        "id": Member(ID),
        "recorded_at": Member(Moment()),
        "seconds": Member(Whole()),
        "status": Member(NAME),
        "has_transcript": Member(Flag(), get=lambda r: bool(r.transcript)),
    },
    "Recording",
)
"""Only a "completed" one can be heard."""
TRANSCRIPT = Struct(
    {
        "recording_id": Member(ID, get=lambda r: r.id),
        "language": Member(Optional(_LANGUAGE), get=lambda r: r.transcript_language),
        "text": Member(Text(100_000), get=lambda r: r.transcript),
    },
    "Transcript",
)

ARTICLE = Struct(
    {
        "id": Member(ID),
        "title": Member(Text()),
        "solution": Member(Text()),
        "product": Member(Optional(NAME)),
        "incident_id": Member(ID),
        "agent": Member(AGENT),
        "written_at": Member(Moment()),
    },
    "Article",
)

NEWS = Struct(
    {
        "number": Member(Whole()),
        "at": Member(Moment()),
        "agent": Member(AGENT),
        "text_fr": Member(Text()),
        "text_en": Member(Text()),
        "next_at": Member(Optional(Moment())),
    },
    "OutageNews",
)
OUTAGE = Struct(
    {
        "id": Member(ID),
        "live": Member(Flag(), get=lambda o: bool(o.live)),
        "products": Member(ListOf(NAME)),
        "agent": Member(AGENT),
        "started_at": Member(Moment()),
        "ended_at": Member(Optional(Moment())),
        "news": Member(ListOf(NEWS, 1000)),
    },
    "Outage",
)

SUPER_USER = Struct(
    {
        "id": Member(ID),
        "name": Member(NAME),
        "function": Member(NAME),
        "shifts": Member(ListOf(NAME), get=lambda u: u.shift.split()),
        "phone": Member(NAME),
        "extension": Member(NAME),
        "email": Member(Text(254)),
        "language": Member(_LANGUAGE),
    },
    "SuperUser",
)
CLIENT_PRODUCT = Struct(
    {"product": Member(NAME), "extended": Member(Flag()), "window": Member(Optional(Anything()))},
    "ClientProduct",
)
CLIENT = Struct(
    {
        "id": Member(ID),
        "number": Member(NUMBER),
        "name": Member(NAME),
        "service_centre": Member(Text(), get=lambda c: c.csa),
        "other_environments": Member(ListOf(NAME)),
        "beta_site": Member(Flag()),
        "go_live_on": Member(Optional(Day())),
        "products": Member(ListOf(CLIENT_PRODUCT)),
        "lines": Member(ListOf(NAME), get=lambda c: sorted(line.phone for line in c.lines)),
        "super_users": Member(
            ListOf(SUPER_USER), get=lambda c: [u for u in c.super_users if u.removed_at is None]
        ),
    },
    "Client",
)

CLIENT_CHANGE = Struct(
    {
        "version": Member(Whole()),
        "at": Member(Moment()),
        "act": Member(NAME),
        "subject": Member(NAME),
        "agent": Member(Optional(AGENT)),
        "fields": Member(ListOf(NAME), get=lambda change: sorted(change.facts)),
    },
    "ClientChange",
)
"""The names of what changed; what it was and is stands in `current`."""

LEVEL = Struct(
    {"level": Member(NAME, get=lambda level: level.name), "agents": Member(ListOf(AGENT))}, "Level"
)
ON_CALL = Struct({"at": Member(Moment()), "levels": Member(ListOf(LEVEL))}, "OnCall")
DUTY = Struct(
    {
        "level": Member(NAME),
        "start": Member(Moment()),
        "end": Member(Moment()),
        "agents": Member(ListOf(AGENT)),
    },
    "Duty",
)
ROTA = Struct(
    {"from": Member(Moment()), "until": Member(Moment()), "duties": Member(ListOf(DUTY, 20_000))},
    "Rota",
)
OVERRIDE = Struct(
    {
        "id": Member(ID),
        "agent": Member(AGENT),
        "replaces": Member(Optional(AGENT)),
        "level": Member(Optional(NAME)),
        "start": Member(Moment(), get=lambda o: o.starts_at),
        "end": Member(Moment(), get=lambda o: o.ends_at),
        "note": Member(Text()),
        "entered_at": Member(Moment()),
        "withdrawn_at": Member(Optional(Moment())),
    },
    "Override",
)

STAFF = Struct(
    {
        "id": Member(ID),
        "name": Member(NAME),
        "role": Member(Choice(tuple(rights.RANKS))),
        "language": Member(_LANGUAGE),
        "on_desk": Member(Flag()),
        "present": Member(Flag()),
    },
    "Agent",
)
ME = Struct(
    {
        "name": Member(NAME),
        "rights": Member(ListOf(NAME)),
        "may_change": Member(Flag()),
        "acts_as": Member(Optional(AGENT)),
        "expires_at": Member(Optional(Moment())),
        "per_minute": Member(Whole()),
    },
    "Me",
)


def incident(row: Incident) -> dict[str, Any]:
    return INCIDENT.write(row)


_COUNT = Whole()
PROMISES = Struct(
    {
        "key": Member(Optional(NAME)),
        "calls": Member(_COUNT),
        "incidents": Member(_COUNT),
        "met": Member(_COUNT),
        "late": Member(_COUNT),
        "pending": Member(_COUNT),
        "causes": Member(Anything()),
    },
    "Promises",
)
INTERVENTION = Struct(
    {
        "incident_id": Member(ID),
        "reference": Member(Text(6)),
        "client": Member(CLIENT_NAME),
        "product": Member(Optional(NAME)),
        "priority": Member(Text(2)),
        "super_user": Member(NAME),
        "opened_at": Member(Moment()),
        "first_at": Member(Moment()),
        "agents": Member(ListOf(NAME)),
        "calls": Member(_COUNT),
        "minutes": Member(_COUNT),
    },
    "Intervention",
)


WAITS = Struct(
    {
        "week": Member(Day()),
        "answered_in_call": Member(_COUNT),
        "answered_later": Member(_COUNT),
        "never_answered": Member(_COUNT),
        "median_seconds": Member(Optional(_COUNT)),
        "ninth_decile_seconds": Member(Optional(_COUNT)),
        "longest_seconds": Member(Optional(_COUNT)),
    },
    "NightWaits",
)
"""`week` is its Monday."""
_MONEY = Text(40, 1, r"^[0-9]+(\.[0-9]+)?$")
COST = Struct(
    {
        "kind": Member(NAME),
        "count": Member(_COUNT),
        "units": Member(_COUNT),
        "cost": Member(_MONEY),
    },
    "Cost",
)
WEEKS_COST = Struct(
    {"week": Member(Day()), "calls": Member(_COUNT), "cost": Member(_MONEY)}, "WeeksCost"
)
_COSTS = {
    "currency": Member(Text(3, 3)),
    "calls": Member(_COUNT),
    "total": Member(_MONEY),
    "weeks": Member(ListOf(WEEKS_COST, 1000)),
}


def report_of(struct: Struct, more: Mapping[str, Member] | None = None) -> Struct:
    """The days that it is about, in the centre's time, and its lines."""
    members = {"first": Member(Day()), "last": Member(Day()), **(more or {})}
    return Struct({**members, "items": Member(ListOf(struct, 100_000))}, f"{struct.name}Report")


COSTS = report_of(COST, _COSTS)
