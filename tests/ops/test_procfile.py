"""The Procfiles are read as they are written, and refused where a line makes no sense."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.procfile import Entry, ProcfileError, read
from settings import HERE


def test_entries_keep_their_order(tmp_path: Path) -> None:
    path = tmp_path / "Procfile"
    path.write_text("# first\n\nweb: serve --port $PORT\nworker:  work 'a: b'\n")
    assert read(path) == [Entry("web", "serve --port $PORT"), Entry("worker", "work 'a: b'")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("web: serve\nnonsense\n", "line 2: not `name: command`"),
        ("web:\n", "line 1: not `name: command`"),
        ("web: a\nweb: b\n", "line 2: web stands twice"),
    ],
)
def test_what_is_no_entry_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "Procfile"
    path.write_text(text)
    with pytest.raises(ProcfileError, match=reason):
        read(path)


def test_development_runs_all_that_production_runs() -> None:
    production = {entry.name: entry.command for entry in read(HERE / "Procfile")}
    development = {entry.name: entry.command for entry in read(HERE / "Procfile.dev")}
    assert production.keys() == {"release", "web", "worker", "sweep"}
    assert production.keys() <= development.keys()
    assert {production[name] for name in ("worker", "sweep")} <= set(development.values())
