"""One row of the table of operations: what is asked for, by whom, and how it is answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from api.schema import Kind, Struct, Text
from ivr.models import Agent, ApiToken
from ivr.scene import Scene

Method = Literal["GET", "POST", "PUT", "DELETE"]
JSON = "application/json"
KEY = Text(255, 1, r"^[!-~]{1,255}$")
TAGS = Text(8190, 0, "")
"""Of If-Match and If-None-Match (RFC 9110): what is no tag of ours is the tag of nothing."""


@dataclass
class Asked:
    """A request that has been let in and read. `scene` is a transaction, or reads only."""

    scene: Scene
    token: ApiToken
    language: str
    path: Mapping[str, Any]
    query: Mapping[str, Any]
    body: Mapping[str, Any]
    headers: Mapping[str, str]
    """Those that the operation looks at and the request has."""

    @property
    def agent(self) -> Agent:
        """As whom the token acts: the guard has seen to it that there is somebody."""
        agent = self.scene.session.get(Agent, self.token.agent_id) if self.token.agent_id else None
        if agent is None:
            raise LookupError("this operation needs a person")
        return agent


@dataclass(frozen=True)
class Sound:
    """The sound of a recording at Twilio, in the place of what JSON can tell."""

    sid: str


@dataclass(frozen=True)
class Answer:
    """`body` none: there is nothing to tell (204)."""

    body: Any
    status: int = 200
    etag: str = ""
    location: str = ""
    note: Callable[[Scene], None] | None = None
    """Writes down that it was looked at, before it is given."""


@dataclass(frozen=True)
class Operation:
    """`right`: of ivr/rights.py; none: whoever has a token may."""

    name: str
    """Its `operationId`, and the key of its words: `operations.{name}`."""
    method: Method
    path: str
    """Below /api/v1, with its parameters as {name}."""
    handler: Callable[[Asked], Answer]
    right: str | None
    tag: str
    answers: Kind | None
    """What the body of its answer is like; none: there is none."""
    path_kinds: Mapping[str, Kind] = field(default_factory=dict)
    query: Mapping[str, Kind] = field(default_factory=dict)
    body: Struct | None = None
    status: int = 200
    person: bool = False
    """It needs a token that acts as an agent: it is a person's explicit act (law 7)."""
    guarded: bool = False
    """If-Match must name the version that was seen: what somebody else has done is not lost."""
    tagged: bool = False
    """Its answer has an ETag."""
    media: str = JSON
    """The type of its answer (RFC 9110); a range where Twilio chooses."""
    exports: str = ""
    """A report of that name: reading it leaves a line in the audit."""

    @property
    def changes(self) -> bool:
        return self.method != "GET"

    @property
    def headers(self) -> Mapping[str, Text]:
        """Those that it looks at; only If-Match may be needed, where it is `guarded`."""
        found = {}
        if self.tagged:
            found["If-Match" if self.changes else "If-None-Match"] = TAGS
        if self.method == "POST":
            found["Idempotency-Key"] = KEY
        return found
