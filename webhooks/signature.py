"""Who speaks: only Twilio's own requests, for our account, go any further (403 ends here).

No switch turns this off. The address that was signed is made from PUBLIC_URL, never from what a
proxy or a stranger says about hosts (twilio.com/docs/usage/security).
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Mapping
from dataclasses import replace

from flask import Blueprint, Response, abort, g, request
from twilio.request_validator import RequestValidator

from settings import Settings
from webhooks import keys
from webhooks.form import VoiceForm
from webhooks.wiring import line

log = logging.getLogger(__name__)
LARGEST = 64 * 1024


def guard(blueprint: Blueprint) -> Blueprint:
    """Every route of the blueprint answers 403 to whatever Twilio did not sign."""
    blueprint.before_request(_verify)
    return blueprint


def form() -> VoiceForm:
    """The request's form, once it is known to be Twilio's."""
    verified: VoiceForm = g.form
    return verified


def _verify() -> Response | None:
    settings = line().settings
    if request.content_length is not None and request.content_length > LARGEST:
        abort(413)
    url = settings.public_url + request.full_path.removesuffix("?")
    signature = request.headers.get("X-Twilio-Signature", "")
    posted = request.form if request.method == "POST" else {}
    if not any(_signed(validator, url, posted, signature) for validator in _validators(settings)):
        # Names only: should Twilio leave a field out of its signature, it can be seen here.
        log.warning("signature refused: %s, fields %s", request.path, sorted(posted))
        abort(403)
    g.form = VoiceForm.read({**request.form.to_dict(), **request.args.to_dict()})
    if sealed := request.args.get(keys.SEALED):  # the same request again, after trouble
        g.form = replace(g.form, keys=keys.unseal(sealed) or keys.UNREAD)
    if g.form.account != settings.twilio_account_sid:
        log.warning("another account's request refused: %s", request.path)
        abort(403)
    return None


def _signed(
    validator: RequestValidator, url: str, posted: Mapping[str, str], signature: str
) -> bool:
    """Of the address as it is, which nearly always fits, or else with its port or without."""
    exact: str = validator.compute_signature(url, posted)
    if hmac.compare_digest(exact.encode(), signature.encode()):
        return True
    return bool(validator.validate(url, posted, signature))


def _validators(settings: Settings) -> list[RequestValidator]:
    tokens = (settings.twilio_auth_token, settings.twilio_auth_token_next)
    return [RequestValidator(token) for token in tokens if token]
