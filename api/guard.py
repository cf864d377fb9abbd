"""Who asks, and may they: before anything of a request is read (ASVS 4, 8, 9)."""

from __future__ import annotations

import re

from flask import current_app, request

from api.operation import Operation
from api.problems import Problem
from ivr import tokens
from ivr.database import reading
from ivr.models import ApiToken
from line import Line

LARGEST = 64 * 1024
"""Bytes of a request's body."""
_BEARER = re.compile(r"[Bb]earer +([A-Za-z0-9._~+/=-]{1,200})")


def the_line() -> Line:
    line: Line = current_app.extensions["line"]
    return line


def admit(operation: Operation) -> ApiToken:
    """The token that the request shows, counted, with the right that is asked for.

    No cookie is looked at: a browser that is signed in lends nobody its rights.
    """
    token = _shown()
    left = _count(token)
    if left < 0:
        seconds = 60 - the_line().clock().second
        raise Problem("too_many", headers={"Retry-After": str(seconds)})
    if operation.changes and not token.may_change:
        raise Problem("reads_only")
    if operation.right is not None and not tokens.may(token, operation.right):
        raise Problem("forbidden")
    if operation.person and token.agent_id is None:
        raise Problem("needs_person")
    return token


def limit_size() -> None:
    """Before a byte of the body is read; a body without a length is cut at the same place."""
    request.max_content_length = LARGEST
    if (request.content_length or 0) > LARGEST:
        raise Problem("too_large")


def _shown() -> ApiToken:
    authorization = request.headers.get("Authorization", "")
    found = _BEARER.fullmatch(authorization)
    line, token = the_line(), None
    if found is not None:
        with reading(line.sessions) as session:
            token = tokens.find(session, found[1], line.clock())
    if token is None:
        challenge = 'Bearer realm="p1line"'
        if authorization:
            challenge += ', error="invalid_token"'
        raise Problem("unauthenticated", headers={"WWW-Authenticate": challenge})
    return token


def _count(token: ApiToken) -> int:
    with the_line().scene() as scene:
        return tokens.count(scene, token)
