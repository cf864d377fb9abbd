"""Keeps small secrets in the database under a key that is not there: AES-GCM, from SECRET_KEY.

Each purpose has a key of its own (HKDF, RFC 5869), and each secret is bound to its owner: what is
copied to another row does not open.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12  # bytes, as GCM wants them


class Vault:
    """`secret_key` is the setting's; a new one opens nothing that the old one closed."""

    def __init__(self, secret_key: str) -> None:
        self._secret_key = secret_key.encode()

    def close(self, text: str, purpose: str, owner: int) -> str:
        nonce = secrets.token_bytes(_NONCE)
        closed = self._cipher(purpose).encrypt(nonce, text.encode(), str(owner).encode())
        return base64.urlsafe_b64encode(nonce + closed).decode()

    def open(self, closed: str, purpose: str, owner: int) -> str | None:
        """None where it was closed under another key, or for another owner or purpose."""
        try:
            both = base64.urlsafe_b64decode(closed)
            opened = self._cipher(purpose).decrypt(
                both[:_NONCE], both[_NONCE:], str(owner).encode()
            )
        except (InvalidTag, binascii.Error, ValueError):
            return None
        return opened.decode()

    def sign(self, text: str, purpose: str) -> str:
        """What nobody can make up who does not know the key: 128 bits, in hexadecimal digits."""
        return hmac.new(self._key(purpose), text.encode(), sha256).hexdigest()[:32]

    def _cipher(self, purpose: str) -> AESGCM:
        return AESGCM(self._key(purpose))

    def _key(self, purpose: str) -> bytes:
        info = f"p1line {purpose}".encode()
        return HKDF(SHA256(), length=32, salt=None, info=info).derive(self._secret_key)
