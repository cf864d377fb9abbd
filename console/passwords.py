"""Passwords of agents: argon2, and the same time whether the agent exists or not (A29)."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_LONGEST = 1024
"""Characters: no one types more, and hashing more would be work that anybody could ask for."""


def matches(password_hash: str | None, password: str) -> bool:
    """True where the password is right; `None`, for an agent who does not exist, never is."""
    try:
        right = _hasher().verify(password_hash or _nobody(), password[:_LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return right and password_hash is not None and len(password) <= _LONGEST


def warm() -> None:
    """Makes at start what the first failed sign-in would otherwise be seen to wait for."""
    _nobody()


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobody() -> str:
    return _hasher().hash("nobody signs in with this: matches() refuses it")
