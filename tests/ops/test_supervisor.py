"""The runner's parts with real processes: restarts with back-off, a clean stop, no orphans."""

from __future__ import annotations

import io
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner import supervisor as timing
from runner.guard import Guard
from runner.lines import Lines
from runner.procfile import Entry
from runner.supervisor import Supervisor
from tests.ops.processes import alive, eventually

NAMES = ["first", "second"]
STUBBORN = "sh -c 'trap \"\" TERM; echo up; while true; do sleep 1; done'"
# A leader that starts a helper in its group, says both process ids, and waits.
FAMILY = "sh -c 'sleep 60 & echo $$ $!; wait'"
# A leader that ends at SIGTERM, and a helper that does not.
OUTLIVED = "sh -c 'trap \"\" TERM; sleep 60 & trap - TERM; echo $!; exec sleep 60'"


class Watched:
    """A supervisor whose printed lines a test reads, watching in a thread of its own."""

    def __init__(self) -> None:
        self.out = io.StringIO()
        self.guard = Guard()
        self.supervisor = Supervisor(os.environ, Lines(self.out, NAMES, {}), self.guard)
        self._thread = threading.Thread(target=self.supervisor.watch)

    def starts(self, **commands: str) -> None:
        self.supervisor.start([Entry(name, command) for name, command in commands.items()])
        self._thread.start()

    def said(self, name: str) -> list[str]:
        lines = (line.split("|", 1) for line in self.out.getvalue().splitlines())
        return [text.strip() for label, text in lines if label.strip() == name]

    def waits_for(self, name: str, count: int = 1) -> list[str]:
        eventually(lambda: len(self.said(name)) >= count)
        return self.said(name)

    def stops(self) -> None:
        self.supervisor.stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        self.supervisor.stop()
        self.guard.close()


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    monkeypatch.setattr(timing, "GRACE_SECONDS", 0.5)
    monkeypatch.setattr(timing, "FIRST_DELAY", 0.2)
    made = Watched()
    yield made
    made.stops()


def test_lines_carry_the_name_of_who_says_them(watched: Watched) -> None:
    watched.starts(first="sh -c 'echo héron; echo bad >&2; sleep 60'", second="sleep 60")
    assert watched.waits_for("first", 2) == ["héron", "bad"]
    assert "first  | héron\n" in watched.out.getvalue()


def test_what_ends_is_started_again_later_and_later(watched: Watched) -> None:
    watched.starts(first="sh -c 'echo up; exit 3'", second="sh -c 'echo up; sleep 60'")
    said = watched.waits_for("first", 6)
    delays = ["0.2", "0.4", "0.8"]
    assert said[0::2][:3] == ["up"] * 3
    assert said[1::2] == [f"ended with status 3; starts again in {each} s" for each in delays]
    assert watched.said("second") == ["up"]


def test_what_is_killed_is_started_again_without_its_old_helpers(watched: Watched) -> None:
    watched.starts(first=FAMILY)
    leader, helper = map(int, watched.waits_for("first")[0].split())
    os.kill(leader, signal.SIGKILL)
    said = watched.waits_for("first", 3)
    assert said[1].startswith("ended with signal 9")
    assert not alive(helper)
    assert all(alive(int(process)) for process in said[2].split())


def test_stopping_leaves_nothing(watched: Watched) -> None:
    watched.starts(first=FAMILY, second=STUBBORN)
    family = list(map(int, watched.waits_for("first")[0].split()))
    watched.waits_for("second")
    watched.stops()
    assert not any(map(alive, family))
    assert not watched.supervisor._places


def test_a_helper_that_outlives_its_leader_is_stopped_too(watched: Watched) -> None:
    watched.starts(
        first='sh -c \'trap "" TERM; (trap "" TERM; sleep 60) & echo $!; exec sleep 60\''
    )
    helper = int(watched.waits_for("first")[0])
    watched.stops()
    assert not alive(helper)


def test_the_release_says_whether_it_went_well(watched: Watched) -> None:
    assert watched.supervisor.run_to_end(Entry("first", "echo one && echo two"))
    assert not watched.supervisor.run_to_end(Entry("second", "echo three && false"))
    assert (watched.said("first"), watched.said("second")) == (["one", "two"], ["three"])


def test_a_runner_that_is_killed_takes_its_processes_along(tmp_path: Path) -> None:
    """The guard stands in for it: here, the runner is a child that we kill with -9."""
    runner = os.fork()
    if runner == 0:
        try:
            _be_a_runner(tmp_path / "ids")
        finally:
            os._exit(1)  # whatever happens, this copy of the tests does not go on
    written = tmp_path / "ids"
    eventually(lambda: written.exists() and written.read_text().endswith("\n"))
    family = list(map(int, written.read_text().split()))
    assert all(map(alive, family))
    os.kill(runner, signal.SIGKILL)
    os.waitpid(runner, 0)
    eventually(lambda: not any(map(alive, family)))


def _be_a_runner(written: Path) -> None:
    out = io.StringIO()
    supervisor = Supervisor(os.environ, Lines(out, NAMES, {}), Guard())
    supervisor.start([Entry("first", FAMILY), Entry("second", FAMILY)])
    eventually(lambda: out.getvalue().count("\n") == 2)
    ids = " ".join(line.split("|")[1] for line in out.getvalue().splitlines())
    written.with_suffix(".new").write_text(ids + "\n")
    written.with_suffix(".new").replace(written)
    supervisor.watch()
