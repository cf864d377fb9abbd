"""Business time by example: boundaries, lunch, half days, changes of clocks, bugs of others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from ivr.hours import ALWAYS, DayName, Hours, HoursError, SpecialDay
from ivr.policy import Policy

Local = Callable[[str], datetime]
TORONTO = ZoneInfo("America/Toronto")
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
WEEKDAYS = range(5)
LUNCH = {day: [(time(8), time(12)), (time(13), time(17))] for day in WEEKDAYS}
NIGHT_AND_DAY = {day: [(time(0), time(0))] for day in range(7)}


def test_the_opening_instant_is_open_and_the_closing_instant_is_not(
    policy: Policy, local: Local
) -> None:
    assert policy.hours.is_open(local("2026-11-24 08:00:00"))
    assert not policy.hours.is_open(local("2026-11-24 07:59:59.999999"))
    assert policy.hours.is_open(local("2026-11-24 16:29:59.999999"))
    assert not policy.hours.is_open(local("2026-11-24 16:30:00"))


def test_due_exactly_at_closing_is_the_closing(policy: Policy, local: Local) -> None:
    assert policy.hours.add(local("2026-11-24 14:30"), 2 * HOUR) == local("2026-11-24 16:30")
    later = policy.hours.add(local("2026-11-24 14:30"), 2 * HOUR + SECOND)
    assert later == local("2026-11-25 08:00:01")


def test_nothing_added_is_the_next_opening(policy: Policy, local: Local) -> None:
    at_closing, inside = local("2026-11-27 16:30"), local("2026-11-24 09:00")
    assert policy.hours.add(at_closing, timedelta()) == local("2026-11-30 08:00")
    assert policy.hours.add(inside, timedelta()) == inside


def test_answers_are_utc_and_questions_may_be_in_any_zone(policy: Policy) -> None:
    tokyo = datetime(2026, 11, 25, 0, 0, tzinfo=ZoneInfo("Asia/Tokyo"))  # Tuesday 10:00 here
    due = policy.hours.add(tokyo, HOUR)
    assert due == datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
    assert due.tzinfo is UTC


def test_lunch(local: Local) -> None:
    hours = Hours(TORONTO, LUNCH)
    noon = hours.opening_at(local("2026-11-24 12:00"))
    assert (noon.open, noon.until) == (False, local("2026-11-24 13:00"))
    assert noon.why.key == "hours.closed_break"
    assert hours.add(local("2026-11-24 11:30"), HOUR) == local("2026-11-24 13:30")
    assert hours.between(local("2026-11-24 11:00"), local("2026-11-24 14:00")) == 2 * HOUR


@pytest.mark.parametrize(
    ("at", "key", "until"),
    [
        ("2026-11-24 09:00", "hours.open", "2026-11-24 16:30"),
        ("2026-11-24 07:00", "hours.closed_before_hours", "2026-11-24 08:00"),
        ("2026-11-24 16:30", "hours.closed_after_hours", "2026-11-25 08:00"),
        ("2026-11-28 10:00", "hours.closed_weekend", "2026-11-30 08:00"),
        ("2026-12-25 10:00", "hours.closed_holiday", "2026-12-28 08:00"),
    ],
)
def test_why(policy: Policy, local: Local, at: str, key: str, until: str) -> None:
    opening = policy.hours.opening_at(local(at))
    assert (opening.why.key, opening.until) == (key, local(until))
    assert opening.open is (key == "hours.open")


def test_why_of_a_holiday_names_it_in_both_languages(policy: Policy, local: Local) -> None:
    facts = policy.hours.opening_at(local("2027-06-24 10:00")).why.facts
    assert facts["date"] == "2027-06-24"
    assert facts["name_fr"] == "Fête nationale du Québec"
    assert facts["name_en"] == "Saint Jean Baptiste Day"


def test_half_day(local: Local) -> None:
    eve = SpecialDay(DayName("Veille de Noël", "Christmas Eve"), ((8 * HOUR, 12 * HOUR),))
    hours = Hours(TORONTO, LUNCH, closed={date(2026, 12, 24): eve})
    assert hours.is_open(local("2026-12-24 11:59"))
    afternoon = hours.opening_at(local("2026-12-24 14:00"))
    assert (afternoon.open, afternoon.why.key) == (False, "hours.closed_half_day")
    assert hours.add(local("2026-12-24 11:00"), 2 * HOUR) == local("2026-12-25 09:00")


def test_special_intervals_go_before_closed_days(local: Local) -> None:
    day = date(2026, 12, 25)
    closed = {day: SpecialDay(DayName("Noël", "Christmas"))}
    hours = Hours(TORONTO, LUNCH, closed=closed, special={day: [(time(10), time(11))]})
    assert hours.is_open(local("2026-12-25 10:30"))


def test_closed_days_may_be_asked_for_year_by_year(local: Local) -> None:
    asked: list[int] = []

    def closed(year: int) -> dict[date, SpecialDay]:
        asked.append(year)
        return {date(year, 3, 3): SpecialDay(DayName("Fermé", "Closed"))}

    hours = Hours(TORONTO, NIGHT_AND_DAY, closed=closed)
    assert not hours.is_open(local("2026-03-03 12:00"))
    assert hours.is_open(local("2026-03-04 00:00"))
    assert len(asked) == len(set(asked)), "each year is asked for once"


def test_a_day_of_23_or_25_hours_has_the_hours_that_pass(local: Local) -> None:
    hours = Hours(TORONTO, NIGHT_AND_DAY)
    for day, length in (("2027-03-14", 23), ("2026-11-01", 25), ("2026-11-02", 24)):
        start = local(f"{day} 00:00")
        end = (start + timedelta(days=1)).replace(tzinfo=TORONTO)
        assert hours.between(start, end) == length * HOUR


def test_an_hour_that_autumn_repeats_counts_twice(local: Local) -> None:
    night = Hours(TORONTO, {6: [(time(1), time(2))]})
    assert night.between(local("2026-11-01 00:00"), local("2026-11-01 12:00")) == 2 * HOUR
    assert night.between(local("2026-11-08 00:00"), local("2026-11-08 12:00")) == HOUR


def test_an_hour_that_spring_skips_does_not_exist(local: Local) -> None:
    night = Hours(TORONTO, {6: [(time(2), time(3))]})
    opening = night.opening_at(local("2027-03-14 00:00"))
    assert opening.until == local("2027-03-21 02:00")


def test_a_day_may_end_at_24(local: Local) -> None:
    evening = Hours.from_data({"every_day": ["16:30-24:00"]}, TORONTO)
    opening = evening.opening_at(local("2026-11-24 23:59:59"))
    assert (opening.open, opening.until) == (True, local("2026-11-25 00:00"))


class TestWindows:
    """The extended service's hours (§1.1)."""

    def test_by_default_every_hour_outside_ours(self, policy: Policy, local: Local) -> None:
        window = policy.window()
        assert window.is_open(local("2026-11-28 02:00"))
        assert window.is_open(local("2026-12-25 10:00"))
        assert not window.is_open(local("2026-11-24 10:00"))
        assert policy.hours.union(window) is ALWAYS

    def test_a_contracts_own(self, policy: Policy, local: Local) -> None:
        window = policy.window({"every_day": ["16:30-22:00"], "holidays": []})
        assert window.is_open(local("2026-11-28 21:59"))
        assert not window.is_open(local("2026-11-28 22:00"))
        assert not window.is_open(local("2026-12-25 18:00"))

    def test_holidays_may_have_their_own_hours_or_those_of_their_week(
        self, policy: Policy, local: Local
    ) -> None:
        own = policy.window({"every_day": ["16:30-22:00"], "holidays": ["8:00-20:00"]})
        same = policy.window({"every_day": ["16:30-22:00"]})
        for hour, in_own, in_same in ((9, True, False), (18, True, True), (21, False, True)):
            at = local(f"2026-12-25 {hour:02}:00")
            assert (own.is_open(at), same.is_open(at)) == (in_own, in_same)

    def test_the_narrower_name_wins(self, local: Local) -> None:
        data = {
            "every_day": ["8:00-9:00"],
            "weekend": ["10:00-11:00"],
            "sunday": [],
            "friday": ["6:00-7:00"],
        }
        hours = Hours.from_data(data, TORONTO)
        assert hours.is_open(local("2026-11-26 08:30"))  # Thursday
        assert not hours.is_open(local("2026-11-27 08:30"))
        assert hours.is_open(local("2026-11-27 06:30"))
        assert hours.is_open(local("2026-11-28 10:30"))
        assert not hours.is_open(local("2026-11-29 10:30"))

    def test_hours_as_they_are_written_in_french(self, local: Local) -> None:
        hours = Hours.from_data({"every_day": ["8 h-12 h", "13 h 30 – 24 h"]}, TORONTO)
        assert [hours.is_open(local(f"2026-11-24 {t}")) for t in ("11:59", "13:29", "23:59")] == [
            True,
            False,
            True,
        ]

    def test_united_with_ours_it_says_whose_hours_they_are(
        self, policy: Policy, local: Local
    ) -> None:
        both = policy.hours.union(policy.window({"weekdays": ["16:30-22:00"]}))
        evening = both.opening_at(local("2026-11-24 18:00"))
        assert (evening.open, evening.until) == (True, local("2026-11-24 22:00"))
        assert evening.why.key == "hours.open"
        assert both.opening_at(local("2026-11-24 10:00")).until == local("2026-11-24 22:00")
        assert both.opening_at(local("2026-11-24 23:00")).why.key == "hours.closed_after_hours"

    def test_a_half_day_is_no_holiday(self, local: Local) -> None:
        eve = SpecialDay(DayName("Veille de Noël", "Christmas Eve"), ((8 * HOUR, 12 * HOUR),))
        data = {"every_day": ["16:30-22:00"], "holidays": []}
        window = Hours.from_data(data, TORONTO, holidays=lambda year: {date(year, 12, 24): eve})
        assert window.is_open(local("2026-12-24 18:00"))


