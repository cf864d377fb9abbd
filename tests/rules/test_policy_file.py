"""policy.toml: what it says by default, and that each wrong value is refused by name."""

from __future__ import annotations

import tomllib
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ivr.checked_table import PolicyError
from ivr.durations import duration
from ivr.policy import DEFAULT, Policy, read_hours

TEXT = DEFAULT.read_text(encoding="utf-8")
TORONTO = ZoneInfo("America/Toronto")


def changed(folder: Path, old: str, new: str) -> Path:
    assert TEXT.count(old) >= 1, f"policy.toml has no {old!r}"
    path = folder / "policy.toml"
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    return path


def test_priorities_of_section_4(policy: Policy) -> None:
    within = {name: row.taken_within for name, row in policy.priorities.items()}
    hours = {name: time_left / timedelta(hours=1) for name, time_left in within.items()}
    assert list(hours.items()) == [("P1", 1), ("P2", 2), ("P3", 4), ("P4", 8)]


def test_regular_hours_of_section_1_1(policy: Policy) -> None:
    week = [policy.hours.intervals(date(2026, 11, 23) + timedelta(days=n)) for n in range(7)]
    regular = (timedelta(hours=8), timedelta(hours=16, minutes=30))
    assert week == [(regular,)] * 5 + [()] * 2
    assert policy.zone == TORONTO


def test_the_rest_of_the_default(policy: Policy) -> None:
    assert policy.products == ("billing", "imaging", "medical")
    assert policy.extended_priorities == {"P1"}
    assert policy.routing.ring_when_open == {"P1", "P2"}
    assert (policy.routing.provisional_extended, policy.routing.provisional) == ("P1", "P2")
    assert policy.ringing.max_hold == timedelta(minutes=10)
    assert policy.callbacks.start == {"P1": 0, "P2": 0, "P3": 0.5, "P4": 0.5}
    assert policy.dialling.countries == ("CA", "US")
    assert "900" in policy.dialling.refused_area_codes
    assert policy.rota.levels == ("on_call", "second", "manager", "everyone")
    assert policy.rota.rung_in_call == ("on_call", "second")
    labour = policy.rota.labour
    hours = [each / timedelta(hours=1) for each in (labour.longest_day, labour.longest_week)]
    assert (*hours, labour.weekly_rest / timedelta(hours=1)) == (14, 50, 32)
    assert labour.notice == timedelta(days=5)
    assert policy.correction.within == {"P2": timedelta(hours=12)}
    assert policy.thresholds.percents == (50, 75, 90, 100)
    assert policy.thresholds.tell(50) == ("holder",)
    assert policy.thresholds.tell(75) == ("holder", "lead")
    assert "manager" in policy.thresholds.tell(100)


