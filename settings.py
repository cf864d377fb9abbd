"""Every environment variable, read once, typed, and refused at start with a sentence when wrong.

Any variable may be given as NAME_FILE instead: the path of a file that holds the value (secrets).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from clock import Clock, standin_clock, system_clock

TWILIO_API = "https://api.twilio.com"
HERE = Path(__file__).parent


class SettingsError(Exception):
    """A variable is missing or wrong; the sentence names it and says what it wants."""


@dataclass(frozen=True)
class RotaFeed:
    """A calendar of shifts that is read again and again, and the level of the rota it fills."""

    level: str
    url: str = field(repr=False)
    """Most often the calendar's only secret."""
    products: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Settings:
    """What differs between the demo, the tests and each production."""

    twilio_account_sid: str
    twilio_auth_token: str = field(repr=False)
    public_url: str
    """The scheme and host that Twilio requests, without a trailing slash: signatures cover it."""
    line_number: str
    """The number of the line (E.164): the caller ID of every call that we place."""
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    twilio_api_base_url: str = TWILIO_API
    twilio_auth_token_next: str | None = field(default=None, repr=False)
    """The secondary token while Twilio's token is being rotated: accepted as well."""
    smtp_url: str | None = field(default=None, repr=False)
    mail_from: str = ""
    policy_file: Path = HERE / "policy.toml"
    fallback_dir: Path = HERE / "var" / "fallback"
    """Where the last rota known, the documents for a static host, and the spool are kept."""
    fallback_duty: tuple[str, ...] = ()
    """Numbers (E.164) that ring last where the database, or we, are gone; none: the policy's."""
    rota_feeds: tuple[RotaFeed, ...] = ()
    transcriber: str = ""
    """ "http": recordings are transcribed by a service of the operator's own; "": they are not."""
    transcriber_url: str = ""
    transcriber_model: str = "whisper-1"
    """What the service calls its model; most take this name, or ignore it."""
    transcriber_token: str | None = field(default=None, repr=False)
    oidc_issuer: str = ""
    """The identity provider that agents may sign in with (OpenID Connect); "": there is none."""
    oidc_client_id: str = ""
    oidc_client_secret: str | None = field(default=None, repr=False)
    trusted_proxies: int = 0
    """How many proxies of the operator's stand before `web`: each adds the address that it sees."""
    port: int = 8000
    start: datetime | None = None
    """P1LINE_NOW: the starting moment of a demo's or test's clock."""

    @property
    def local(self) -> bool:
        """True where "Twilio" is the stand-in on this machine: a demo or a test."""
        return is_loopback(self.twilio_api_base_url)

    @property
    def stands_in(self) -> bool:
        """True where "Twilio" is our own stand-in, whose clock we read: nothing else has one."""
        return self.local and self.start is not None

    def clock(self) -> Clock:
        return standin_clock(self.twilio_api_base_url) if self.start else system_clock

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """Raises `SettingsError` at the first variable that is missing or wrong."""
        read = _Reader(environ)
        settings = cls(
            twilio_account_sid=read.matching("TWILIO_ACCOUNT_SID", r"AC[0-9a-f]{32}"),
            twilio_auth_token=read.required("TWILIO_AUTH_TOKEN"),
            twilio_auth_token_next=read.optional("TWILIO_AUTH_TOKEN_NEXT"),
            twilio_api_base_url=read.url("TWILIO_API_BASE_URL", TWILIO_API),
            public_url=read.url("PUBLIC_URL"),
            line_number=read.matching("P1LINE_NUMBER", r"\+[1-9]\d{6,14}"),
            database_url=read.required("DATABASE_URL"),
            redis_url=read.required("REDIS_URL"),
            secret_key=read.secret("SECRET_KEY"),
            smtp_url=read.optional("SMTP_URL"),
            mail_from=read.optional("MAIL_FROM") or "",
            policy_file=Path(read.optional("POLICY_FILE") or HERE / "policy.toml"),
            fallback_dir=Path(read.optional("FALLBACK_DIR") or HERE / "var" / "fallback"),
            fallback_duty=read.numbers("FALLBACK_DUTY"),
            rota_feeds=read.feeds("ROTA_FEEDS"),
            transcriber=read.optional("TRANSCRIBER") or "",
            transcriber_url=read.optional("TRANSCRIBER_URL") or "",
            transcriber_model=read.optional("TRANSCRIBER_MODEL") or "whisper-1",
            transcriber_token=read.optional("TRANSCRIBER_TOKEN"),
            oidc_issuer=(read.optional("OIDC_ISSUER") or "").rstrip("/"),
            oidc_client_id=read.optional("OIDC_CLIENT_ID") or "",
            oidc_client_secret=read.optional("OIDC_CLIENT_SECRET"),
            trusted_proxies=read.count("TRUSTED_PROXIES", most=9),
            port=read.port("PORT", 8000),
            start=read.moment("P1LINE_NOW"),
        )
        settings._check()
        return settings

    def _check(self) -> None:
        if self.start and not self.local:
            raise SettingsError(
                "P1LINE_NOW moves the clock of a demo or a test: it is refused here, because "
                "TWILIO_API_BASE_URL is not on the loopback"
            )
        if not self.local and not self.public_url.startswith("https://"):
            raise SettingsError("PUBLIC_URL must begin with https:// where Twilio is the real one")
        if self.smtp_url and not self.mail_from:
            raise SettingsError("MAIL_FROM is missing: SMTP_URL needs an address to write from")
        oidc = (self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret)
        if any(oidc) and not all(oidc):
            raise SettingsError(
                "OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET go together: set all, or none"
            )
        if self.oidc_issuer and not is_private(self.oidc_issuer):
            raise SettingsError("OIDC_ISSUER must be an https:// address, or one of this machine")
        if self.transcriber not in ("", "http"):
            raise SettingsError('TRANSCRIBER must be "http", or empty: nothing is transcribed')
        if self.transcriber and not is_private(self.transcriber_url):
            raise SettingsError(
                "TRANSCRIBER_URL must be an https:// address, or one of this machine: callers tell "
                "of people's health"
            )


