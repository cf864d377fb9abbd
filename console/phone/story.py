"""What to do next in a story, read off the calls as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from console.phone import guide
from console.phone.guide import Cast, Story
from ivr.scene import Scene

SOON = timedelta(minutes=1)
Call = Mapping[str, Any]
"""A call as the stand-in shows it."""


@dataclass(frozen=True)
class Act:
    """Something that the page does for the reader: a form and what it is posted with."""

    path: str
    form: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Task:
    """`name` has words; `facts` fill them. `option` is what a key means, a key of the prompts."""

    chapter: str
    name: str
    facts: Mapping[str, str] = field(default_factory=dict)
    option: str = ""
    does: Sequence[Act] = ()


@dataclass(frozen=True)
class Told:
    """A story, its cast, its calls (newest first), and what the line knows of the caller's."""

    story: Story
    cast: Cast
    calls: Sequence[Call]
    step: str
    """Of the menu, in the caller's own call; "" where there is none."""
    wants_english: bool
    """The reader reads English, and the line still speaks French."""
    callback_at: datetime | None
    """When the line calls back for the caller's incident."""
    sample: str
    """What the caller may say to the line."""
    talk: tuple[str, str]
    """What an agent may say to a client, and the client then."""
    offered: Callable[[Call], Sequence[str]]
    """The keys that the last sentence on a call named."""


def next_task(scene: Scene, told: Told) -> Task:
    own = own_call(told.cast, told.calls)
    if own is None:
        return Task("call", "call", does=[Act("calls", {"from": told.cast.caller.phone})])
    rung = [call for call in told.calls if call["nth"] > own["nth"]]
    agent = "callback" if told.story.back else "agent"
    if at_phone := _at_phone(told, rung, agent):
        return at_phone
    if not own["over"]:
        return _on_own_call(scene, told, own, agent if rung else "menu")
    if own["talked"] or any(call["talked"] for call in rung):
        return Task("look", "look")
    if told.callback_at and told.callback_at - scene.now > SOON:
        does = [Act("clock", {"to": told.callback_at.isoformat()})]
        return Task("wait" if told.story.back else agent, "wait", does=does)
    return Task(agent, "called_back")


def own_call(cast: Cast, calls: Sequence[Call]) -> Call | None:
    """The newest that the caller has placed."""
    phone = cast.caller.phone
    own = (call for call in calls if call["direction"] == "inbound" and call["from"] == phone)
    return next(own, None)


def _at_phone(told: Told, rung: Sequence[Call], chapter: str) -> Task | None:
    """What is to be done at a phone that the line has rung."""
    live = [call for call in rung if not call["over"]]
    if talking := [call for call in live if call["connected_with"]]:
        return _talk(told, talking[-1], chapter)  # the agent's: a client is rung after it
    if ringing := next((call for call in live if call["status"] == "ringing"), None):
        return Task(chapter, "answer", {"number": ringing["to"]}, does=[_at(ringing, "answer")])
    for call in live:
        if call["status"] != "in-progress" or call["talked"]:
            continue
        facts = {"number": call["to"]}
        if call["waits_for"] != "talk" and (named := told.offered(call)):
            does = [_at(call, "keys", keys=named[0])]
            return Task(chapter, "accept", {**facts, "keys": named[0]}, does=does)
        return Task(chapter, "hear", facts)
    return None


def _talk(told: Told, at: Call, chapter: str) -> Task:
    """Each of the two says something, and whoever the line has rung hangs up."""
    other = next(
        call
        for call in told.calls
        if not call["over"] and at["connected_with"] in (call["from"], call["to"]) and call != at
    )
    facts = {"number": at["to"], "other": at["connected_with"]}
    agent, client = told.talk
    does = [_at(at, "words", words=agent), _at(other, "words", words=client), _at(at, "hang-up")]
    return Task(chapter, "talk", facts, does=does)


def _on_own_call(scene: Scene, told: Told, own: Call, chapter: str) -> Task:
    if own["waits_for"] == "record":
        does = [_at(own, "words", words=told.sample), _at(own, "keys", keys="#")]
        return Task(chapter, "speak", does=does)
    if told.step == "client_number" and told.wants_english:
        # Alone it is a command, once it is clear that no further digit follows.
        return Task(chapter, "english", {"keys": "9"}, does=[_at(own, "keys", keys="9#")])
    keys, option = guide.keys(scene, told.story, told.cast).get(told.step, ("", ""))
    if keys:
        does = [_at(own, "keys", keys=keys)]
        return Task(chapter, "press" if option else "number", {"keys": keys}, option, does)
    return Task(chapter, "listen")


def _at(call: Call, act: str, **form: str) -> Act:
    return Act(f"calls/{call['sid']}/{act}", form)
