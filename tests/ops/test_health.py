"""What monitors ask: alive, ready, and numbers without anybody in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from console.health import health
from ivr import last_rota
from ivr.database import Sessions, connect, sessions
from ivr.last_rota import LastRota
from ivr.models import Call, Heartbeat, Incident, Leg, Message
from ivr.policy import Policy
from jobs.queue import Queue
from tests import servers

NOW = datetime(2026, 11, 28, 7, 0, tzinfo=UTC)
SECONDS = timedelta(seconds=1)


@dataclass
class Kept:
    """The only setting that they need."""

    fallback_dir: Path


@dataclass
class Parts:
    """What the health pages need of a `line.Line`."""

    sessions: Sessions
    queue: Queue
    policy: Policy
    settings: Kept
    now: datetime = NOW

    def clock(self) -> datetime:
        return self.now

    def beats(self, **ages: float) -> None:
        with self.sessions.begin() as session:
            for name, seconds in ages.items():
                session.merge(Heartbeat(name=name, at=self.now - seconds * SECONDS))

    def page(self, path: str) -> Any:
        app = Flask("health")
        app.extensions["line"] = self
        app.register_blueprint(health)
        client: FlaskClient = app.test_client()
        return client.get(path)


@pytest.fixture(params=["sqlite", "postgresql"])
def parts(
    request: pytest.FixtureRequest, tmp_path: Path, valkey: servers.Valkey
) -> Iterator[Parts]:
    if request.param == "sqlite":
        yield _parts(servers.sqlite(tmp_path), valkey.url, tmp_path)
    else:
        with servers.postgres() as url:
            yield _parts(url, valkey.url, tmp_path)


def _parts(database_url: str, redis_url: str, folder: Path) -> Parts:
    return Parts(
        sessions(connect(database_url)), Queue(redis_url), Policy.read(), Kept(folder / "fallback")
    )


def ready(parts: Parts) -> tuple[int, list[str]]:
    answer = parts.page("/readyz")
    assert answer.json["ready"] == (answer.status_code == 200) == (not answer.json["failing"])
    return answer.status_code, answer.json["failing"]


def test_alive_whatever_else_is_dead(parts: Parts) -> None:
    answer = parts.page("/healthz")
    assert (answer.status_code, answer.json) == (200, {"alive": True})


def test_ready_with_the_ages_of_both_heartbeats(parts: Parts) -> None:
    parts.beats(worker=3.5, sweep=12)
    answer = parts.page("/readyz")
    assert answer.status_code == 200
    assert answer.json == {
        "ready": True,
        "failing": [],
        "heartbeats": {"worker": 3.5, "sweep": 12.0},
        "fallback": None,
    }


def test_the_age_of_the_last_rota_is_shown(parts: Parts) -> None:
    last_rota.save(parts.settings.fallback_dir, LastRota((), parts.now - 40 * SECONDS))
    assert parts.page("/readyz").json["fallback"] == 40.0
    assert "p1line_fallback_age_seconds 40.0" in parts.page("/metrics").text


@pytest.mark.parametrize(
    ("ages", "status"),
    [
        ({}, 503),
        ({"worker": 61, "sweep": 61}, 503),
        ({"worker": 61, "sweep": 60}, 200),
        ({"worker": 5}, 200),
        ({"sweep": 5}, 200),
        ({"worker": 61}, 503),
        ({"worker": -3600, "sweep": -3600}, 503),  # the clock was put back: nobody says they live
    ],
)
def test_one_of_worker_and_sweep_is_enough(
    parts: Parts, ages: dict[str, float], status: int
) -> None:
    parts.beats(**ages)
    assert ready(parts) == (status, [] if status == 200 else ["heartbeats"])


def test_a_queue_that_is_down_is_named(parts: Parts) -> None:
    parts.beats(worker=1, sweep=1)
    parts.queue = Queue(f"redis://127.0.0.1:{servers.free_port()}/0")
    assert ready(parts) == (503, ["queue"])


def test_a_database_that_is_down_is_named(tmp_path: Path, valkey: servers.Valkey) -> None:
    parts = _parts(f"sqlite:///{tmp_path / 'nowhere' / 'no.db'}", valkey.url, tmp_path)
    assert ready(parts) == (503, ["database"])
    assert parts.page("/readyz").json["heartbeats"] == {"worker": None, "sweep": None}


def test_a_database_without_tables_is_down(tmp_path: Path, valkey: servers.Valkey) -> None:
    assert ready(_parts(f"sqlite:///{tmp_path / 'new.db'}", valkey.url, tmp_path))[1] == [
        "database"
    ]


def test_a_clock_that_does_not_answer_is_named(tmp_path: Path, valkey: servers.Valkey) -> None:
    parts = _parts(servers.sqlite(tmp_path), valkey.url, tmp_path)

    def gone() -> datetime:
        raise requests.ConnectionError

    parts.clock = gone  # type: ignore[method-assign]
    assert ready(parts) == (503, ["clock"])


def measures(parts: Parts) -> dict[str, float]:
    answer = parts.page("/metrics")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain")
    lines = (line.rsplit(" ", 1) for line in answer.text.splitlines() if line[0] != "#")
    return {name: float(value) for name, value in lines}


def test_an_empty_line_measures_zero(parts: Parts) -> None:
    found = measures(parts)
    assert found['p1line_incidents_open{priority="P1",state="new"}'] == 0
    assert found['p1line_incidents_overdue{priority="P4"}'] == 0
    assert found['p1line_callbacks{state="late"}'] == 0
    assert not any("heartbeat" in name for name in found)


def test_every_measure_counts_what_it_says(parts: Parts) -> None:
    parts.beats(worker=7, sweep=70)
    with parts.sessions.begin() as session:
        calls = [_call(number) for number in range(5)]
        session.add_all(calls)
        calls[0].ended_at = None
        calls[1].refused = True
        calls[4].started_at = NOW - 25 * 3600 * SECONDS
        session.flush()
        late = _incident(calls[2].id, due_at=NOW - SECONDS, callback_at=NOW - 61 * SECONDS)
        claimed = _incident(
            priority="P1",
            callback_at=NOW - 90 * SECONDS,
            callback_claimed_until=NOW + SECONDS,
        )
        taken = _incident(
            priority="P3", state="taken", taken_at=NOW, due_at=NOW - SECONDS, callback_at=NOW
        )
        met = _incident(
            priority="P3",
            state="taken",
            taken_at=NOW,
            told_at=NOW,
            met_at=NOW,
            due_at=NOW - SECONDS,
        )
        refused = _incident(state="refused", due_at=NOW - SECONDS)
        session.add_all([late, claimed, taken, met, refused])
        session.flush()
        for state, ended in (("ringing", None), ("placing", None), ("ended", NOW)):
            session.add(_leg(late.id, state, ended))
        session.add_all(
            [
                _message(late.id, "sms", NOW),
                _message(late.id, "mail", NOW + SECONDS),
                _message(claimed.id, "sms", None),
            ]
        )
    found = measures(parts)
    expected = {
        'p1line_incidents_open{priority="P1",state="new"}': 2,
        'p1line_incidents_open{priority="P3",state="taken"}': 2,
        'p1line_incidents_overdue{priority="P1"}': 1,
        'p1line_incidents_overdue{priority="P3"}': 1,
        'p1line_callbacks{state="owed"}': 3,
        'p1line_callbacks{state="due"}': 3,
        'p1line_callbacks{state="late"}': 1,
        'p1line_legs_ringing{kind="agent"}': 2,
        'p1line_messages_waiting{channel="sms"}': 1,
        'p1line_calls_last_day{outcome="in_progress"}': 1,
        'p1line_calls_last_day{outcome="refused"}': 1,
        'p1line_calls_last_day{outcome="incident"}': 1,
        'p1line_calls_last_day{outcome="nothing"}': 1,
        'p1line_heartbeat_age_seconds{process="worker"}': 7,
        'p1line_heartbeat_age_seconds{process="sweep"}': 70,
    }
    assert {name: found.get(name) for name in expected} == expected
    assert sum(found.values()) == sum(expected.values())


def test_measures_name_nobody(parts: Parts) -> None:
    with parts.sessions.begin() as session:
        session.add(_call(1))
    assert not re.search(r"\+?1?\d{10}|412736", parts.page("/metrics").text)


def test_a_scrape_of_a_dead_database_fails(tmp_path: Path, valkey: servers.Valkey) -> None:
    parts = _parts(servers.sqlite(tmp_path), valkey.url, tmp_path)
    with parts.sessions.begin() as session:
        session.execute(text("DROP TABLE legs"))
    assert parts.page("/metrics").status_code == 500


def _call(number: int) -> Call:
    return Call(
        sid=f"CA{number:032}",
        caller="+15145550101",
        started_at=NOW - 600 * SECONDS,
        touched_at=NOW,
        ended_at=NOW,
        step="greeting",
    )


def _incident(call_id: int | None = None, **values: Any) -> Incident:
    common = {
        "reference": "412736",
        "language": "fr",
        "priority": "P1",
        "opened_at": NOW,
        "due_at": NOW + 3600 * SECONDS,
    }
    return Incident(call_id=call_id, **{**common, **values})


def _leg(incident_id: int, state: str, ended_at: datetime | None) -> Leg:
    return Leg(
        kind="agent",
        incident_id=incident_id,
        number="+14505550111",
        state=state,
        created_at=NOW,
        ended_at=ended_at,
    )


def _message(incident_id: int, channel: str, send_at: datetime | None) -> Message:
    return Message(
        incident_id=incident_id,
        purpose="recorded",
        channel=channel,
        to="+15145550101",
        body="...",
        created_at=NOW,
        send_at=send_at,
    )
