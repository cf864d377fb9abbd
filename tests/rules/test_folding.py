"""Words that find articles: accents, capitals, plurals and little words make no difference."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.folding import STOP_WORDS, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Écran", "ecrans"),
        ("JOURNAUX", "journal"),
        ("les réseaux", "réseau"),
        ("queries", "Query"),
        ("boxes", "box"),
        ("l'œil", "OEIL"),
        ("é", "e\u0301"),  # composed, or a letter and its accent
    ],
)
def test_the_same_word(one: str, other: str) -> None:
    assert words(one) == words(other)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("L'écran du poste est tout noir depuis ce matin.", {"ecran", "poste", "noir", "matin"}),
        ("The screen is black!", {"screen", "black"}),
        ("erreur 0x80070005, version 7.2", {"erreur", "0x80070005", "version"}),
        ("accès au virus", {"acce", "virus"}),
        ("de la à à ?!", set()),
        ("", set()),
    ],
)
def test_what_a_text_is_found_by(text: str, found: set[str]) -> None:
    assert words(text) == found


def test_stop_words_stand_as_they_are_folded() -> None:
    """Otherwise they would never be met."""
    for word in STOP_WORDS:
        assert word.isascii()
        assert word == word.lower()


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80))
def test_any_text_gives_words_that_fold_no_further_in_case_or_accent(text: str) -> None:
    found = words(text)
    assert found == words(text.swapcase()) or not text.isascii()
    assert all(word.isascii() and 2 <= len(word) <= 40 for word in found)
