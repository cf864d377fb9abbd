"""Carries a webhook to its server as Twilio does: redirects, cookies, retries, 15 seconds.

https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Protocol
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests
from requests.cookies import RequestsCookieJar, extract_cookies_to_jar
from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema
from urllib3.exceptions import ProtocolError
from werkzeug.test import Client

MOST_REDIRECTS = 10


@dataclass
class Request:
    """One webhook. `params` go in the body of a POST and in the query of a GET.

    `signed` makes the headers for a URL: each redirect is signed for itself.
    """

    sid: str
    purpose: str
    url: str
    method: str
    params: dict[str, str]
    signed: Callable[[str, str], dict[str, str]]
    cookies: RequestsCookieJar = field(default_factory=RequestsCookieJar)


@dataclass(frozen=True)
class Response:
    """`error` is "" or one of "connect", "timeout", "broken", "redirects" and "url".

    `url` is the last one asked; `timeout` the seconds that it cost to give up.
    """

    status: int
    content_type: str
    body: bytes
    url: str
    seconds: float
    error: str = ""
    timeout: float = 0.0

    @property
    def ok(self) -> bool:
        return not self.error and 200 <= self.status < 300


class Transport(Protocol):
    def __call__(self, request: Request) -> Response: ...


@dataclass(frozen=True)
class Overrides:
    """The `#k=v&k=v` fragment of a webhook's URL; times in seconds."""

    connect: float = 5.0
    read: float = 15.0
    retries: int = 1
    policy: frozenset[str] = frozenset({"ct"})

    @classmethod
    def of(cls, url: str, longest: float) -> Overrides:
        given = dict(parse_qsl(urlsplit(url).fragment))
        policy = frozenset(given.get("rp", "ct").split(","))
        total = int(given.get("tt", 15000)) / 1000
        return cls(
            min(longest, int(given.get("ct", 5000)) / 1000),
            min(longest, total, int(given.get("rt", 15000)) / 1000),
            int(given.get("rc", 1)),
            frozenset({"4xx", "5xx", "ct", "rt"}) if "all" in policy else policy,
        )

    def wants_retry(self, response: Response) -> bool:
        reason = {"connect": "ct", "timeout": "rt"}.get(response.error)
        return (reason or f"{response.status // 100}xx") in self.policy


@dataclass
class Http:
    """Over the network. `longest` cuts Twilio's 15 seconds short in tests."""

    longest: float = 15.0

    def __post_init__(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = requests.adapters.HTTPAdapter(pool_maxsize=64)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)

    def __call__(self, request: Request) -> Response:
        overrides = Overrides.of(request.url, self.longest)
        response = self._once(request, overrides)
        for _ in range(overrides.retries):
            if not overrides.wants_retry(response):
                break
            response = self._once(request, overrides)
        return response

    def close(self) -> None:
        self._session.close()

    def _once(self, request: Request, overrides: Overrides) -> Response:
        began = time.monotonic()
        url, method = request.url.partition("#")[0], request.method
        try:
            for _ in range(MOST_REDIRECTS + 1):
                answer = self._send(request, url, method, overrides)
                if not answer.is_redirect:
                    break
                if answer.status_code not in (307, 308):
                    method = "GET"
                url = urljoin(url, answer.headers["Location"])
            else:
                return Response(0, "", b"", url, time.monotonic() - began, "redirects")
        except requests.ConnectionError as error:
            broken = bool(error.args) and isinstance(error.args[0], ProtocolError)
            why = "broken" if broken else "connect"
            return Response(0, "", b"", url, time.monotonic() - began, why)
        except (InvalidSchema, InvalidURL, MissingSchema):
            return Response(0, "", b"", url, 0.0, "url")
        except requests.RequestException:
            seconds = time.monotonic() - began
            return Response(0, "", b"", url, seconds, "timeout", overrides.read)
        kind = answer.headers.get("Content-Type", "")
        seconds = time.monotonic() - began
        return Response(answer.status_code, kind, answer.content, url, seconds)

    def _send(
        self, request: Request, url: str, method: str, overrides: Overrides
    ) -> requests.Response:
        redirected = url != request.url.partition("#")[0]
        params = {} if redirected and method == "GET" else request.params
        whole, body = placed(url, method, params)
        answer = self._session.request(
            method,
            whole,
            data=body,
            headers=request.signed(whole, method),
            cookies=request.cookies,
            timeout=(overrides.connect, overrides.read),
            allow_redirects=False,
        )
        extract_cookies_to_jar(request.cookies, answer.request, answer.raw)  # type: ignore[no-untyped-call]
        return answer


def placed(url: str, method: str, params: dict[str, str]) -> tuple[str, dict[str, str]]:
    """The URL and the form: a GET carries the parameters in its query."""
    if method != "GET" or not params:
        return url, params if method != "GET" else {}
    prepared = requests.Request("GET", url, params=params).prepare()
    return prepared.url or url, {}


@dataclass
class Wsgi:
    """Straight into a WSGI application, without a network: for thousands of simulated calls."""

    app: Any

    def __call__(self, request: Request) -> Response:
        url, body = placed(request.url.partition("#")[0], request.method, request.params)
        began = time.monotonic()
        parts = urlsplit(url)
        client = Client(self.app, use_cookies=False)
        answer = client.open(
            parts.path or "/",
            base_url=f"{parts.scheme}://{parts.netloc}",
            query_string=parts.query,
            method=request.method,
            data=body or None,
            headers=request.signed(url, request.method),
        )
        kind = answer.headers.get("Content-Type", "")
        seconds = time.monotonic() - began
        return Response(answer.status_code, kind, answer.get_data(), url, seconds)
