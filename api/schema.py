"""The shapes of what comes in and goes out: lists and objects of plain kinds (api/kinds.py).

One table of these both checks a request and stands in the OpenAPI document, so that they cannot
drift.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from api.kinds import Choice, Day, Document, Fault, Flag, Kind, Moment, Plain, Text, Whole, Wrong

__all__ = [
    "Anything", "Choice", "Day", "Document", "Fault", "Flag", "Kind", "ListOf", "Member", "Moment",
    "Optional", "Struct", "Text", "Whole", "Wrong", "escaped", "structs_in",
]  # fmt: skip


@dataclass(frozen=True)
class Optional:
    """The kind, or null."""

    kind: Kind

    def document(self) -> Document:
        return {"anyOf": [self.kind.document(), {"type": "null"}]}

    def read(self, value: Any, at: str) -> Any:
        return None if value is None else self.kind.read(value, at)

    def parse(self, text: str, at: str) -> Any:
        return self.kind.parse(text, at)

    def write(self, value: Any) -> Any:
        return None if value is None else self.kind.write(value)


@dataclass(frozen=True)
class ListOf:
    """So many of one kind, at most."""

    kind: Kind
    longest: int = 100
    distinct: bool = False

    def document(self) -> Document:
        unique = {"uniqueItems": True} if self.distinct else {}
        return {
            "type": "array", "items": self.kind.document(), "maxItems": self.longest, **unique
        }  # fmt: skip

    def read(self, value: Any, at: str) -> list[Any]:
        if not isinstance(value, list):
            raise Wrong(Fault(at, "list"))
        if len(value) > self.longest:
            raise Wrong(Fault(at, "too_many", {"longest": self.longest}))
        found = _all(lambda n: self.kind.read(value[n], f"{at}/{n}"), range(len(value)))
        if self.distinct and len(set(found)) != len(found):
            raise Wrong(Fault(at, "twice"))
        return found

    def parse(self, text: str, at: str) -> list[Any]:
        return self.read(text.split(","), at)

    def write(self, value: Iterable[Any]) -> list[Any]:
        return [self.kind.write(each) for each in value]


@dataclass(frozen=True)
class Anything(Plain):
    """An object of names and plain values, which changes with what it tells of. Only written."""

    def document(self) -> Document:
        return {"type": "object", "additionalProperties": True}


@dataclass(frozen=True)
class Member:
    """Of a struct: its kind, whether it must be there, and how it is got out of what is shown."""

    kind: Kind
    required: bool = True
    get: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Struct:
    """An object with these members and no others. With a name it stands in `components`."""

    members: Mapping[str, Member]
    name: str = ""

    def document(self) -> Document:
        if self.name:
            return {"$ref": f"#/components/schemas/{self.name}"}
        return self.written_out()

    def written_out(self) -> Document:
        return {
            "type": "object",
            "properties": {name: each.kind.document() for name, each in self.members.items()},
            "required": [name for name, each in self.members.items() if each.required],
            "additionalProperties": False,
        }

    def read(self, value: Any, at: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Wrong(Fault(at, "object"))
        strange = value.keys() - self.members.keys()
        faults = [Fault(f"{at}/{escaped(name)}", "unknown") for name in strange]
        for name, member in self.members.items():
            if member.required and name not in value:
                faults.append(Fault(f"{at}/{name}", "missing"))
        if faults:
            raise Wrong(*sorted(faults, key=lambda fault: fault.at))
        there = [name for name in self.members if name in value]
        read = _all(lambda name: self.members[name].kind.read(value[name], f"{at}/{name}"), there)
        return dict(zip(there, read, strict=True))

    def parse(self, text: str, at: str) -> Any:
        raise NotImplementedError("an object does not stand in an address")

    def write(self, value: Any) -> Document:
        """By each member's `get`, or what has its name in `value`."""
        return {
            name: member.kind.write(_got(value, name, member))
            for name, member in self.members.items()
        }

    def structs(self) -> dict[str, Struct]:
        """Those that have a name, this one and within it."""
        found = {self.name: self} if self.name else {}
        for member in self.members.values():
            found |= structs_in(member.kind)
        return found


def _got(value: Any, name: str, member: Member) -> Any:
    if member.get is not None:
        return member.get(value)
    return value[name] if isinstance(value, dict) else getattr(value, name)


def structs_in(kind: Kind) -> dict[str, Struct]:
    if isinstance(kind, Struct):
        return kind.structs()
    inner = getattr(kind, "kind", None)
    return structs_in(inner) if inner is not None else {}


def _all(read: Callable[[Any], Any], places: Iterable[Any]) -> list[Any]:
    """Reads them all, and tells of every fault at once."""
    found: list[Any] = []
    faults: list[Fault] = []
    for place in places:
        try:
            found.append(read(place))
        except Wrong as wrong:
            faults += wrong.faults
    if faults:
        raise Wrong(*faults)
    return found


def escaped(name: str) -> str:
    """A name within a JSON pointer (RFC 6901), cut where somebody plays with us."""
    clean = "".join(letter if letter.isprintable() else "?" for letter in name[:40])
    return clean.replace("~", "~0").replace("/", "~1")