class TestRefused:
    @pytest.mark.parametrize(
        ("data", "sentence"),
        [
            ({"monday": ["8:00-12:00", "11:00-15:00"]}, "monday: two intervals overlap"),
            ({"tuesday": ["22:00-6:00"]}, "tuesday: 22:00-6:00 ends before it starts"),
            ({"friday": ["8:00-8:00"]}, "friday: 8:00-8:00 ends before it starts"),
            ({"weekdays": ["8 to 5"]}, "weekdays: '8 to 5' is no interval"),
            ({"sunday": ["8:00-25:00"]}, "sunday: '8:00-25:00' names a time that no day has"),
            ({"sunday": ["8:75-9:00"]}, "sunday: '8:75-9:00' names a time that no day has"),
            ({"sunday": ["8:-9:"]}, "sunday: '8:-9:' is no interval"),
            ({"monday": "8:00-9:00"}, "monday: a list of intervals"),
            ({"monday": [8]}, "monday: 8 is no interval"),
            ({"mondy": []}, "mondy is no day of the week"),
            ({"holidays": []}, "holidays: no calendar"),
        ],
    )
    def test_hours_that_make_no_sense(self, data: dict[str, object], sentence: str) -> None:
        with pytest.raises(HoursError, match="^" + sentence):
            Hours.from_data(data, TORONTO)

    def test_a_weekday_that_does_not_exist(self) -> None:
        with pytest.raises(HoursError, match="weekday 7"):
            Hours(TORONTO, {7: [(time(8), time(9))]})

    def test_overlap_on_a_special_date(self) -> None:
        overlapping = {date(2026, 12, 24): [(time(8), time(12)), (time(11), time(13))]}
        with pytest.raises(HoursError, match="2026-12-24: two intervals overlap"):
            Hours(TORONTO, LUNCH, special=overlapping)

    def test_a_moment_without_a_zone(self, policy: Policy) -> None:
        naive = datetime(2026, 11, 24, 9, 0)  # noqa: DTZ001
        with pytest.raises(HoursError, match="has no time zone"):
            policy.hours.is_open(naive)

    def test_hours_that_never_open(self, local: Local) -> None:
        never, at = Hours(TORONTO, {}), local("2026-11-24 09:00")
        opening = never.opening_at(at)
        assert (opening.open, opening.until, opening.why.key) == (False, None, "hours.never")
        questions: list[Callable[[], datetime]] = [
            lambda: never.next_open(at),
            lambda: never.add(at, HOUR),
            lambda: never.add(at, -HOUR),
        ]
        for ask in questions:
            with pytest.raises(HoursError):
                ask()

    @pytest.mark.parametrize("moment", [datetime.min, datetime.max, datetime(1900, 1, 1)])  # noqa: DTZ001, DTZ901
    def test_moments_at_the_end_of_the_calendar(self, policy: Policy, moment: datetime) -> None:
        with pytest.raises(HoursError):
            policy.hours.add(moment.replace(tzinfo=TORONTO), HOUR)

    def test_more_time_than_the_calendar_holds(self, policy: Policy, local: Local) -> None:
        with pytest.raises(HoursError):
            policy.hours.add(local("2026-11-24 09:00"), timedelta(days=200 * 365))


