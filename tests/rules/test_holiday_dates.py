"""The days that are observed, 2024 to 2030, written by hand from the statute.

Act respecting labour standards, s. 60, and National Holiday Act, s. 3, as POLICY.md's end says.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from ivr.days import DayName, SpecialDay
from ivr.holidays_observed import ClosingDay, special_days, statutory

# Good Friday, the Monday before 25 May, 24 and 1 (or the day after a Sunday), Labour Day,
# Thanksgiving; 1 January and 25 December wherever they fall.
OBSERVED = {
    2024: "01-01 03-29 05-20 06-24 07-01 09-02 10-14 12-25",
    2025: "01-01 04-18 05-19 06-24 07-01 09-01 10-13 12-25",
    2026: "01-01 04-03 05-18 06-24 07-01 09-07 10-12 12-25",
    2027: "01-01 03-26 05-24 06-24 07-01 09-06 10-11 12-25",
    2028: "01-01 04-14 05-22 06-24 07-01 09-04 10-09 12-25",
    2029: "01-01 03-30 05-21 06-25 07-02 09-03 10-08 12-25",
    2030: "01-01 04-19 05-20 06-24 07-01 09-02 10-14 12-25",
}
EASTER_MONDAYS = {
    2024: "04-01",
    2025: "04-21",
    2026: "04-06",
    2027: "03-29",
    2028: "04-17",
    2029: "04-02",
    2030: "04-22",
}


def dates(year: int, days: str) -> list[date]:
    return [date.fromisoformat(f"{year}-{day}") for day in days.split()]


@pytest.mark.parametrize(("year", "days"), OBSERVED.items())
def test_statutory_days(year: int, days: str) -> None:
    assert list(statutory(year)) == dates(year, days)


@pytest.mark.parametrize(("year", "day"), EASTER_MONDAYS.items())
def test_easter_monday_is_the_employers_choice(year: int, day: str) -> None:
    monday = date.fromisoformat(f"{year}-{day}")
    chosen, default = statutory(year, "easter_monday"), statutory(year)
    assert set(chosen) - set(default) == {monday}
    assert set(default) - set(chosen) == {monday - timedelta(days=3)}
    assert chosen[monday] == DayName("Lundi de Pâques", "Easter Monday")


@pytest.mark.parametrize(
    "day",
    [
        "2027-12-27",  # the Monday after a Saturday Christmas
        "2028-01-03",  # the Monday after a Saturday New Year
        "2026-09-30",  # federal
        "2026-11-11",  # an observance, no day off
        "2026-12-26",
        "2029-06-24",  # the Sunday itself: it moves to the 25th
        "2029-07-01",
    ],
)
def test_no_other_day_is_observed(day: str) -> None:
    assert date.fromisoformat(day) not in statutory(int(day[:4]))


def test_names_in_both_languages() -> None:
    names = statutory(2029)
    assert names[date(2029, 6, 25)].fr == "Fête nationale du Québec"
    assert names[date(2029, 5, 21)].fr == "Journée nationale des patriotes"
    assert names[date(2029, 10, 8)] == DayName("Action de grâce", "Thanksgiving Day")
    assert all(name.fr and name.en for name in names.values())


BOXING_DAY = ClosingDay(12, 26, SpecialDay(DayName("Lendemain de Noël", "Boxing Day")))


def test_closing_days_each_year_and_once() -> None:
    inventory = ClosingDay(3, 2, SpecialDay(DayName("Inventaire", "Stocktaking")), year=2027)
    for year in (2026, 2027):
        days = special_days(year, "good_friday", (BOXING_DAY, inventory))
        assert days[date(year, 12, 26)].name == DayName("Lendemain de Noël", "Boxing Day")
        assert (date(year, 3, 2) in days) is (year == 2027)


def test_one_date_goes_before_every_year_and_the_statute() -> None:
    noon = (timedelta(hours=8), timedelta(hours=12))
    half = ClosingDay(12, 26, SpecialDay(DayName("Demi-journée", "Half day"), (noon,)), year=2028)
    working = ClosingDay(4, 3, SpecialDay(DayName("Ouvert", "Open"), (noon,)), year=2026)
    days = special_days(2028, "good_friday", (half, BOXING_DAY))
    assert days[date(2028, 12, 26)].intervals == (noon,)
    assert special_days(2026, "good_friday", (working,))[date(2026, 4, 3)].intervals == (noon,)


def test_without_a_calendar_only_the_operators_days() -> None:
    assert list(special_days(2026, None, (BOXING_DAY,))) == [date(2026, 12, 26)]


def test_leap_day_closes_in_leap_years_only() -> None:
    leap = ClosingDay(2, 29, SpecialDay(DayName("Bissextile", "Leap day")))
    assert list(special_days(2028, None, (leap,))) == [date(2028, 2, 29)]
    assert special_days(2027, None, (leap,)) == {}
