"""How long a sentence takes to say, and digits written so that they are said one by one."""

from __future__ import annotations

import re

WORDS_A_SECOND = 2.6
_TIME = re.compile(r"\b\d{1,2}(?:\s?h(?:\s?\d{1,2})?|:\d{2})\b")
_PART = re.compile(r"\d|[^\W\d_]+(?:['’.-][^\W\d_]+)*")


def seconds(text: str) -> float:
    """The seconds that `text` lasts at 2.6 words a second.

    A digit is a word ("9-1-1" is three), a time as it is said ("10 h 15" is three), a word with
    its apostrophes and hyphens one.
    """
    return words(text) / WORDS_A_SECOND


def words(text: str) -> int:
    said = _TIME.sub(_as_words, text)
    return len(_PART.findall(said))


def spaced(digits: str) -> str:
    """ "10452" as "1 0 4 5 2", so that a voice does not read ten thousand and so on."""
    return " ".join(digits)


def _as_words(time: re.Match[str]) -> str:
    """One word for the hour, one for "h", one for the minutes."""
    return " ".join("x" for _ in re.findall(r"\d+|h", time.group()))
