"""The way to the stand-in, from the server: the browser asks nobody but us."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, ParamSpec

from flask import Response, abort, jsonify

from console import page
from console.session import the_line
from standin.remote import Remote, RemoteError

P = ParamSpec("P")
_SID = re.compile(r"CA[0-9a-f]{32}")
NUMBER = re.compile(r"\+[1-9]\d{6,14}")
UNANSWERED = frozenset({"unreachable", "no_standin"})


class Refusal(Exception):
    """What cannot be done here; `code` has words, as those of the stand-in have."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def remote() -> Remote:
    """The stand-in of this request; it raises `RemoteError`."""
    return Remote(the_line().settings.twilio_api_base_url)


def answers(view: Callable[P, Any]) -> Callable[P, Response | tuple[Response, int]]:
    """The view's value as JSON, or why it was refused in words: 409, or 502 without a stand-in."""

    @functools.wraps(view)
    def answer(*args: P.args, **kwargs: P.kwargs) -> Response | tuple[Response, int]:
        try:
            return jsonify(view(*args, **kwargs) or {})
        except (Refusal, RemoteError) as refused:
            return jsonify(error=_said(refused.code)), 502 if refused.code in UNANSWERED else 409

    return answer


def known(sid: str) -> str:
    """The sid, where it has the shape of one; else 404: it becomes part of an address."""
    return sid if _SID.fullmatch(sid) else abort(404)


def _said(code: str) -> str:
    t = page.words()
    said = t.named("handsets.refused", code)
    return t("handsets.refused.other") if said == code else said
