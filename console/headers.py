"""What every answer of the console tells the browser to forbid (ASVS 3.4, 14.3.2)."""

from __future__ import annotations

from flask import Response, current_app, request

# Nothing from elsewhere and nothing within a page: a client's name that holds HTML does nothing.
_CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "media-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
MICROPHONE_PAGE = "console.phone_page"
"""Beside the stand-in alone, where a caller's message may be spoken."""
_WITH_MICROPHONE = "camera=(), geolocation=(), microphone=(self)"
_ONE_YEAR = 31_536_000


def add_headers(response: Response) -> Response:
    response.headers.update(_HEADERS)
    if request.endpoint == MICROPHONE_PAGE:
        response.headers["Permissions-Policy"] = _WITH_MICROPHONE
    if request.endpoint == "console.static":
        # Their address carries a fingerprint of what they hold.
        response.headers["Cache-Control"] = f"public, max-age={_ONE_YEAR}, immutable"
    elif "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers["Strict-Transport-Security"] = f"max-age={_ONE_YEAR}"
    return response
