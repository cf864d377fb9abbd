"""<Record> as Twilio does it: https://www.twilio.com/docs/voice/twiml/record"""

from __future__ import annotations

import pytest

from tests.phones import Phones
from tests.standin.application import Application

CALLER = "+15145550102"
WORDS = "Les factures ne s'impriment plus depuis ce matin"


@pytest.fixture
def app(app: Application) -> Application:
    app.says["/voice"] = (
        '<Say>Speak.</Say><Record action="/after" timeout="4" maxLength="30" '
        'recordingStatusCallback="/tape" '
        'recordingStatusCallbackEvent="in-progress completed absent"/>'
    )
    app.says["/after"] = "<Say>Thanks.</Say>"
    app.says["/tape"] = ""
    return app


def test_a_key_ends_it(line: Phones, app: Application) -> None:
    call = line.phone(CALLER).dials()
    assert call.waits_for == "record"
    call.says(WORDS, then="#").hears("Thanks.")
    form = app.forms("/after")[0]
    assert form["Digits"] == "#"
    assert form["CallStatus"] == "in-progress"
    (recording,) = line.standin.recordings.values()
    assert recording.words == [WORDS]
    assert form["RecordingUrl"].endswith(recording.sid)


def test_silence_ends_it_and_is_trimmed(line: Phones, app: Application) -> None:
    line.phone(CALLER).dials().says(WORDS).hears("Thanks.")
    form = app.forms("/after")[0]
    assert "Digits" not in form
    line.passes(seconds=2)
    statuses = [tape["RecordingStatus"] for tape in app.forms("/tape")]
    assert statuses == ["in-progress", "completed"]
    whole, trimmed = int(form["RecordingDuration"]), int(app.forms("/tape")[1]["RecordingDuration"])
    assert whole - trimmed == 4
    assert "From" not in app.forms("/tape")[1]


def test_nobody_speaks(line: Phones, app: Application) -> None:
    """The silence is kept, as a recording of the timeout's length."""
    call = line.phone(CALLER).dials()
    before = line.now
    call.stays_silent().hears("Thanks.")
    assert (line.standin.ledger.heard(call.sid)[-1].moment - before).total_seconds() == 4
    assert app.forms("/after")[0]["RecordingDuration"] == "4"


def test_hanging_up_requests_the_action_too(line: Phones, app: Application) -> None:
    call = line.phone(CALLER).dials()
    line.standin.legs[call.sid].speak(WORDS)
    line.passes(seconds=3)
    call.hangs_up()
    (form,) = app.forms("/after")
    assert form["Digits"] == "hangup"
    assert form["CallStatus"] == "completed"
    assert form["RecordingDuration"] == "3"
    call.hears_not("Thanks.")


def test_hanging_up_at_once_records_nothing(line: Phones, app: Application) -> None:
    line.phone(CALLER).dials().hangs_up()
    assert app.forms("/after")[0]["RecordingDuration"] == "0"
    assert [tape["RecordingStatus"] for tape in app.forms("/tape")] == ["in-progress", "absent"]


def test_the_longest_length_ends_it(line: Phones, app: Application) -> None:
    line.phone(CALLER).dials().says("mot " * 200).hears("Thanks.")
    assert app.forms("/after")[0]["RecordingDuration"] == "30"


def test_only_a_finishing_key_ends_it(line: Phones, app: Application) -> None:
    app.says["/voice"] = '<Record action="/after" finishOnKey="#"/>'
    line.phone(CALLER).dials().says(WORDS, then="1#")
    assert app.forms("/after")[0]["Digits"] == "#"


def test_the_beep_takes_a_second(line: Phones, app: Application) -> None:
    app.says["/voice"] = '<Record action="/after"/>'
    call = line.phone(CALLER).dials()
    assert (line.now - line.standin.legs[call.sid].created).total_seconds() == 1
    app.says["/voice"] = '<Record action="/after" playBeep="false"/>'
    call = line.phone("+15145550101").dials()
    assert line.now == line.standin.legs[call.sid].created
