"""Agents are added, let go and given passwords from the terminal."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner, Result
from sqlalchemy import select

from commands import main
from ivr.database import connect, sessions
from ivr.models import Agent

PASSWORD = "une longue phrase de passe"
JEANNE = ("--email", "Jeanne@Example.org", "--name", "Jeanne", "--phone", "450 555-0116")


@pytest.fixture(autouse=True)
def database(demo: dict[str, str]) -> str:
    CliRunner().invoke(main, ["db", "migrate"])
    return demo["DATABASE_URL"]


def user(*words: str, says: str = f"{PASSWORD}\n") -> Result:
    return CliRunner().invoke(main, ["user", *words], input=says)


def agent(url: str) -> Agent:
    engine = connect(url)
    with sessions(engine)() as session:
        found = session.scalars(select(Agent)).one()
    engine.dispose()
    return found


def test_an_agent_is_added_with_a_password_from_standard_input(database: str) -> None:
    added = user("add", *JEANNE, "--desk", "--role", "manager", "--password-stdin")
    assert (added.exit_code, added.output) == (0, "jeanne@example.org peut ouvrir une session.\n")
    found = agent(database)
    assert (found.name, found.phone, found.role) == ("Jeanne", "+14505550116", "manager")
    assert (found.on_desk, found.active, found.language) == (True, True, "fr")
    assert PasswordHasher().verify(found.password_hash, PASSWORD)


def test_a_password_that_is_asked_for_is_not_shown_and_is_typed_twice(database: str) -> None:
    added = user("add", *JEANNE, "--language", "en", says=f"{PASSWORD}\nelse\n")
    assert added.exit_code == 1  # it was not the same twice
    added = user("add", *JEANNE, "--language", "en", says=f"{PASSWORD}\n{PASSWORD}\n")
    assert added.exit_code == 0
    assert PASSWORD not in added.output
    assert agent(database).language == "en"


@pytest.mark.parametrize(
    ("words", "says", "reason"),
    [
        (["--email", "jeanne"], PASSWORD, "n'est pas une adresse de courriel"),
        (["--phone", "555-0116"], PASSWORD, "n'est pas un numéro de téléphone"),
        (["--phone", "1 900 555-0116"], PASSWORD, "La ligne ne peut pas appeler 1 900 555-0116"),
        (["--phone", "1 800 555-0100"], PASSWORD, "La ligne ne peut pas appeler 1 800 555-0100"),
        ([], "trop court", "au moins 12 caractères"),
        ([], "x" * 1025, "au plus 1024 caractères"),
    ],
)
def test_what_is_wrong_is_refused_with_a_sentence(
    database: str, words: list[str], says: str, reason: str
) -> None:
    refused = user("add", *JEANNE, *words, "--password-stdin", says=f"{says}\n")
    assert refused.exit_code == 1
    assert reason in refused.stderr
    engine = connect(database)
    with sessions(engine)() as session:
        assert session.scalars(select(Agent)).all() == []
    engine.dispose()


def test_an_address_is_added_once(database: str) -> None:
    user("add", *JEANNE, "--password-stdin")
    again = user("add", *JEANNE, "--password-stdin")
    assert (again.exit_code, "existe déjà" in again.stderr) == (1, True)


def test_a_disabled_agent_stays_on_file(database: str) -> None:
    user("add", *JEANNE, "--password-stdin")
    assert user("disable", "--email", "JEANNE@example.org").exit_code == 0
    assert not agent(database).active


def test_a_password_is_changed(database: str) -> None:
    user("add", *JEANNE, "--password-stdin")
    changed = user(
        "password", "--email", "jeanne@example.org", "--password-stdin", says="x" * 20 + "\n"
    )
    assert changed.exit_code == 0
    assert PasswordHasher().verify(agent(database).password_hash, "x" * 20)


@pytest.mark.parametrize("command", ["disable", "password"])
def test_nobody_of_that_address(command: str) -> None:
    refused = user(command, "--email", "personne@example.org")
    assert refused.exit_code == 1
    assert "Il n'y a personne" in refused.stderr
