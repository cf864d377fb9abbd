"""`make run` as a whole: it gets ready, mends itself, stops cleanly, and leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest
import requests

from runner.demo import PORTS
from settings import HERE
from tests.ops.processes import alive, eventually, offspring
from tests.servers import free_port

BIN = Path(sys.executable).parent
READY = "The line is ready."
SECONDS = 60.0


class Runner:
    """A runner with a folder and ports of its own; its output goes to a file."""

    def __init__(self, folder: Path) -> None:
        self.ports = {name: str(free_port()) for name in PORTS}
        self.environ = {**os.environ, **self.ports, "P1LINE_VAR": str(folder / "var")}
        self.url = f"http://127.0.0.1:{self.ports['PORT']}"
        self._log = folder / "log"
        self.process = self._start(self._log)
        self.seen: set[int] = set()

    def waits_for(self, text: str, count: int = 1) -> None:
        def heard() -> bool:
            if self.process.poll() is None:
                self.seen |= offspring(self.process.pid)
            return self.said().count(text) >= count

        try:
            eventually(heard, SECONDS)
        except AssertionError:
            pytest.fail(f"never said: {text}\n{self.said()}")

    def said(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def p1line(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command in another terminal, which knows the demo's folder and nothing else."""
        environ = {"PATH": os.environ["PATH"], "P1LINE_VAR": self.environ["P1LINE_VAR"]}
        command = [str(BIN / "p1line"), *words]
        return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=SECONDS)

    def running(self, command: str) -> list[psutil.Process]:
        return [
            child
            for child in psutil.Process(self.process.pid).children()
            if any(word in (command, f"{BIN / command}") for word in child.cmdline())
        ]

    def kills(self, command: str) -> None:
        [process] = self.running(command)
        process.kill()

    def phone_does(self, number: str) -> list[str]:
        """What the stand-in knows of a phone."""
        url = f"http://127.0.0.1:{self.ports['STANDIN_PORT']}/standin/phones/{number}"
        try:
            return list(requests.get(url, timeout=10).json()["does"])
        except requests.ConnectionError:
            return []

    def _start(self, log: Path) -> subprocess.Popen[bytes]:
        with log.open("wb") as out:
            return subprocess.Popen(
                [sys.executable, "-m", "runner"],
                cwd=HERE,
                env=self.environ,
                stdout=out,
                stderr=subprocess.STDOUT,
            )


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    started = Runner(tmp_path)
    yield started
    if started.process.poll() is None:
        started.process.terminate()
    started.process.wait(SECONDS)


@pytest.mark.timeout(300)
def test_a_whole_life_of_the_demo(runner: Runner, tmp_path: Path) -> None:
    runner.waits_for(READY)
    assert f"{runner.url}/incidents" in runner.said()
    ready = requests.get(f"{runner.url}/readyz", timeout=10)
    assert (ready.status_code, ready.json()["ready"]) == (200, True)
    page = requests.get(f"{runner.url}/incidents", timeout=10)
    assert (page.status_code, "/sign-in" in page.url) == (200, True)

    canary = "5145550199"
    requests.get(f"{runner.url}/incidents", params={"search": canary}, timeout=10)
    unsigned = requests.post(f"{runner.url}/voice", data={"From": f"+1{canary}"}, timeout=10)
    assert unsigned.status_code == 403

    check = runner.p1line("db", "check", "--language", "en")
    assert (check.returncode, check.stdout) == (0, "The database agrees with the models.\n")

    held = run(runner.environ)
    assert held.returncode == 1
    assert f"The demo already runs here (process {runner.process.pid})" in held.stderr
    taken = run({**runner.environ, "P1LINE_VAR": str(tmp_path / "elsewhere")})
    assert taken.returncode == 1
    assert f"Port {runner.ports['PORT']} is taken" in taken.stderr

    runner.kills("standin")
    runner.waits_for("standin | ended with signal 9; starts again in")
    eventually(lambda: runner.phone_does("+14385550113") == ["accept"], SECONDS)

    runner.kills("jobs.worker")
    runner.waits_for("worker  | ended with signal 9; starts again in")
    eventually(lambda: runner.running("jobs.worker"), SECONDS)
    runner.kills("gunicorn")
    runner.waits_for("Listening at", count=2)

    runner.process.send_signal(signal.SIGINT)
    assert runner.process.wait(SECONDS) == 0
    assert canary not in runner.said()
    assert len(runner.seen) > 7
    assert not [each for each in runner.seen if alive(each)]


@pytest.mark.timeout(300)
def test_killed_it_takes_all_along(runner: Runner) -> None:
    runner.waits_for(READY)
    runner.process.kill()
    runner.process.wait(SECONDS)
    assert len(runner.seen) > 7
    eventually(lambda: not any(map(alive, runner.seen)), SECONDS)


def test_a_port_that_is_none_is_refused_in_both_languages(tmp_path: Path) -> None:
    refused = run({**os.environ, "PORT": "eight thousand", "P1LINE_VAR": str(tmp_path)})
    assert refused.returncode == 1
    assert re.fullmatch(r"PORT doit être .*\nPORT must be .*\n", refused.stderr)


@pytest.mark.parametrize("moment", ["tomorrow", "2026-11-28T02:00:00"])
def test_a_moment_that_is_none_is_refused(tmp_path: Path, moment: str) -> None:
    refused = run({**os.environ, "P1LINE_NOW": moment, "P1LINE_VAR": str(tmp_path)})
    assert refused.returncode == 1
    assert "P1LINE_NOW must be a moment such as" in refused.stderr


def run(environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A runner that is expected to end by itself."""
    return subprocess.run(
        [sys.executable, "-m", "runner"],
        cwd=HERE,
        env=environ,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
