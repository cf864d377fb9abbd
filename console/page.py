"""A whole page: its own facts, in the frame that all pages share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from flask import g, render_template

from console import line_state
from console.language import language, other_language
from console.line_state import Strip
from console.paths import here
from console.session import the_line
from console.words import Words
from ivr.database import reading
from ivr.scene import Scene


def now() -> datetime:
    """The moment of this request: it stands still while a page is made."""
    if "now" not in g:
        g.now = the_line().clock()
    moment: datetime = g.now
    return moment


@contextmanager
def looking() -> Iterator[Scene]:
    """A scene to read from, and only that."""
    line = the_line()
    with reading(line.sessions) as session:
        yield Scene(session, line.policy, line.settings.line_number, now())


def strip(scene: Scene) -> Strip:
    """The state of the line, above what needs it."""
    return line_state.strip(the_line(), scene)


def words() -> Words:
    return Words(language(), now(), the_line().policy.zone)


def render(template: str, **facts: Any) -> str:
    """`template` for whoever asks; needs no database, so that errors can always be shown."""
    return render_template(
        f"console/{template}",
        t=words(),
        agent=g.get("agent"),
        other_language=other_language(),
        here=here,
        **facts,
    )
