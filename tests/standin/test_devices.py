"""What called phones do, and how a test holds one."""

from __future__ import annotations

import pytest

from standin import behaviours
from standin.webhooks import Target
from tests.phones import Phones
from tests.standin.application import BASE, Application
from tests.standin.conftest import LINE

AGENT, CLIENT = "+14385550113", "+15145550102"


@pytest.fixture
def app(app: Application) -> Application:
    app.says["/agent"] = (
        '<Gather numDigits="1" timeout="8" action="/key">'
        "<Say>A client called.</Say><Say>To accept, press 1. To decline, press 2.</Say></Gather>"
        "<Say>Nobody pressed.</Say>"
    )
    app.says["/key"] = lambda form: f"<Say>You pressed {form['Digits']}.</Say>"
    return app


def call_agent(line: Phones) -> None:
    line.standin.place_call(LINE, AGENT, Target(f"{BASE}/agent"))
    line.passes(minutes=3)


@pytest.mark.parametrize(
    ("behaviour", "ending"),
    [
        (behaviours.Accepts(), "You pressed 1."),
        (behaviours.Accepts(keys="7"), "You pressed 7."),
        (behaviours.Declines(), "You pressed 2."),
        (behaviours.SaysNothing(), "Nobody pressed."),
        (behaviours.GoesToVoicemail(), "Nobody pressed."),
    ],
)
def test_what_it_presses(
    line: Phones, app: Application, behaviour: behaviours.Behaviour, ending: str
) -> None:
    line.phone(AGENT).does(behaviour)
    call_agent(line)
    assert line.phone(AGENT).heard.endswith(ending)


def test_keys_are_pressed_where_one_is_awaited_though_none_is_named(
    line: Phones, app: Application
) -> None:
    app.says["/agent"] = (
        '<Say>Hello.</Say><Gather numDigits="1" action="/key"><Say>Any key, please.</Say></Gather>'
    )
    line.phone(AGENT).presses_when_called("5")
    call_agent(line)
    line.phone(AGENT).hears("You pressed 5.")


def test_behaviours_one_after_the_other(line: Phones, app: Application) -> None:
    line.phone(AGENT).rings_out().then.is_busy().then.accepts()
    for status in ("no-answer", "busy", "completed", "completed"):
        call_agent(line)
        assert line.phone(AGENT).legs[-1].status == status
    assert line.phone(AGENT).was_called == 4


def test_a_voicemail_tapes_what_is_said_after_its_beep(line: Phones, app: Application) -> None:
    app.says["/agent"] = "<Say>Too early.</Say><Pause length='7'/><Say>This is on tape.</Say>"
    line.phone(AGENT).goes_to_voicemail(after=20)
    call_agent(line)
    assert line.phone(AGENT).voicemail == ["This is on tape."]


def test_a_voicemail_hangs_up_after_a_minute(line: Phones, app: Application) -> None:
    app.says["/agent"] = '<Pause length="300"/>'
    line.phone(AGENT).goes_to_voicemail(after=20)
    call_agent(line)
    leg = line.phone(AGENT).legs[0]
    assert leg.seconds == 66
    assert line.standin.ledger.leg(leg.sid).ended_by == "far end"


def test_the_test_holds_the_phone(line: Phones, app: Application) -> None:
    agent = line.phone(AGENT).is_held()
    line.standin.place_call(LINE, AGENT, Target(f"{BASE}/agent"))
    call = agent.picks_up()
    call.hears("A client called.").presses("2").hears("You pressed 2.")
    assert call.ended


def test_the_test_turns_a_call_away(line: Phones, app: Application) -> None:
    agent = line.phone(AGENT).is_held()
    line.standin.place_call(LINE, AGENT, Target(f"{BASE}/agent"))
    agent.turns_away()
    assert agent.legs[0].status == "no-answer"


def test_after_a_talk_the_agent_listens_again(line: Phones, app: Application) -> None:
    app.says["/key"] = f'<Dial action="/over">{CLIENT}</Dial>'
    app.says["/over"] = (
        '<Gather numDigits="1" action="/solved"><Say>Solved? Press 1.</Say></Gather>'
    )
    app.says["/solved"] = "<Say>Noted.</Say>"
    agent = line.phone(AGENT).accepts(talks=600)
    line.phone(CLIENT).accepts(talks=30)
    call_agent(line)
    assert line.bridges() == [(AGENT, CLIENT)]
    agent.hears("Noted.")


def test_a_failure_shows_the_whole_call(line: Phones, app: Application) -> None:
    app.says["/voice"] = '<Gather numDigits="1" action="/key"><Say>Bonjour.</Say></Gather>'
    call = line.phone(CLIENT).dials()
    call.presses("3")
    with pytest.raises(AssertionError, match="did not hear 'Au revoir'") as failure:
        call.hears("Au revoir")
    for shown in ("line (en-US): Bonjour.", "presses 3", "You pressed 3.", "completed"):
        assert shown in str(failure.value)
    with pytest.raises(AssertionError, match="heard 'You pressed'"):
        call.hears_not("You pressed")
    with pytest.raises(AssertionError, match="the call is over"):
        call.presses("1")


def test_twiml_that_twilio_would_complain_about_fails_the_check(
    line: Phones, app: Application
) -> None:
    app.says["/voice"] = "<Speak>Bonjour</Speak>"
    line.phone(CLIENT).dials()
    with pytest.raises(AssertionError, match="12200"):
        line.check()
    line.check(allow=(12200,))
