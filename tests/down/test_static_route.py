"""The whole web process is gone: a static host, its documents, and what is put right afterwards."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import requests
from sqlalchemy import select

from ivr.models import Agent, Recording
from jobs.publish import PUBLIC, publish
from jobs.reconcile import reconcile
from jobs.upkeep import Upkeep
from settings import HERE
from standin.twiml import parse
from standin.verbs import Dial, Gather, Record, Redirect
from tests import servers
from tests.down.static_host import shown
from tests.jobs.processes import environ
from tests.scenarios.cast import TO_IMPACT, presses
from tests.world import (
    DUTY,
    IMAGING_USER,
    MONDAY_8,
    NIGHT_USER,
    ON_CALL_1,
    ON_CALL_2,
    STRANGER,
    World,
)

MENU = "Si le logiciel est arrêté pour toute la clinique, faites le 1."
START = "menu.xml"
GONE = (11205, 15003)
"""What Twilio's debugger says of a server that is not there."""


@pytest.fixture
def folder(line: World) -> Path:
    publish(line.line)
    return line.line.settings.fallback_dir / PUBLIC


@pytest.fixture
def host(line: World, folder: Path) -> Iterator[str]:
    """The number is set as `p1line twilio configure --fallback-url` sets it."""
    with shown(folder) as address:
        line.twilio.number.voice_fallback_url = f"{address}/{START}"
        line.twilio.number.voice_fallback_method = "GET"
        yield address


@contextmanager
def web_is_gone(line: World) -> Iterator[None]:
    """Nobody listens where our web did."""
    number = line.twilio.number
    urls = number.voice_url, number.status_callback
    nowhere = f"http://127.0.0.1:{servers.free_port()}"
    number.voice_url, number.status_callback = f"{nowhere}/voice", f"{nowhere}/voice/status"
    yield
    number.voice_url, number.status_callback = urls


def rung(line: World) -> list[str]:
    return [leg.to for leg in line.twilio.ledger.legs() if leg.parent]


# What the caller and the agent live -----------------------------------------------------------


def test_critical_rings_the_agent_on_call_who_takes_it_with_two_keys(
    line: World, host: str
) -> None:
    line.phone(ON_CALL_1).accepts()
    with web_is_gone(line):
        call = line.phone(NIGHT_USER).dials()
        call.hears(MENU, "If the software is down for the whole clinic, press 1.").presses("1")
        call.hears("Je joins l'agent de garde. Ne quittez pas.")
        assert call.bridged_with == ON_CALL_1
        line.phone(ON_CALL_1).hears(
            "Pour prendre l'appel, faites le 5.", "Pour confirmer que vous prenez l'appel"
        )
        call.talks(30).hangs_up()
    line.phones.check(allow=GONE)


@pytest.mark.parametrize("tones", ["", "5", "555"])
def test_a_voicemail_never_gets_the_caller(line: World, host: str, tones: str) -> None:
    line.phone(ON_CALL_1).goes_to_voicemail(after=10, tones=tones)
    line.phone(ON_CALL_2).says_nothing()
    line.phone(DUTY).accepts()
    with web_is_gone(line):
        call = line.phone(NIGHT_USER).dials().presses("1")
        call.hears("Sinon, ne quittez pas : je joins la personne suivante.")
        assert call.has_talked_with == [DUTY], "the duty number is the last"
        assert rung(line) == [ON_CALL_1, ON_CALL_2, DUTY]


def test_nobody_accepts_and_the_words_are_recorded(line: World, host: str) -> None:
    line.phone(ON_CALL_1).is_busy()
    line.phone(ON_CALL_2).rejects()
    line.phone(DUTY).hangs_up_midway()
    with web_is_gone(line):
        call = line.phone(NIGHT_USER).dials().presses("1")
        call.hears("Personne n'a pu répondre à l'instant.", "Votre message sera enregistré")
        call.says("Clinique du Parc", then="#").hears("Un agent vous rappellera. Au revoir.")
        assert call.ended


