"""`p1line contacts`: an operator enters who answers an escalation (§3)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from commands import main

LEAD = (
    "set", "--level", "1", "--product", "medical", "--name", "Chef Produit", "--title",
    "responsable  du produit", "--phone", "(450) 555-0130, poste 12", "--email", "Chef@Example.org",
)  # fmt: skip


@pytest.fixture(autouse=True)
def migrated(demo: dict[str, str]) -> None:
    assert CliRunner().invoke(main, ["db", "migrate"]).exit_code == 0


def contacts(*words: str) -> Result:
    return CliRunner().invoke(main, ["contacts", *words])


def listed() -> dict[str, Any]:
    result = contacts("list", "--json")
    assert result.exit_code == 0, result.output
    facts: dict[str, Any] = json.loads(result.stdout)
    return facts


def changed(*words: str) -> tuple[str, ...]:
    """LEAD, with these words for some of its own."""
    mine = dict(zip(LEAD[1::2], LEAD[2::2], strict=True)) | dict(
        zip(words[::2], words[1::2], strict=True)
    )
    return ("set", *(part for pair in mine.items() for part in pair))


def test_a_contact_is_entered_as_people_write_it_and_kept_as_the_line_dials_it() -> None:
    done = contacts(*LEAD, "--json")
    assert done.exit_code == 0, done.output
    (contact,) = listed()["contacts"]
    assert contact == json.loads(done.stdout)
    assert (contact["phone"], contact["extension"]) == ("+14505550130", "12")
    assert (contact["title"], contact["email"]) == ("responsable du produit", "chef@example.org")


def test_entered_again_for_the_same_place_it_is_changed() -> None:
    contacts(*LEAD)
    assert contacts(*changed("--name", "Autre Chef")).exit_code == 0
    assert [contact["name"] for contact in listed()["contacts"]] == ["Autre Chef"]


def test_levels_that_nobody_answers_for_are_named() -> None:
    contacts(*LEAD)
    missing = listed()["missing"]
    assert {"level": 1, "product": "medical"} not in missing
    assert {"level": 1, "product": "billing"} in missing
    assert {"level": 3, "product": "medical"} in missing
    assert "Niveau 2" in contacts("list").output


def test_the_demo_answers_for_every_product_at_every_level() -> None:
    assert CliRunner().invoke(main, ["seed", "--demo"]).exit_code == 0
    assert listed()["missing"] == []
    seeded = listed()["contacts"]
    assert CliRunner().invoke(main, ["seed", "--demo"]).exit_code == 0
    assert listed()["contacts"] == seeded, "seeding again changes nothing"


def test_a_contact_is_removed() -> None:
    contacts(*LEAD)
    removed = contacts("remove", "--level", "1", "--product", "medical")
    assert removed.exit_code == 0, removed.output
    assert listed()["contacts"] == []
    again = contacts("remove", "--level", "1", "--product", "medical")
    assert (again.exit_code, again.output) == (
        1, "Error: Ce niveau n'a pas de personne-contact pour cela.\n",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--phone", "555-0130"), "555-0130 n'est pas un numéro de téléphone."),
        (("--phone", "1 900 555-0130"), "La ligne ne peut pas appeler ce type de numéro."),
        (("--toll-free", "0800"), "0800 n'est pas un numéro de téléphone."),
        (("--mobile", "438 555-0130"), "Le cellulaire est pour les niveaux 2 et 3 (§3)."),
        (("--product", "radiology"), "radiology n'est pas un produit."),
        (("--service", "customer_service"), "d'un produit ou d'un service, pas des deux"),
        (("--product", "", "--service", "x"), "x n'est pas un service de policy.toml."),
        (("--email", "chef"), "chef n'est pas une adresse de courriel."),
        (("--name", " "), "Il faut un nom et un titre."),
        (("--title", "t" * 61), "compte au plus 60 caractères"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_written(
    words: tuple[str, ...], sentence: str
) -> None:
    refused = contacts(*changed(*words))
    assert refused.exit_code == 1
    assert sentence in refused.output
    assert listed()["contacts"] == []


def test_a_level_that_is_none_is_a_slip_of_usage() -> None:
    assert contacts(*changed("--level", "4")).exit_code == 2


def test_in_english() -> None:
    done = contacts(*changed("--title-en", "product lead"), "--language", "en")
    assert "Level 1, medical: Chef Produit, product lead, 450 555-0130, ext. 12" in done.output
