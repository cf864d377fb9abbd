"""Signing in with the centre's identity provider (OpenID Connect Core 1.0, code flow with PKCE).

The provider says who it is; whether that is somebody of ours is decided here: by the e-mail that
it has verified, and only for an agent who is on file and active. It never makes an account.
"""

from __future__ import annotations

import hmac
import logging
import secrets
import time
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from flask import abort, redirect, request, url_for
from flask import session as cookie
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from requests import RequestException
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from console import session
from console.entering import enter
from console.paths import local_path
from console.sign_in import refused_elsewhere
from ivr import audit
from ivr.models import Agent
from settings import Settings

log = logging.getLogger(__name__)
SIGNED_WITH = ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"]
"""A key pair of the provider's; never "none", never a secret that we hold too."""
TIMEOUT = 5.0  # seconds, for each request to the provider
_KEPT = 600.0  # seconds, for which what the provider says of itself is believed
_LEEWAY = 60  # seconds, between its clock and ours
_COOKIE = "oidc"
_WRONG = (AuthlibBaseError, JoseError, RequestException, KeyError, ValueError, TypeError)
"""What a provider that answers wrongly, or not at all, makes the libraries raise."""
_metadata: dict[str, tuple[float, dict[str, Any]]] = {}


class ProviderError(Exception):
    """The provider does not answer, or not as it should."""


def oidc_start() -> Response | tuple[str, int]:
    """To the provider's own sign-in page."""
    settings = _settings()
    kept = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
    try:
        endpoint = _provider(settings)["authorization_endpoint"]
    except ProviderError as error:
        return _failed(error)
    with _client(settings) as client:
        address, _ = client.create_authorization_url(
            endpoint, state=kept["state"], nonce=kept["nonce"], code_verifier=kept["verifier"]
        )
    cookie[_COOKIE] = {**kept, "next": local_path(request.args.get("next", ""))}
    return redirect(address, code=303)


def oidc_back() -> Response | tuple[str, int]:
    """From the provider, with a code for one use; what was kept for it serves once, too."""
    settings = _settings()
    kept = cookie.pop(_COOKIE, None) or {}
    state = request.args.get("state", "")
    if not kept or not hmac.compare_digest(kept["state"].encode(), state.encode()):
        return refused_elsewhere("oidc_expired")
    if "code" not in request.args:
        return refused_elsewhere("oidc_cancelled")
    try:
        claims = _claims(settings, kept)
    except ProviderError as error:
        return _failed(error)
    return _enter(claims, kept["next"])


def _enter(claims: CodeIDToken, wanted: str | None) -> Response | tuple[str, int]:
    email = str(claims.get("email") or "").strip().lower()
    known = claims.get("email_verified") is True and email
    with session.the_line().scene() as scene:
        mine = select(Agent).where(func.lower(Agent.email) == email, Agent.active)
        agent = scene.session.scalar(mine) if known else None
        if agent is None:
            audit.note(scene, None, "sign_in_refused", why="oidc")
            return refused_elsewhere("oidc_nobody")
        # RFC 8176: the provider has asked for more than one factor.
        verified = "mfa" in (claims.get("amr") or [])
        return enter(scene, agent, "oidc", wanted, verified=verified)


def _claims(settings: Settings, kept: dict[str, str]) -> CodeIDToken:
    """What the provider vouches for, after its signature and everything else was checked."""
    provider = _provider(settings)
    try:
        with _client(settings) as client:
            token = client.fetch_token(
                provider["token_endpoint"],
                code=request.args["code"],
                code_verifier=kept["verifier"],
            )
            keys = client.request("GET", provider["jwks_uri"], withhold_token=True).json()
        decoded = jwt.decode(token["id_token"], KeySet.import_key_set(keys), algorithms=SIGNED_WITH)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {
                "iss": {"essential": True, "value": provider["issuer"]},
                "aud": {"essential": True, "value": settings.oidc_client_id},
                "nonce": {"essential": True, "value": kept["nonce"]},
            },
            {
                "nonce": kept["nonce"],
                "client_id": settings.oidc_client_id,
                "access_token": token.get("access_token"),
            },
        )
        claims.validate(leeway=_LEEWAY)
    except _WRONG as error:
        raise ProviderError(type(error).__name__) from error
    return claims


def _provider(settings: Settings) -> dict[str, Any]:
    """OpenID Connect Discovery 1.0; it has to be the very issuer that the settings name."""
    until, known = _metadata.get(settings.oidc_issuer, (0.0, {}))
    if time.monotonic() < until:
        return known
    address = f"{settings.oidc_issuer}/.well-known/openid-configuration"
    try:
        with _client(settings) as client:
            answer = client.request("GET", address, withhold_token=True)
            answer.raise_for_status()
            found = answer.json()
        needed = {name: str(found[name]) for name in _NEEDED}
    except _WRONG as error:
        raise ProviderError(type(error).__name__) from error
    if needed["issuer"].rstrip("/") != settings.oidc_issuer:
        raise ProviderError("another issuer")
    _metadata[settings.oidc_issuer] = (time.monotonic() + _KEPT, needed)
    return needed


_NEEDED = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")


def _client(settings: Settings) -> OAuth2Session:
    return OAuth2Session(
        settings.oidc_client_id,
        settings.oidc_client_secret,
        scope="openid email",
        redirect_uri=settings.public_url + url_for("console.oidc_back"),
        code_challenge_method="S256",
        default_timeout=TIMEOUT,
    )


def _settings() -> Settings:
    settings = session.the_line().settings
    if not settings.oidc_issuer:
        abort(404)
    return settings


def _failed(error: ProviderError) -> tuple[str, int]:
    log.warning("the identity provider: %s", error)
    return refused_elsewhere("oidc_failed")
