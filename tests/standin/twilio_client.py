"""twilio's own client, pointed at the stand-in: it has no setting for that but its http client."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from standin import StandIn


class Rehosted(TwilioHttpClient):  # type: ignore[misc]
    def __init__(self, url: str, timeout: float = 5) -> None:
        super().__init__(timeout=timeout)
        self._url = url

    def request(self, method: str, url: str, *args: Any, **kept: Any) -> Any:
        parts = urlsplit(url)
        whole = f"{self._url}{parts.path}" + (f"?{parts.query}" if parts.query else "")
        return super().request(method, whole, *args, **kept)


def client(standin: StandIn, token: str | None = None, timeout: float = 5) -> Client:
    """For a stand-in that serves."""
    return Client(
        standin.account_sid,
        token or standin.auth_token,
        http_client=Rehosted(standin.url, timeout),
    )
