"""A small application of Twilio, for tests of the stand-in: it answers what a test tells it to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, Response, request
from twilio.request_validator import RequestValidator

TOKEN = "a token"
BASE = "http://app.test"
Answer = str | Response | Callable[[dict[str, str]], "str | Response"]


@dataclass
class Asked:
    """A webhook as it arrived."""

    path: str
    method: str
    form: dict[str, str]
    token: str


class Application:
    """`says[path]` is TwiML (the root element may be left out), a response, or makes one of the
    form. A path that is not there answers 404. Refuses a webhook that is not signed.
    """

    def __init__(self) -> None:
        self.says: dict[str, Answer] = {}
        self.asked: list[Asked] = []
        self.wsgi = Flask(__name__)
        self.wsgi.add_url_rule("/", view_func=self._view, methods=["GET", "POST"])
        self.wsgi.add_url_rule("/<path:_>", view_func=self._view, methods=["GET", "POST"])

    def forms(self, path: str) -> list[dict[str, str]]:
        return [asked.form for asked in self.asked if asked.path == path]

    @property
    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def _view(self, _: str = "") -> Response:
        signature = request.headers.get("X-Twilio-Signature", "")
        url = request.base_url + ("?" + request.query_string.decode()).removesuffix("?")
        if not RequestValidator(TOKEN).validate(url, request.form, signature):
            return Response(status=403)
        form = request.values.to_dict()
        token = request.headers["I-Twilio-Idempotency-Token"]
        self.asked.append(Asked(request.path, request.method, form, token))
        answer = self.says.get(request.path, Response(status=404))
        if callable(answer) and not isinstance(answer, Response):
            answer = answer(form)
        return twiml(answer) if isinstance(answer, str) else answer


def twiml(text: str) -> Response:
    whole = text if text.lstrip().startswith("<?xml") else f"<Response>{text}</Response>"
    return Response(whole, content_type="text/xml")
