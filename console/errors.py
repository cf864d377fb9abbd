"""What a person sees when a page cannot be shown; Twilio's requests keep their bare answers."""

from __future__ import annotations

from flask import Blueprint, g, make_response, request
from flask_wtf.csrf import CSRFError  # type: ignore[import-untyped]
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from console.headers import add_headers
from console.page import render
from console.session import recognise, to_sign_in
from console.sign_in import expired_form

SHOWN = (400, 403, 404, 405, 413, 500, 502)


def register(blueprint: Blueprint) -> None:
    blueprint.register_error_handler(CSRFError, _form_expired)
    for code in SHOWN:
        blueprint.register_error_handler(code, _error_page)
    for code in (404, 405):
        blueprint.app_errorhandler(code)(_elsewhere)


def _form_expired(error: CSRFError) -> Response | tuple[str, int]:
    """The check comes before all else: whose page it was is not known yet."""
    recognise()
    if request.endpoint == "console.sign_in":
        return expired_form()
    return to_sign_in() if g.agent is None else _error_page(error)


def _error_page(error: HTTPException) -> tuple[str, int]:
    code = error.code if error.code in SHOWN else 500
    if "agent" not in g:  # refused before anybody asked who it is, as what is too large
        recognise()
    return render("error.html", code=code), code


def _elsewhere(error: HTTPException) -> Response | HTTPException:
    """An address that no part has; what another part refuses itself stays as it says it."""
    if request.blueprint not in (None, "console"):
        return error
    recognise()
    return add_headers(make_response(*_error_page(error)))
