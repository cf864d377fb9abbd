"""`p1line fallback`: the static route, for when all of us is gone."""

from __future__ import annotations

import json
from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from commands import environment
from commands.wording import json_option, language_option, refuse, say
from ivr import numbers
from jobs.publish import Published, publish
from line import Line


@click.group()
def command() -> None:
    """The static route: who rings when our web process does not answer."""


@command.command("publish")
@click.option(
    "--to",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the static host; by default FALLBACK_DIR/public. Its address should be hard "
    "to guess: the documents hold the agents' numbers.",
)
@click.option(
    "--duty",
    multiple=True,
    metavar="NUMBER",
    help="Rings last, after the rota; may be repeated. By default FALLBACK_DUTY, or policy.toml's.",
)
@json_option
@language_option
def publish_command(to: Path | None, duty: tuple[str, ...], as_json: bool, language: str) -> None:
    """Write the linked TwiML documents, from the rota as it is now.

    Twilio's fallback address leads to menu.xml there, by GET: `p1line twilio configure
    --fallback-url https://host/folder/menu.xml`. The sweep writes FALLBACK_DIR/public again at
    each change of the rota, and before each handover.
    """
    line = Line.build(environment.settings())
    try:
        published = publish(line, to, [_dialable(line, each, language) for each in duty])
    except SQLAlchemyError as error:
        refuse(language, "fallback.no_database", error=type(error).__name__)
    except OSError as error:
        refuse(language, "fallback.not_written", error=error.strerror)
    if as_json:
        click.echo(json.dumps(_facts(published)))
        return
    facts = {"folder": published.folder, "phones": published.phones}
    say(language, "fallback.published" if published.changed else "fallback.same", **facts)
    if not published.phones:
        say(language, "fallback.nobody")


def _dialable(line: Line, given: str, language: str) -> str:
    number = numbers.canonical(given)
    own = (line.settings.line_number,)
    if number is None or numbers.dialable(number, line.policy.dialling, own):
        refuse(language, "fallback.bad_number", number=given)
    return number


def _facts(published: Published) -> dict[str, object]:
    return {
        "folder": str(published.folder),
        "start": "menu.xml",
        "at": published.at.isoformat(),
        "phones": published.phones,
        "changed": list(published.changed),
    }
