"""Our voice turn beside the bare floor, on the same server, in one run. Target: 0.5 of its rate.

    python -m benchmarks.voice_turn [--calls N]

A call is played from its first ring to the caller's own words: six turns, each of another kind.
Each is of another clinic, so that none finds open what another has reported.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import load
from commands import demo_data, seed
from ivr.database import connect, sessions
from ivr.models import Client, ClientProduct, SuperUser
from ivr.policy import Policy
from migrations import migrate
from settings import Settings
from tests.servers import free_port, postgres, valkey

ACCOUNT, TOKEN, LINE = "AC" + "0" * 32, "token", "+18005550100"
KEYS = ("2", "1", "1", "")
"""Médical, everything is down, in production; silence at the recording notice: words follow."""
AT_ONCE, ROUNDS = 16, 3


def requests_of(base_url: str, number: int) -> list[bytes]:
    """One call of a clinic's super user, each request signed as Twilio signs it."""
    form = {
        "AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", "CallSid": f"CA{number:032x}",
        "CallStatus": "in-progress", "Called": LINE, "Caller": phone_of(number),
        "CallerCountry": "CA", "CallerState": "QC", "Direction": "inbound",
        "From": phone_of(number), "FromCountry": "CA", "To": LINE, "ToCountry": "US",
    }  # fmt: skip
    steps = ("client_number", "product", "impact", "environment", "recording")
    paths = [f"/voice/turn?step={step}&turn={turn}" for turn, step in enumerate(steps, 1)]
    typed = (clinic_of(number), *KEYS)
    turns = [(path, {**form, "Digits": keys}) for path, keys in zip(paths, typed, strict=True)]
    return [
        load.signed(base_url, path, fields, TOKEN) for path, fields in [("/voice", form), *turns]
    ]


def clinic_of(number: int) -> str:
    return f"{50_000 + number}"


def phone_of(number: int) -> str:
    return f"+1514555{number:04}"


@contextmanager
def gunicorn(application: str, port: int, environ: dict[str, str]) -> Iterator[str]:
    """The application on the project's own server settings."""
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", application]
    environ = {**os.environ, **environ, "PUBLIC_URL": url, "PORT": str(port)}
    process = subprocess.Popen([*command, "--bind", f"127.0.0.1:{port}"], env=environ)
    try:
        _wait(url)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def _wait(url: str) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(f"{url}/healthz", timeout=5)
        except OSError as error:  # HTTPError is one too: the bare view has no such page
            if getattr(error, "code", None):
                return
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(url)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=300, help="calls a round")
    calls = parser.parse_args().calls
    with valkey() as queue, tempfile.TemporaryDirectory() as folder, postgres() as postgres_url:
        for name, url in (
            ("SQLite", f"sqlite:///{Path(folder)}/bench.db"),
            ("PostgreSQL", postgres_url),
        ):
            migrate(url)
            _seed(url, ROUNDS * calls)
            _compare(name, {**_environ(url), "REDIS_URL": queue.url}, calls)


def _environ(database_url: str) -> dict[str, str]:
    return {
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_API_BASE_URL": "http://127.0.0.1:9",  # nobody: a turn needs no API (law 6)
        "P1LINE_NUMBER": LINE,
        "DATABASE_URL": database_url,
        "SECRET_KEY": "bench " * 8,
    }


def _seed(database_url: str, calls: int) -> None:
    settings = Settings("AC", "t", "http://127.0.0.1", LINE, database_url, "", "")
    zone = Policy.read(settings.policy_file).zone
    with sessions(connect(database_url)).begin() as session:
        seed.seed(session, demo_data.read(), "bench", settings.clock()(), zone)
        session.add_all(_clinic(number) for number in range(1, calls + 1))


def _clinic(number: int) -> Client:
    return Client(
        number=clinic_of(number),
        name="Bench",
        other_environments=["test"],
        products=[
            ClientProduct(product="billing"),
            ClientProduct(product="medical", extended=True),
        ],
        super_users=[SuperUser(name="Bench", phone=phone_of(number))],
    )


def _compare(name: str, environ: dict[str, str], calls: int) -> None:
    """The two in turn, round by round, so that a machine's drift hits both."""
    bare_port, port = free_port(), free_port()
    ratios = []
    with (
        gunicorn("benchmarks.bare:create_app()", bare_port, environ) as bare_url,
        gunicorn("app:create_app()", port, environ) as url,
    ):
        for part in range(ROUNDS):
            numbers = range(part * calls + 1, (part + 1) * calls + 1)
            bare = load.run(bare_url, [requests_of(bare_url, n) for n in numbers], AT_ONCE)
            ours = load.run(url, [requests_of(url, n) for n in numbers], AT_ONCE)
            if bare.refused or ours.refused:
                raise SystemExit(f"refused: bare {bare.refused}, ours {ours.refused}")
            ratios.append(ours.rate / bare.rate)
            print(
                f"{name}: bare {bare.rate:.0f}/s p99 {bare.quantile(0.99) * 1000:.0f} ms, "
                f"ours {ours.rate:.0f}/s p99 {ours.quantile(0.99) * 1000:.0f} ms, "
                f"ratio {ratios[-1]:.2f}"
            )
    print(f"{name}: median ratio {statistics.median(ratios):.2f} (target 0.50)")


if __name__ == "__main__":
    main()