class _Reader:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def optional(self, name: str) -> str | None:
        if path := self._environ.get(f"{name}_FILE"):
            try:
                return Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise SettingsError(f"{name}_FILE cannot be read: {error.strerror}") from error
        return self._environ.get(name, "").strip() or None

    def required(self, name: str) -> str:
        if value := self.optional(name):
            return value
        raise SettingsError(f"{name} is missing: set it, or {name}_FILE to a file that holds it")

    def matching(self, name: str, pattern: str) -> str:
        value = self.required(name)
        if not re.fullmatch(pattern, value):
            raise SettingsError(f"{name} does not look right: it must match {pattern}")
        return value

    def secret(self, name: str) -> str:
        value = self.required(name)
        if len(value) < 32:
            raise SettingsError(f"{name} is too short: it needs 32 characters at least")
        return value

    def url(self, name: str, default: str | None = None) -> str:
        value = (self.optional(name) or default or self.required(name)).rstrip("/")
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
            raise SettingsError(f"{name} must be an address such as https://line.example.org")
        return value

    def numbers(self, name: str) -> tuple[str, ...]:
        found = tuple(re.findall(r"[^\s,]+", self.optional(name) or ""))
        if not all(re.fullmatch(r"\+[1-9]\d{6,14}", number) for number in found):
            raise SettingsError(f"{name} must hold numbers such as +15145550100, between commas")
        return found

    def feeds(self, name: str) -> tuple[RotaFeed, ...]:
        """Each "level=address", or "level:product,product@language=address", between spaces."""
        return tuple(_feed(name, written) for written in (self.optional(name) or "").split())

    def count(self, name: str, *, most: int) -> int:
        value = self.optional(name) or "0"
        if not value.isdecimal() or int(value) > most:
            raise SettingsError(f"{name} must be a number from 0 to {most}")
        return int(value)

    def port(self, name: str, default: int) -> int:
        value = self.optional(name) or str(default)
        if not value.isdigit() or not 0 < int(value) < 65536:
            raise SettingsError(f"{name} must be a port number from 1 to 65535")
        return int(value)

    def moment(self, name: str) -> datetime | None:
        if not (value := self.optional(name)):
            return None
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise SettingsError(f"{name} must be a moment such as 2026-11-28T02:00:00-05:00")
        return moment.astimezone(UTC)


def _feed(name: str, written: str) -> RotaFeed:
    found = re.fullmatch(r"(\w+)(?::([\w,]+))?(?:@([a-z,]+))?=(\S+)", written)
    url = found[4].replace("webcal://", "https://", 1) if found else ""
    if found is None or not is_private(url):
        raise SettingsError(
            f"{name} must hold calendars such as on_call=https://calendar.example.org/team.ics, or "
            "on_call:medical@en=https://..., between spaces; each at an https:// address"
        )
    products, languages = (frozenset((found[n] or "").split(",")) - {""} for n in (2, 3))
    return RotaFeed(found[1], url, products, languages)


def is_private(url: str) -> bool:
    """Can nobody on the way read or change what goes there? https, or this machine."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(url))


def is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
