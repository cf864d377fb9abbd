"""Texts in the GSM alphabet, of which 160 characters are one SMS; others make it 70 (GSM 03.38).

It has é, è, à, ù and É, but neither ê nor ç: an accent that it does not have is left out, as
the spelling of 1990 leaves out that of "août".
"""

from __future__ import annotations

import unicodedata

LONGEST = 160
ALPHABET = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_LIKE = {"’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "–": "-", "—": "-", "œ": "oe"}
_LIKE |= {"…": "...", "Œ": "OE"}


def gsm(text: str) -> str:
    """The text in the GSM alphabet alone, its spaces ordinary ones."""
    return "".join(_nearest(character) for character in text)


def _nearest(character: str) -> str:
    if character in ALPHABET:
        return character
    if character.isspace():
        return " "
    plain = unicodedata.normalize("NFD", _LIKE.get(character, character))
    return "".join(c if c in ALPHABET else "" for c in plain if not unicodedata.combining(c)) or "?"
