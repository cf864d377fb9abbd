"""The music of a caller who waits in a queue: made here, so that it is nobody's and needs no file.

Four pieces of four seconds, each a broken chord in soft, fading tones: telephone quality.
"""

from __future__ import annotations

import io
import math
import struct
import wave
from functools import cache

from ivr.level_ring import PIECE_SECONDS, PIECES

RATE = 8000
LOUDNESS = 0.16
NOTE_SECONDS = 0.5
HARMONICS = ((1, 1.0), (2, 0.35), (3, 0.12))
CHORDS = (  # by half-tones above 220 Hz: A, F#m, D, E
    (0, 4, 7, 12, 7, 4, 7, 4),
    (-3, 4, 9, 12, 9, 4, 9, 4),
    (-7, 2, 5, 9, 5, 2, 5, 2),
    (-5, 2, 7, 11, 7, 2, 7, 2),
)


@cache
def piece(number: int) -> bytes:
    """A WAV file of 8 kHz, as long as PIECE_SECONDS; any number will do, they go round."""
    chord = CHORDS[number % PIECES]
    count = round(PIECE_SECONDS / NOTE_SECONDS)
    tones = [tone for place in range(count) for tone in _note(chord[place % len(chord)])]
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes(struct.pack(f"<{len(tones)}h", *tones))
    return file.getvalue()


def _note(half_tones: int) -> list[int]:
    frequency = 220.0 * 2 ** (half_tones / 12)
    length = round(RATE * NOTE_SECONDS)
    return [round(32767 * LOUDNESS * _at(frequency, n / RATE, n / length)) for n in range(length)]


def _at(frequency: float, seconds: float, part: float) -> float:
    """Swells within the first twentieth, and has faded where the note ends: no click between."""
    envelope: float = min(1.0, part * 20) * (1 - part) ** 1.5
    return envelope * sum(
        strength * math.sin(2 * math.pi * frequency * times * seconds)
        for times, strength in HARMONICS
    )
