"""Passwords of agents: argon2, and the same time whether the agent exists or not (A29)."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ivr.people_passwords import LONGEST


def matches(password_hash: str | None, password: str) -> bool:
    """True where the password is right; none or "", of an agent who is unknown or has set no
    password yet, never is."""
    try:
        right = _hasher().verify(password_hash or _nobody(), password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return right and bool(password_hash) and len(password) <= LONGEST


def warm() -> None:
    """Makes at start what the first failed sign-in would otherwise be seen to wait for."""
    _nobody()


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobody() -> str:
    return _hasher().hash("nobody signs in with this: matches() refuses it")
