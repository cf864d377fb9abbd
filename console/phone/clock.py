"""The demo's one clock, put to any night from the page; and a story, which begins at a moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import abort, request

from clock import system_clock
from console import page
from console.phone import guide, moments, people
from console.phone.exchange import Refusal, answers, remote
from console.session import the_line
from ivr.hours import Hours

Moment = Callable[[datetime, Hours], datetime]
PRESETS: Mapping[str, Moment] = {
    "saturday": lambda now, hours: moments.next_weekday(
        now, hours, moments.SATURDAY, moments.NIGHT
    ),
    "monday": lambda now, hours: moments.next_weekday(now, hours, moments.MONDAY, moments.MORNING),
    "now": lambda now, hours: system_clock(),
}
STEPS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1)}
FURTHEST = timedelta(days=366)
"""The policy knows the holidays of the years around, and a mistyped year helps nobody."""


@answers
def phone_clock() -> Any:
    """`to`: a preset, or a local moment (ISO 8601); `by`: a minute or an hour."""
    if step := STEPS.get(request.form.get("by", "")):
        remote().advance_clock(step.total_seconds())
        return
    wanted = request.form.get("to", "")
    hours = the_line().policy.hours
    if wanted in PRESETS:
        put(PRESETS[wanted](page.now(), hours))
        return
    try:
        moment = datetime.fromisoformat(wanted)
    except ValueError as error:
        raise Refusal("no_moment") from error
    put(moment if moment.tzinfo else moment.replace(tzinfo=hours.zone))


@answers
def phone_story() -> Any:
    """Begins a `story`: at its moment, with the phones in the reader's own hands.

    Answers `began`: of all calls, the number of the first one that belongs to it.
    """
    story = guide.STORIES.get(request.form.get("story", ""))
    if story is None:
        abort(400)
    with page.looking() as scene:
        numbers = {person.number for person in people.agents(scene)}
        told = guide.cast(scene, story)
    if told is None:
        raise Refusal("no_caller")
    watched = remote().watch(None, "", 0)
    if any(not call["over"] for call in watched["calls"]):
        raise Refusal("calls_first")
    for number in sorted(numbers | {told.caller.phone}):
        remote().set_phone(number, "manual")
    put(story.moment(page.now(), the_line().policy.hours))
    return {"began": watched["placed"]}


def put(moment: datetime) -> None:
    """Puts the clock there; at most a year away."""
    if abs(moment - page.now()) > FURTHEST:
        raise Refusal("too_far")
    remote().set_clock(moment.astimezone(UTC).isoformat())
