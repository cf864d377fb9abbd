"""A call by a script: `press 10452`, `say ...`, `wait`, `expect ...`, `hang up`, one a line."""

from __future__ import annotations

import time
from dataclasses import dataclass

from standin.terminal import Followed, Say

LONGEST = 600.0
"""Real seconds that the line may take before it listens, without `fast`."""


class ScriptError(Exception):
    """A line of the script cannot be read or done; the sentence says which and why."""


@dataclass(frozen=True)
class Line:
    number: int
    verb: str
    rest: str


VERBS = frozenset({"press", "say", "wait", "expect", "hang"})


def read(text: str, say: Say) -> list[Line]:
    """Empty lines and those that begin with # are left out."""
    lines = []
    for number, raw in enumerate(text.splitlines(), 1):
        verb, _, rest = raw.strip().partition(" ")
        if not verb or verb.startswith("#"):
            continue
        line = Line(number, verb, rest.strip())
        if not _is_right(line):
            raise ScriptError(say("script.unknown", line=number, text=raw.strip()))
        lines.append(line)
    return lines


def _is_right(line: Line) -> bool:
    if line.verb == "press":
        return bool(line.rest) and set(line.rest) <= set("0123456789*#w")
    if line.verb == "wait":
        return not line.rest or line.rest.isdigit()
    if line.verb == "hang":
        return line.rest == "up"
    return line.verb in VERBS and bool(line.rest)


class Player:
    """Plays a script on a call; `fast` skips the time in between instead of living through it."""

    def __init__(self, followed: Followed, say: Say, fast: bool) -> None:
        self._followed = followed
        self._say = say
        self._fast = fast
        self._since = 0

    def play(self, lines: list[Line]) -> None:
        """Raises `ScriptError` where something expected is not heard, or the call is over."""
        self._settle(0)
        does = {
            "press": self._press,
            "say": self._speak,
            "wait": self._wait,
            "expect": self._expect,
            "hang": self._hang,
        }
        for line in lines:
            does[line.verb](line)
        if not self._followed.over:
            self._hang(Line(0, "hang", "up"))

    def _press(self, line: Line) -> None:
        self._does("keys", line, keys=line.rest)

    def _speak(self, line: Line) -> None:
        self._does("words", line, words=line.rest)

    def _wait(self, line: Line) -> None:
        """Silence: so many seconds, or until the line goes on by itself."""
        self._mark()
        if line.rest:
            self._pass(float(line.rest))
        else:
            self._settle(self._followed.call["waits"])

    def _expect(self, line: Line) -> None:
        events = self._followed.events[self._since :]
        heard = " ".join(event["text"] for event in events if event["kind"] == "heard")
        if _plain(line.rest) not in _plain(heard):
            facts = {"line": line.number, "text": line.rest, "heard": heard}
            raise ScriptError(self._say("script.not_heard", **facts))

    def _hang(self, line: Line) -> None:
        self._followed.look()
        if not self._followed.over:
            self._followed.hang_up()

    def _does(self, what: str, line: Line, **facts: str) -> None:
        self._followed.look()
        if self._followed.over:
            raise ScriptError(self._say("script.over", line=line.number))
        self._mark()
        waits, talking = self._followed.call["waits"], self._followed.waits_for == "talk"
        self._followed.remote.does(self._followed.call["sid"], what, **facts)
        if talking:
            self._pass(1)
        else:
            self._settle(waits)

    def _settle(self, waits: int) -> None:
        """Until the line waits for the next input, connects the call, or ends it."""
        followed = self._followed
        deadline = time.monotonic() + LONGEST
        while not followed.over and (not followed.waits_for or followed.call["waits"] <= waits):
            if self._fast:
                followed.hurry(waits)
            else:
                followed.look(wait=5, waits=waits)
            if time.monotonic() > deadline:
                raise ScriptError(self._say("script.stuck"))
        followed.look()

    def _pass(self, seconds: float) -> None:
        if self._fast:
            self._followed.remote.advance_clock(seconds)
        else:
            time.sleep(seconds)
        self._followed.look()

    def _mark(self) -> None:
        self._since = len(self._followed.events)


def _plain(text: str) -> str:
    """Without the differences that no ear hears: kinds of spaces and apostrophes, capitals."""
    return " ".join(text.replace("’", "'").split()).casefold()
