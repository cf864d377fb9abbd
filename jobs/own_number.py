"""The line's number at Twilio: which of its settings lead to us, and what they should be.

https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.response import Response

from jobs.phone import client
from settings import Settings


class NotOurs(Exception):
    """The account has no such number."""


class OnTrunk(Exception):
    """A SIP trunk has the number: Twilio then asks the line nothing."""


@dataclass(frozen=True)
class Setting:
    """One setting of the number; its name is that of Twilio's REST API, in snake case."""

    setting: str
    before: str
    after: str


def find(settings: Settings) -> Any:
    """Twilio's own object of the number P1LINE_NUMBER.

    Raises `NotOurs`, `OnTrunk`, `TwilioException` where Twilio refuses, or a `requests` exception
    where it does not answer.
    """
    found = client(settings).incoming_phone_numbers.list(
        phone_number=settings.line_number, limit=20
    )
    for number in found:  # Twilio also answers numbers that only contain these digits
        if number.phone_number == settings.line_number:
            if number.trunk_sid:
                raise OnTrunk
            return number
    raise NotOurs


def wanted(public_url: str, fallback_url: str | None = None) -> dict[str, str]:
    """What the number's settings should be.

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


def compare(number: Any, settings: dict[str, str]) -> list[Setting]:
    """What each setting is, and what it should be."""
    return [Setting(name, getattr(number, name) or "", value) for name, value in settings.items()]


def refusal(error: TwilioException) -> tuple[int, int, str]:
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
