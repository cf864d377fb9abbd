"""Moments, durations and the policy's file as options of a command, and its refusals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from ivr.checked_table import PolicyError
from ivr.durations import duration
from ivr.explain import explain
from ivr.open_time import HoursError
from ivr.policy import DEFAULT
from ivr.reason import Reason
from ivr.zones import exists, instant

policy_option = click.option(
    "--policy",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=DEFAULT,
    help="Policy file; by default the centre's own policy.toml.",
)


class Moment(click.ParamType[datetime]):
    """ISO 8601; without an offset it is local time of the policy's zone, which `aware` gives it."""

    name = "moment"

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime:
        try:
            return datetime.fromisoformat(str(value))
        except ValueError:
            return self.fail(f"{value!r} is no moment such as 2026-12-24T15:30", param, ctx)


class Duration(click.ParamType[timedelta]):
    name = "duration"

    def convert(self, value: Any, param: Any, ctx: Any) -> timedelta:
        try:
            return duration(str(value))
        except ValueError as error:
            return self.fail(str(error), param, ctx)


def moment_option(name: str, text: str, *, required: bool = True) -> Callable[..., Any]:
    return click.option(name, type=Moment(), required=required, metavar="T", help=text)


def aware(moment: datetime, zone: ZoneInfo, language: str) -> datetime:
    """The UTC moment meant: of a repeated local time the first; one that clocks skip is refused."""
    if moment.tzinfo is not None:
        return moment
    try:
        if exists(moment, zone):
            return instant(moment, zone)
    except OverflowError as error:
        raise HoursError(f"{moment.isoformat()} is at the end of the calendar") from error
    skipped = Reason("local_time.skipped", {"time": f"{moment:%Y-%m-%d %H:%M}", "zone": zone.key})
    raise click.ClickException(explain(skipped, language, zone, moment.replace(tzinfo=zone)))


def in_words(reason: Reason, language: str, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    """The reason as JSON, with its sentence."""
    return {**reason.as_json(), "text": explain(reason, language, zone, now)}


@contextmanager
def refusals() -> Iterator[None]:
    """Hours or a policy that make no sense end the command with their sentence, exit 1."""
    try:
        yield
    except (HoursError, PolicyError) as error:
        raise click.ClickException(str(error)) from error
