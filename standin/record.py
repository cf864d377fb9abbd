"""<Record>: the far end's words, until a key, silence, the longest length or a hang-up.

https://www.twilio.com/docs/voice/twiml/record
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from standin import webhooks
from standin.recordings import Recording, length
from standin.scheduler import Sleep, Steps, Wait
from standin.signals import HungUp, Key, Redirected, Words
from standin.verbs import Document, Record
from standin.webhooks import Next

if TYPE_CHECKING:
    from standin.leg import Leg

BEEP_SECONDS = 1.0
READY_SECONDS = 1.0
"""From the end of a recording until its file is there."""


def record(leg: Leg, verb: Record, document: Document, first: bool) -> Steps[Next | None]:
    leg.answer()
    if verb.play_beep:
        yield Sleep(BEEP_SECONDS)
    tape = Tape(leg, verb, document)
    tape.start()
    try:
        ended_by = yield from _listen(leg, verb, tape)
    except HungUp:
        tape.stop()
        steps = webhooks.unfollowed(leg, tape.result("hangup"))
        leg.switch.scheduler.spawn(steps, f"record {leg.sid}")
        raise
    except Redirected:
        tape.stop()
        raise
    tape.stop()
    return tape.result(ended_by)


def _listen(leg: Leg, verb: Record, tape: Tape) -> Steps[str]:
    """Answers the key that ended it, or "" for silence or the longest length."""
    leg.mail.clear()
    leg.wait_for("record")
    leg.hears_keys = leg.hears_words = True
    left, silence = float(verb.max_length), float(verb.timeout or verb.max_length)
    silence = max(silence, leg.patience)
    while left > 0:
        waiting = min(left, silence)
        before = leg.switch.now()
        item = yield Wait(leg.mail, waiting)
        left -= (leg.switch.now() - before).total_seconds()
        if isinstance(item, Key):
            if item.key in verb.finish_on_key:
                return item.key
        elif isinstance(item, Words):
            tape.hear(item)
            silence = item.seconds + (verb.timeout or verb.max_length)
        elif item is None:
            return ""
    return ""


class Tape:
    """A recording under way, with its status callbacks."""

    def __init__(self, leg: Leg, verb: Record, document: Document) -> None:
        self._leg = leg
        self._verb = verb
        self._document = document
        self._speech_ends = leg.switch.now()
        self.recording = Recording(leg.switch.sids.new("RE"), leg.sid, leg.switch.now())

    def start(self) -> None:
        self._leg.recording = self.recording
        self._leg.switch.recordings[self.recording.sid] = self.recording
        self._tell("in-progress")

    def hear(self, words: Words) -> None:
        if words.text:
            self.recording.words.append(words.text)
        self.recording.sound += words.sound
        self._speech_ends = self._leg.switch.in_seconds(words.seconds)

    def stop(self) -> None:
        """The far end is no more heard; the file is ready a moment later, silence trimmed off."""
        leg, recording = self._leg, self.recording
        leg.stop_waiting()
        leg.recording = None
        recording.ended = leg.switch.now()
        end = recording.ended
        if self._verb.trim == "trim-silence" and recording.words:
            end = min(end, self._speech_ends)
        recording.duration = round((end - recording.started).total_seconds())
        if recording.sound:  # it is all that can be heard of it
            recording.duration = max(1, round(length(recording.sound)))
        leg.switch.scheduler.after(READY_SECONDS, self._ready)

    def result(self, ended_by: str) -> Next:
        recording = self.recording
        assert recording.ended is not None
        extra = {
            "RecordingUrl": self._leg.switch.recording_url(recording.sid),
            "RecordingSid": recording.sid,
            "RecordingDuration": str(round((recording.ended - recording.started).total_seconds())),
        }
        if ended_by:
            extra["Digits"] = ended_by
        return webhooks.action(self._document, self._verb, extra)

    def _ready(self) -> None:
        self.recording.status = "completed" if self.recording.duration else "absent"
        self._tell(self.recording.status)

    def _tell(self, status: str) -> None:
        url = self._verb.recording_status_callback
        if url is None or status not in self._verb.recording_status_callback_event.split():
            return
        whole = webhooks.resolve(self._document, url)
        steps = self._post(whole, status)
        self._leg.switch.scheduler.spawn(steps, f"recording {self.recording.sid}")

    def _post(self, url: str, status: str) -> Steps[None]:
        """Not the usual parameters: no From, no To."""
        switch, recording = self._leg.switch, self.recording
        params = {
            "AccountSid": switch.account_sid,
            "CallSid": self._leg.sid,
            "RecordingSid": recording.sid,
            "RecordingUrl": switch.recording_url(recording.sid),
            "RecordingStatus": status,
            "RecordingDuration": str(recording.duration),
            "RecordingChannels": "1",
            "RecordingStartTime": webhooks.rfc2822(recording.started),
            "RecordingSource": "RecordVerb",
            "RecordingTrack": "inbound",
        }
        method = self._verb.recording_status_callback_method
        fault = switch.faults.for_callback(f"recording {status}", self._leg)
        yield Sleep(fault.delay)
        for _ in range(fault.copies):
            yield from webhooks.notify(self._leg, f"recording {status}", url, method, params)
