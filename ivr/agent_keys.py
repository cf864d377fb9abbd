"""The keys that an agent presses in answer to a whisper: two digits each.

Accepting is a random pair of two different digits, said in the whisper alone, so that a voicemail
greeting that plays tones accepts nothing. The fixed pairs share no digit with it: a finger that
slips, or a first digit that is lost, turns no key into another.
"""

from __future__ import annotations

DIGITS = "346789"
"""What the accept key is made of: none of the fixed keys' digits, nor 0."""
CODES = tuple(tens + units for tens in DIGITS for units in DIGITS if tens != units)

HEAR, DECLINE, LATER = "11", "22", "55"
