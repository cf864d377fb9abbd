"""The signature on what we send, as the Standard Webhooks specification has it (version 1.0.0).

`webhook-signature` is HMAC-SHA256 over "id.timestamp.body", in base64 behind "v1,"; several stand
between spaces while a secret is being changed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime

PREFIX = "whsec_"


def salt() -> str:
    return secrets.token_hex(32)


def secret(key: str, salt: str) -> str:
    """What the receiver verifies with. Made of `key` (SECRET_KEY) and the target's salt, and so
    neither in the database nor in its backups."""
    made = hmac.new(key.encode(), b"webhook " + salt.encode(), hashlib.sha256).digest()
    return PREFIX + base64.b64encode(made).decode()


def headers(
    identity: str, at: datetime, body: bytes, with_secrets: Iterable[str]
) -> dict[str, str]:
    """The three headers. `at`: when this try is made; receivers refuse what is old."""
    timestamp = str(int(at.timestamp()))
    signed = b".".join((identity.encode(), timestamp.encode(), body))
    return {
        "webhook-id": identity,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(signed, each) for each in with_secrets),
    }


def _signature(signed: bytes, secret: str) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
