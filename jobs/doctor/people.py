"""The people: who is on call, whose phone rings, who may call, and which days are holidays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from sqlalchemy import select

from ivr import callers, people, phone_tests
from ivr.days import DayName
from ivr.holidays_observed import statutory
from ivr.models import Agent, Client
from ivr.scene import Scene
from jobs.doctor.finding import Finding, looking, note, wrong
from line import Line

SHIFTS_OF_THE_NIGHT = ("nights", "weekends")


def phones(line: Line) -> Iterator[Finding]:
    """Each agent's phone can be rung, and its person has accepted a test call lately."""
    with looking(line) as scene:
        agents = phone_tests.agents(scene)
        if not agents:
            yield wrong("phones.nobody")
        for agent in agents:
            yield from _phone(scene, agent)


def _phone(scene: Scene, agent: Agent) -> Iterator[Finding]:
    if why := phone_tests.undialable(scene, agent):
        yield wrong("phones.undialable", agent=agent.name, why=why)
        return
    days = scene.policy.doctor.verified_days
    if phone_tests.is_verified(scene, agent, days):
        return
    if at := phone_tests.verified_at(scene, agent):
        yield wrong("phones.long_ago", agent=agent.name, days=days, at=at.isoformat())
    else:
        yield wrong("phones.never", agent=agent.name)


def administrators(line: Line) -> Iterator[Finding]:
    """Somebody can add people, and let them go."""
    with looking(line) as scene:
        if not people.administrators(scene.session):
            yield wrong("administrators.none")


def super_users(line: Line) -> Iterator[Finding]:
    """Each client with the extended service has somebody who may call at night (§1.2)."""
    with looking(line) as scene:
        for client in scene.session.scalars(select(Client).order_by(Client.number)):
            if any(held.extended for held in client.products):
                yield from _who_may_call(client)


def _who_may_call(client: Client) -> Iterator[Finding]:
    users = callers.active(client)
    if not users:
        yield wrong("super_users.none", client=client.number)
        return
    named = {shift for user in users for shift in user.shift.split()}
    for shift in SHIFTS_OF_THE_NIGHT:
        if shift not in named:
            yield note(f"super_users.no_{shift}", client=client.number)


def holidays(line: Line) -> Iterator[Finding]:
    """Which days to come are unlike their week, and which statutory ones the line is open on."""
    with looking(line) as scene:
        today = scene.now.astimezone(scene.policy.zone).date()
        days = [today + timedelta(days=n) for n in range(scene.policy.doctor.holiday_days + 1)]
        for day, name in sorted(_open_statutory_days(scene, days).items()):
            yield wrong("holidays.open", date=day.isoformat(), **_named(name))
        coming = list(_coming(scene, days))
        yield from coming
        if not coming:
            yield note("holidays.none", days=scene.policy.doctor.holiday_days)


def _coming(scene: Scene, days: list[date]) -> Iterator[Finding]:
    for day in days:
        special = scene.policy.hours.special_day(day)
        if special and special.name:
            key = "holidays.half_day" if special.intervals else "holidays.closed"
            yield note(key, date=day.isoformat(), **_named(special.name))


def _named(name: DayName) -> dict[str, str]:
    return {"name_fr": name.fr, "name_en": name.en}


def _open_statutory_days(scene: Scene, days: list[date]) -> Mapping[date, DayName]:
    """Those of Québec's statutory holidays on which policy.toml opens the centre.

    Of Good Friday and Easter Monday the employer chooses one: the other may be open.
    """
    found: dict[date, DayName] = {}
    for year in {day.year for day in days}:
        friday, monday = statutory(year, "good_friday"), statutory(year, "easter_monday")
        one_of_easter = {day for day in (friday.keys() ^ monday.keys()) if _is_open(scene, day)}
        both_open = len(one_of_easter) > 1
        for day, name in {**friday, **monday}.items():
            if day in days and _is_open(scene, day) and (day not in one_of_easter or both_open):
                found[day] = name
    return found


def _is_open(scene: Scene, day: date) -> bool:
    return bool(scene.policy.hours.intervals(day))
