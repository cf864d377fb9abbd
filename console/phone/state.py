"""What the page asks again and again: the clock, the phones, what has happened, what to do next.

It asks, and is not told: a stream held open would keep one of the few threads that the calls'
own webhooks need.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from babel.dates import format_date
from flask import request

from console import page
from console.phone import people
from console.phone.exchange import answers, remote
from console.phone.lines import lines
from console.phone.people import Person
from console.phone.shown import far, phone
from console.phone.story import Call
from console.phone.telling import told
from console.session import the_line
from console.words import Words
from ivr.scene import Scene

LAST = 600
"""Events that a page which is opened, or opened again, is told."""
NEWEST = 8
"""Calls that are over and whose phones are shown all the same."""
LOCALES = {"fr": "fr_CA", "en": "en_CA"}


@answers
def phone_state() -> Any:
    """`since`, `run`: what the last answer said, where there was one. `story` and `began`: those
    of the story that is being told.
    """
    asked = request.args
    seen = remote().watch(asked.get("since", type=int), asked.get("run", ""), LAST)
    t = page.words()
    with page.looking() as scene:
        everybody = _everybody(scene, t, seen)
        names = {person.number: person.name for person in everybody}
        return {
            **{name: seen[name] for name in ("next", "run", "anew")},
            "clock": _clock(scene, t),
            "phones": [phone(t, person, seen, scene) for person in everybody],
            "lines": list(
                lines(
                    t,
                    seen["events"],
                    {call["sid"]: far(call) for call in seen["calls"]},
                    lambda number: names.get(number) or t.phone(number),
                    the_line().settings.public_url,
                )
            ),
            "guide": told(scene, t, seen, names),
        }


def _everybody(scene: Scene, t: Words, seen: Mapping[str, Any]) -> list[Person]:
    """The team, and whoever else is, or has lately been, on the phone or was sent a text."""
    agents = {person.number: person for person in people.agents(scene)}
    numbers = [far(call) for call in _shown(seen["calls"])]
    numbers += [number for event in seen["events"] for number in _texted(event)]
    others = [number for number in dict.fromkeys(numbers) if number not in agents]
    return [*agents.values(), *people.named(scene, t, others)]


def _texted(event: Mapping[str, Any]) -> Iterable[str]:
    """The phone at the other end of a text."""
    if event["kind"] == "text" and event["status"] in ("delivered", "received"):
        own = the_line().settings.line_number
        yield event["caller"] if event["to"] == own else event["to"]


def _shown(calls: Sequence[Call]) -> list[Call]:
    over = [call for call in calls if call["over"]][:NEWEST]
    return [*(call for call in calls if not call["over"]), *over]


def _clock(scene: Scene, t: Words) -> dict[str, Any]:
    local = t.local(scene.now)
    opening = scene.policy.hours.opening_at(scene.now)
    said = t("strip.open" if opening.open else "strip.closed")
    if opening.until and opening.open:
        said = f"{said} {t('strip.until', moment=t.until(opening.until))}"
    elif opening.until:
        why = t.closed(opening.why)
        said = f"{said}, {t('strip.opens', moment=t.until(opening.until), why=why)}"
    day = format_date(local.date(), "full", locale=LOCALES[t.language])
    return {"time": f"{local:%H:%M:%S}", "day": day, "open": opening.open, "hours": said}
