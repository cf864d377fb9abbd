"""A reason that a rule gives for what it decided, kept as data and put into words at the edge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Fact = str | int | None


@dataclass(frozen=True)
class Reason:
    """`key` names a sentence of `ivr/reasons/`; `facts` fill it (moments as ISO 8601 in UTC)."""

    key: str
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"key": self.key, **self.facts}
