"""Reads a request by its operation's kinds: path, query and body, with every fault told at once."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from api.operation import Operation
from api.problems import Problem
from api.schema import Fault, Wrong, escaped


def path(operation: Operation, given: dict[str, str]) -> dict[str, Any]:
    """What no kind can read is the address of nothing."""
    try:
        return {name: kind.parse(given[name], "") for name, kind in operation.path_kinds.items()}
    except Wrong as error:
        raise Problem("not_found") from error


def query(operation: Operation) -> dict[str, Any]:
    """A name that is not known is a slip, and would make the answer another than the one meant."""
    found, faults = {}, []
    for name, values in request.args.lists():
        at = f"/query/{escaped(name)}"
        kind = operation.query.get(name)
        if kind is None:
            faults.append(Fault(at, "unknown"))
        elif len(values) > 1:
            faults.append(Fault(at, "twice"))
        else:
            try:
                found[name] = kind.parse(values[0], at)
            except Wrong as wrong:
                faults += wrong.faults
    if faults:
        raise Problem("invalid", faults=faults)
    return found


def headers(operation: Operation) -> dict[str, str]:
    """Those that the operation looks at and the request has."""
    found = {}
    for name, kind in operation.headers.items():
        if name in request.headers:
            try:
                found[name] = kind.read(request.headers[name].strip(), f"/header/{name}")
            except Wrong as wrong:
                raise Problem("invalid", faults=wrong.faults) from wrong
    if operation.guarded and "If-Match" not in found:
        raise Problem("unguarded")
    return found


def body(operation: Operation) -> dict[str, Any]:
    """An empty one is an empty object, where nothing need be told."""
    if operation.body is None:
        return {}
    sent = sent_bytes()
    if not sent and not any(member.required for member in operation.body.members.values()):
        return {}
    if request.mimetype != "application/json":
        raise Problem("not_json")
    try:
        value = json.loads(sent.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Problem("bad_json") from error
    try:
        return operation.body.read(value, "/body")
    except Wrong as wrong:
        raise Problem("invalid", faults=wrong.faults) from wrong


def sent_bytes() -> bytes:
    try:
        return request.get_data()
    except RequestEntityTooLarge as error:
        raise Problem("too_large") from error


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")
