"""Keys in addresses, without a database, by the secret that all web processes share.

A proof says of an accept key whether it is the right one. A seal carries along what was keyed: an
address stands in the logs of whoever passes it on, and there nobody can read it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from ivr.agent_keys import CODES
from webhooks.wiring import line

SEALED = "Keyed"
"""The name that a seal has in an address."""
UNREAD = "*"
"""Instead of what cannot be carried along: the question is asked again, and no try is used."""
LONGEST = hashlib.sha256().digest_size
"""Characters that a seal can hold: more than any step asks for."""


def code(*of: object) -> str:
    """The accept key of what is named: the same in every process, and like ours of two digits."""
    return CODES[int(_digest("code", *of), 16) % len(CODES)]


def proof(*of: object) -> str:
    """Goes along in the address of a whisper's answer: `proof(leg.id, leg.code)`."""
    return _digest("proof", *of)[:32]


def proves(given: str, *of: object) -> bool:
    return hmac.compare_digest(given.encode(), proof(*of).encode())


def seal(keyed: str) -> str:
    """What was keyed, to be read by us alone; unread where it is too long to be an answer."""
    plain = (keyed if len(keyed.encode()) <= LONGEST else UNREAD).encode()
    nonce = secrets.token_hex(16)  # a new one each time: no two are hidden by the same bytes
    hidden = _hide(nonce, plain).hex()
    return f"{nonce}.{hidden}.{_digest('sealed', nonce, hidden)}"


def unseal(sealed: str) -> str | None:
    """What `seal` was given; none where it is no seal of ours."""
    nonce, _, rest = sealed.partition(".")
    hidden, _, mark = rest.partition(".")
    if not hmac.compare_digest(mark.encode(), _digest("sealed", nonce, hidden).encode()):
        return None
    return _hide(nonce, bytes.fromhex(hidden)).decode()


def _hide(nonce: str, text: bytes) -> bytes:
    """Hides, or shows again: the bytes with a stream that only the secret gives for this nonce."""
    stream = bytes.fromhex(_digest("stream", nonce))
    return bytes(one ^ other for one, other in zip(text, stream, strict=False))


def _digest(*parts: object) -> str:
    text = "\n".join(str(part) for part in parts)
    secret = line().settings.secret_key.encode()
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
