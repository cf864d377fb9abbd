"""The jobs that RQ carries. Each may run twice: the row decides whether there is work."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ivr.scene import Nudge, Work
from jobs import call_back as callback_job
from jobs import notify, remind
from jobs import ring as ring_job
from line import Line

DOES: Mapping[Work, Callable[[Line, int], None]] = {
    "call_back": callback_job.call_back,
    "ring": ring_job.ring,
    "hang_up": ring_job.hang_up,
    "wake": callback_job.wake,
    "send": notify.send,
    "notice": remind.notice,
    "digest": remind.digest,
}
_line: Line | None = None


def use(line: Line) -> None:
    """The parts on which this process's jobs work; built once, at its start."""
    global _line
    _line = line


def do(line: Line, nudge: Nudge) -> None:
    """What a job does, for whoever has no queue."""
    DOES[nudge.kind](line, nudge.id)


def call_back(incident_id: int) -> None:
    do(_in_use(), Nudge("call_back", incident_id))


def ring(leg_id: int) -> None:
    do(_in_use(), Nudge("ring", leg_id))


def hang_up(leg_id: int) -> None:
    do(_in_use(), Nudge("hang_up", leg_id))


def wake(agent_id: int) -> None:
    do(_in_use(), Nudge("wake", agent_id))


def send(message_id: int) -> None:
    do(_in_use(), Nudge("send", message_id))


def notice(incident_id: int) -> None:
    do(_in_use(), Nudge("notice", incident_id))


def digest(agent_id: int) -> None:
    do(_in_use(), Nudge("digest", agent_id))


def _in_use() -> Line:
    if _line is None:
        raise RuntimeError("no line: a job runs in a worker, which calls jobs.work.use first")
    return _line
