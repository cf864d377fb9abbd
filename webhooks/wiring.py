"""How a view reaches the parts that app.py wired, and answers in TwiML."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import Response, current_app

if TYPE_CHECKING:
    from line import Line


def line() -> Line:
    return cast("Line", current_app.extensions["line"])


def xml(twiml: str) -> Response:
    return Response(twiml, content_type="text/xml; charset=utf-8")


def empty() -> Response:
    """The answer to a status callback: nothing to do (204)."""
    return Response(status=204)
