"""Accept keys that can be checked without a database, from the secret that all web processes share.

A proof stands in an address that Twilio alone sees, and says of a key whether it is the right one.
"""

from __future__ import annotations

import hashlib
import hmac

from ivr.agent_keys import CODES
from webhooks.wiring import line


def code(*of: object) -> str:
    """The accept key of what is named: the same in every process, and like ours of two digits."""
    return CODES[int(_digest("code", *of), 16) % len(CODES)]


def proof(*of: object) -> str:
    """Goes along in the address of a whisper's answer: `proof(leg.id, leg.code)`."""
    return _digest("proof", *of)[:32]


def proves(given: str, *of: object) -> bool:
    return hmac.compare_digest(given.encode(), proof(*of).encode())


def _digest(*parts: object) -> str:
    text = "\n".join(str(part) for part in parts)
    secret = line().settings.secret_key.encode()
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
