"""The rota as iCalendar: read again it says the same, and an event stays the same event."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from icalendar import Calendar

from ivr.models import Agent
from ivr.rota import Rota, feed
from ivr.rota.calendars import Team, calendar
from ivr.rota.matching import Known, match
from ivr.rota.stretches import duties, whole
from tests.rota.cast import DAY, NIGHTS, TORONTO, WEEK, hours, local, override, rota, shift, weekly
from tests.rota.slow import TICK, SlowRota
from tests.rota.test_properties import DAYS, rotas

NOW = local("2026-10-30 02:00")
CREW = {
    n: Agent(id=n, name=f"Garde {n}, « {n} »", email=f"garde{n}@example.org") for n in range(1, 10)
}


def team(language: str = "fr", now: datetime = NOW) -> Team:
    return Team(CREW, TORONTO, language, "line.example.org", now)


def exported(made: Rota, start: datetime, end: datetime, agent: int | None = None) -> Calendar:
    found = duties(whole(made, start, end))
    data = calendar(found, team(now=start), CREW[agent] if agent else None)
    return Calendar.from_ical(data)


def plain(text: object) -> str:
    """With ordinary spaces."""
    return str(text).replace("\u00a0", " ")


def uids(made: Rota, start: datetime) -> dict[str, object]:
    return {str(one["UID"]): one.end for one in exported(made, start, start + WEEK).events}


def test_an_event_says_who_from_when_and_why() -> None:
    made = exported(rota(weekly(1, 2, name="Semaine")), NOW, NOW + DAY)
    (event,) = made.events
    assert plain(event["SUMMARY"]) == "De garde : Garde 1, « 1 » (garde)"
    assert (event.start, event.end) == (local("2026-10-26 08:00"), local("2026-11-02 08:00"))
    assert "Semaine" in str(event["DESCRIPTION"])
    assert event["ATTENDEE"] == "mailto:garde1@example.org"
    assert event["UID"] == "on_call-1-20261026T120000Z@line.example.org"
    assert event["TRANSP"] == "TRANSPARENT"


def test_it_names_the_zone_and_itself() -> None:
    made = exported(rota(weekly(1)), NOW, NOW + DAY)
    assert str(made["X-WR-TIMEZONE"]) == "America/Toronto"
    assert plain(made["X-WR-CALNAME"]) == "Garde : toute l'équipe"
    mine = exported(rota(weekly(1)), NOW, NOW + DAY, agent=1)
    assert plain(mine["X-WR-CALNAME"]) == "Garde : Garde 1, « 1 »"


def test_an_agents_calendar_has_only_the_agents_own_turns() -> None:
    made = rota(weekly(1, 2), weekly(2, level="manager", windows=hours(NIGHTS)))
    events = exported(made, NOW, NOW + WEEK, agent=2).events
    assert {str(event["ATTENDEE"]) for event in events} == {"mailto:garde2@example.org"}
    assert {str(event["UID"]).split("-")[0] for event in events} == {"on_call", "manager"}


def test_uids_and_ends_stay_while_the_days_go_by() -> None:
    made = rota(
        weekly(1, 2, 3),
        weekly(4, level="second", windows=hours(NIGHTS)),
        shift(5, "2026-10-30 00:00", "2026-11-05 00:00"),
        override(6, "2026-11-02 06:00", "2026-11-02 07:00"),
    )
    known: dict[str, object] = {}
    for n in range(21):
        for uid, end in uids(made, NOW + n * DAY).items():
            assert known.setdefault(uid, end) == end
    assert len(known) > 20


def test_a_handover_in_the_hour_that_comes_twice_is_the_moment_meant() -> None:
    """01:30 comes twice on 1 November 2026; a wall clock's time could only name the first."""
    second = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    relieved = override(2, "2026-11-01 00:00", "2026-11-01 04:00")
    made = rota(weekly(1), type(relieved)(1, 2, (second, local("2026-11-01 04:00")), 1))
    found = {event.start for event in exported(made, NOW, NOW + WEEK).events}
    assert second in found


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rotas())
def test_read_again_it_says_who_is_on_call_at_each_moment(
    made: tuple[SlowRota, Rota, datetime],
) -> None:
    _, fast, start = made
    end = start + DAYS * 96 * TICK
    found = duties(whole(fast, start, end))
    data = calendar(found, team(now=start))
    agents = [Known(one.id, one.name, one.email) for one in CREW.values()]
    back = {
        (one.uid.split("-")[0], match(one, agents), one.span)
        for one in feed.read(data, TORONTO, start, end).events
    }
    assert back == {(one.level, (one.place.agent,), (one.start, one.end)) for one in found}


@pytest.mark.parametrize(("language", "summary"), [("fr", "De garde"), ("en", "On call")])
def test_in_the_language_asked_for(language: str, summary: str) -> None:
    found = duties(whole(rota(weekly(1)), NOW, NOW + DAY))
    (event,) = Calendar.from_ical(calendar(found, team(language))).events
    assert str(event["SUMMARY"]).startswith(summary)


def test_one_at_an_address_names_no_attendee_and_no_method() -> None:
    """RFC 5545, 3.8.4.1: a published calendar invites nobody."""
    made = rota(weekly(1))
    data = calendar(duties(whole(made, NOW, NOW + WEEK)), team(now=NOW), CREW[1], published=True)
    (read,) = Calendar.from_ical(data, multiple=True)
    assert read.events
    assert b"ATTENDEE" not in data
    assert b"METHOD" not in data
    assert plain(read["NAME"]) == plain(read["X-WR-CALNAME"])
    assert all({"UID", "DTSTAMP", "DTSTART", "DTEND"} <= set(one) for one in read.events)
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
