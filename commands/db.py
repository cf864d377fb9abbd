"""`p1line db`: brings the database to the newest migration, and says whether it agrees."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import click

import migrations
from commands import environment
from commands.wording import json_option, language_option, refuse, say


@click.group()
def command() -> None:
    """The database: migrate it, check it."""


@command.command()
@language_option
def migrate(language: str) -> None:
    """Bring the database (DATABASE_URL) to the newest migration; safe to run at each start.

    Exit 1 where it is not what this version works on all the same: nothing starts on it.
    """
    url = environment.settings().database_url
    migrations.migrate(url)
    if found := migrations.differences(url):
        refuse(language, "db.of_another_version", differences=_listed(found))
    say(language, "db.migrated")


@command.command()
@json_option
@language_option
def check(as_json: bool, language: str) -> None:
    """Compare the database to the models; exit 1 where they differ."""
    found = migrations.differences(environment.settings().database_url)
    if as_json:
        click.echo(json.dumps({"agrees": not found, "differences": found}))
        raise click.exceptions.Exit(1 if found else 0)
    if found:
        refuse(language, "db.differs", differences=_listed(found))
    say(language, "db.agrees")


def _listed(found: list[str]) -> str:
    return "\n".join(f"- {each}" for each in found)


@command.command()
@click.argument("message")
@language_option
def revise(message: str, language: str) -> None:
    """Write the migration from the newest one to the models: read it, and mend it by hand."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'empty.db'}"
        migrations.migrate(url)
        path = migrations.revise(url, message)
    say(language, "db.revised", path=path)
