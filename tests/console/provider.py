"""A small OpenID Connect provider: real keys, real signatures, codes for one use, PKCE."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import Flask, abort, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from werkzeug.wrappers import Response

from tests import servers

CLIENT_ID, CLIENT_SECRET = "p1line", "the client's secret, with & and : in it"
_KEY = RSAKey.generate_key(2048, {"kid": "one"})
_STRANGE = RSAKey.generate_key(2048, {"kid": "one"})


@dataclass
class Provider:
    """Whoever comes is signed in as `claims` say; the other fields are how it lies."""

    url: str = ""
    claims: dict[str, Any] = field(
        default_factory=lambda: {"email": "alice@example.org", "email_verified": True}
    )
    issuer: str = ""
    signed_by: str = "own"
    refuses: bool = False
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    discovered: int = 0

    def app(self) -> Flask:
        app = Flask("provider")
        app.add_url_rule("/.well-known/openid-configuration", view_func=self.discovery)
        app.add_url_rule("/authorize", view_func=self.authorize)
        app.add_url_rule("/token", view_func=self.token, methods=["POST"])
        app.add_url_rule("/jwks", view_func=self.jwks)
        return app

    def discovery(self) -> Response:
        self.discovered += 1
        addresses = {
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
        }
        return jsonify(issuer=self.issuer or self.url, **addresses)

    def authorize(self) -> Response:
        asked = request.args
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        assert set(asked["scope"].split()) == {"openid", "email"}
        answer = {"state": asked["state"]}
        if self.refuses:
            answer["error"] = "access_denied"
        else:
            answer["code"] = secrets.token_urlsafe()
            self.codes[answer["code"]] = asked.to_dict()
        return redirect(f"{asked['redirect_uri']}?{urlencode(answer)}")

    def token(self) -> Response:
        who, form = request.authorization, request.form
        if who is None or (who.username, who.password) != (CLIENT_ID, CLIENT_SECRET):
            abort(401)
        asked = self.codes.pop(form["code"], None)
        if asked is None or form["redirect_uri"] != asked["redirect_uri"]:
            return _refused()
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if challenge != asked["code_challenge"]:
            return _refused()
        id_token = self._signed(asked["nonce"])
        return jsonify(access_token="x", token_type="Bearer", expires_in=60, id_token=id_token)

    def jwks(self) -> Response:
        return jsonify(keys=[_KEY.as_dict(private=False)])

    def _signed(self, nonce: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.url,
            "sub": "1",
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 60,
            "nonce": nonce,
            **self.claims,
        }
        if self.signed_by == "our own secret":
            secret = OctKey.import_key(CLIENT_SECRET)
            return jwt.encode({"alg": "HS256"}, claims, secret, algorithms=["HS256"])
        if self.signed_by == "nobody":
            bare = [base64.urlsafe_b64encode(b).rstrip(b"=") for b in (b'{"alg":"none"}', b"{}")]
            return b".".join([*bare, b""]).decode()
        key = _KEY if self.signed_by == "own" else _STRANGE
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, key)


def _refused() -> Response:
    answer = jsonify(error="invalid_grant")
    answer.status_code = 400
    return answer


@contextmanager
def provider() -> Iterator[Provider]:
    made = Provider()
    with servers.serve(made.app()) as url:
        made.url = url
        yield made
