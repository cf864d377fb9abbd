"""Agents are added, let go and given passwords from the terminal."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner, Result
from sqlalchemy import select

from commands import main
from ivr.database import connect, sessions
from ivr.models import Agent, Attempt, AuditLine, Message

PASSWORD = "une longue phrase de passe"
OTHER = "quatre girafes sous la pluie"
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
        ([], "motdepasse1234", "se devine trop vite"),
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


def test_nobody_waits_while_a_password_is_typed(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite a transaction that has begun keeps every caller's own from beginning."""
    engine = connect(database)

    def typing(*_: object, **__: object) -> str:
        with sessions(engine).begin() as session:
            session.add(Attempt(kind="a caller", key="x", at=datetime.now(UTC)))
        return PASSWORD

    monkeypatch.setattr("click.prompt", typing)
    assert user("add", *JEANNE).exit_code == 0
    assert user("password", "--email", "jeanne@example.org").exit_code == 0
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
        "password", "--email", "jeanne@example.org", "--password-stdin", says=f"{OTHER}\n"
    )
    assert changed.exit_code == 0
    assert PasswordHasher().verify(agent(database).password_hash, OTHER)


def test_whoever_is_invited_chooses_the_password(database: str) -> None:
    added = user("add", *JEANNE, "--invite")
    assert (added.exit_code, "reçoit par courriel le lien" in added.output) == (0, True)
    assert agent(database).password_hash == ""
    engine = connect(database)
    with sessions(engine)() as session:
        letter = session.scalars(select(Message)).one()
        assert (letter.to, letter.subject) == ("jeanne@example.org", "Votre accès à p1line")
    engine.dispose()


def test_a_link_is_printed_where_no_mail_goes(database: str) -> None:
    user("add", *JEANNE, "--invite")
    printed = user("link", "--email", "jeanne@example.org")
    assert re.fullmatch(r"http://127.0.0.1:8000/password/\w{32}\.\w{32}\n", printed.stdout)
    assert "sert une fois" in printed.stderr
    user("disable", "--email", "jeanne@example.org")
    assert user("link", "--email", "jeanne@example.org").exit_code == 1


def test_the_last_administrator_stays(database: str) -> None:
    user("add", *JEANNE, "--role", "admin", "--password-stdin")
    refused = user("disable", "--email", "jeanne@example.org")
    assert (refused.exit_code, "nommez-en d'abord une autre" in refused.stderr) == (1, True)
    assert agent(database).active


def test_what_is_done_at_the_terminal_is_on_record(database: str) -> None:
    user("add", *JEANNE, "--password-stdin")
    user("password", "--email", "jeanne@example.org", "--password-stdin", says=f"{OTHER}\n")
    user("disable", "--email", "jeanne@example.org")
    engine = connect(database)
    with sessions(engine)() as session:
        lines = session.scalars(select(AuditLine).order_by(AuditLine.id)).all()
        assert [(line.act, line.subject, line.agent_id) for line in lines] == [
            ("person_added", "Jeanne", None),
            ("password_set", "Jeanne", None),
            ("person_disabled", "Jeanne", None),
        ]
    engine.dispose()


@pytest.mark.parametrize("command", ["disable", "password", "link"])
def test_nobody_of_that_address(command: str) -> None:
    refused = user(command, "--email", "personne@example.org")
    assert refused.exit_code == 1
    assert "Il n'y a personne" in refused.stderr
