"""Deletes what is kept no longer: recordings at Twilio, what was transcribed of them, and files of
super users that nobody confirmed.

`keep_days` of policy.toml says how long. Twilio itself keeps a recording until it is deleted.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from ivr import recordings
from ivr.clients import importing
from ivr.database import reading
from jobs.failure import Failure
from line import Line

log = logging.getLogger(__name__)
LIMIT = 200  # at a time, each a request to Twilio


def purge(line: Line) -> None:
    """Purges what is older than `keep_days`; what Twilio does not delete now is tried again."""
    before = line.clock() - timedelta(days=line.policy.recording.keep_days)
    with line.scene() as scene:
        recordings.forget_words(scene, before)  # they are with us: whatever Twilio says
        importing.forget(scene)
    with reading(line.sessions) as session:
        expired = recordings.expired(session, before, LIMIT)
    for recording in expired:
        try:
            line.phone.delete_recording(recording.sid)
        except Failure as failure:
            log.warning("recording %s: not deleted: %s", recording.id, failure)
            continue
        with line.scene() as scene:
            recordings.purged(scene, recording.id)
