"""`p1line twilio configure`: tells Twilio's number where the line answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NoReturn

import click
from requests.exceptions import RequestException
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.response import Response

from commands import environment
from commands.wording import WORDS, json_option, language_option, refuse, say
from jobs.phone import client
from settings import Settings

UNAUTHORISED, NOT_FOUND, SERVER_ERROR = 401, 404, 500


@dataclass(frozen=True)
class Change:
    """One setting of the number; its name is that of Twilio's REST API, in snake case."""

    setting: str
    before: str
    after: str


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
        number = _number(settings, language)
        changes = _changes(number, wanted(settings.public_url, fallback_url))
        fresh = {each.setting: each.after for each in changes if each.before != each.after}
        if fresh and not dry_run:
            number.update(**fresh)
    except TwilioException as error:
        _explain(error, settings, language)
    except RequestException:
        refuse(language, "twilio.unreachable", url=settings.twilio_api_base_url)
    if as_json:
        rows = [vars(each) for each in changes]
        click.echo(json.dumps({"changed": bool(fresh) and not dry_run, "settings": rows}))
    else:
        _show(settings.line_number, changes, dry_run, language)


def wanted(public_url: str, fallback_url: str | None = None) -> dict[str, str]:
    """The number's settings (twilio.com/docs/phone-numbers/api/incomingphonenumber-resource).

    An application would win over the addresses, so there is none.
    """
    return {
        "voice_application_sid": "",
        "voice_url": f"{public_url}/voice",
        "voice_method": "POST",
        "voice_fallback_url": fallback_url or f"{public_url}/voice/fallback",
        "voice_fallback_method": "GET" if fallback_url else "POST",
        "status_callback": f"{public_url}/voice/status",
        "status_callback_method": "POST",
        "sms_application_sid": "",
        "sms_url": f"{public_url}/sms",
        "sms_method": "POST",
    }


def _number(settings: Settings, language: str) -> Any:
    found = client(settings).incoming_phone_numbers.list(
        phone_number=settings.line_number, limit=20
    )
    for number in found:  # Twilio also answers numbers that only contain these digits
        if number.phone_number == settings.line_number:
            if number.trunk_sid:
                refuse(language, "twilio.trunk")
            return number
    return refuse(language, "twilio.not_ours", number=settings.line_number)


def _changes(number: Any, settings: dict[str, str]) -> list[Change]:
    return [Change(name, getattr(number, name) or "", value) for name, value in settings.items()]


def _show(number: str, changes: list[Change], dry_run: bool, language: str) -> None:
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
    status, code, message = _refusal(error)
    # An account that does not exist is "not found"; the list of its numbers never is.
    if status in (UNAUTHORISED, NOT_FOUND):
        refuse(language, "twilio.credentials")
    if status >= SERVER_ERROR:
        refuse(language, "twilio.unreachable", url=settings.twilio_api_base_url)
    refuse(language, "twilio.refused", code=code, message=message)


def _refusal(error: TwilioException) -> tuple[int, int, str]:
    """Status, code and words of Twilio's answer; a list that failed keeps them elsewhere."""
    if isinstance(error, TwilioRestException):
        return error.status, error.code, error.msg
    answer = error.args[-1]
    if not isinstance(answer, Response):
        raise error
    try:
        body = json.loads(answer.text)
    except ValueError:
        body = {}
    return answer.status_code, body.get("code", 0), body.get("message", "")
