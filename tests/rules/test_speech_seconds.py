"""How long sentences last, by the words that are really said."""

from __future__ import annotations

import pytest

from ivr.speech import seconds, spaced, words


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("Bonjour.", 1),
        ("Pour Médical, faites le 3.", 5),
        ("9-1-1", 3),
        ("10452", 5),
        ("1 0 4 5 2", 5),
        ("10 h 15", 3),
        ("10\u00a0h\u00a015", 3),
        ("8 h", 2),
        ("10:15 AM", 3),
        ("avant 10 h 15 lundi", 5),
        ("514 555-0101", 10),
        ("l'étoile", 1),
        ("Rendez-vous aujourd'hui à midi", 4),
        ("P1", 2),
        ("Un instant, s'il vous plaît…", 5),
        ("* # — « »", 0),
        ("Avez-vous un problème ? Oui !", 4),
    ],
)
def test_words(text: str, count: int) -> None:
    assert words(text) == count


def test_seconds() -> None:
    assert seconds("un deux trois quatre cinq six sept huit neuf dix onze douze treize") == 5.0


def test_spaced() -> None:
    assert spaced("10452") == "1 0 4 5 2"
    assert spaced("") == ""