def test_silence_is_a_message_and_wakes_nobody(line: World, host: str) -> None:
    with web_is_gone(line):
        call = line.phone(IMAGING_USER).dials().stays_silent()
        call.hears("Dites le nom de la clinique").says("Une question").hears("Merci.")
    assert not rung(line)


# What is put right ----------------------------------------------------------------------------


def test_its_calls_become_incidents_by_twilios_list(line: World, host: str) -> None:
    for phone in (ON_CALL_1, ON_CALL_2, DUTY):
        line.phone(phone).rings_out()
    with web_is_gone(line):
        began = line.now
        critical = line.phone(NIGHT_USER).dials().presses("1")
        critical.says("Plus rien ne fonctionne", then="#")
        line.phone(STRANGER).dials().stays_silent().says("Rappelez-moi", then="#")
    report = reconcile(line.line, began)
    assert (report.seen, len(report.opened)) == (2, 2)

    known, unknown = line.incidents()
    assert (known.priority, known.recognised_by, known.extended) == ("P1", "number", True)
    assert known.opened_at - began < timedelta(seconds=2), "its hour counts from the call"
    assert (unknown.client_id, unknown.priority) == (None, "P2")
    with line.session() as session:
        assert len(session.scalars(select(Recording)).all()) == 2
    assert reconcile(line.line, began).opened == [], "again does nothing"
    assert len(line.incidents()) == 2

    for phone in (ON_CALL_1, NIGHT_USER):
        line.phone(phone).accepts()
    line.passes(timedelta(minutes=2))
    assert (ON_CALL_1, NIGHT_USER) in line.phones.bridges(), "and the client is called back"


def test_without_any_fallback_the_call_that_failed_is_called_back(line: World) -> None:
    line.twilio.number.voice_fallback_url = ""
    with web_is_gone(line):
        line.phone(NIGHT_USER).dials(wait=False)
        line.phones.passes(seconds=30)
    for phone in (ON_CALL_1, NIGHT_USER):
        line.phone(phone).accepts()
    Upkeep(line.line).look()
    line.passes(timedelta(minutes=2))
    assert (ON_CALL_1, NIGHT_USER) in line.phones.bridges()
    assert line.incident().priority == "P1", "provisionally, with the extended service"


def test_a_call_that_we_knew_joins_its_own_incident(line: World, host: str) -> None:
    """Killed with -9 in the middle of the call, and started again later."""
    line.phone(ON_CALL_1).rings_out()
    line.phone(ON_CALL_2).rings_out()
    line.phone(DUTY).rings_out()
    with web(line) as process:
        call = presses(line.phone(NIGHT_USER).dials(), *TO_IMPACT)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        call.presses("1").hears(MENU).presses("1")
        call.says("Tout est arrêté", then="#")
        assert call.ended
    line.passes(timedelta(minutes=6))
    Upkeep(line.line).look()
    (incident,) = line.incidents()
    assert (incident.priority, incident.product) == ("P1", "medical")
    assert {"aside", "recorded"} <= set(line.timeline())
    assert len(line.calls()) == 1


def test_the_end_that_nobody_told_is_found(line: World) -> None:
    presses(line.phone(NIGHT_USER).dials(), *TO_IMPACT)
    line.twilio.number.status_callback = ""
    with web_is_gone(line):
        call = line.phone(IMAGING_USER).dials(wait=False)
        call.hangs_up()
    reconcile(line.line, line.now - timedelta(minutes=5))
    ended = {each.caller: each.ended_at is not None for each in line.calls()}
    assert ended == {NIGHT_USER: False, IMAGING_USER: True}, "who is on the line stays there"


def test_an_ordinary_call_gets_nothing_added(line: World) -> None:
    line.phone(ON_CALL_1).accepts()
    call = presses(line.phone(NIGHT_USER).dials(), *TO_IMPACT, "1", "1", "1")
    call.talks(20).hangs_up()
    before = line.timeline()
    report = reconcile(line.line, line.now - timedelta(hours=1))
    assert (report.seen, report.opened, line.timeline()) == (1, [], before)


