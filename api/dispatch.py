"""From a request to its answer: let in, read, done, told."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, request

from api import asking, guard, problems, versions
from api.operation import JSON, Answer, Asked, Method, Operation, Sound
from api.problems import Problem
from ivr import answers, audit
from ivr.database import reading
from ivr.models import Agent, ApiAnswer, ApiToken
from ivr.scene import Scene
from jobs import audio
from line import Line

log = logging.getLogger("p1line.api")


def view(operations: Mapping[Method, Operation]) -> Callable[..., Response]:
    """The view of one address, whatever its method."""

    def answer_request(**given: str) -> Response:
        operation = operations.get("GET" if request.method == "HEAD" else request.method)  # type: ignore[call-overload]
        if operation is None:
            allowed = ", ".join((*operations, *(["HEAD"] if "GET" in operations else [])))
            raise Problem("not_allowed", headers={"Allow": allowed})
        return _answer(operation, given)

    return answer_request


def _answer(operation: Operation, given: dict[str, str]) -> Response:
    guard.limit_size()
    token = guard.admit(operation)
    asked = _asked(operation, token, given)
    return _change(operation, asked) if operation.changes else _look(operation, asked)


def _asked(operation: Operation, token: ApiToken, given: dict[str, str]) -> dict[str, Any]:
    """Everything but the scene."""
    return {
        "token": token,
        "language": problems.language(),
        "path": asking.path(operation, given),
        "query": asking.query(operation),
        "body": asking.body(operation),
        "headers": asking.headers(operation),
    }


def _look(operation: Operation, asked: dict[str, Any]) -> Response:
    line = guard.the_line()
    with reading(line.sessions) as session:
        scene = Scene(session, line.policy, line.settings.line_number, line.clock())
        answer = operation.handler(Asked(scene, **asked))
    sound = _fetch(line, answer.body) if isinstance(answer.body, Sound) else None
    if operation.exports:
        _note(line, asked["token"], "report_exported", operation.exports)
    if answer.note:
        with line.scene() as scene:
            answer.note(scene)
    if sound:
        heard = Response(sound.content, content_type=sound.content_type)
        heard.headers["Cache-Control"] = "no-store"
        return heard
    seen = asked["headers"].get("If-None-Match", "")
    if answer.etag and seen and versions.is_same(seen, answer.etag):
        return _headed(Response(status=304), answer.etag)
    return _told(answer)


def _fetch(line: Line, sound: Sound) -> audio.Audio:
    """Outside the transaction: Twilio may be slow."""
    try:
        return audio.fetch(line.settings, sound.sid)
    except audio.NotFetched as error:
        log.warning("recording %s for the API: %s", sound.sid, error)
        raise Problem("not_fetched") from error


def _change(operation: Operation, asked: dict[str, Any]) -> Response:
    line, key = guard.the_line(), asked["headers"].get("Idempotency-Key")
    with line.scene() as scene:
        kept = None
        if key:
            kept, fresh = answers.begin(scene, asked["token"], key, _request_hash())
            if not fresh:
                return _again(kept)
        answer = operation.handler(Asked(scene, **asked))
        _leave(scene, asked["token"], "api_changed", operation.name, **asked["path"])
        if kept is not None:
            kept.status, kept.etag, kept.location = answer.status, answer.etag, answer.location
            kept.body = _written(answer.body)
    return _told(answer)


def _note(line: Line, token: ApiToken, act: str, subject: str) -> None:
    with line.scene() as scene:
        _leave(scene, token, act, subject)


def _leave(scene: Scene, token: ApiToken, act: str, subject: str, **facts: Any) -> None:
    """A line in the audit: by whom the token acts as, and through which integration."""
    agent = scene.session.get(Agent, token.agent_id) if token.agent_id else None
    audit.note(scene, agent, act, subject, integration=token.name, **facts)


def _request_hash() -> str:
    """What was asked: the same key for something else is a mistake of whoever asks."""
    said = f"{request.method} {request.full_path}\n".encode() + asking.sent_bytes()
    return hashlib.sha256(said).hexdigest()


def _again(kept: ApiAnswer) -> Response:
    if kept.request_hash != _request_hash():
        raise Problem("key_reused")
    response = _made(kept.body, kept.status, kept.etag, kept.location)
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _told(answer: Answer) -> Response:
    return _made(_written(answer.body), answer.status, answer.etag, answer.location)


def _made(body: str, status: int, etag: str, location: str) -> Response:
    response = Response(body, status, content_type=JSON)
    response.headers["Content-Language"] = problems.language()
    if location:
        response.headers["Location"] = location
    return _headed(response, etag)


def _headed(response: Response, etag: str) -> Response:
    if etag:
        response.headers["ETag"] = etag
    return response


def _written(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
