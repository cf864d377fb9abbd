"""The reference's check digit catches what callers and agents get wrong."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr import reference

references = st.integers(10_000, 99_999).map(
    lambda body: f"{body}{reference.check_digit(str(body))}"
)
places = st.integers(0, 5)


@given(references)
def test_a_reference_checks(text: str) -> None:
    assert reference.is_reference(text)


@given(references, places, st.integers(0, 9).map(str))
def test_a_wrong_digit_is_caught(text: str, place: int, digit: str) -> None:
    wrong = text[:place] + digit + text[place + 1 :]
    assert reference.is_reference(wrong) is (wrong == text)


@given(references, st.integers(0, 4))
def test_swapped_neighbours_are_caught(text: str, place: int) -> None:
    wrong = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    assert reference.is_reference(wrong) is (wrong == text)


@pytest.mark.parametrize("digit", range(3, 10))
def test_pairs_that_sound_alike_are_caught(digit: int) -> None:
    """13 and 30, 14 and 40: treize and trente, thirteen and thirty; at every place."""
    teen, tens = f"1{digit}", f"{digit}0"
    for body in range(10_000, 100_000, 7):
        text = f"{body}{reference.check_digit(str(body))}"
        for place in range(5):
            heard = text[place : place + 2]
            other = {teen: tens, tens: teen}.get(heard)
            if other:
                assert not reference.is_reference(text[:place] + other + text[place + 2 :])


def test_dammes_own_example() -> None:
    assert reference.check_digit("572") == 4


@pytest.mark.parametrize(
    "text", ["", "41273", "4127360", "012345", "41273a", "٤١٢٧٣٦", "412 73", " 41273", "-41273"]
)
def test_no_reference(text: str) -> None:
    assert not reference.is_reference(text)


@given(st.integers(0, 9999))
def test_none_starts_with_0(body: int) -> None:
    text = f"{body:05}"
    assert not reference.is_reference(text + str(reference.check_digit(text)))


@given(st.integers())
def test_draw(seed: int) -> None:
    drawn = reference.draw(Random(seed))
    assert reference.is_reference(drawn)
    assert len(drawn) == 6
    assert drawn[0] in "123456789"


def test_draws_spread_over_all_90_000() -> None:
    random = Random(1)
    drawn = {reference.draw(random) for _ in range(2000)}
    assert len(drawn) > 1950
    assert {text[0] for text in drawn} == set("123456789")


def test_groups() -> None:
    assert reference.groups("412736") == ("412", "736")
