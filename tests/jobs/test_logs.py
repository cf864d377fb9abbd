"""What worker and sweep write into their logs."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from ivr.database import connect, sessions
from jobs.heart import beat
from jobs.process import Formatter
from tests.servers import free_port
from tests.world import World


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    log, handler = logging.getLogger("of a test"), logging.StreamHandler(io.StringIO())
    handler.setFormatter(Formatter())
    log.addHandler(handler)
    yield handler.stream
    log.removeHandler(handler)


def test_a_database_that_is_away_is_told_in_a_line(line: World, written: io.StringIO) -> None:
    away = sessions(connect(f"postgresql+psycopg://line@127.0.0.1:{free_port()}/line"))
    try:
        beat(replace(line.line, sessions=away), "sweep")
    except Exception:
        logging.getLogger("of a test").exception("%s: no heartbeat", "sweep")
    [told] = written.getvalue().splitlines()
    assert "ERROR of a test sweep: no heartbeat: connection failed" in told


def test_a_statement_that_fails_is_told_with_its_place(written: io.StringIO) -> None:
    try:
        with sessions(connect("sqlite://"))() as session:
            session.execute(text("SELECT 1 FROM nowhere"))
    except OperationalError:
        logging.getLogger("of a test").exception("this sweep failed")
    assert "Traceback" in written.getvalue()
    assert "nowhere" in written.getvalue()


def test_any_other_error_is_told_with_its_place(written: io.StringIO) -> None:
    try:
        raise ValueError("of ours")
    except ValueError:
        logging.getLogger("of a test").exception("this sweep failed")
    assert "test_any_other_error_is_told_with_its_place" in written.getvalue()
