"""A super user as the form of §5 names one: what was typed, checked, and in one canonical form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from ivr import numbers
from ivr.catalogue import LANGUAGES
from ivr.clients import shifts
from ivr.folding import plain
from ivr.models import SuperUser
from ivr.policy import Policy
from ivr.reason import Fact, Reason

FIELDS = ("name", "function", "phone", "email", "language", "shifts")
"""What is typed of a person, and what the history tells: the extension stands with the phone."""
LONGEST = {"name": 60, "function": 80, "email": 254, "csa": 120, "client": 120}
"""Characters, at most."""
FORMULA = ("=", "+", "-", "@")
"""What no text may begin with: a spreadsheet would calculate it (ASVS 1.2.10)."""

_NAME = re.compile(r"[^\W\d_][^\d_=+@<>\[\]{}|\\/:;!?\"&%$#*~^`]*")
_EMAIL = re.compile(r"[^@\s<>\"',;]+@[^@\s<>\"',;]+\.[^@\s.<>\"',;]+")
Value = TypeVar("Value")


@dataclass(frozen=True)
class Problem:
    """Why what was typed in a field will not do."""

    field: str
    reason: Reason


class Wrong(Exception):
    """A field will not do; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.key)
        self.reason = reason


def wrong(key: str, **facts: Fact) -> Wrong:
    """With the sentence `clients.{key}` of the reasons."""
    return Wrong(Reason(f"clients.{key}", facts))


@dataclass(frozen=True)
class Person:
    """`phone` is E.164, one that the line may call."""

    name: str
    function: str
    phone: str
    extension: str
    email: str
    language: str
    shifts: tuple[str, ...]

    @property
    def same(self) -> tuple[str, str, str]:
        """Whoever has all of this in common is one person."""
        return plain(self.name), self.phone, self.extension

    def facts(self) -> dict[str, Any]:
        """The `FIELDS`, as the history keeps them."""
        phone = telephone(self.phone, self.extension)
        held = (self.name, self.function, phone, self.email, self.language, [*self.shifts])
        return dict(zip(FIELDS, held, strict=True))

    @classmethod
    def of(cls, user: SuperUser) -> Person:
        return cls(
            user.name,
            user.function,
            user.phone,
            user.extension,
            user.email,
            user.language,
            shifts.of(user),
        )


def telephone(phone: str, extension: str) -> str:
    """Both in one (RFC 3966): "+14504665592;ext=330"."""
    return f"{phone};ext={extension}" if extension else phone


def read(
    policy: Policy, line_number: str, typed: Mapping[str, str], known: Person | None = None
) -> tuple[Person | None, list[Problem]]:
    """The person whom the `FIELDS` describe, or what is wrong with each of them.

    A field that is missing, or a language left empty, stays what it is for the one who is `known`;
    whoever is new needs a name, a number and a shift.
    """
    if known is None:
        typed = {"name": "", "phone": "", "shifts": "", **typed}
    problems: list[Problem] = []

    def field(name: str, check: Callable[[str], Value], held: Value) -> Value:
        if name not in typed or (name == "language" and not typed[name].strip()):
            return held
        try:
            return check(typed[name])
        except Wrong as error:
            problems.append(Problem(name, error.reason))
            return held

    was = known or Person("", "", "", "", "", LANGUAGES[0], ())
    name = field("name", _name, was.name)
    function = field("function", lambda text: line_of(text, "function"), was.function)
    phone, extension = field(
        "phone", lambda text: called(policy, line_number, text), (was.phone, was.extension)
    )
    email = field("email", _email, was.email)
    language = field("language", _language, was.language)
    held = field("shifts", _shifts, was.shifts)
    if problems:
        return None, problems
    return Person(name, function, phone, extension, email, language, held), []


def line_of(text: str, field: str) -> str:
    """One line of plain text. Raises `Wrong` where a spreadsheet would calculate it, where it
    holds what cannot be seen, or is too long."""
    line = " ".join(unicodedata.normalize("NFC", text).split())
    if line.startswith(FORMULA):
        raise wrong("formula")
    if not line.isprintable():
        raise wrong("unseen")
    if len(line) > LONGEST[field]:
        raise wrong("too_long", longest=LONGEST[field])
    return line


def _name(text: str) -> str:
    name = line_of(text, "name")
    if not name:
        raise wrong("no_name")
    if not _NAME.fullmatch(name):
        raise wrong("bad_name")
    return name


def called(policy: Policy, line_number: str, text: str) -> tuple[str, str]:
    """The number, E.164, and the extension that were written in one field. Raises `Wrong`."""
    written, extension = numbers.split_extension(text[: 2 * numbers.LONGEST])
    if not written:
        raise wrong("no_phone")
    number = numbers.canonical(written)
    if number is None:
        raise wrong("bad_phone")
    if refused := numbers.dialable(number, policy.dialling, (line_number,)):
        raise Wrong(refused)
    return number, extension or ""


def _email(text: str) -> str:
    """Empty where there is none. Its domain is folded, and so is the rest: nobody tells them apart
    by capitals."""
    email = text.strip().lower()
    if email and (len(email) > LONGEST["email"] or not _EMAIL.fullmatch(email)):
        raise wrong("bad_email")
    if not email.isprintable():
        raise wrong("bad_email")
    return email


def _language(text: str) -> str:
    language = text.strip().lower()
    if language not in LANGUAGES:
        raise wrong("bad_language")
    return language


def _shifts(text: str) -> tuple[str, ...]:
    """Names of shifts, space-separated."""
    named = text.split()
    if not named:
        raise wrong("no_shift")
    found = shifts.ordered(named)
    if len(found) < len(set(named)):
        raise wrong("bad_shift")
    return found
