"""A phone in a terminal: shows what is heard on a call, and takes what is typed.

`Say` makes a sentence of a catalogue's key; no sentence stands here.
"""

from __future__ import annotations

import os
import select
from collections.abc import Callable
from datetime import datetime
from typing import Any, TextIO

from standin.remote import Remote, RemoteError

Say = Callable[..., str]
Print = Callable[[str], None]
KEYS = frozenset("0123456789*#")
WAIT = 0.4
"""Real seconds between two looks at the call while nothing happens."""


class Followed:
    """A call as it goes on; `show` prints each event. Keeps them all in `events`."""

    def __init__(self, remote: Remote, call: dict[str, Any], say: Say, show: Print) -> None:
        self.remote = remote
        self.call = call
        self.events: list[dict[str, Any]] = []
        self._say = say
        self._show = show
        self._next = 0
        self._prompted = 0
        self._started = datetime.fromisoformat(call["started"])

    @property
    def over(self) -> bool:
        return bool(self.call["over"])

    @property
    def waits_for(self) -> str:
        return str(self.call["waits_for"])

    def look(self, wait: float = 0, waits: int | None = None) -> list[dict[str, Any]]:
        """What is new, shown and answered; see `Remote.follow`."""
        found = self.remote.follow(self.call["sid"], self._next, wait, waits)
        self.call, self._next = found["call"], found["next"]
        self.events += found["events"]
        for event in found["events"]:
            self._tell(event)
        if self.waits_for in ("record", "queue") and self.call["waits"] > self._prompted:
            self._show(self._say(f"waits.{self.waits_for}"))
        if self.waits_for:
            self._prompted = self.call["waits"]
        return list(found["events"])

    def hurry(self, waits: int) -> None:
        """Skips to the line's next wait for input after that many, or to the end of the call."""
        self.remote.does(self.call["sid"], "hurry", after=waits)
        self.look()

    def hang_up(self) -> None:
        """Hangs up, where the call is not over by itself in the meantime."""
        try:
            self.remote.does(self.call["sid"], "hang-up")
        except RemoteError as error:
            if error.code != "call_over":
                raise
        self.look(WAIT)

    def _tell(self, event: dict[str, Any]) -> None:
        kind = event["kind"]
        key, facts = kind, dict(event)
        if kind == "heard":
            key = "heard.line" if event["speaker"] == "line" else "heard.other"
        elif kind == "progress":
            final = self.over and event["status"] not in ("ringing", "in-progress")
            key = f"progress.{event['status'].replace('-', '_')}"
            facts["seconds_in_all"] = round(self._at(event)) if final else 0
        elif kind == "bridged":
            facts["other"] = self.call["connected_with"] or ""
        elif kind == "pressed":
            key = "pressed.lost" if event["lost"] and self.waits_for != "talk" else "pressed.heard"
        elif kind == "spoke" and event["seconds"]:
            key, facts["seconds"] = "voice", round(event["seconds"])
        elif kind not in ("parted", "complaint", "spoke"):
            return
        text = self._say(f"event.{key}", **facts)
        if text:
            seconds = f"{self._at(event):6.1f}".replace(".", self._say("event.decimal"))
            self._show(self._say("event.at", seconds=seconds, text=text))

    def _at(self, event: dict[str, Any]) -> float:
        return (datetime.fromisoformat(event["moment"]) - self._started).total_seconds()


class Typed:
    """Lines from a terminal or a pipe, without blocking longer than asked."""

    def __init__(self, source: TextIO) -> None:
        self._source = source.fileno()
        self._rest = b""
        self.ended = False

    def line(self, timeout: float) -> str | None:
        """The next line; None where none came in `timeout` seconds, or the input has ended."""
        while b"\n" not in self._rest:
            if self.ended or not select.select([self._source], [], [], timeout)[0]:
                return None
            read = os.read(self._source, 4096)
            if not read:
                self.ended = True
                last, self._rest = self._rest, b""
                return last.decode("utf-8", "replace").strip() if last else None
            self._rest += read
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode("utf-8", "replace").strip()


def converse(followed: Followed, typed: Typed, say: Say, show: Print) -> None:
    """Until the call is over: shows what happens, presses and says what is typed."""
    while not followed.over:
        line = _line(typed, 0)
        if line is None:
            followed.look(WAIT)
        else:
            act(followed, line, say, show)
    followed.look()


def converse_fast(followed: Followed, typed: Typed, say: Say, show: Print) -> None:
    """The same by turns: after each line the clock jumps to where the line listens again."""
    followed.hurry(0)
    while not followed.over:
        line = _line(typed, WAIT)
        if line is None:
            followed.look()
            continue
        waits, talking = followed.call["waits"], followed.waits_for == "talk"
        act(followed, line, say, show)
        if not followed.over and not (talking and line):
            followed.hurry(waits)


def _line(typed: Typed, timeout: float) -> str | None:
    """A typed line; the end of the input hangs up."""
    line = typed.line(timeout)
    return "h" if line is None and typed.ended else line


def act(followed: Followed, line: str, say: Say, show: Print) -> None:
    """One typed line: keys, words, or "h" to hang up; an empty one does nothing."""
    followed.look()
    if followed.over or not line:
        return
    remote, sid = followed.remote, followed.call["sid"]
    if line.lower() == "h":
        followed.hang_up()
    elif set(line) <= KEYS:
        remote.does(sid, "keys", keys=line)
    elif followed.waits_for in ("record", "talk"):
        remote.does(sid, "words", words=line)
    else:
        show(say("hint.keys"))
