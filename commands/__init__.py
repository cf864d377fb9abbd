"""The command `p1line`: one module a subcommand, each with --help, --json where machines read."""

from __future__ import annotations

import importlib

import click

SUBCOMMANDS = (
    "call",
    "clock",
    "contacts",
    "db",
    "doctor",
    "fallback",
    "hours",
    "menu",
    "month",
    "oncall",
    "outage",
    "phone",
    "reconcile",
    "rota",
    "seed",
    "simulate",
    "sla",
    "twilio",
    "user",
)


class Lazy(click.Group):
    """Imports a subcommand's module only when it is asked for, so that each starts quickly."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in SUBCOMMANDS:
            return None
        command: click.Command = importlib.import_module(f"commands.{name}").command
        return command


@click.group(cls=Lazy)
def main() -> None:
    """The phone line of a support centre, from the terminal."""
