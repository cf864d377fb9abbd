"""Which settings a command runs with: this terminal's, or those of the demo that was started here.

`make run` leaves its environment in `var/demo.env`, so that `p1line ...` works in any terminal.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import click

from settings import HERE, Settings, SettingsError


def folder() -> Path:
    """Where the demo keeps its database, secrets and letters; P1LINE_VAR moves it."""
    return Path(os.environ.get("P1LINE_VAR") or HERE / "var").resolve()


def load() -> Mapping[str, str]:
    """This process's environment; where it names no database, the demo's on top of it."""
    if os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"):
        return os.environ
    return {**os.environ, **read(folder() / "demo.env")}


def settings() -> Settings:
    """The settings of a command; a wrong or missing variable ends it with its sentence, exit 1."""
    try:
        return Settings.from_environ(load())
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def read(path: Path) -> dict[str, str]:
    """The variables of a file of NAME=value lines; none where there is no such file."""
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    return {name: value for name, found, value in (line.partition("=") for line in lines) if found}
