"""`p1line simulate`: a call that rings nobody, sentence by sentence, with the reasons."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

import click
from sqlalchemy.exc import SQLAlchemyError

from commands import environment, simulated
from commands.moments import aware, moment_option, refusals
from commands.wording import json_option, language_option, refuse
from ivr import numbers
from ivr.database import connect, sessions
from ivr.policy import Policy
from ivr.simulate import Answer, NoClient, Simulation, simulate
from ivr.simulate.rehearsal import Endless
from ivr.simulate.story import read_answers
from settings import Settings


@click.command()
@click.option("--client", metavar="NUMBER", help="The client whose super user calls.")
@moment_option("--at", "When the call comes in; without an offset it is local time.")
@click.option(
    "--from",
    "caller",
    metavar="NUMBER",
    help="The phone that calls, or 'anonymous'; by default that of the client's super user of the "
    "shift.",
)
@click.option(
    "--keys",
    metavar="ANSWERS",
    help="What the caller does, prompt by prompt: keys, silence, hang-up, say:WORDS; between them "
    "spaces, or commas where words have spaces. By default the plain way to a person: everything "
    "is down, in production, no message.",
)
@json_option
@language_option
def command(
    client: str | None,
    at: datetime,
    caller: str | None,
    keys: str | None,
    as_json: bool,
    language: str,
) -> None:
    """Play a call at T without ringing anybody or writing anything, and say why it goes so.

    The real dialogue runs on the data as they are now: sentences, keys, reasons, whose phones
    would ring in what order, what follows where nobody accepts, and the due time.
    """
    if client is None and (caller is None or keys is None):
        raise click.UsageError("--client is needed, or both --from and --keys")
    settings = environment.settings()
    with refusals():
        policy = Policy.read(settings.policy_file)
        at = aware(at, policy.zone, language)
        number = _number(caller, language)
        told = _simulated(settings, policy, at, client, number, _answers(keys), language)
    if as_json:
        click.echo(json.dumps(simulated.facts(told, policy, language), ensure_ascii=False))
    else:
        click.echo("\n".join(simulated.Story(told, policy, language).lines()))


def _number(caller: str | None, language: str) -> str | None:
    if caller is None or numbers.withheld(caller):
        return caller
    number = numbers.canonical(caller)
    if number is None:
        refuse(language, "simulate.bad_number", number=caller)
    return number


def _answers(keys: str | None) -> Sequence[Answer] | None:
    if keys is None:
        return None
    try:
        return read_answers(keys)
    except ValueError as error:
        sentence = f"{error}: digits, * and #, silence, hang-up or say:WORDS belong here"
        raise click.BadParameter(sentence, param_hint="--keys") from error


def _simulated(
    settings: Settings,
    policy: Policy,
    at: datetime,
    client: str | None,
    caller: str | None,
    answers: Sequence[Answer] | None,
    language: str,
) -> Simulation:
    engine = connect(settings.database_url)
    try:
        return simulate(
            sessions(engine),
            policy,
            settings.line_number,
            at,
            client=client,
            caller=caller,
            answers=answers,
        )
    except NoClient:
        refuse(language, "simulate.no_client", client=client)
    except Endless:
        refuse(language, "simulate.endless")
    except SQLAlchemyError as error:
        refuse(language, "simulate.no_database", error=type(error).__name__)
    finally:
        engine.dispose()
