"""Starts the demo and keeps it running: `python -m runner`, which is what `make run` does."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import FrameType

from clock import system_clock
from commands.environment import folder
from runner import demo, procfile
from runner.alone import Refused, check_ports, holding
from runner.answers import is_ready, listens
from runner.guard import Guard
from runner.lines import Lines
from runner.phones import set_phones
from runner.procfile import Entry
from runner.supervisor import Supervisor
from runner.welcome import ready, refusal
from settings import Settings, SettingsError

HERE = Path(__file__).parent.parent
UP_SECONDS = 20.0
READY_SECONDS = 60.0
NEEDED = ("VALKEY_PORT", "STANDIN_PORT", "SMTP_PORT")
"""What has to listen before the database is made ready and the others start."""


def main() -> int:
    os.chdir(HERE)
    try:
        with holding(folder()):
            return _run(_environment())
    except Refused as refused:
        sys.stderr.write(str(refused))
        return 1


def _environment() -> dict[str, str]:
    try:
        values = demo.environment(folder(), os.environ, system_clock())
        Settings.from_environ(values)
    except demo.DemoError as error:
        raise Refused(refusal("no_port", name=error.name)) from error
    except SettingsError as error:  # P1LINE_NOW is the only other one that comes from outside
        raise Refused(f"{error}\n") from error
    check_ports(values)
    return demo.for_children(os.environ, values)


def _run(environ: Mapping[str, str]) -> int:
    entries = procfile.read(HERE / "Procfile.dev")
    lines = Lines(sys.stdout, [entry.name for entry in entries], environ)
    guard = Guard()
    supervisor = Supervisor(environ, lines, guard)
    supervisor.on_start["standin"] = lambda: set_phones(environ, lines)
    _stop_on_signals(supervisor)
    place = [entry.name for entry in entries].index("release")
    before, release, after = entries[:place], entries[place], entries[place + 1 :]
    try:
        supervisor.start(before)
        _prepare(supervisor, release, environ)
        if not supervisor.stopping.is_set():
            supervisor.start(after)
            _welcome(supervisor, environ, lines)
        supervisor.watch()
    finally:
        supervisor.stop(entry.name for entry in after)
        supervisor.stop()
        guard.close()
    return 0


def _prepare(supervisor: Supervisor, release: Entry, environ: Mapping[str, str]) -> None:
    """Waits for what the release needs, and runs it; raises `Refused` where that goes wrong."""
    for name in NEEDED:
        port = int(environ[name])
        if not supervisor.wait(partial(listens, port), UP_SECONDS):
            if not supervisor.stopping.is_set():
                raise Refused(refusal("not_up", port=port, name=name))
            return
    if not supervisor.run_to_end(release) and not supervisor.stopping.is_set():
        raise Refused(refusal("release"))


def _welcome(supervisor: Supervisor, environ: Mapping[str, str], lines: Lines) -> None:
    url = environ["PUBLIC_URL"]
    if supervisor.wait(lambda: is_ready(url), READY_SECONDS):
        lines.write(ready(environ))
    elif not supervisor.stopping.is_set():
        lines.write(refusal("not_ready", seconds=int(READY_SECONDS), url=url))


def _stop_on_signals(supervisor: Supervisor) -> None:
    """The first signal stops all in order; the second does not wait."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        if supervisor.stopping.is_set():
            supervisor.hurry.set()
        supervisor.stopping.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup
            signal.signal(number, stop)


if __name__ == "__main__":
    sys.exit(main())
