"""`python -m standin`: the stand-in in real time, until SIGTERM or SIGINT."""

from __future__ import annotations

import json
import logging
import secrets
import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import click

from standin.behaviours import RingsOut
from standin.control import LOCAL
from standin.entries import Started, Stopped
from standin.switch import StandIn

log = logging.getLogger("standin")


@click.command(context_settings={"show_default": True})
@click.option("--host", default="127.0.0.1", help="Address to listen on.")
@click.option("--port", default=8010, envvar="STANDIN_PORT", help="0: a free one.")
@click.option("--account-sid", required=True, envvar="TWILIO_ACCOUNT_SID")
@click.option("--auth-token", required=True, envvar="TWILIO_AUTH_TOKEN")
@click.option("--number", required=True, envvar="P1LINE_NUMBER", help="The line's number, E.164.")
@click.option("--public-url", default="", envvar="PUBLIC_URL", help="Of the application.")
@click.option("--voice-url", help="A call comes in; default PUBLIC_URL/voice.")
@click.option("--voice-fallback-url", help="Default PUBLIC_URL/voice/fallback.")
@click.option("--status-callback", help="A call is over; default PUBLIC_URL/voice/status.")
@click.option("--sms-url", help="A text comes in; default PUBLIC_URL/sms.")
@click.option("--start", envvar="P1LINE_NOW", help="Start of the clock, ISO 8601; now by default.")
@click.option("--ledger", envvar="STANDIN_LEDGER", type=click.Path(path_type=Path))
def main(
    host: str,
    port: int,
    account_sid: str,
    auth_token: str,
    number: str,
    public_url: str,
    voice_url: str | None,
    voice_fallback_url: str | None,
    status_callback: str | None,
    sms_url: str | None,
    start: str | None,
    ledger: Path | None,
) -> None:
    """A local Twilio in real time. Phones that nobody holds ring out."""
    logging.basicConfig(level=logging.INFO, format="%(name)s %(levelname)s %(message)s")
    base = public_url.rstrip("/")
    standin = StandIn(
        account_sid,
        auth_token,
        number,
        voice_url or f"{base}/voice",
        _start(start, ledger),
        voice_fallback_url=voice_fallback_url or f"{base}/voice/fallback",
        status_callback=status_callback or f"{base}/voice/status",
        sms_url=sms_url or f"{base}/sms",
        live=True,
        seed=secrets.token_hex(8),
        default_device=RingsOut(),
        ledger_file=ledger,
    )
    standin.ledger.add(Started(standin.now(), start or "", datetime.now(UTC).isoformat()))
    try:
        url = standin.serve(host, port)
    except OSError as error:
        raise click.ClickException(f"port {port} cannot be had: {error.strerror}") from error
    log.info("listening url=%s clock=%s", url, standin.now().isoformat())
    _wait_for_signal()
    standin.ledger.add(Stopped(standin.now()))
    standin.close()


def _start(given: str | None, ledger: Path | None) -> datetime:
    """Where the clock starts. A ledger of the same start, without an end, shows that a process of
    this demo was killed: the clock then stands where it would be by now, and does not jump back.
    """
    if given is None:
        return datetime.now(UTC)
    try:
        start = datetime.fromisoformat(given)
    except ValueError as error:
        raise click.BadParameter(f"{given!r} is no moment", param_hint="--start") from error
    start = (start if start.tzinfo else start.replace(tzinfo=LOCAL)).astimezone(UTC)
    if ledger is None or not ledger.exists():
        return start
    return max(start, _resumed(given, ledger) or start)


def _resumed(given: str, ledger: Path) -> datetime | None:
    """Where the clock of the ledger's last process would be; None where it started otherwise."""
    started, last, moved, real = "", "", "", ""
    with ledger.open(encoding="utf-8") as lines:
        for line in lines:
            try:
                entry = json.loads(line)
            except ValueError:  # a killed process may leave half a line
                continue
            last, started = entry["moment"], entry.get("given", started)
            if entry["kind"] == "stopped":
                started = ""
            moved, real = (last, entry["real"]) if "real" in entry else (moved, real)
    if started != given:
        return None
    since = datetime.now(UTC) - datetime.fromisoformat(real)
    return max(datetime.fromisoformat(last), datetime.fromisoformat(moved) + since)


def _wait_for_signal() -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    stop.wait()


if __name__ == "__main__":
    sys.exit(main())