# The documents --------------------------------------------------------------------------------


def test_every_document_is_valid_and_leads_to_another_by_get(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()}
    assert START in names
    for path in folder.iterdir():
        document = parse(path.read_bytes(), f"http://static.example/{path.name}", "GET")
        assert (document.warnings, document.unplayed) == ([], [])
        for url, method in links(document.verbs):
            assert (url in names, method) == (True, "GET"), f"{path.name}: {url}"


def links(verbs: tuple[object, ...]) -> Iterator[tuple[str, str]]:
    for verb in verbs:
        match verb:
            case Gather() | Record():
                assert verb.action
                yield verb.action, verb.method
            case Redirect():
                yield verb.url, verb.method
            case Dial():
                assert verb.action
                yield verb.action, verb.method
                for number in verb.targets:
                    yield number.url, number.method  # type: ignore[union-attr,misc]


def test_a_chain_that_gets_shorter_strands_no_call_that_is_under_way(
    line: World, folder: Path
) -> None:
    before = {path.name for path in folder.iterdir()}
    with line.line.scene() as scene:
        for agent in scene.session.scalars(select(Agent)):
            agent.active = False
    publish(line.line)
    assert {path.name for path in folder.iterdir()} == before
    assert DUTY in (folder / "ring-1.xml").read_text()


def test_a_change_of_the_rota_is_published_within_a_minute(line: World, folder: Path) -> None:
    upkeep = Upkeep(line.line)
    upkeep.look()
    with line.line.scene() as scene:
        for agent in scene.session.scalars(select(Agent).where(Agent.phone == ON_CALL_1)):
            agent.phone = STRANGER
    line.phones.passes(minutes=1)
    upkeep.look()
    assert STRANGER in (folder / "ring-1.xml").read_text()
    assert ON_CALL_1 not in (folder / "ring-1.xml").read_text()


def test_nothing_is_written_where_nothing_changed(line: World, folder: Path) -> None:
    assert publish(line.line).changed == ()


class TestBeforeTheHandover:
    @pytest.fixture
    def start(self) -> datetime:
        return MONDAY_8 - timedelta(minutes=10)

    def test_whoever_takes_over_rings_already(self, line: World, folder: Path) -> None:
        """In the file of our own web too, and without anything being published again."""
        first = (folder / "ring-1.xml").read_text()
        line.phones.passes(minutes=11)
        publish(line.line)
        assert (folder / "ring-1.xml").read_text() != first
        assert ON_CALL_2 in (folder / "ring-1.xml").read_text()


def test_the_folder_that_a_host_shows_holds_documents_alone(folder: Path) -> None:
    assert {path.suffix for path in folder.iterdir()} == {".xml"}
    for private in folder.parent.glob("*.json*"):
        assert private.stat().st_mode & 0o077 == 0


@contextmanager
def web(line: World) -> Iterator[subprocess.Popen[bytes]]:
    """Our web as a process of its own, at the number's address."""
    port = servers.free_port()
    url = f"http://127.0.0.1:{port}"
    env = {**os.environ, **environ(line), "PUBLIC_URL": url, "PORT": str(port)}
    env["WEB_CONCURRENCY"] = "1"
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "app:create_app()"]
    process = subprocess.Popen(
        command, cwd=HERE, env=env, stderr=subprocess.DEVNULL, start_new_session=True
    )
    number = line.twilio.number
    urls = number.voice_url, number.status_callback
    number.voice_url, number.status_callback = f"{url}/voice", f"{url}/voice/status"
    try:
        _wait_for(f"{url}/healthz")
        yield process
    finally:
        number.voice_url, number.status_callback = urls
        with contextlib.suppress(ProcessLookupError):  # the test has killed it
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            requests.get(url, timeout=1).raise_for_status()
            return
        except requests.RequestException:
            time.sleep(0.05)
    raise TimeoutError(url)
