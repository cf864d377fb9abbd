"""A call as raw signed posts, for what the stand-in would never send: twice, late, out of order."""

from __future__ import annotations

import re
from html import unescape

import requests
from twilio.request_validator import RequestValidator

from tests.world import LINE, World


class Posts:
    """Posts to the world's web as Twilio does, for one call."""

    def __init__(self, line: World, caller: str, sid: str = "CA" + "1" * 32) -> None:
        self.line, self.caller, self.sid = line, caller, sid

    def post(self, path: str, **fields: str) -> str:
        """The TwiML (or nothing) that a signed post gets; anything but 200 or 204 raises."""
        url = self.line.line.settings.public_url + path
        form = {
            "AccountSid": self.line.line.settings.twilio_account_sid,
            "CallSid": self.sid,
            "CallStatus": "in-progress",
            "From": self.caller,
            "To": LINE,
            **fields,
        }
        signature = RequestValidator("token").compute_signature(url, form)
        answer = requests.post(
            url, data=form, headers={"X-Twilio-Signature": signature}, timeout=10
        )
        answer.raise_for_status()
        return answer.text


def action(twiml: str) -> str:
    """Where the answer to this TwiML is posted."""
    found = re.search(r'action="([^"]+)"', twiml)
    assert found, twiml
    return unescape(found[1])


def leg_url(twiml: str) -> str:
    """Where whoever is rung by this TwiML is asked for."""
    found = re.search(r' url="([^"]+)"', twiml)
    assert found, twiml
    return unescape(found[1])
