"""`p1line user`: who answers calls and signs in to the web list."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click
from requests.exceptions import RequestException
from sqlalchemy import select

from commands import environment
from commands.moments import refusals
from commands.wording import WORDS, language_option, refuse, say
from ivr import audit, numbers, people, people_links, people_passwords, people_sessions
from ivr.catalogue import LANGUAGES
from ivr.database import connect, sessions
from ivr.explain import explain
from ivr.incidents import Refused
from ivr.local_time import written
from ivr.models import Agent
from ivr.people import Person
from ivr.people_vault import Vault
from ivr.policy import Policy
from ivr.rights import RANKS
from ivr.scene import Scene
from settings import Settings

BY = "p1line user"
"""Who did it, on record: nobody whom the line knows."""

email_option = click.option("--email", required=True, help="Address, which is the sign-in's name.")
password_option = click.option(
    "--password-stdin",
    is_flag=True,
    help="Read the password from standard input, its first line, rather than ask for it.",
)


@click.group()
def command() -> None:
    """The agents: add one, let one go, change a password, make a link that sets one."""


@command.command()
@email_option
@click.option("--name", required=True, help="As the super users hear it.")
@click.option("--phone", required=True, help="The phone that is rung, with area code.")
@click.option("--role", type=click.Choice(list(RANKS)), default="agent", show_default=True)
@click.option("--desk", is_flag=True, help="Rung for calls in regular hours.")
@click.option("--invite", is_flag=True, help="Write to the agent, who chooses the password.")
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default="fr",
    show_default=True,
    help="What the agent hears and reads, and this command's own words.",
)
@password_option
def add(
    email: str,
    name: str,
    phone: str,
    role: str,
    desk: bool,
    invite: bool,
    password_stdin: bool,
    language: str,
) -> None:
    """Add an agent; the password is asked for, twice, unless --invite."""
    person = Person(name, email, phone, language, role, desk)
    with _desk(language) as checks:
        email = checks.email(email)
        checks.check_phone(phone)
        if checks.find(email):
            refuse(language, "user.exists", email=email)
    typed = None if invite else _typed(language, password_stdin)
    with _desk(language) as writes:
        agent = people.add(writes.scene, None, person, invites=invite)
        if typed is not None:
            people_passwords.put(agent, typed)
    say(language, "user.invited" if invite else "user.added", email=email)


@command.command()
@email_option
@language_option
def disable(email: str, language: str) -> None:
    """Let an agent sign in no more, at once, and ring this phone no more."""
    with _desk(language) as desk:
        people.disable(desk.scene, None, desk.known(email))
    say(language, "user.disabled", email=email.strip().lower())


@command.command()
@email_option
@password_option
@language_option
def password(email: str, password_stdin: bool, language: str) -> None:
    """Change an agent's password, which ends the agent's sessions."""
    with _desk(language) as checks:
        checks.known(email)
    typed = _typed(language, password_stdin)
    with _desk(language) as desk:
        agent = desk.known(email)
        people_passwords.put(agent, typed)
        people_links.withdraw(desk.scene, agent)
        people_sessions.end_all(desk.scene, agent)
        audit.note(desk.scene, None, "password_set", agent.name, by=BY)
    say(language, "user.changed", email=email.strip().lower())


@command.command()
@email_option
@language_option
def link(email: str, language: str) -> None:
    """Print a link by which an agent sets a password, once: where no mail server is set."""
    with _desk(language) as desk:
        agent = desk.known(email)
        if not agent.active:
            refuse(language, "user.has_left", email=agent.email)
        made = people_links.make(desk.scene, agent)
        audit.note(desk.scene, None, "link_made", agent.name, by=BY)
        token = people_links.token(Vault(desk.settings.secret_key), made)
        zone, now = desk.scene.policy.zone, desk.scene.now
        until = written(made.expires_at, now, language, zone)
    click.echo(f"{desk.settings.public_url}/password/{token}")
    click.echo(WORDS.text(language, "user.link_until", until=until), err=True)


@dataclass
class _Desk:
    """A command's scene, and the language in which it refuses."""

    scene: Scene
    settings: Settings
    language: str

    def email(self, typed: str) -> str:
        try:
            return people.email_of(typed)
        except Refused:
            refuse(self.language, "user.bad_email", email=typed)

    def find(self, email: str) -> Agent | None:
        return self.scene.session.scalars(select(Agent).where(Agent.email == email)).one_or_none()

    def known(self, typed: str) -> Agent:
        email = self.email(typed)
        return self.find(email) or refuse(self.language, "user.unknown", email=email)

    def check_phone(self, typed: str) -> None:
        """E.164, or refused with what was typed: it is no number, or one not to be called."""
        number = numbers.canonical(typed)
        if number is None:
            refuse(self.language, "user.bad_phone", phone=typed)
        dialling = self.scene.policy.dialling
        if reason := numbers.dialable(number, dialling, [self.scene.line_number]):
            why = explain(reason, self.language, self.scene.policy.zone, self.scene.now)
            refuse(self.language, "user.not_dialable", phone=typed, why=why)


@contextmanager
def _desk(language: str) -> Iterator[_Desk]:
    """The database of the settings, committed at the end; what is refused writes nothing."""
    settings = environment.settings()
    with refusals():
        policy = Policy.read(settings.policy_file)
    try:
        now = settings.clock()()
    except RequestException:
        refuse(language, "rota.no_clock", url=settings.twilio_api_base_url)
    engine = connect(settings.database_url)
    try:
        with sessions(engine).begin() as session:
            scene = Scene(session, policy, settings.line_number, now, settings.public_url)
            yield _Desk(scene, settings, language)
    except Refused as refused:
        raise click.ClickException(explain(refused.reason, language, policy.zone, now)) from refused
    finally:
        engine.dispose()


def _typed(language: str, from_stdin: bool) -> str:
    """The password, typed by whoever will use it: outside any transaction, as that takes time."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = click.prompt(
        WORDS.text(language, "user.ask_password"),
        hide_input=True,
        confirmation_prompt=WORDS.text(language, "user.ask_again"),
    )
    return typed
