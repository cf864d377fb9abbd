"""Recordings: what was said, and a file that can be listened to: a mono WAV file of 8 kHz.

https://www.twilio.com/docs/voice/api/recording
"""

from __future__ import annotations

import io
import math
import struct
import wave
from dataclasses import dataclass, field
from datetime import datetime

RATE = 8000
WIDTH = 2
"""Bytes of a sample."""
LONGEST = 600
"""Seconds of a voice that one piece may have."""
LARGEST = LONGEST * RATE * WIDTH + 1000
"""Bytes of its file."""
TONE = 440.0


@dataclass
class Recording:
    """`words` are what the far end said, kept so that a person can read them; seconds are whole.

    `sound` is its voice, of whoever has one (`frames`), else empty. `status` is "in-progress",
    "completed" or "absent" (nothing was recorded).
    """

    sid: str
    call_sid: str
    started: datetime
    words: list[str] = field(default_factory=list)
    status: str = "in-progress"
    duration: int = 0
    ended: datetime | None = None
    sound: bytes = b""

    def file(self) -> bytes:
        """Its voice, or a soft tone as long as it is."""
        return wav(self.sound or tone(self.duration))


def tone(seconds: float) -> bytes:
    """The frames of a soft tone of that length."""
    cycle = b"".join(
        struct.pack("<h", round(6000 * math.sin(2 * math.pi * TONE * n / RATE)))
        for n in range(RATE // 20)  # 22 whole periods: the pieces join without a click
    )
    return cycle * round(seconds * 20)


def length(frames: bytes) -> float:
    """How long the frames last, in seconds."""
    return len(frames) / (WIDTH * RATE)


def wav(frames: bytes) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(WIDTH)
        file.setframerate(RATE)
        file.writeframes(frames)
    return out.getvalue()


def frames(file: bytes) -> bytes:
    """The frames of such a file. `ValueError` where it is none, is empty, or is too long."""
    try:
        with wave.open(io.BytesIO(file)) as sound:
            shape = (sound.getnchannels(), sound.getsampwidth(), sound.getframerate())
            if shape != (1, WIDTH, RATE):
                raise ValueError("no mono sound of 16 bits and 8 kHz")
            found: bytes = sound.readframes(LONGEST * RATE + 1)
    except (wave.Error, EOFError) as error:
        raise ValueError("no WAV file") from error
    if not 0 < length(found) <= LONGEST:
        raise ValueError("empty, or too long")
    return found
