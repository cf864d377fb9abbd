"""One bad line, file or call keeps no other waiting, when what happened without us is put right."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from ivr import reconciled, spool
from ivr.reconciled import Listed
from ivr.scene import Scene
from ivr.spool import Happened
from jobs import spooled, sweep
from jobs.reconcile import reconcile
from line import Line
from tests.down.test_commands import missed
from tests.jobs.cast import owe
from tests.world import NIGHT_USER, ON_CALL_1, World

ONE, OTHER = "CA" + "1" * 32, "CA" + "2" * 32


@pytest.fixture
def folder(line: World) -> Path:
    return line.line.settings.fallback_dir


def is_critical(line: World, sid: str) -> None:
    spool.append(line.line.settings.fallback_dir, Happened(line.now, sid, "critical", NIGHT_USER))


class TestOfTheSpool:
    @pytest.mark.parametrize("line_", [b"\xff\xfe\x00", b"{", b"[]", b'{"at": 5, "call": "x"}'])
    def test_a_line_that_says_nothing_is_left_out(
        self, line: World, folder: Path, line_: bytes, caplog: pytest.LogCaptureFixture
    ) -> None:
        is_critical(line, ONE)
        with (folder / spool.FILE).open("ab") as file:
            file.write(line_ + b"\n")
        is_critical(line, OTHER)
        sweep.sweep_once(line.line)
        assert [call.sid for call in line.calls()] == [ONE, OTHER]
        assert not spool.waiting(folder)
        assert "line 2 cannot be read" in caplog.text

    def test_a_file_that_the_disk_does_not_give_waits_and_the_next_is_taken_in(
        self, line: World, folder: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        bad = folder / spool.TAKEN.format("bad")
        bad.mkdir(parents=True)  # reading it is an error of the disk's
        os.utime(bad, (0, 0))  # the oldest: it comes first
        is_critical(line, ONE)
        for _ in range(2):
            sweep.sweep_once(line.line)
        assert [call.sid for call in line.calls()] == [ONE]
        assert f"{bad.name} cannot be read (Is a directory)" in caplog.text
        assert list(folder.glob(spool.TAKEN.format("*"))) == [bad]

    def test_the_sweep_places_what_is_due_whatever_the_spool_does(
        self, line: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def breaks(_: Line) -> int:
            raise MemoryError

        monkeypatch.setattr(sweep, "take_in", breaks)
        owe(line.line, "10452", NIGHT_USER, priority="P1", product="medical")
        line.phone(ON_CALL_1).accepts(talks=20)
        line.phone(NIGHT_USER).accepts(talks=20)
        line.passes(timedelta(minutes=1))
        assert line.phones.bridges() == [(ON_CALL_1, NIGHT_USER)]
        assert "the spool is not taken in" in caplog.text

    def test_a_call_that_is_not_understood_keeps_no_other_waiting(
        self, line: World, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        take_in: Callable[..., None] = spooled.taken_in.take_in

        def breaks(scene: Scene, happened: list[Happened]) -> None:
            if happened[0].call == ONE:
                raise ZeroDivisionError
            take_in(scene, happened)

        monkeypatch.setattr(spooled.taken_in, "take_in", breaks)
        is_critical(line, ONE)
        is_critical(line, OTHER)
        sweep.sweep_once(line.line)
        assert [call.sid for call in line.calls()] == [OTHER]
        (refused,) = folder.glob("refused-*")
        assert ONE in refused.read_text(), "a person can still see it"


def test_of_twilios_list_one_call_that_cannot_be_put_right_stops_no_other(
    line: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    began = line.now
    bad, good = missed(line), missed(line)
    put_right = reconciled.reconcile

    def breaks(scene: Scene, listed: Listed) -> bool:
        opened = put_right(scene, listed)
        if listed.sid == bad:
            raise ZeroDivisionError
        return opened

    monkeypatch.setattr(reconciled, "reconcile", breaks)
    looked: set[str] = set()
    report = reconcile(line.line, began, looked)
    assert (report.seen, report.opened, report.failed) == (2, [good], [bad])
    assert [call.sid for call in line.calls()] == [good], "what broke has left nothing behind"
    assert f"call {bad}: not reconciled" in caplog.text
    monkeypatch.setattr(reconciled, "reconcile", put_right)
    assert reconcile(line.line, began, looked).opened == [bad], "it is tried again"
