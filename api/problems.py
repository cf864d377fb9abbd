"""What goes wrong, told as RFC 9457 has it, in the language asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from flask import Response, current_app, request

from api.schema import Choice, Fault, ListOf, Member, Struct, Text, Whole
from ivr.catalogue import LANGUAGES, Catalogue

STATUSES: Mapping[str, int] = {
    "bad_json": 400,
    "invalid": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "reads_only": 403,
    "needs_person": 403,
    "not_found": 404,
    "not_allowed": 405,
    "refused": 409,
    "changed": 412,
    "too_large": 413,
    "not_json": 415,
    "key_reused": 422,
    "unguarded": 428,
    "too_many": 429,
    "failed": 500,
    "not_fetched": 502,
    "unavailable": 503,
}
"""Each problem that there is, and its status."""
AT = "/api/v1/docs"

FAULT = Struct({"pointer": Member(Text()), "detail": Member(Text())}, "Fault")


class Problem(Exception):
    """`key` is one of `STATUSES`; `more` are members of the problem's own."""

    def __init__(
        self,
        key: str,
        *,
        detail: str = "",
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(key)
        self.key, self.detail, self.faults = key, detail, faults
        self.headers, self.more = dict(headers or {}), more


@cache
def words() -> Catalogue:
    return Catalogue(Path(__file__).parent / "words")


def language() -> str:
    """The language asked for; French where it is none of ours."""
    return request.accept_languages.best_match(LANGUAGES, LANGUAGES[0]) or LANGUAGES[0]


def _public_url() -> str:
    url: str = current_app.extensions["line"].settings.public_url
    return url


def shape(more: Mapping[str, Member] | None = None, name: str = "Problem") -> Struct:
    """What a problem is like in the document."""
    return Struct(
        {
            "type": Member(Text()),
            "title": Member(Text()),
            "status": Member(Whole(400, 599)),
            "code": Member(Choice(tuple(STATUSES))),
            "detail": Member(Text()),
            "errors": Member(ListOf(FAULT), required=False),
            "rule": Member(Text(), required=False),
            **(more or {}),
        },
        name,
    )


def answer(problem: Problem) -> Response:
    spoken, status = language(), STATUSES[problem.key]
    text = words().text
    body: dict[str, Any] = {
        "type": f"{_public_url()}{AT}#{problem.key}",
        "title": text(spoken, f"problems.{problem.key}.title"),
        "status": status,
        "code": problem.key,
        "detail": problem.detail or text(spoken, f"problems.{problem.key}.detail"),
    }
    if problem.faults:
        body["errors"] = [
            {
                "pointer": fault.at,
                "detail": fault.said or text(spoken, f"faults.{fault.key}", **fault.facts),
            }
            for fault in problem.faults[:100]
        ]
    made = Response(
        json.dumps({**body, **problem.more}, ensure_ascii=False),
        status,
        content_type="application/problem+json",
    )
    made.headers["Content-Language"] = spoken
    made.headers.update(problem.headers)
    return made