def test_the_last_retry_repeats(policy: Policy) -> None:
    minutes = [policy.callbacks.retry_after(n) // timedelta(minutes=1) for n in range(1, 8)]
    assert minutes == [2, 5, 10, 15, 30, 30, 30]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('zone = "America/Toronto"', 'zone = "America/Torono"', "hours.zone: 'America/Torono'"),
        ('zone = "America/Toronto"', "", "hours.zone: missing"),
        ('zone = "America/Toronto"', "zone = 5", "hours.zone: 5 is wrong"),
        ('zone = "America/Toronto"', 'zone = "../etc/passwd"', "hours.zone"),
        ('["8:00-16:30"]', '["16:30-8:00"]', "hours: weekdays: 16:30-8:00 ends before"),
        ('["8:00-16:30"]', '["8:00-12:00", "11:00-16:30"]', "hours: weekdays: two intervals"),
        ('weekdays = ["8:00-16:30"]', "", "hours: no day of the week"),
        ("weekdays =", "weekday =", "hours: weekday is no day of the week"),
        ("weekdays =", 'holidays = ["8:00-9:00"]\nweekdays =', "hours.holidays: "),
        ('"CA-QC"', '"CA-XX"', "holidays.calendar: 'CA-XX' is wrong: one of CA-QC, none"),
        ('"good_friday"', '"both"', "holidays.easter: 'both' is wrong"),
        ('taken_within = "1 h"', 'taken_within = "1"', r"priorities.P1.taken_within: '1' is wrong"),
        ('taken_within = "1 h"', 'taken_within = "0 s"', "priorities.P1.taken_within"),
        ('P4 = { taken_within = "8 h" }', "", "priorities.P4.taken_within: missing"),
        ('P4 = { taken_within = "8 h" }', "P4 = 8", "priorities.P4: a table belongs here"),
        ('"P1", "P2"]', '"P1", "P5"]', "routing.ring_when_open"),
        ('"P1", "P2"]', '"P1", "P1"]', "routing.ring_when_open"),
        ('provisional = "P2"', 'provisional = "p2"', "routing.provisional: 'p2' is wrong"),
        ("rounds = 1", "rounds = 0", "ringing.rounds: 0 is wrong: a whole number from 1"),
        ("rounds = 1", "rounds = true", "ringing.rounds: True is wrong"),
        ("rounds = 1", "round = 1", "ringing.rounds: missing"),
        ("rounds = 1", "rounds = 1\nruonds = 2", "ringing.ruonds: there is no such key"),
        ("P3 = 0.5", "P3 = 1.0", "callbacks.start.P3: 1.0 is wrong"),
        ("P3 = 0.5", "P3 = -0.1", "callbacks.start.P3"),
        ('["2 min",', '["two", ', "callbacks.retry"),
        ('lease = "60 s"', 'lease = "2 h"', "callbacks.lease"),
        ('countries = ["CA", "US"]', "countries = []", "dialling.countries"),
        ('"900",', '"90",', "dialling.refused_area_codes"),
        ('"900",', "900,", "dialling.refused_area_codes"),
        ("duty = []", 'duty = ["514 555-0100"]', "fallback.duty"),
        ('rung_in_call = ["on_call", "second"]', 'rung_in_call = ["third"]', "rota.rung_in_call"),
        ('rung_in_call = ["on_call", "second"]', "rung_in_call = []", "rota.rung_in_call"),
        ('everyone = "everyone"', 'everyone = "all"', "rota.everyone: 'all' is wrong"),
        ('needed = "outside_hours"', 'needed = "never"', "rota.needed: 'never' is wrong"),
        ('counted_levels = ["desk"]', 'counted_levels = ["bureau"]', "rota.labour.counted_levels"),
        ('longest_day = "14 h"', 'longest_day = "25 h"', "rota.labour.longest_day"),
        ('weekly_rest = "32 h"', 'weekly_rests = "32 h"', "rota.labour.weekly_rest: missing"),
        ('week_starts = "sunday"', 'week_starts = "dimanche"', "rota.labour.week_starts"),
        ('P2 = "12 h"', 'P2 = "douze heures"', "correction.P2: 'douze heures' is wrong"),
        ('P2 = "12 h"', 'P5 = "12 h"', "correction.P5: there is no such key"),
        ("percent = 75", "percent = 40", "thresholds.steps"),
        ("percent = 75", "percent = 50", "thresholds.steps"),
        ("percent = 75", "percent = 101", "thresholds.steps[2].percent: 101 is wrong"),
        ('75, tell = ["holder", "lead"]', '75, tell = ["chief"]', "thresholds.steps[2].tell"),
        ("percent = 75", "percents = 75", "thresholds.steps[2].percent: missing"),
        ('together = "10 min"', 'together = "2 days"', "thresholds.together"),
        ("published_days = 5", "published_days = -1", "rota.labour.published_days"),
        ("[entry]", "[entri]", "entry.tries: missing"),
        ("[entry]", "[extra]\n[entry]", "extra: there is no such key"),
        ("[entry]", "[entry", "is no TOML"),
    ],
)
def test_refused(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    with pytest.raises(PolicyError) as refusal:
        Policy.read(changed(tmp_path, old, new))
    assert sentence in str(refusal.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="cannot be read"):
        Policy.read(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b'zone = "Qu\xe9bec"')
    with pytest.raises(PolicyError, match="cannot be read"):
        Policy.read(tmp_path / "latin.toml")


CLOSING_DAYS = """
[[closing_days]]
day = "12-26"
fr = "Lendemain de Noël"
en = "Boxing Day"

[[closing_days]]
day = 2026-12-24
fr = "Veille de Noël"
en = "Christmas Eve"
hours = ["8:00-12:00"]
"""


def test_closing_days(tmp_path: Path) -> None:
    path = changed(tmp_path, "[entry]", CLOSING_DAYS + "[entry]")
    hours = Policy.read(path).hours
    for year in (2028, 2030):
        boxing_day = hours.opening_at(datetime(year, 12, 26, 10, tzinfo=TORONTO))
        assert not boxing_day.open
        assert boxing_day.why.facts["name_fr"] == "Lendemain de Noël"
    assert hours.is_open(datetime(2026, 12, 24, 11, tzinfo=TORONTO))
    assert not hours.is_open(datetime(2026, 12, 24, 13, tzinfo=TORONTO))
    assert hours.is_open(datetime(2027, 12, 24, 13, tzinfo=TORONTO))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"12-26"', '"26-12"', "closing_days[1].day: '26-12' is wrong"),
        ('"12-26"', '"02-30"', "closing_days[1].day: '02-30' is wrong"),
        ('"12-26"', '"2027-02-29"', "closing_days[1].day"),
        ('fr = "Lendemain de Noël"\n', "", "closing_days[1].fr: missing"),
        ('"8:00-12:00"', '"12:00-8:00"', "closing_days[2].hours: 12:00-8:00 ends before"),
        ("hours =", "heures =", "closing_days[2].heures: there is no such key"),
    ],
)
def test_closing_days_refused(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    with pytest.raises(PolicyError) as refusal:
        Policy.read(changed(tmp_path, "[entry]", CLOSING_DAYS.replace(old, new) + "[entry]"))
    assert sentence in str(refusal.value)


def test_other_hours_need_no_whole_policy(tmp_path: Path) -> None:
    path = tmp_path / "hours.toml"
    path.write_text(
        '[hours]\nzone = "Europe/Paris"\nmonday = ["8:00-12:00", "13:00-17:00"]\n'
        '[holidays]\ncalendar = "none"\n',
        encoding="utf-8",
    )
    hours = read_hours(path)
    paris = ZoneInfo("Europe/Paris")
    start = datetime(2026, 11, 23, 11, tzinfo=paris)
    assert hours.add(start, timedelta(hours=2)) == datetime(2026, 11, 23, 14, tzinfo=paris)


def test_easter_monday(tmp_path: Path) -> None:
    hours = read_hours(changed(tmp_path, '"good_friday"', '"easter_monday"'))
    assert hours.is_open(datetime(2027, 3, 26, 10, tzinfo=TORONTO))
    assert not hours.is_open(datetime(2027, 3, 29, 10, tzinfo=TORONTO))


def test_the_examples_in_its_comments_work(tmp_path: Path) -> None:
    """What an operator uncomments must be right."""
    lines = TEXT.splitlines()
    start = lines.index("# [[closing_days]]")
    end = next(n for n in range(start, len(lines)) if not lines[n].startswith("#"))
    example = "\n".join(line.removeprefix("#").strip() for line in lines[start:end])
    assert len(tomllib.loads(example)["closing_days"]) == 2
    Policy.read(changed(tmp_path, "[entry]", example + "\n[entry]"))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2h30", 9000),
        ("2 h 30", 9000),
        ("1 h 5 min", 3900),
        ("10 min", 600),
        ("90m", 5400),
        ("60 s", 60),
        ("1 h 30 s", 3630),
        ("-2h", -7200),
        ("0 s", 0),
    ],
)
def test_durations(text: str, seconds: int) -> None:
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "-", "30", "2h30x", "h", "1.5 h", "5 7 s", "1 h 5 7 s", "2:30"]
)
def test_no_durations(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration"):
        duration(text)
