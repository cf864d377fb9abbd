"""`p1line rota`: who is on call, entered, looked at, checked, and exchanged with calendars."""

from __future__ import annotations

import click

from commands.rota_calendar import export, import_
from commands.rota_enter import override, remove_shift, shift, withdraw
from commands.rota_layers import layers
from commands.rota_look import check, gaps, show


@click.group()
def command() -> None:
    """The rota: rotations, shifts and replacements, by level.

    T is ISO 8601; without an offset it is local time of the policy's zone.
    """


for part in (show, gaps, check, override, withdraw, shift, remove_shift, layers, import_, export):
    command.add_command(part)
