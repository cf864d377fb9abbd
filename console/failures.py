"""Failed sign-ins, counted by e-mail and address, so that guessing is slow (ASVS 6.3.1)."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

from flask import request
from sqlalchemy import delete

from console.session import the_line
from ivr import attempts
from ivr.models import Attempt

KIND = "sign_in"
_WINDOW = timedelta(minutes=15)


def key_of(email: str) -> str:
    """One secret for the e-mail and where it comes from: the table holds nobody's address."""
    secret = the_line().settings.secret_key.encode()
    pair = f"{email}\n{request.remote_addr or ''}".encode()
    return hmac.new(secret, pair, hashlib.sha256).hexdigest()


def count_one(key: str, kind: str = KIND) -> int:
    """Counts a try as failed before it is judged; how many too many it is: 0 where it is not.

    Kept before it is counted, so that a hundred tries at once are a hundred, not one.
    """
    line = the_line()
    with line.scene() as scene:
        attempts.note(scene, kind, key)
    with line.scene() as scene:
        tries = attempts.count(scene, kind, key=key, since=_WINDOW)
    return max(0, tries - line.policy.limits.sign_in_failures_per_quarter_hour)


def forget(key: str, kind: str = KIND) -> None:
    """The password was right: what failed before it is forgiven."""
    with the_line().scene() as scene:
        scene.session.execute(delete(Attempt).where(Attempt.kind == kind, Attempt.key == key))
