"""Which function plays which verb."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from standin import audio, control_verbs, dial, gather, queues, record, verbs

PLAYERS: dict[type, Callable[..., Any]] = {
    verbs.Say: audio.say,
    verbs.Play: audio.play,
    verbs.Pause: audio.pause,
    verbs.Gather: gather.gather,
    verbs.Record: record.record,
    verbs.Dial: dial.dial,
    verbs.Enqueue: queues.enqueue,
    verbs.Leave: queues.leave,
    verbs.Redirect: control_verbs.redirect,
    verbs.Hangup: control_verbs.hangup,
    verbs.Reject: control_verbs.reject,
}
"""Each is called with the leg, the verb, its document and whether it is the first verb."""
