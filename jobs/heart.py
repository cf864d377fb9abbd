"""A process's heartbeat: a row that says when it last was alive, beside whatever it does."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

from ivr import downtime
from ivr.models import Heartbeat
from line import Line

log = logging.getLogger(__name__)
EVERY = 3.0  # seconds
STOPPED = timedelta(seconds=10)
"""A process that has not been heard of for so long does nothing any more."""


def beat(line: Line, name: str) -> None:
    """ "worker" or "sweep" is alive at this moment."""
    with line.sessions.begin() as session:
        session.merge(Heartbeat(name=name, at=line.clock()))


def note_silence(line: Line, name: str) -> None:
    """Before a beat: was it silent for long? Safe to repeat."""
    if line.settings.stands_in:
        return  # a clock that is set to another night has missed nothing
    with line.sessions.begin() as session:
        downtime.note(session, name, line.clock())


class Heart(threading.Thread):
    """Beats until it is stopped, also while the process waits or works for long."""

    def __init__(self, line: Line, name: str) -> None:
        super().__init__(name=f"heart of {name}", daemon=True)
        self._line, self._whose, self._stop_asked = line, name, threading.Event()

    def run(self) -> None:
        while True:
            self._note_silence()
            try:
                beat(self._line, self._whose)
            except Exception:  # database or clock away: the next beat tells that they are back
                log.warning("%s: no heartbeat", self._whose, exc_info=True)
            if self._stop_asked.wait(EVERY):
                return

    def _note_silence(self) -> None:
        try:
            note_silence(self._line, self._whose)
        except Exception:  # it only explains: the beat that follows says what counts
            log.warning("%s: its silence is not written down", self._whose, exc_info=True)

    def stop(self) -> None:
        self._stop_asked.set()
