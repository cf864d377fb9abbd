"""Recordings: what was said, and a file that can be listened to.

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
TONE = 440.0


@dataclass
class Recording:
    """`words` are what the far end said, kept so that a person can read them; seconds are whole.

    `status` is "in-progress", "completed" or "absent" (nothing was recorded).
    """

    sid: str
    call_sid: str
    started: datetime
    words: list[str] = field(default_factory=list)
    status: str = "in-progress"
    duration: int = 0
    ended: datetime | None = None


def wav(seconds: float) -> bytes:
    """A soft tone of that length, as a mono WAV file of 8 kHz."""
    cycle = b"".join(
        struct.pack("<h", round(6000 * math.sin(2 * math.pi * TONE * n / RATE)))
        for n in range(RATE // 20)  # 22 whole periods: the pieces join without a click
    )
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(cycle * round(seconds * 20))
    return out.getvalue()
