"""`p1line outage`: a manager announces a known outage, gives news of it and ends it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result

from commands import main

FRENCH, ENGLISH = "Les rapports sont lents.", "Reports are slow."
BY = ("--by", "Gestion@example.org")
SAID = ("--fr", FRENCH, "--en", ENGLISH)


def later(hours: int = 2) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


@pytest.fixture(autouse=True)
def seeded(demo: dict[str, str]) -> None:
    for words in (["db", "migrate"], ["seed", "--demo"]):
        assert CliRunner().invoke(main, words).exit_code == 0


def outage(*words: str) -> Result:
    return CliRunner().invoke(main, ["outage", *words])


def shown() -> dict[str, Any]:
    result = outage("show", "--json")
    assert result.exit_code == 0, result.output
    facts: dict[str, Any] = json.loads(result.stdout)
    return facts


def test_it_is_announced_shown_and_ended() -> None:
    assert shown() == {"on": False}
    next_at = later()
    announced = outage("on", *BY, *SAID, "--next", next_at, "--product", "medical", "--json")
    assert announced.exit_code == 0, announced.output
    facts = shown()
    assert (facts["on"], facts["products"], facts["updates"]) == (True, ["medical"], 0)
    assert (facts["fr"], facts["en"], facts["overdue"]) == (FRENCH, ENGLISH, False)
    assert datetime.fromisoformat(facts["next"]) == datetime.fromisoformat(next_at)
    assert json.loads(outage("off", "--json").stdout)["on"] is False
    assert shown() == {"on": False}


def test_news_and_the_last_of_it() -> None:
    outage("on", *BY, *SAID, "--next", later())
    told = outage("tell", *BY, "--fr", "Tout va mieux.", "--en", "Better.", "--next", later())
    assert told.exit_code == 0, told.output
    assert shown()["updates"] == 1
    last = outage("tell", *BY, "--fr", "C'est réglé.", "--en", "Fixed.", "--last")
    assert "Panne terminée" in last.output
    assert shown() == {"on": False}


def test_in_words() -> None:
    assert outage("show").output == "Aucune panne n'est annoncée.\n"
    said = outage("on", *BY, *SAID, "--next", later()).output.replace("\u00a0", " ")
    assert said.startswith(f"Panne annoncée : {FRENCH}\nProchaine nouvelle ")
    assert said.endswith("Appels sur la liste : 0.\n")
    assert ENGLISH in outage("show", "--language", "en").output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--by", "bureau1@example.org", *SAID), "n'est pas l'adresse d'un gestionnaire"),
        (("--by", "personne@example.org", *SAID), "n'est pas l'adresse d'un gestionnaire"),
        ((*BY, "--fr", "", "--en", ENGLISH), "Il manque les mots"),
        ((*BY, "--fr", "mot " * 27, "--en", ENGLISH), "C'est trop long à dire"),
        ((*BY, *SAID, "--product", "fax"), "Le produit fax n'existe pas."),
    ],
)
def test_a_refusal_is_a_sentence_and_changes_nothing(words: tuple[str, ...], sentence: str) -> None:
    refused = outage("on", *words, "--next", later())
    assert refused.exit_code == 1
    assert sentence in refused.output
    assert shown() == {"on": False}


def test_a_time_that_has_passed_is_refused() -> None:
    refused = outage("on", *BY, *SAID, "--next", later(-1))
    assert (refused.exit_code, shown()) == (1, {"on": False})
    assert "déjà passé" in refused.output


def test_one_at_a_time_and_none_to_end() -> None:
    outage("on", *BY, *SAID, "--next", later())
    second = outage("on", *BY, *SAID, "--next", later())
    assert (second.exit_code, "déjà annoncée" in second.output) == (1, True)
    outage("off")
    assert outage("off").exit_code == 1
    assert outage("tell", *BY, *SAID, "--last").exit_code == 1


@pytest.mark.parametrize("words", [(), ("--last", "--next", "2030-01-01T10:00")])
def test_news_says_either_when_the_next_comes_or_that_it_is_the_last(
    words: tuple[str, ...],
) -> None:
    assert outage("tell", *BY, *SAID, *words).exit_code == 2
