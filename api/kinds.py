"""The plain kinds of value: each says itself as JSON Schema, and reads what was sent.

Reading raises `Wrong`, with a JSON pointer to the place and a key of the catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Protocol

Document = dict[str, Any]
_CLEAN = r"^[^\u0000]*$"
_MOMENT = re.compile(
    r"(20\d\d-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_WHOLE = re.compile(r"-?(0|[1-9]\d{0,17})", re.ASCII)


@dataclass(frozen=True)
class Fault:
    """`at`: where, as a JSON pointer; `key`: a sentence of `faults`, which `facts` fill, or `said`,
    where a rule has said it in its own words."""

    at: str
    key: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    said: str = ""


class Wrong(Exception):
    """It does not have the shape that it must have."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(", ".join(f"{fault.at} {fault.key}" for fault in faults))
        self.faults = faults


class Kind(Protocol):
    """A kind of value. `read` takes what JSON holds, `parse` what an address holds."""

    def document(self) -> Document: ...
    def read(self, value: Any, at: str) -> Any: ...
    def parse(self, text: str, at: str) -> Any: ...
    def write(self, value: Any) -> Any: ...


class Plain:
    """Is written as it is, and stands in an address as it stands in JSON."""

    def read(self, value: Any, at: str) -> Any:
        raise NotImplementedError

    def parse(self, text: str, at: str) -> Any:
        return self.read(text, at)

    def write(self, value: Any) -> Any:
        return value


@dataclass(frozen=True)
class Text(Plain):
    """A string of so many characters; never with the character that no database keeps."""

    longest: int = 4000
    shortest: int = 0
    pattern: str = _CLEAN

    def document(self) -> Document:
        written: Document = {"type": "string"}
        if self.pattern:
            written |= {"pattern": self.pattern}
        if self.pattern == _CLEAN:  # any other says itself how long it is
            written |= {"maxLength": self.longest}
            written |= {"minLength": self.shortest} if self.shortest else {}
        return written

    def read(self, value: Any, at: str) -> str:
        if not isinstance(value, str):
            raise Wrong(Fault(at, "text"))
        if not self.shortest <= len(value) <= self.longest:
            facts = {"shortest": self.shortest, "longest": self.longest}
            raise Wrong(Fault(at, "length", facts))
        if not re.search(self.pattern, value) or "\0" in value or not _is_unicode(value):
            raise Wrong(Fault(at, "pattern"))
        return value


@dataclass(frozen=True)
class Whole(Plain):
    """A whole number; of a row's number the largest that a database holds."""

    least: int = 0
    most: int = 2_147_483_647

    def document(self) -> Document:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}

    def read(self, value: Any, at: str) -> int:
        if isinstance(value, float) and value.is_integer():  # JSON does not tell 1.0 from 1
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise Wrong(Fault(at, "whole"))
        if not self.least <= value <= self.most:
            raise Wrong(Fault(at, "range", {"least": self.least, "most": self.most}))
        return value

    def parse(self, text: str, at: str) -> int:
        if not _WHOLE.fullmatch(text):
            raise Wrong(Fault(at, "whole"))
        return self.read(int(text), at)


@dataclass(frozen=True)
class Flag(Plain):
    """True or false."""

    def document(self) -> Document:
        return {"type": "boolean"}

    def read(self, value: Any, at: str) -> bool:
        if not isinstance(value, bool):
            raise Wrong(Fault(at, "flag"))
        return value

    def parse(self, text: str, at: str) -> bool:
        if text not in ("true", "false"):
            raise Wrong(Fault(at, "flag"))
        return text == "true"


@dataclass(frozen=True)
class Choice(Plain):
    """One of some words."""

    of: Sequence[str]

    def document(self) -> Document:
        return {"type": "string", "enum": list(self.of)}

    def read(self, value: Any, at: str) -> str:
        if not isinstance(value, str) or value not in self.of:
            raise Wrong(Fault(at, "choice", {"choices": ", ".join(self.of)}))
        return value


@dataclass(frozen=True)
class Moment:
    """A moment with its offset (RFC 3339), of the years 2000 to 2099; aware UTC within."""

    def document(self) -> Document:
        return {"type": "string", "format": "date-time", "pattern": "^20[0-9]{2}-"}

    def read(self, value: Any, at: str) -> datetime:
        found = _MOMENT.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            raise Wrong(Fault(at, "moment"))
        text = f"{found[1]}{(found[2] or '')[:7]}{found[3]}".upper()
        try:
            return datetime.fromisoformat(text).astimezone(UTC)
        except ValueError as error:
            raise Wrong(Fault(at, "moment")) from error

    def parse(self, text: str, at: str) -> datetime:
        return self.read(text, at)

    def write(self, value: datetime) -> str:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True)
class Day:
    """A date of the calendar (RFC 3339)."""

    def document(self) -> Document:
        return {"type": "string", "format": "date"}

    def read(self, value: Any, at: str) -> date:
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            raise Wrong(Fault(at, "day"))
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise Wrong(Fault(at, "day")) from error

    def parse(self, text: str, at: str) -> date:
        return self.read(text, at)

    def write(self, value: date) -> str:
        return value.isoformat()


def _is_unicode(text: str) -> bool:
    """No half of a surrogate pair: JSON can write one, no database keeps it."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)
