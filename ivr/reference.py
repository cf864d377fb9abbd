"""An incident's spoken reference: six digits, the last a Damm check digit.

It catches every wrong digit and every swap of neighbours, and pairs that sound alike (13 and
30). The permanent id is another number; uniqueness among living incidents is the database's.
"""

from __future__ import annotations

from random import Random

LENGTH = 6
# H. M. Damm's totally anti-symmetric quasigroup of order 10 (thesis, Marburg 2004).
_TABLE = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


def check_digit(digits: str) -> int:
    """The digit that, written after `digits`, makes them check."""
    interim = 0
    for digit in digits:
        interim = _TABLE[interim][int(digit)]
    return interim


def draw(random: Random) -> str:
    """A new reference; give it `random.SystemRandom()`, so that nobody can guess the next."""
    body = str(random.randrange(10 ** (LENGTH - 2), 10 ** (LENGTH - 1)))
    return body + str(check_digit(body))


def is_reference(text: str) -> bool:
    """Whether `text` is six digits that check, the first not 0."""
    well_formed = len(text) == LENGTH and text.isascii() and text.isdecimal() and text[0] != "0"
    return well_formed and check_digit(text) == 0


def groups(reference: str) -> tuple[str, str]:
    """The two groups of three in which it is said and written: 412 736."""
    return reference[:3], reference[3:]
