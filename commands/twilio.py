"""`p1line twilio configure`: tells Twilio's number where the line answers."""

from __future__ import annotations

import json
from typing import NoReturn

import click
from requests.exceptions import RequestException
from twilio.base.exceptions import TwilioException

from commands import environment
from commands.wording import WORDS, json_option, language_option, refuse, say
from jobs import own_number
from jobs.own_number import Setting
from settings import Settings

UNAUTHORISED, NOT_FOUND, SERVER_ERROR = 401, 404, 500


@click.group()
def command() -> None:
    """The number at Twilio."""


@command.command()
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@click.option(
    "--fallback-url",
    metavar="URL",
    help="Where Twilio goes, with GET, when the line does not answer: static TwiML on another "
    "host. Without it: PUBLIC_URL/voice/fallback.",
)
@json_option
@language_option
def configure(dry_run: bool, fallback_url: str | None, as_json: bool, language: str) -> None:
    """Set the addresses of the number P1LINE_NUMBER at Twilio to those of PUBLIC_URL."""
    settings = environment.settings()
    try:
        number = own_number.find(settings)
        addresses = own_number.wanted(settings.public_url, fallback_url)
        changes = own_number.compare(number, addresses)
        fresh = {each.setting: each.after for each in changes if each.before != each.after}
        if fresh and not dry_run:
            number.update(**fresh)
    except own_number.OnTrunk:
        refuse(language, "twilio.trunk")
    except own_number.NotOurs:
        refuse(language, "twilio.not_ours", number=settings.line_number)
    except TwilioException as error:
        _explain(error, settings, language)
    except RequestException:
        refuse(language, "twilio.unreachable", url=settings.twilio_api_base_url)
    if as_json:
        rows = [vars(each) for each in changes]
        click.echo(json.dumps({"changed": bool(fresh) and not dry_run, "settings": rows}))
    else:
        _show(settings.line_number, changes, dry_run, language)


def _show(number: str, changes: list[Setting], dry_run: bool, language: str) -> None:
    nothing = WORDS.text(language, "twilio.nothing")
    say(language, "twilio.number", number=number)
    for each in changes:
        before, after = each.before or nothing, each.after or nothing
        if each.before == each.after:
            say(language, "twilio.same", setting=each.setting, value=after)
        else:
            say(language, "twilio.changes", setting=each.setting, before=before, after=after)
    if all(each.before == each.after for each in changes):
        say(language, "twilio.right")
    else:
        say(language, "twilio.dry_run" if dry_run else "twilio.done")


def _explain(error: TwilioException, settings: Settings, language: str) -> NoReturn:
    status, code, message = own_number.refusal(error)
    # An account that does not exist is "not found"; the list of its numbers never is.
    if status in (UNAUTHORISED, NOT_FOUND):
        refuse(language, "twilio.credentials")
    if status >= SERVER_ERROR:
        refuse(language, "twilio.unreachable", url=settings.twilio_api_base_url)
    refuse(language, "twilio.refused", code=code, message=message)
