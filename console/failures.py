"""Failed sign-ins, counted by e-mail and address, so that guessing is slow (ASVS 6.3.1)."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

from sqlalchemy import delete

from console.session import the_line
from ivr import attempts
from ivr.models import Attempt

KIND = "sign_in"
_WINDOW = timedelta(minutes=15)


def key_of(email: str, address: str) -> str:
    """One secret for the pair: the table holds nobody's address."""
    secret = the_line().settings.secret_key.encode()
    return hmac.new(secret, f"{email}\n{address}".encode(), hashlib.sha256).hexdigest()


def count_one(key: str) -> bool:
    """Counts a try as failed before it is judged; false where there were too many already.

    Kept before it is counted, so that a hundred tries at once are a hundred, not one.
    """
    line = the_line()
    with line.scene() as scene:
        attempts.note(scene, KIND, key)
    with line.scene() as scene:
        tries = attempts.count(scene, KIND, key=key, since=_WINDOW)
    return tries <= line.policy.limits.sign_in_failures_per_quarter_hour


def forget(key: str) -> None:
    """The password was right: what failed before it is forgiven."""
    with the_line().scene() as scene:
        scene.session.execute(delete(Attempt).where(Attempt.kind == KIND, Attempt.key == key))
