"""The rota's reasons as people read them, in both languages, with names and local times."""

from __future__ import annotations

import re

import pytest

from ivr.local_time import WORDS
from ivr.reason import Fact, Reason
from ivr.rota.wording import in_words, level_facts, level_name
from tests.rota.cast import TORONTO, local

NAMES = {1: "Alice Roy", 2: "Bob Tremblay"}
NOW = local("2026-11-28 02:00")
FACTS: dict[str, Fact] = {
    "agent": 1,
    "replaced": 2,
    "start": "2026-11-30T13:00:00+00:00",
    "end": "2026-12-07T13:00:00+00:00",
    "layer": "Nuits",
    "feed": "pager",
    **level_facts("level", "on_call"),
    **level_facts("rings", "manager"),
    "name": "third",
    "seconds": 54_000,
    "limit": 50_400,
    "email": "x@example.org",
    "number": 7,
    "most": 5000,
    "detail": "what it is",
}
KEYS = [key for key in sorted(WORDS.keys()) if re.fullmatch(r"rota\.[a-z_0-9]+", key)]


def said(key: str, language: str) -> str:
    words = in_words(Reason(key, FACTS), NAMES, language, TORONTO, NOW)
    return words.replace("\u00a0", " ")


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_each_sentence_is_whole(key: str, language: str) -> None:
    sentence = said(key, language)
    assert sentence.endswith(".")
    assert not re.search(r"\{|\d{4}-\d\d-\d\d|on_call", sentence)


@pytest.mark.parametrize(
    ("key", "french", "english"),
    [
        (
            "rota.turn",
            "Alice Roy : tour de garde du lundi 30 novembre à 8 h au lundi 7 décembre à 8 h "
            "(rotation « Nuits »).",
            "Alice Roy: turn on call from Monday, November 30 at 8 AM to Monday, December 7 at "
            '8 AM (rotation "Nuits").',
        ),
        (
            "rota.replaces",
            "Alice Roy remplace Bob Tremblay du lundi 30 novembre à 8 h au lundi 7 décembre à 8 h.",
            "Alice Roy replaces Bob Tremblay from Monday, November 30 at 8 AM to Monday, "
            "December 7 at 8 AM.",
        ),
        (
            "rota.gap",
            "Personne au niveau « garde » du lundi 30 novembre à 8 h au lundi 7 décembre à 8 h : "
            "le niveau « gestion » sonnerait.",
            'Nobody at the level "on call" from Monday, November 30 at 8 AM to Monday, '
            'December 7 at 8 AM: the level "manager" would ring.',
        ),
        (
            "rota.long_day",
            "Alice Roy : 15 heures de travail en 24 heures, entre le lundi 30 novembre à 8 h et le "
            "lundi 7 décembre à 8 h; maximum, 14 heures.",
            "Alice Roy: 15 hours of work in 24 hours, between Monday, November 30 at 8 AM and "
            "Monday, December 7 at 8 AM; at most 14 hours.",
        ),
    ],
)
def test_sentences(key: str, french: str, english: str) -> None:
    assert (said(key, "fr"), said(key, "en")) == (french, english)


def test_an_agent_whom_nobody_names_any_more_keeps_a_number() -> None:
    words = in_words(Reason("rota.backup", {"agent": 99}), NAMES, "fr", TORONTO, NOW)
    assert "n° 99" in words


def test_a_level_of_the_operators_own_keeps_its_name() -> None:
    assert level_name("third", "fr") == "third"
    assert level_name("on_call", "en") == "on call"
