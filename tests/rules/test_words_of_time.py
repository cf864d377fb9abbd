"""Moments and durations as they are said and written, French first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.local_time import lasting, promised, said, unbroken, written

Local = Callable[[str], datetime]
TORONTO = ZoneInfo("America/Toronto")
THURSDAY = "2026-12-24 15:30"

SAID = [
    (THURSDAY, "2026-12-24 16:10", "aujourd'hui à 16 h 10", "today at 4:10 PM"),
    (THURSDAY, "2026-12-25 08:00", "demain à 8 h", "tomorrow at 8 AM"),
    (THURSDAY, "2026-12-23 09:05", "hier à 9 h 5", "yesterday at 9:05 AM"),
    (THURSDAY, "2026-12-28 10:15", "lundi à 10 h 15", "on Monday at 10:15 AM"),
    (THURSDAY, "2026-12-30 12:00", "mercredi à midi", "on Wednesday at noon"),
    (
        THURSDAY,
        "2026-12-31 09:00",
        "le jeudi 31 décembre à 9 h",
        "on Thursday, December 31 at 9 AM",
    ),
    (THURSDAY, "2027-01-04 09:00", "le lundi 4 janvier à 9 h", "on Monday, January 4 at 9 AM"),
    (THURSDAY, "2027-03-01 09:00", "le lundi 1er mars à 9 h", "on Monday, March 1 at 9 AM"),
    (
        THURSDAY,
        "2027-08-02 09:00",
        "le lundi 2 août 2027 à 9 h",
        "on Monday, August 2, 2027 at 9 AM",
    ),
    (
        THURSDAY,
        "2026-12-21 14:00",
        "le lundi 21 décembre à 14 h",
        "on Monday, December 21 at 2 PM",
    ),
    ("2026-12-24 23:30", "2026-12-25 00:30", "cette nuit à 0 h 30", "tonight at 12:30 AM"),
    ("2026-12-24 23:00", "2026-12-25 00:00", "ce soir à minuit", "tonight at midnight"),
    (THURSDAY, "2026-12-25 03:00", "demain à 3 h", "tomorrow at 3 AM"),
    ("2026-12-25 02:00", "2026-12-25 03:00", "aujourd'hui à 3 h", "today at 3 AM"),
]


@pytest.mark.parametrize(("now", "moment", "french", "english"), SAID)
def test_said(local: Local, now: str, moment: str, french: str, english: str) -> None:
    assert said(local(moment), local(now), "fr", TORONTO) == french
    assert said(local(moment), local(now), "en", TORONTO) == english


PROMISED = [
    (THURSDAY, "2026-12-24 16:10", "avant 16 h 10 aujourd'hui", "before 4:10 PM today"),
    (THURSDAY, "2026-12-25 08:00", "avant 8 h demain", "before 8 AM tomorrow"),
    (THURSDAY, "2026-12-28 10:15", "avant 10 h 15 lundi", "before 10:15 AM on Monday"),
    (
        THURSDAY,
        "2027-01-04 09:00",
        "avant 9 h le lundi 4 janvier",
        "before 9 AM on Monday, January 4",
    ),
    ("2026-12-24 23:00", "2026-12-25 00:00", "avant minuit ce soir", "before midnight tonight"),
    (
        "2026-12-24 23:10",
        "2026-12-25 00:10",
        "avant 0 h 10 cette nuit",
        "before 12:10 AM tonight",
    ),
]


@pytest.mark.parametrize(("now", "moment", "french", "english"), PROMISED)
def test_promised(local: Local, now: str, moment: str, french: str, english: str) -> None:
    assert promised(local(moment), local(now), "fr", TORONTO) == french
    assert promised(local(moment), local(now), "en", TORONTO) == english


def test_written_does_not_break_between_a_number_and_its_unit(local: Local) -> None:
    now, moment = local(THURSDAY), local("2026-12-28 10:15")
    french = "lundi\u00a028\u00a0décembre à 10\u00a0h\u00a015"
    assert written(moment, now, "fr", TORONTO) == french
    english = "Monday, December\u00a028 at 10:15\u00a0AM"
    assert written(moment, now, "en", TORONTO) == english


def test_written_has_the_year_where_it_is_another(local: Local) -> None:
    now, moment = local(THURSDAY), local("2027-01-04 09:00")
    assert "2027" in written(moment, now, "fr", TORONTO)
    assert "2027" not in written(moment, moment, "fr", TORONTO)


def test_a_promise_is_never_later_than_its_due_time(local: Local) -> None:
    due = local("2026-12-24 16:10:59")
    assert promised(due, local(THURSDAY), "fr", TORONTO) == "avant 16 h 10 aujourd'hui"


def test_in_the_hour_that_autumn_repeats_it_says_which(local: Local) -> None:
    now = datetime(2026, 11, 1, 4, 30, tzinfo=UTC)
    first = said(now + timedelta(hours=1), now, "fr", TORONTO)
    second = said(now + timedelta(hours=2), now, "fr", TORONTO)
    assert first == "aujourd'hui à 1 h 30 (heure avancée)"
    assert second == "aujourd'hui à 1 h 30 (heure normale)"
    assert said(now + timedelta(hours=3), now, "fr", TORONTO) == "aujourd'hui à 2 h 30"


def test_moments_in_utc_are_said_in_the_zone(local: Local) -> None:
    moment = datetime(2026, 12, 24, 21, 10, tzinfo=UTC)
    assert said(moment, local(THURSDAY), "fr", TORONTO) == "aujourd'hui à 16 h 10"


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.timedeltas(timedelta(days=-30), timedelta(days=400)),
    st.sampled_from(["fr", "en"]),
)
def test_voices_get_ordinary_spaces_and_no_pattern(
    now: datetime, ahead: timedelta, language: str
) -> None:
    for text in (
        said(now + ahead, now, language, TORONTO),
        promised(now + ahead, now, language, TORONTO),
    ):
        assert not set(text) & set("\u00a0\u202f{}")
        assert "  " not in text


DURATIONS = [
    (30, "moins d'une minute", "less than a minute"),
    (60, "1 minute", "1 minute"),
    (45 * 60 + 59, "45 minutes", "45 minutes"),
    (3600, "1 heure", "1 hour"),
    (7200, "2 heures", "2 hours"),
    (7500, "2 h 5", "2 h 5 min"),
    (90_000, "25 heures", "25 hours"),
]


@pytest.mark.parametrize(("seconds", "french", "english"), DURATIONS)
def test_durations(seconds: int, french: str, english: str) -> None:
    length = timedelta(seconds=seconds)
    assert (lasting(length, "fr"), lasting(length, "en")) == (french, english)


def test_unbroken() -> None:
    assert unbroken("en retard de 2 h 5") == "en retard de\u00a02\u00a0h\u00a05"
