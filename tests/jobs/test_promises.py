"""Promises on file: stored with each event, explained, checked, and never moved later."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, update

from commands import main
from ivr import callbacks, clocks, incidents, letters, outbox, resolving, working
from ivr.models import Event, Incident, Message
from ivr.policy import DEFAULT
from ivr.resolving import Findings
from ivr.scene import Scene
from tests.jobs.cast import agent, owe, owe_in
from tests.jobs.conftest import Database
from tests.jobs.processes import environ
from tests.world import DESK_1, DESK_2, IMAGING_USER, TUESDAY_10, World

HOUR = timedelta(hours=1)


@pytest.fixture
def start() -> datetime:
    return TUESDAY_10


def at(hour: int, minute: int = 0) -> datetime:
    return TUESDAY_10.replace(hour=hour, minute=minute)


def kinds(scene: Scene, incident: Incident) -> list[str]:
    found = select(Event.kind).where(Event.incident_id == incident.id).order_by(Event.id)
    return list(scene.session.scalars(found))


# Stored with each act ------------------------------------------------------------------------


def test_each_act_stores_what_follows_from_it(database: Database) -> None:
    """Whatever is done, what is on file is what the events say."""
    with database.scene() as scene:
        incident = owe_in(scene)
        holder = agent(scene, DESK_2)
    acts = [
        lambda scene, found: incidents.take_in_charge(scene, found, holder_of(scene), how="key"),
        lambda scene, found: incidents.client_told(scene, found, how="call"),
        lambda scene, found: incidents.not_told(scene, found),
        lambda scene, found: incidents.client_told(scene, found, how="mail"),
        lambda scene, found: working.start(scene, found, holder_of(scene)),
        lambda scene, found: working.agree_updates(scene, found, holder_of(scene), HOUR),
        lambda scene, found: working.wait(scene, found, holder_of(scene), "une réponse"),
        lambda scene, found: working.resume(scene, found, holder_of(scene)),
        lambda scene, found: working.give_update(scene, found, holder_of(scene)),
        lambda scene, found: working.change_priority(scene, found, holder_of(scene), "P3", "non"),
        lambda scene, found: incidents.hand_back(scene, found),
    ]

    def holder_of(scene: Scene) -> Any:
        return agent(scene, holder.phone)

    for act in acts:
        database.passes(timedelta(minutes=7))
        with database.scene() as scene:
            act(scene, scene.session.get_one(Incident, incident.id))
        with database.scene() as scene:
            found = scene.session.get_one(Incident, incident.id)
            assert clocks.differences(scene, found) == []
    assert found.met_at == at(10, 28), "taken at 10:07, told by letter at 10:28, and it stays met"
    assert (found.priority, found.due_at) == ("P3", at(14))
    assert (found.correction_due_at, found.update_every) == (None, 3600)


def test_a_hand_back_before_the_client_is_told_withdraws_the_act(database: Database) -> None:
    with database.scene() as scene:
        incident = owe_in(scene)
        incidents.take_in_charge(scene, incident, agent(scene, DESK_2), how="key")
        incidents.hand_back(scene, incident)
        incidents.client_told(scene, incident, how="mail")
        assert incident.met_at is None


def test_a_hand_back_leaves_alone_what_was_closed_by_itself(database: Database) -> None:
    with database.scene() as scene:
        first, second = owe_in(scene), owe_in(scene)
        second.linked_to = first
        scene.session.flush()
        scene.session.expire(first)
        holder = agent(scene, DESK_2)
        incidents.take_in_charge(scene, first, holder, how="key")
        resolving.resolve(scene, second, holder, Findings("application", "d", "s", "w", "1"))
        resolving.approve(scene, second, holder)
        resolving.close(scene, second, holder, "approval")
        incidents.hand_back(scene, first)
        assert (first.state, second.state, second.holder) == ("new", "closed", holder)


def test_a_letter_that_was_accepted_tells_it_though_nobody_was_joined(database: Database) -> None:
    """POLICY §4, note 1: a call that a person accepted, or an e-mail; whichever came first."""
    with database.scene() as scene:
        incident = owe_in(scene)
        holder = agent(scene, DESK_2)
        incidents.take_in_charge(scene, incident, holder, how="key")
        incidents.client_told(scene, incident, how="call", agent=holder)
        [letter] = scene.session.scalars(
            select(Message).where(Message.channel == "mail", Message.purpose == "taken")
        )
        outbox.sent(scene, letter)
    database.passes(timedelta(seconds=5))
    with database.scene() as scene:
        incident = scene.session.get_one(Incident, incident.id)
        incidents.not_told(scene, incident)
        assert (incident.met_at, incident.told_at) == (scene.now, scene.now)
        assert clocks.differences(scene, incident) == []
    database.passes(timedelta(seconds=5))
    with database.scene() as scene:
        incident = scene.session.get_one(Incident, incident.id)
        incident.reopened_at = scene.now
        incidents.not_told(scene, incident)
        assert incident.told_at is None, "a letter of before it was reopened tells nothing of it"


def test_another_priority_says_so_and_the_client_is_written(database: Database) -> None:
    with database.scene() as scene:
        incident = owe_in(scene)
        letters.write(scene, incident, "recorded")
        assert incident.promised_at == at(12)
        incidents.take_in_charge(scene, incident, agent(scene, DESK_2), how="click")
        working.change_priority(scene, incident, agent(scene, DESK_2), "P3", "un détour existe")
        assert incident.due_at == at(14)
        assert incident.promised_at == at(14), "the letter promises it anew"
        assert kinds(scene, incident)[-2:] == ["due_moved", "promised"]
        moved = select(Message.body).where(Message.purpose.startswith("moved"))
        for body in scene.session.scalars(moved):
            assert "avant le mardi 24 novembre à 14 h" in body.replace("\u00a0", " ")


# A change of calendar ------------------------------------------------------------------------


@pytest.fixture
def promised(line: World) -> int:
    """A P2 of Tuesday, 15:30: the caller has heard "before 9:00 tomorrow"."""
    line.phone(DESK_1).rings_out()
    line.phone(DESK_2).rings_out()
    line.twilio.run_until(at(15, 30))
    call = line.phone(IMAGING_USER).dials()
    call.presses("20317")
    call.hangs_up()
    line.work()
    return line.incident().id


def closed_tomorrow(folder: Path) -> Path:
    path = folder / "policy.toml"
    day = '[[closing_days]]\nday = "2026-11-25"\nfr = "Déménagement"\nen = "Moving"\n'
    path.write_text(DEFAULT.read_text(encoding="utf-8") + day, encoding="utf-8")
    return path


@pytest.fixture
def commanded(line: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands run on this world."""
    for name, value in environ(line).items():
        monkeypatch.setenv(name, value)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["sla", *arguments])


