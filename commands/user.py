"""`p1line user`: who answers calls and signs in to the web list."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from commands import environment
from commands.wording import WORDS, language_option, refuse, say
from ivr import numbers
from ivr.catalogue import LANGUAGES, Catalogue
from ivr.database import connect, sessions
from ivr.models import Agent
from ivr.policy import Policy
from ivr.rights import RANKS
from settings import Settings

SHORTEST, LONGEST = 12, 1024
"""Characters of a password: long rather than odd; nobody types more than the second."""

email_option = click.option("--email", required=True, help="Address, which is the sign-in's name.")
password_option = click.option(
    "--password-stdin",
    is_flag=True,
    help="Read the password from standard input, its first line, rather than ask for it.",
)


@click.group()
def command() -> None:
    """The agents: add one, let one go, change a password."""


@command.command()
@email_option
@click.option("--name", required=True, help="As the super users hear it.")
@click.option("--phone", required=True, help="The phone that is rung, with area code.")
@click.option("--role", type=click.Choice(list(RANKS)), default="agent", show_default=True)
@click.option("--desk", is_flag=True, help="Rung for calls in regular hours.")
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default="fr",
    show_default=True,
    help="What the agent hears and reads, and this command's own words.",
)
@password_option
def add(
    email: str, name: str, phone: str, role: str, desk: bool, password_stdin: bool, language: str
) -> None:
    """Add an agent; the password is asked for, twice."""
    settings = environment.settings()
    email = _email(email, language)
    number = _phone(settings, phone, language)
    with _writing(settings) as session:
        if _agent(session, email):
            refuse(language, "user.exists", email=email)
        session.add(
            Agent(
                email=email,
                name=name.strip(),
                phone=number,
                language=language,
                role=role,
                on_desk=desk,
                password_hash=_password_hash(language, password_stdin),
            )
        )
    say(language, "user.added", email=email)


@command.command()
@email_option
@language_option
def disable(email: str, language: str) -> None:
    """Let an agent sign in no more, at once, and ring this phone no more."""
    with _writing(environment.settings()) as session:
        _known(session, email, language).active = False
    say(language, "user.disabled", email=_email(email, language))


@command.command()
@email_option
@password_option
@language_option
def password(email: str, password_stdin: bool, language: str) -> None:
    """Change an agent's password."""
    with _writing(environment.settings()) as session:
        agent = _known(session, email, language)
        agent.password_hash = _password_hash(language, password_stdin)
    say(language, "user.changed", email=_email(email, language))


@contextmanager
def _writing(settings: Settings) -> Iterator[Session]:
    engine = connect(settings.database_url)
    try:
        with sessions(engine).begin() as session:
            yield session
    finally:
        engine.dispose()


def _agent(session: Session, email: str) -> Agent | None:
    return session.scalars(select(Agent).where(Agent.email == email)).one_or_none()


def _known(session: Session, email: str, language: str) -> Agent:
    email = _email(email, language)
    return _agent(session, email) or refuse(language, "user.unknown", email=email)


def _email(text: str, language: str) -> str:
    email = text.strip().lower()
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", email):
        refuse(language, "user.bad_email", email=text)
    return email


def _phone(settings: Settings, text: str, language: str) -> str:
    """E.164; refused where it is no number, or one that the line may not call."""
    number = numbers.canonical(text)
    if number is None:
        refuse(language, "user.bad_phone", phone=text)
    dialling = Policy.read(settings.policy_file).dialling
    if reason := numbers.dialable(number, dialling, [settings.line_number]):
        words = Catalogue(Path(numbers.__file__).parent / "reasons")
        why = words.text(language, reason.key, **reason.facts)
        refuse(language, "user.not_dialable", phone=text, why=why)
    return number


def _password_hash(language: str, from_stdin: bool) -> str:
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt(
            WORDS.text(language, "user.ask_password"),
            hide_input=True,
            confirmation_prompt=WORDS.text(language, "user.ask_again"),
        )
    if len(password) < SHORTEST:
        refuse(language, "user.short_password", length=SHORTEST)
    if len(password) > LONGEST:
        refuse(language, "user.long_password", length=LONGEST)
    return PasswordHasher().hash(password)
