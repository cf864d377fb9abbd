"""`python -m standin` and the commands that use it, as a person does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import requests
from click import Command
from click.testing import CliRunner, Result
from werkzeug.serving import make_server

from commands import call, clock, phone
from standin import StandIn
from standin.transport import Wsgi
from tests.standin.application import BASE, TOKEN, Application
from tests.standin.conftest import ACCOUNT, LINE, START

CALLER, AGENT = "+15145550102", "+14385550113"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def app(app: Application) -> Application:
    app.says["/voice"] = (
        '<Gather numDigits="5" timeout="30" action="/number">'
        '<Say language="fr-CA">Votre numéro de client.</Say></Gather><Hangup/>'
    )
    app.says["/number"] = '<Record action="/after" timeout="30"/>'
    app.says["/after"] = f'<Dial action="/done"><Number url="/whisper">{AGENT}</Number></Dial>'
    app.says["/whisper"] = (
        '<Gather numDigits="2" timeout="30" action="/accept">'
        "<Say>To accept, press 4 7.</Say></Gather><Hangup/>"
    )
    app.says["/accept"] = ""
    app.says["/done"] = '<Say language="fr-CA">Nous vous rappellerons.</Say>'
    return app


@pytest.fixture
def live(app: Application) -> Iterator[StandIn]:
    made = StandIn(
        ACCOUNT, TOKEN, LINE, f"{BASE}/voice", START, live=True, transport=Wsgi(app.wsgi)
    )
    made.serve()
    yield made
    made.close()


def run(live: StandIn, command: Command, *arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(command, [*arguments, "--standin", live.url], input=typed)


def printed(result: Result) -> str:
    """What it printed, with plain spaces."""
    return result.output.replace("\u00a0", " ")


SCRIPT = """\
# the night super user of 10452
expect Votre numéro de client
press 10452
say L'imagerie ne démarre plus
expect Nous vous rappellerons
"""


def test_a_call_by_script(live: StandIn, app: Application) -> None:
    run(live, phone.command, "--number", AGENT, "--does", "busy")
    done = run(live, call.command, "--from", CALLER, "--script", "-", "--fast", typed=SCRIPT)
    assert done.exit_code == 0, done.output
    assert "Ligne : Votre numéro de client." in printed(done)
    assert "Vous : L'imagerie ne démarre plus" in printed(done)
    assert "Appel terminé" in printed(done)
    assert app.forms("/number")[0]["Digits"] == "10452"
    (recording,) = live.recordings.values()
    assert recording.words == ["L'imagerie ne démarre plus"]


def test_what_is_expected_and_not_heard_is_exit_1(live: StandIn, app: Application) -> None:
    script = "press 10452\nexpect Quel produit\n"
    done = run(live, call.command, "--from", CALLER, "--script", "-", "--fast", typed=script)
    assert done.exit_code == 1
    assert "Ligne 2 du scénario : « Quel produit » n'a pas été dit." in printed(done)
    assert not live.live


def test_a_script_that_makes_no_sense_calls_nobody(live: StandIn) -> None:
    done = run(live, call.command, "--from", CALLER, "--script", "-", typed="push 1\n")
    assert done.exit_code == 1
    assert "« push 1 »" in printed(done)
    assert not live.legs


def test_a_call_that_is_put_through(live: StandIn, app: Application) -> None:
    run(live, phone.command, "--number", AGENT, "--does", "accept")
    script = "press 10452\nwait\nwait 20\nhang up\n"
    done = run(
        live, call.command, "--from", CALLER, "--script", "-", "--fast", "--json", typed=script
    )
    assert done.exit_code == 0, done.output
    facts = json.loads(done.output)
    assert facts["call"]["status"] == "completed"
    kinds = [event["kind"] for event in facts["events"]]
    assert "bridged" in kinds
    assert live.ledger.bridges()[0].seconds >= 20


def test_the_clock_is_set_first(live: StandIn) -> None:
    run(live, call.command, "--from", CALLER, "--at", "2026-12-05T02:00", "--script", "-", "--fast")
    (leg,) = live.legs.values()
    assert leg.created.isoformat().startswith("2026-12-05T07:00:00")


def test_hidden_and_in_english(live: StandIn) -> None:
    done = run(
        live, call.command, "--from", CALLER, "--hidden", "--script", "-", "--fast",
        "--language", "en", typed="expect numéro\n",
    )  # fmt: skip
    assert "Line: Votre numéro de client." in printed(done)
    assert next(iter(live.legs.values())).caller == "anonymous"


def test_nobody_answers_there() -> None:
    done = CliRunner().invoke(call.command, ["--from", CALLER, "--standin", "http://127.0.0.1:1"])
    assert done.exit_code == 1
    assert "Aucun Twilio de remplacement ne répond à http://127.0.0.1:1." in printed(done)


def test_something_else_answers_there(app: Application) -> None:
    server = make_server("127.0.0.1", 0, app.wsgi)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    done = CliRunner().invoke(clock.command, ["--standin", url])
    server.shutdown()
    server.server_close()
    assert done.exit_code == 1
    assert "n'est pas le Twilio de remplacement" in printed(done)


def test_no_number(live: StandIn) -> None:
    done = run(live, call.command, "--from", "5145550102")
    assert done.exit_code == 1
    assert "« 5145550102 » n'est pas un numéro" in printed(done)


def test_the_clock_is_shown_set_and_moved(live: StandIn) -> None:
    assert "samedi 28 novembre 2026 à 2 h 00" in printed(run(live, clock.command))
    assert "1 h 30" not in printed(run(live, clock.command, "set", "2026-11-30T08:00"))
    moved = run(live, clock.command, "advance", "1h30", "--json")
    now = datetime.fromisoformat(json.loads(moved.output)["now"])
    assert now - datetime.fromisoformat("2026-11-30T09:30:00-05:00") < timedelta(seconds=5)
    english = printed(run(live, clock.command, "--language", "en"))
    assert "Monday, November 30, 2026 at 9:30" in english


def test_a_phone_shows_what_it_received(live: StandIn) -> None:
    assert "aucun texto" in printed(run(live, phone.command, "--number", CALLER, "--received"))
    live.messages.send(LINE, CALLER, "Référence 412 736")
    live.advance_clock(60)
    deadline = time.monotonic() + 5
    while not live.devices.phone(CALLER).inbox:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    received = run(live, phone.command, "--number", CALLER, "--received")
    assert "texto reçu : Référence 412 736" in printed(received)


class Terminal:
    """A command in a process of its own, typed at and read from."""

    def __init__(self, *arguments: str) -> None:
        environ = os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from commands import main; main()", *arguments],
            cwd=ROOT, env=environ, text=True, encoding="utf-8",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self.output = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def types(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def shows(self, text: str, within: float = 20) -> None:
        deadline = time.monotonic() + within
        while text not in self.output:
            assert time.monotonic() < deadline, f"{text!r} is not in:\n{self.output}"
            time.sleep(0.02)

    def ends(self) -> int:
        assert self._process.stdin is not None
        self._process.stdin.close()
        code = self._process.wait(timeout=20)
        self._reader.join(timeout=5)
        return code

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.output += line.replace("\u00a0", " ")


def test_two_terminals_talk(live: StandIn, app: Application) -> None:
    """A caller and an agent, each typing; the caller hangs up."""
    agent = Terminal("phone", "--number", AGENT, "--standin", live.url)
    agent.shows(f"Le téléphone {AGENT} attend les appels.")
    caller = Terminal("call", "--from", CALLER, "--standin", live.url)
    caller.shows("Ligne : Votre numéro de client.")
    caller.types("des mots")
    caller.shows("personne n'écoute de mots")
    caller.types("10452")
    caller.shows("enregistrement en cours")
    caller.types("Rien ne marche")
    caller.shows("Vous : Rien ne marche")
    caller.types("#")
    agent.shows(f"un appel de {CALLER}")
    agent.types("")
    agent.shows("Ligne : To accept, press 4 7.")
    agent.types("47")
    caller.shows(f"En ligne avec {AGENT}")
    agent.shows(f"En ligne avec {CALLER}")
    caller.types("Bonjour")
    agent.shows("En ligne : Bonjour")
    assert caller.ends() == 0
    agent.shows("Appel terminé")
    assert agent.ends() == 0


def start(folder: Path, port: int) -> subprocess.Popen[bytes]:
    environ = os.environ | {
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "P1LINE_NUMBER": LINE,
        "PUBLIC_URL": "http://127.0.0.1:1",
        "P1LINE_NOW": "2026-11-28T02:00",
        "STANDIN_PORT": str(port),
        "STANDIN_LEDGER": str(folder / "ledger.jsonl"),
    }
    process = subprocess.Popen([sys.executable, "-m", "standin"], cwd=ROOT, env=environ)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            requests.get(f"http://127.0.0.1:{port}/standin/clock", timeout=1)
        except requests.ConnectionError:
            time.sleep(0.05)
        else:
            return process
    raise AssertionError("it does not start")


def now(port: int) -> datetime:
    answer = requests.get(f"http://127.0.0.1:{port}/standin/clock", timeout=5)
    return datetime.fromisoformat(answer.json()["now"])


def test_the_process_starts_ends_and_remembers_its_clock(tmp_path: Path) -> None:
    server = make_server("127.0.0.1", 0, lambda environ, start_response: [])
    port = server.server_port
    server.server_close()
    first = start(tmp_path, port)
    assert now(port) - START < timedelta(seconds=20)
    page = requests.get(f"http://127.0.0.1:{port}/", timeout=5).text
    assert "Twilio de remplacement" in page
    body = {"advance": 8 * 3600}
    requests.post(f"http://127.0.0.1:{port}/standin/clock", json=body, timeout=5)
    first.kill()
    first.wait(timeout=10)
    second = start(tmp_path, port)
    assert now(port) - START >= timedelta(hours=8)
    second.send_signal(signal.SIGTERM)
    assert second.wait(timeout=10) == 0
    third = start(tmp_path, port)
    assert now(port) - START < timedelta(seconds=20)
    third.send_signal(signal.SIGINT)
    assert third.wait(timeout=10) == 0