def answered(*arguments: str) -> dict[str, Any]:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_what_was_told_stands_when_the_day_becomes_a_closing_day(
    line: World, promised: int, commanded: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    due_at = line.incident().due_at
    assert line.incident().promised_at == due_at
    assert abs(due_at - at(9) - timedelta(days=1)) < timedelta(minutes=1)
    monkeypatch.setenv("POLICY_FILE", str(closed_tomorrow(tmp_path)))
    checked = run("check")
    assert checked.exit_code == 1, "thresholds and the correction come later now"
    stored = answered("recompute")
    assert stored["moved"][0]["bound"] is True
    assert line.incident().due_at == due_at
    assert answered("check") == {"ok": True, "seen": 1, "differences": []}
    told = answered("explain", line.incident().reference)
    keys = [step["key"] for step in told["clocks"][0]["why"]]
    assert "verdict.bound" in keys


def test_what_nobody_was_told_follows_the_calendar(
    line: World, commanded: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.twilio.run_until(at(15, 30))
    owe(line.line, priority="P3")
    assert line.incident().promised_at is None
    was = line.incident().due_at
    monkeypatch.setenv("POLICY_FILE", str(closed_tomorrow(tmp_path)))
    (moved,) = answered("recompute")["moved"]
    assert (moved["bound"], datetime.fromisoformat(moved["before"])) == (False, was)
    assert line.incident().due_at == was + timedelta(days=1)


def test_a_check_finds_what_was_changed_by_hand(
    line: World, promised: int, commanded: None
) -> None:
    assert run("check").exit_code == 0
    with line.line.sessions.begin() as session:
        session.execute(update(Incident).values(due_at=at(23)))
    result = run("check", "--language", "en")
    assert result.exit_code == 1
    assert "due time: stored, Tuesday, November 24 at 11 PM; derived, Wednesday" in (
        result.stdout.replace("\u00a0", " ")
    )
    assert run("recompute").exit_code == 0
    assert run("check").exit_code == 0


# Explained -----------------------------------------------------------------------------------


def test_explained_step_by_step_to_a_client_or_a_judge(line: World, commanded: None) -> None:
    line.phone(DESK_1).rings_out()
    line.phone(DESK_2).rings_out()
    incident_id = owe(line.line)
    reference = line.incident().reference
    told = answered("explain", f"{reference[:3]} {reference[3:]}")
    assert [each["clock"] for each in told["clocks"]] == ["response", "correction"]
    assert [each["verdict"] for each in told["clocks"]] == ["running", "running"]
    assert told["in_time"] is True
    line.twilio.run_until(at(12, 45))
    with line.line.scene() as scene:
        found = scene.session.get_one(Incident, incident_id)
        incidents.take_in_charge(scene, found, agent(scene, DESK_2), how="click")
        incidents.client_told(scene, found, how="call")
        working.wait(scene, found, agent(scene, DESK_2), "le journal d'erreurs")
        callbacks.stop(found)
    told = answered("explain", reference)
    response, correction = told["clocks"]
    assert told["in_time"] is False
    assert (response["verdict"], response["late_seconds"]) == ("late", 2700)
    assert response["due"] == "2026-11-24T12:00:00-05:00"
    assert correction["verdict"] == "paused"
    text = run("explain", reference).stdout.replace("\u00a0", " ")
    for sentence in (
        "priorité P2, ouvert le mardi 24 novembre à 10 h.",
        "P2 : à prendre en charge en 2 heures au plus, en heures ouvrables (§4).",
        "Le mardi 24 novembre, de 10 h à midi : 2 heures.",
        "Échéance : le mardi 24 novembre à midi.",
        "Pris en charge le mardi 24 novembre à 12 h 45 par Bureau 2.",
        "Client avisé le mardi 24 novembre à 12 h 45.",
        "45 minutes après l'échéance (dans les heures qui comptent : 45 minutes).",
        "le client est attendu : « le journal d'erreurs ».",
        "En pause : il reste 9 h 15.",
    ):
        assert sentence in text, text
    assert "Late" not in text
    english = run("explain", reference, "--language", "en").stdout
    assert "Missed: taken in charge and client told" in english


def test_a_reference_that_nobody_has(line: World, commanded: None) -> None:
    result = run("explain", "000000")
    assert result.exit_code == 1
    assert "Aucun incident" in result.stderr
