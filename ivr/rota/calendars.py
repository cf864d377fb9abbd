"""Exports who is on call as iCalendar, for one agent or the whole team (RFC 5545).

Moments are written in UTC, which says each of them, also those that a wall clock shows twice; the
calendar names the centre's zone, in which programs show them. An event's UID stays the same as
long as its agent, level and beginning do, so that a program that reads again changes its event.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCalAddress

from ivr.local_time import WORDS
from ivr.models import Agent
from ivr.rota.stretches import Duty
from ivr.rota.wording import in_words, level_name

READ_AGAIN = timedelta(hours=1)


@dataclass(frozen=True)
class Team:
    """What a calendar needs to know beside who is on call: the agents, and where it is read."""

    agents: dict[int, Agent]
    zone: ZoneInfo
    language: str
    host: str
    """The line's own host, which makes its UIDs nobody else's."""
    now: datetime


def calendar(
    duties: Iterable[Duty], team: Team, agent: Agent | None = None, *, published: bool = False
) -> bytes:
    """The calendar of the team, or of one `agent`, as a file's bytes.

    One that is `published` at an address names no attendees (RFC 5545, 3.8.4.1); in a file they
    are what another program matches people by.
    """
    made = Calendar()
    title = "rota.calendar.agent" if agent else "rota.calendar.team"
    name = WORDS.text(team.language, title, name=agent.name if agent else "")
    made.add("prodid", "-//p1line//rota//FR")
    made.add("version", "2.0")
    made.add("name", name)
    made.add("x-wr-calname", name)
    made.add("x-wr-timezone", team.zone.key)
    made.add("refresh-interval", READ_AGAIN, parameters={"value": "DURATION"})
    made.add("x-published-ttl", f"PT{int(READ_AGAIN.total_seconds()) // 60}M")
    for duty in duties:
        if agent is None or duty.place.agent == agent.id:
            event = _event(duty, team)
            if not published:
                attendee = _attendee(team.agents[duty.place.agent])
                event.add("attendee", attendee, encode=False)
            made.add_component(event)
    return bytes(made.to_ical())


def _event(duty: Duty, team: Team) -> Event:
    agent = team.agents[duty.place.agent]
    names = {one.id: one.name for one in team.agents.values()}
    level = level_name(duty.level, team.language)
    event = Event()
    event.add("uid", f"{duty.level}-{agent.id}-{duty.start:%Y%m%dT%H%M%SZ}@{team.host}")
    event.add("dtstamp", team.now.astimezone(UTC))
    event.add("dtstart", duty.start)
    event.add("dtend", duty.end)
    summary = WORDS.text(team.language, "rota.calendar.event", name=agent.name, level=level)
    event.add("summary", summary)
    event.add("description", in_words(duty.place.why, names, team.language, team.zone, team.now))
    event.add("transp", "TRANSPARENT")  # being on call fills nobody's day
    return event


def _attendee(agent: Agent) -> vCalAddress:
    address = vCalAddress(f"mailto:{agent.email}")
    address.params["CN"] = agent.name
    return address
