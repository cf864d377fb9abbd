"""Calendars are read as they are: repeated, in any zone, whole days, wrong, or hostile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from ivr.rota.feed import Feed, read
from ivr.rota.matching import Known, match
from ivr.rota.refusal import Refused
from tests.rota import feeds
from tests.rota.cast import TORONTO, local
from tests.rota.feeds import event, ics

START, END = local("2026-10-25 00:00"), local("2027-10-25 00:00")
ALICE = Known(1, "Alice Roy", "alice.1@example.org")
BOB = Known(2, "Bob Tremblay", "bob.2@example.org")
CHLOE = Known(3, "Chloé Côté", "chloe.3@example.org")
DENIS = Known(4, "Denis Roy", "denis.4@example.org", usable=False)
ANNE = Known(5, "Anne Roy", "anne.5@example.org")
DUBOIS = Known(6, "Anne Roy-Dubois", "dubois@example.org")
AGENTS = (ALICE, BOB, CHLOE, DENIS, ANNE, DUBOIS)


def of(data: bytes) -> Feed:
    return read(data, TORONTO, START, END)


def matched(data: bytes) -> object:
    """Whom the only event means."""
    (only,) = of(data).events
    return match(only, AGENTS)


class TestReading:
    """Events become stretches of UTC time."""

    def test_pagerduty(self) -> None:
        feed = of(feeds.PAGERDUTY)
        assert feed.name == "On Call Schedule for Soutien"
        assert [one.span for one in feed.events] == [
            (local("2026-11-30 08:00"), local("2026-12-07 08:00")),
            (local("2026-12-07 08:00"), local("2026-12-14 08:00")),
        ]
        assert [match(one, AGENTS) for one in feed.events] == [(1,), (2,)]

    def test_opsgenie(self) -> None:
        (only,) = of(feeds.OPSGENIE).events
        assert only.span == (local("2026-11-30 16:30"), local("2026-12-01 08:00"))
        assert match(only, AGENTS) == (3,)

    def test_grafana_with_its_ranks(self) -> None:
        found = {one.rank: match(one, AGENTS) for one in of(feeds.GRAFANA).events}
        assert found == {1: (2,), 0: (1,)}

    def test_what_repeats_keeps_its_local_time_over_the_change_of_clocks(self) -> None:
        events = of(feeds.WEEKLY).events
        nights = [one for one in events if one.summary == "Chloé Côté"]
        assert {one.span[0].astimezone(TORONTO).hour for one in nights} == {20}
        assert local("2026-10-30 20:00") not in {one.span[0] for one in nights}
        (moved,) = [one for one in events if one.summary == "Bob Tremblay"]
        assert moved.span == (local("2026-11-01 22:00"), local("2026-11-02 08:00"))
        assert len(events) == 33

    def test_a_night_of_the_change_has_thirteen_hours(self) -> None:
        weekly = feeds.WEEKLY.replace(b"20261101T200000\r\nDTSTART", b"20261103T200000\r\nDTSTART")
        night = local("2026-10-31 20:00")
        (changed,) = [one for one in of(weekly).events if one.span[0] == night]
        assert changed.span[1] - night == timedelta(hours=13)

    def test_whole_days_are_days_of_the_centre(self) -> None:
        day = event("alice.1", ";VALUE=DATE:20261101", ";VALUE=DATE:20261102")
        (only,) = of(ics(day)).events
        assert only.span == (local("2026-11-01 00:00"), local("2026-11-02 00:00"))
        assert only.span[1] - only.span[0] == timedelta(hours=25)

    def test_a_time_without_a_zone_is_the_calendars_or_else_the_centres(self) -> None:
        floating = event("alice.1", ":20261130T080000", ":20261130T160000")
        (here,) = of(ics(floating)).events
        assert here.span[0] == local("2026-11-30 08:00")
        (there,) = of(ics(floating, "X-WR-TIMEZONE:America/Vancouver")).events
        assert there.span[0] == local("2026-11-30 11:00")

    def test_a_moment_of_the_hour_that_comes_twice_is_the_moment_meant(self) -> None:
        second = event("alice.1", ":20261101T063000Z", ":20261101T074500Z")
        for head in ((), ("X-WR-TIMEZONE:America/Toronto",)):
            (only,) = of(ics(second, *head)).events
            assert only.span == tuple(
                datetime(2026, 11, 1, hour, minute, tzinfo=UTC)
                for hour, minute in ((6, 30), (7, 45))
            )

    def test_cancelled_events_and_those_of_another_time_are_left_out(self) -> None:
        body = [
            event("alice.1", ":20261130T130000Z", ":20261201T130000Z", "STATUS:CANCELLED"),
            event("alice.1", ":20250101T130000Z", ":20250102T130000Z"),
            event("alice.1", ":20290101T130000Z", ":20290102T130000Z"),
        ]
        assert of(ics("\n".join(body))).events == ()

    def test_events_come_in_order(self) -> None:
        events = of(feeds.WEEKLY).events
        assert all(one.span[0] <= other.span[0] for one, other in pairwise(events))

    def test_an_event_of_no_length_is_told(self) -> None:
        feed = of(ics(event("alice.1", ":20261130T130000Z", ":20261130T130000Z")))
        assert feed.events == ()
        assert [one.why.key for one in feed.unread] == ["rota.event_empty"]

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"<html><body>Sign in</body></html>",
            b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n",
            ics("BEGIN:VEVENT\nSUMMARY:no beginning\nEND:VEVENT"),
            ics(event("alice.1", ":20261130T130000Z", ":20261130T140000Z", "RRULE:FREQ=NEVER")),
            bytes(range(256)),
        ],
    )
    def test_what_is_no_calendar_is_refused(self, data: bytes) -> None:
        with pytest.raises(Refused) as refusal:
            of(data)
        assert refusal.value.reason.key == "rota.feed_unreadable"

    @pytest.mark.parametrize(
        "rule",
        [
            "FREQ=SECONDLY",
            "FREQ=MINUTELY",
            "FREQ=HOURLY",
            "FREQ=DAILY;BYHOUR=1,2;BYMINUTE=" + ",".join(map(str, range(60))),
        ],
    )
    def test_one_that_repeats_without_measure_is_refused(self, rule: str) -> None:
        endless = event("alice.1", ":20261130T130000Z", ":20261130T130100Z", f"RRULE:{rule}")
        with pytest.raises(Refused) as refusal:
            of(ics(endless))
        assert refusal.value.reason.key == "rota.feed_too_many"


class TestMatching:
    """By e-mail address, then by name; never by a guess."""

    @pytest.mark.parametrize(
        ("summary", "more", "expected"),
        [
            ("Garde", "ATTENDEE;CN=Bob:MAILTO:Bob.2@Example.org", (2,)),
            ("Garde", "ATTENDEE;CN=Chloé Côté:mailto:perso@example.net", (3,)),
            ("bob.2@example.org (relève)", "", (2,)),
            ("Garde", "DESCRIPTION:Joindre chloe.3@example.org.", (3,)),
            ("On Call - Alice Roy - Soutien", "", (1,)),
            ("chloe cote", "", (3,)),
            ("De garde : BOB  TREMBLAY", "", (2,)),
            ("Anne Roy-Dubois", "", (6,)),
            ("Anne Roy", "", (5,)),
            ("BOB.2", "", (2,)),
            ("Bob Tremblay", "ATTENDEE:mailto:alice.1@example.org", (1,)),
        ],
    )
    def test_one_agent(self, summary: str, more: str, expected: tuple[int, ...]) -> None:
        lines = [more] if more else []
        assert matched(ics(event(summary, ":20261130T130000Z", ":20261201T130000Z", *lines))) == (
            expected
        )

    def test_all_who_attend_in_order(self) -> None:
        both = ("ATTENDEE:mailto:bob.2@example.org", "ATTENDEE:mailto:alice.1@example.org")
        data = ics(event("Garde", ":20261130T130000Z", ":20261201T130000Z", *both))
        assert matched(data) == (2, 1)

    @pytest.mark.parametrize(
        ("summary", "key"),
        [
            ("Dîner d'équipe", "rota.event_nobody"),
            ("Alice Royer", "rota.event_nobody"),
            ("Bob Tremblay remplace Alice Roy", "rota.event_several"),
            ("bob.2@example.org, alice.1@example.org", "rota.event_several"),
            ("Denis Roy", "rota.event_unusable"),
        ],
    )
    def test_nobody_can_be_sure(self, summary: str, key: str) -> None:
        found = matched(ics(event(summary, ":20261130T130000Z", ":20261201T130000Z")))
        assert getattr(found, "key", found) == key

    def test_two_agents_of_one_name(self) -> None:
        twins = (BOB, Known(9, "bob tremblay", "other@example.org"))
        (only,) = of(ics(event("Bob Tremblay", ":20261130T130000Z", ":20261201T130000Z"))).events
        assert getattr(match(only, twins), "key", None) == "rota.event_several"
