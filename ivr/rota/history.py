"""Who was on call at a past moment, as the record stands: for questions that come afterwards.

Whoever has left since was there then, and what a phone's number was then is not kept: in the past
everybody counts as somebody who could be rung.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from ivr.rota.order import Level, Rota, levels_at
from ivr.rota.stretches import Duty, duties, whole
from ivr.rota.tables import read
from ivr.scene import Scene

AROUND = timedelta(weeks=6)
"""What else is read around a stretch of time: what cuts its first or last turn may lie outside."""


def as_it_was(rota: Rota) -> Rota:
    """The rota for a time that is over."""
    people = {number: replace(person, usable=True) for number, person in rota.people.items()}
    return replace(rota, people=people)


def levels_then(
    scene: Scene, at: datetime, product: str | None = None, language: str | None = None
) -> tuple[Level, ...]:
    """Each level at `at`, the empty ones too, with the reason for each who stood there."""
    rota = read(scene.session, scene.policy, scene.line_number, at)
    if at < scene.now:
        rota = as_it_was(rota)
    return levels_at(rota, at, product, language)


def turns(scene: Scene, start: datetime, end: datetime) -> list[Duty]:
    """Who is on call when: every turn that touches [start, end), uncut, in order.

    What is over is as it was, what is to come as it will be.
    """
    rota = read(scene.session, scene.policy, scene.line_number, start - AROUND, end + AROUND)
    now = min(max(scene.now, start), end)
    past = duties(whole(as_it_was(rota), start, now)) if start < now else []
    ahead = duties(whole(rota, now, end)) if now < end else []
    if not past or not ahead:
        return past or ahead
    return list(_joined(past, ahead, now))


def _joined(past: list[Duty], ahead: list[Duty], now: datetime) -> Iterator[Duty]:
    """Each turn once: one that runs at `now` begins in the past and ends ahead."""
    before = {_mark(one): one for one in past if one.start < now < one.end}
    running = {_mark(one): one for one in ahead if one.start <= now < one.end}
    yield from (one for one in past if one.end <= now)
    for mark, one in before.items():
        if mark not in running:
            yield replace(one, end=now)
    for mark, one in running.items():
        yield replace(one, start=before[mark].start if mark in before else now)
    yield from (one for one in ahead if one.start > now)


def _mark(duty: Duty) -> tuple[object, ...]:
    return duty.level, duty.place.agent, duty.place.rule, duty.place.span
