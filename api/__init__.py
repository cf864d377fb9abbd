"""The JSON API, `/api/v1`: what the pages can do, for machines that show a bearer token.

`table.py` names every operation; from it come the routes, what is read of a request, and the
OpenAPI document. `blueprint` is registered without a prefix, and is exempt from CSRF: it looks at
no cookie. What goes wrong is told as RFC 9457 has it, also at an address that is none.
"""

from __future__ import annotations

import json
import logging

from flask import Blueprint, Response, redirect, request, url_for
from flask.blueprints import BlueprintSetupState
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule
from werkzeug.wrappers import Response as WerkzeugResponse

from api import dispatch, guard, openapi, problems
from api.operation import Method, Operation
from api.problems import Problem
from api.table import OPERATIONS
from console.words import Words
from ivr import incidents
from ivr.database import TooSlow
from ivr.reason import Reason
from ivr.rota.refusal import Refused as RotaRefused

__all__ = ["blueprint"]

log = logging.getLogger("p1line.api")
blueprint = Blueprint("api", __name__)
_SECONDS = "2"
"""After so long a database that was away may be there again."""


def openapi_document() -> Response:
    """For everybody: it holds nothing of any client."""
    if request.method not in ("GET", "HEAD"):
        raise Problem("not_allowed", headers={"Allow": "GET, HEAD"})
    server = guard.the_line().settings.public_url
    written = json.dumps(openapi.document(problems.language(), server), ensure_ascii=False)
    answer = Response(written, content_type="application/json")
    answer.headers["Content-Language"] = problems.language()
    return answer


def docs() -> WerkzeugResponse:
    """Where people read it; a problem's type leads here, and its name stays in the address."""
    return redirect(url_for("console.api_docs_page"), code=302)


def nothing_here(**_: str) -> Response:
    raise Problem("not_found")


@blueprint.record_once
def _route(state: BlueprintSetupState) -> None:
    """One rule an address, for every method that there is: what is wrong with it is told by us."""
    by_path: dict[str, dict[Method, Operation]] = {}
    for operation in OPERATIONS:
        by_path.setdefault(operation.path, {})[operation.method] = operation
    for path, operations in by_path.items():
        name = next(iter(operations.values())).name
        address = path.replace("{", "<").replace("}", ">")
        _add(state, f"{openapi.PREFIX}{address}", name, dispatch.view(operations))
    _add(state, f"{openapi.PREFIX}/openapi.json", "openapi_document", openapi_document)
    _add(state, problems.AT, "docs", docs)
    state.app.extensions["openapi"] = openapi.document
    for address in ("/api", "/api/<path:rest>"):
        _add(state, address, "nothing_here", nothing_here)


def _add(state: BlueprintSetupState, address: str, name: str, view: object) -> None:
    endpoint = f"{state.blueprint.name}.{name}"
    state.app.url_map.add(Rule(address, endpoint=endpoint, strict_slashes=False))
    state.app.view_functions[endpoint] = view  # type: ignore[assignment]


@blueprint.after_request
def _add_headers(response: Response) -> Response:
    """Nothing is kept on the way, nothing is taken for a page, and no other site may read it."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Vary"] = "Accept-Language, Authorization"
    if guard.the_line().settings.public_url.startswith("https://"):
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response


# What goes wrong -----------------------------------------------------------------------------


@blueprint.errorhandler(Problem)
def _problem(problem: Problem) -> Response:
    return problems.answer(problem)


@blueprint.errorhandler(incidents.Refused)
@blueprint.errorhandler(RotaRefused)
def _refused(refused: incidents.Refused | RotaRefused) -> Response:
    return problems.answer(
        Problem("refused", detail=_said(refused.reason), rule=refused.reason.key)
    )


@blueprint.errorhandler(OperationalError)
@blueprint.errorhandler(PoolTimeout)
@blueprint.errorhandler(TooSlow)
def _unavailable(error: Exception) -> Response:
    """The database is away, or somebody keeps what we wait for: the same again may well work."""
    log.error("no database for the API (%s)", type(error).__name__)
    return problems.answer(Problem("unavailable", headers={"Retry-After": _SECONDS}))


@blueprint.errorhandler(HTTPException)
def _other(error: HTTPException) -> Response:
    """What Flask itself refuses, and what we did not foresee."""
    known = {404: "not_found", 405: "not_allowed", 413: "too_large", 400: "bad_json"}
    return problems.answer(Problem(known.get(error.code or 500, "failed")))


def _said(reason: Reason) -> str:
    """The rule, in the words of the pages."""
    line = guard.the_line()
    return Words(problems.language(), line.clock(), line.policy.zone).refusal(reason)
