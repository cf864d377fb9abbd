"""The OpenAPI 3.1 document, made of the table that requests are read by: it cannot drift."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from api import problems, shapes
from api.operation import JSON, Operation
from api.schema import Kind, ListOf, Member, Struct, structs_in
from api.table import OPERATIONS
from ivr.rights import RIGHTS

Document = dict[str, Any]
PREFIX = "/api/v1"
VERSION = "1.0.0"
_PROBLEM = problems.shape()
_CHANGED = {
    tag: problems.shape({"current": Member(shown), "changes": Member(ListOf(change))}, name)
    for tag, shown, change, name in (
        ("incidents", shapes.INCIDENT, shapes.EVENT, "IncidentChanged"),
        ("clients", shapes.CLIENT, shapes.CLIENT_CHANGE, "ClientChanged"),
    )
}
"""What a 412 tells beside the rest, by what it is about."""


@cache
def document(language: str, server: str) -> Document:
    """The whole of it, with its sentences in one language."""
    text = problems.words().text
    return {
        "openapi": "3.1.0",
        "info": {
            "title": text(language, "document.title"),
            "version": VERSION,
            "description": text(language, "document.description"),
        },
        "servers": [{"url": server + PREFIX}],
        "security": [{"token": []}],
        "tags": [
            {"name": tag, "description": text(language, f"tags.{tag}")}
            for tag in dict.fromkeys(operation.tag for operation in OPERATIONS)
        ],
        "paths": _paths(language),
        "components": {
            "schemas": {name: struct.written_out() for name, struct in _structs().items()},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": text(language, "document.token"),
                }
            },
            "responses": {key: _problem(language, key) for key in problems.STATUSES},
        },
    }


def _paths(language: str) -> Document:
    paths: Document = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _one(language, operation)
    return paths


def _one(language: str, operation: Operation) -> Document:
    text = problems.words().text
    written: Document = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": text(language, f"operations.{operation.name}"),
        "description": _rights(language, operation),
        "parameters": _parameters(language, operation),
        "responses": _responses(language, operation),
    }
    if operation.body is not None:
        required = any(member.required for member in operation.body.members.values())
        content = {JSON: {"schema": operation.body.document()}}
        written["requestBody"] = {"required": required, "content": content}
    return written


def _rights(language: str, operation: Operation) -> str:
    """What a token must have been given."""
    text = problems.words().text
    said = []
    if operation.right is not None:
        RIGHTS[operation.right]
        said.append(text(language, "document.right", right=operation.right))
    if operation.changes:
        said.append(text(language, "document.changes"))
    if operation.person:
        said.append(text(language, "document.person"))
    return " ".join(said)


def _parameters(language: str, operation: Operation) -> list[Document]:
    found = [
        {"name": name, "in": "path", "required": True, "schema": kind.document()}
        for name, kind in operation.path_kinds.items()
    ]
    found += [
        {"name": name, "in": "query", "required": False, "schema": kind.document()}
        for name, kind in operation.query.items()
    ]
    for name, header in operation.headers.items():
        said = problems.words().text(language, f"headers.{name.lower().replace('-', '_')}")
        needed = operation.guarded and name == "If-Match"
        schema = {"in": "header", "required": needed, "schema": header.document()}
        found.append({"name": name, **schema, "description": said})
    return found


def _responses(language: str, operation: Operation) -> Document:
    good: Document = {"description": problems.words().text(language, "document.good")}
    if operation.media != JSON:
        good["content"] = {operation.media: {}}
    elif operation.answers is not None:
        good["content"] = {JSON: {"schema": operation.answers.document()}}
    if operation.tagged:
        good["headers"] = {"ETag": {"schema": {"type": "string"}}}
    responses: Document = {str(operation.status): good}
    if "If-None-Match" in operation.headers:
        responses["304"] = {"description": problems.words().text(language, "document.same")}
    by_status: dict[str, list[str]] = {}
    for key in _problems(operation):
        by_status.setdefault(str(problems.STATUSES[key]), []).append(key)
    for status, keys in by_status.items():
        if keys == ["changed"]:
            responses[status] = _problem(language, "changed", _CHANGED[operation.tag])
        else:
            responses[status] = {"$ref": f"#/components/responses/{keys[0]}"}
    return responses


def _problems(operation: Operation) -> Iterable[str]:
    """Those that it can end in."""
    yield from ("invalid", "unauthenticated", "forbidden", "too_many", "too_large", "unavailable")
    if operation.exports:
        yield "refused"
    if operation.media != JSON:
        yield "not_fetched"
    if operation.path_kinds or "after" in operation.query:
        yield "not_found"
    if operation.body is not None:
        yield from ("bad_json", "not_json")
    if operation.changes:
        yield from ("refused", "key_reused")
    if operation.changes and operation.tagged:
        yield "changed"
    if operation.guarded:
        yield "unguarded"


def _problem(language: str, key: str, shape: Struct = _PROBLEM) -> Document:
    said = problems.words().text(language, f"problems.{key}.title")
    content = {"application/problem+json": {"schema": shape.document()}}
    return {"description": said, "content": content}


def _structs() -> Mapping[str, Struct]:
    kinds: list[Kind] = [_PROBLEM, *_CHANGED.values()]
    kinds += [operation.answers for operation in OPERATIONS if operation.answers is not None]
    found: dict[str, Struct] = {}
    for kind in kinds:
        found |= structs_in(kind)
    return dict(sorted(found.items()))
