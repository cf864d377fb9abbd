"""Two runs of one seed are the same, entry by entry: a night of calls with faults."""

from __future__ import annotations

import json
import random
from pathlib import Path

from standin import StandIn, behaviours
from standin.entries import as_json
from standin.faults import CallbackFault
from standin.transport import Wsgi
from tests.standin.application import BASE, TOKEN, Application
from tests.standin.conftest import ACCOUNT, LINE, START

CALLS = 40


def a_night(seed: str, file: Path | None = None) -> list[str]:
    """Calls that begin at random, to an agent who does this and that."""
    rng = random.Random(seed)
    app = Application()
    app.says["/voice"] = (
        '<Gather numDigits="1" action="/key"><Say>One moment, or press 1.</Say></Gather>'
        "<Redirect>/key</Redirect>"
    )
    app.says["/key"] = (
        '<Dial action="/done" timeout="15"><Number statusCallback="/leg" '
        'statusCallbackEvent="initiated ringing answered completed">+14385550113</Number></Dial>'
    )
    app.says["/done"] = "<Say>Goodbye.</Say>"
    app.says["/leg"] = ""
    standin = StandIn(
        ACCOUNT, TOKEN, LINE, f"{BASE}/voice", START,
        seed=seed, transport=Wsgi(app.wsgi), ledger_file=file,
    )  # fmt: skip
    kinds = [
        behaviours.Accepts(),
        behaviours.Busy(),
        behaviours.RingsOut(),
        behaviours.GoesToVoicemail(),
    ]
    standin.devices.set("+14385550113", *rng.choices(kinds, k=CALLS))
    faults = (CallbackFault(copies=0), CallbackFault(copies=2), CallbackFault(overtaken=True))
    for fault in faults:
        standin.faults.callbacks(fault, CALLS, lambda event, leg: rng.random() < 0.1)
    for number in range(CALLS):
        standin.run_for(rng.uniform(0, 60))
        phone = standin.dial_line(f"+1514555{number:04}")
        if rng.random() < 0.5:
            standin.run_for(2)
            phone.press("1")
        if rng.random() < 0.2:
            standin.scheduler.after(rng.uniform(0, 60), phone.hang_up)
    standin.run_until_idle()
    assert not standin.live
    standin.close()
    return [json.dumps(as_json(entry)) for entry in standin.ledger.entries]


def test_the_same_seed_is_the_same_night() -> None:
    assert a_night("1") == a_night("1")
    assert a_night("1") != a_night("2")


def test_the_ledger_is_written_as_it_goes(tmp_path: Path) -> None:
    entries = a_night("3", tmp_path / "ledger.jsonl")
    lines = (tmp_path / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [json.loads(entry) for entry in entries]


def test_the_ledger_tells_of_every_leg(tmp_path: Path) -> None:
    kinds = {json.loads(entry)["kind"] for entry in a_night("4")}
    assert {"placed", "progress", "heard", "pressed", "webhook", "bridged", "parted"} <= kinds