class TestBugsOfOthers:
    """What went wrong in other products' threads, each with the product's answer here."""

    def test_freescout_3756_a_ticket_at_4_pm_with_4_hours(self, local: Local) -> None:
        nine_to_five = Hours(TORONTO, {day: [(time(8), time(16))] for day in WEEKDAYS})
        assert nine_to_five.add(local("2026-11-24 16:00"), 4 * HOUR) == local("2026-11-25 12:00")

    def test_zammad_3180_no_minute_is_closed_at_midnight(self, local: Local) -> None:
        always = Hours(TORONTO, NIGHT_AND_DAY)
        for clock in ("23:59", "23:59:59.999999", "00:00", "00:01"):
            assert always.is_open(local(f"2026-11-24 {clock}"))
        week = local("2026-11-23 00:00"), local("2026-11-30 00:00")
        assert always.between(*week) == timedelta(days=7)
        assert list(always.openings(*week)) == [tuple(at.astimezone(UTC) for at in week)]

    def test_zammad_3706_a_holiday_is_its_own_date_in_its_own_zone(self) -> None:
        for name in ("America/Santiago", "Pacific/Auckland", "Pacific/Kiritimati"):
            zone, day = ZoneInfo(name), date(2026, 9, 18)
            closed = {day: SpecialDay(DayName("Fête", "Feast"))}
            hours = Hours(zone, NIGHT_AND_DAY, closed=closed)
            midnight = datetime.combine(day, time(), zone)
            shut = hours.opening_at(midnight)
            assert (shut.open, shut.until) == (False, midnight + timedelta(days=1))
            assert hours.is_open(midnight - SECOND)

    def test_zammad_390_an_observance_is_no_day_off(self, policy: Policy, local: Local) -> None:
        assert policy.hours.is_open(local("2026-11-11 10:00"))
        assert policy.hours.is_open(local("2026-09-30 10:00"))

    def test_glpi_22678_an_hour_before_a_deadline_is_an_hour_of_business(
        self, policy: Policy, local: Local
    ) -> None:
        assert policy.hours.add(local("2026-11-25 08:30"), -HOUR) == local("2026-11-24 16:00")
        assert policy.hours.add(local("2026-11-25 09:00"), -HOUR) == local("2026-11-25 08:00")

    def test_glpi_687_outside_hours_the_delay_is_not_zero(
        self, policy: Policy, local: Local
    ) -> None:
        assert policy.hours.add(local("2026-11-28 02:00"), 2 * HOUR) == local("2026-11-30 10:00")

    def test_zammad_4432_no_part_of_a_delay_falls_at_night(
        self, policy: Policy, local: Local
    ) -> None:
        opened = local("2026-11-27 15:45")
        reminders = [policy.hours.add(opened, 8 * HOUR * part / 20) for part in range(1, 21)]
        assert all(policy.hours.is_open(at - SECOND) for at in reminders)
        assert all(earlier < later for earlier, later in pairwise(reminders))

    def test_aware_subtraction_over_a_change_of_clocks_is_not_elapsed_time(
        self, local: Local
    ) -> None:
        before, after = local("2026-11-01 00:00"), local("2026-11-01 12:00")
        assert after - before == 12 * HOUR, "Python compares the walls of one zone"
        assert ALWAYS.between(before, after) == 13 * HOUR
