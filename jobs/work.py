"""The jobs that RQ carries. Each may run twice: the row decides whether there is work."""

from __future__ import annotations

from ivr.scene import Nudge
from jobs import call_back as callback_job
from jobs import notify
from line import Line

_line: Line | None = None


def use(line: Line) -> None:
    """The parts on which this process's jobs work; built once, at its start."""
    global _line
    _line = line


def do(line: Line, nudge: Nudge) -> None:
    """What a job does, for whoever has no queue."""
    if nudge.kind == "call_back":
        callback_job.call_back(line, nudge.id)
    else:
        notify.send(line, nudge.id)


def call_back(incident_id: int) -> None:
    do(_in_use(), Nudge("call_back", incident_id))


def send(message_id: int) -> None:
    do(_in_use(), Nudge("send", message_id))


def _in_use() -> Line:
    if _line is None:
        raise RuntimeError("no line: a job runs in a worker, which calls jobs.work.use first")
    return _line
