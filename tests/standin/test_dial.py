"""<Dial> and <Number> as Twilio does them: https://www.twilio.com/docs/voice/twiml/dial"""

from __future__ import annotations

import pytest

from standin import Manners, StandIn, behaviours
from standin.entries import Pressed, Webhook
from tests.phones import Phones
from tests.standin.application import BASE, Application

CALLER, AGENT, SECOND = "+15145550102", "+14385550113", "+14385550114"
EVENTS = "initiated ringing answered completed"


def rings(*numbers: str, dial: str = 'action="/done" timeout="20"') -> str:
    told = f'statusCallback="/leg" statusCallbackEvent="{EVENTS}"'
    nouns = "".join(f'<Number url="/whisper" {told}>{number}</Number>' for number in numbers)
    return f"<Dial {dial}>{nouns}</Dial>"


@pytest.fixture
def app(app: Application) -> Application:
    """A line that rings one agent, who is asked to press 47."""
    app.says["/voice"] = rings(AGENT)
    app.says["/whisper"] = (
        '<Gather numDigits="2" action="/accept"><Say language="fr-CA">Incident P1. Pour accepter, '
        "faites le 4 7. Pour refuser, faites le 2 2.</Say></Gather><Hangup/>"
    )
    app.says["/accept"] = lambda form: "" if form["Digits"] == "47" else "<Hangup/>"
    app.says["/done"] = '<Say language="fr-CA">Au revoir.</Say>'
    app.says["/leg"] = ""
    return app


def done(app: Application) -> dict[str, str]:
    (form,) = app.forms("/done")
    return form


def test_an_agent_who_accepts_is_connected(line: Phones, app: Application) -> None:
    agent = line.phone(AGENT).accepts(after=4)
    call = line.phone(CALLER).dials()
    assert call.bridged_with == AGENT
    assert call.is_connected
    agent.hears("Pour accepter, faites le 4 7.")
    call.hears_not("Incident")
    call.talks(60).hangs_up()
    assert call.ended
    assert line.bridges() == [(CALLER, AGENT)]
    (bridge,) = line.standin.ledger.bridges()
    assert bridge.seconds == 60
    line.check()


def test_the_callee_hangs_up_first_and_the_caller_goes_on(line: Phones, app: Application) -> None:
    line.phone(AGENT).accepts(talks=30)
    call = line.phone(CALLER).dials()
    call.talks(40)
    call.hears("Au revoir.")
    form = done(app)
    assert form["DialCallStatus"] == "completed"
    assert form["DialBridged"] == "true"
    assert form["DialCallSid"] == line.phone(AGENT).legs[0].sid
    assert int(form["DialCallDuration"]) > 30
    assert call.ended


def test_the_whisper_is_asked_about_the_called_leg(line: Phones, app: Application) -> None:
    line.phone(AGENT).accepts()
    call = line.phone(CALLER).dials()
    (form,) = app.forms("/whisper")
    assert form["ParentCallSid"] == call.sid
    assert form["Direction"] == "outbound-dial"
    assert form["To"] == AGENT
    assert form["From"] == CALLER
    assert form["CallStatus"] == "in-progress"


def test_status_callbacks_come_in_twilios_order(line: Phones, app: Application) -> None:
    line.phone(AGENT).accepts(talks=10)
    line.phone(CALLER).dials().talks(60)
    forms = app.forms("/leg")
    told = [(form["CallStatus"], form["SequenceNumber"]) for form in forms]
    assert told == [("initiated", "0"), ("ringing", "1"), ("in-progress", "2"), ("completed", "3")]
    assert {form["CallbackSource"] for form in forms} == {"call-progress-events"}
    assert "CallDuration" not in forms[2]
    assert int(forms[3]["CallDuration"]) > 10
    assert forms[0]["Timestamp"] == "Sat, 28 Nov 2026 07:00:00 +0000"


@pytest.mark.parametrize(
    ("behaviour", "status"),
    [
        (behaviours.Busy(), "busy"),
        (behaviours.RingsOut(), "no-answer"),
        (behaviours.Rejects(), "no-answer"),
        (behaviours.Unreachable(), "failed"),
    ],
)
def test_nobody_picks_up(
    line: Phones, app: Application, behaviour: behaviours.Behaviour, status: str
) -> None:
    line.phone(AGENT).does(behaviour)
    call = line.phone(CALLER).dials()
    call.hears("Au revoir.")
    assert done(app)["DialCallStatus"] == status
    assert done(app)["DialBridged"] == "false"
    assert app.forms("/leg")[-1]["CallStatus"] == status


def test_the_phone_rings_for_the_timeout_and_twilios_five_seconds(
    line: Phones, app: Application
) -> None:
    agent = line.phone(AGENT).rings_out()
    line.phone(CALLER).dials()
    record = line.standin.ledger.leg(agent.legs[0].sid)
    assert record.rang is not None
    assert record.ended is not None
    assert (record.ended - record.rang).total_seconds() == 25


@pytest.mark.parametrize("status", ["completed", "no-answer"])
def test_an_agent_who_declines_is_not_connected(
    line: Phones, app: Application, standin: StandIn, status: str
) -> None:
    """DialCallStatus after a refused whisper is not documented: both must be borne."""
    standin.manners = Manners(refused_whisper_status=status)
    line.phone(AGENT).declines()
    line.phone(CALLER).dials().hears("Au revoir.")
    assert app.forms("/accept")[0]["Digits"] == "22"
    assert done(app)["DialCallStatus"] == status
    assert done(app)["DialBridged"] == "false"
    assert line.bridges() == []


@pytest.mark.parametrize("tones", ["", "1"])
def test_a_voicemail_is_not_connected(line: Phones, app: Application, tones: str) -> None:
    agent = line.phone(AGENT).goes_to_voicemail(after=20, tones=tones)
    line.phone(CALLER).dials().hears("Au revoir.")
    assert line.bridges() == []
    assert agent.was_called == 1


def test_without_the_hangup_a_voicemail_would_be_connected(line: Phones, app: Application) -> None:
    """Falling off the end of the whisper connects."""
    app.says["/whisper"] = '<Gather numDigits="1"><Say>Press 1.</Say></Gather>'
    line.phone(AGENT).goes_to_voicemail(after=20)
    line.phone(CALLER).dials()
    assert line.bridges() == [(CALLER, AGENT)]


def test_an_agent_who_hangs_up_in_the_whisper(line: Phones, app: Application) -> None:
    line.phone(AGENT).hangs_up_midway(seconds=2)
    line.phone(CALLER).dials().hears("Au revoir.")
    assert line.bridges() == []


def test_the_first_to_pick_up_is_taken_and_the_others_are_cancelled(
    line: Phones, app: Application
) -> None:
    app.says["/voice"] = rings(AGENT, SECOND)
    line.phone(AGENT).accepts(after=9)
    line.phone(SECOND).accepts(after=4)
    call = line.phone(CALLER).dials()
    assert call.bridged_with == SECOND
    assert line.phone(AGENT).legs[0].status == "canceled"


def test_the_others_may_ring_on_while_the_first_hears_its_whisper(
    line: Phones, app: Application, standin: StandIn
) -> None:
    standin.manners = Manners(rings_on_in_whisper=True)
    app.says["/voice"] = rings(AGENT, SECOND)
    line.phone(AGENT).declines(after=4)
    line.phone(SECOND).accepts(after=6)
    assert line.phone(CALLER).dials().bridged_with == SECOND


def test_sequential_numbers_ring_one_after_the_other(line: Phones, app: Application) -> None:
    app.says["/voice"] = rings(AGENT, SECOND, dial='action="/done" timeout="10" sequential="true"')
    line.phone(AGENT).rings_out()
    line.phone(SECOND).accepts()
    assert line.phone(CALLER).dials().bridged_with == SECOND
    first, second = (line.standin.ledger.legs(to=number)[0] for number in (AGENT, SECOND))
    assert first.ended == second.started


def test_a_phone_on_another_call_is_busy(line: Phones, app: Application) -> None:
    line.phone(AGENT).accepts(talks=300)
    line.phone(CALLER).dials()
    other = line.phone("+14505550103").dials()
    other.hears("Au revoir.")
    assert done(app)["DialCallStatus"] == "busy"


def test_the_caller_hangs_up_while_it_rings(line: Phones, app: Application) -> None:
    line.phone(AGENT).is_held()
    call = line.phone(CALLER).dials(wait=False)
    line.passes(seconds=6)
    call.hangs_up()
    assert line.phone(AGENT).legs[0].status == "canceled"
    assert done(app)["DialCallStatus"] == "canceled"
    assert done(app)["CallStatus"] == "completed"
    call.hears_not("Au revoir.")


def test_the_caller_hangs_up_in_the_talk(line: Phones, app: Application) -> None:
    agent = line.phone(AGENT).accepts()
    line.phone(CALLER).dials().talks(5).hangs_up()
    assert agent.legs[0].status == "completed"
    assert line.standin.ledger.bridges()[0].seconds == 5
    assert done(app)["DialBridged"] == "true"
    assert app.forms("/ended")[0]["CallStatus"] == "completed"
    assert len(app.forms("/ended")) == 1


def test_the_action_may_not_be_requested_after_a_hang_up(
    line: Phones, app: Application, standin: StandIn
) -> None:
    standin.manners = Manners(dial_action_after_hangup=False)
    line.phone(AGENT).accepts()
    line.phone(CALLER).dials().hangs_up()
    assert app.forms("/done") == []


def test_answer_on_bridge_leaves_the_caller_ringing(line: Phones, app: Application) -> None:
    app.says["/voice"] = rings(AGENT, dial='action="/done" answerOnBridge="true"')
    line.phone(AGENT).accepts()
    call = line.phone(CALLER).dials()
    record = line.standin.ledger.leg(call.sid)
    assert record.answered == line.standin.ledger.bridges()[0].since


def test_a_star_drops_the_callee(line: Phones, app: Application) -> None:
    app.says["/voice"] = rings(AGENT, dial='action="/done" hangupOnStar="true"')
    line.phone(AGENT).accepts()
    call = line.phone(CALLER).dials()
    call.presses("*")
    line.passes(seconds=10)
    call.hears("Au revoir.")
    assert done(app)["DialCallStatus"] == "completed"


def test_the_time_limit_ends_the_talk(line: Phones, app: Application) -> None:
    app.says["/voice"] = rings(AGENT, dial='action="/done" timeLimit="60"')
    line.phone(AGENT).accepts(talks=900)
    call = line.phone(CALLER).dials()
    call.talks(70).hears("Au revoir.")
    assert line.standin.ledger.bridges()[0].seconds == 60


def test_a_dial_in_a_whisper_is_an_error(line: Phones, app: Application) -> None:
    app.says["/whisper"] = f"<Dial>{SECOND}</Dial>"
    line.phone(AGENT).accepts()
    line.phone(CALLER).dials().hears("Au revoir.")
    assert [each.code for each in line.standin.ledger.complaints()] == [13201]


def test_a_number_that_is_none(line: Phones, app: Application) -> None:
    app.says["/voice"] = rings("555")
    line.phone(CALLER).dials().hears("Au revoir.")
    assert done(app)["DialCallStatus"] == "failed"
    line.check(allow=(13224,))


def test_a_caller_id_that_is_not_ours(line: Phones, app: Application) -> None:
    app.says["/voice"] = rings(AGENT, dial=f'action="/done" callerId="{SECOND}"')
    line.phone(CALLER).dials()
    assert done(app)["DialCallStatus"] == "failed"
    line.check(allow=(13214,))


def test_a_hidden_number_cannot_be_passed_on(line: Phones, app: Application) -> None:
    line.phone(CALLER).dials(hidden=True)
    assert app.forms("/voice")[0]["From"] == "anonymous"
    assert done(app)["DialCallStatus"] == "failed"
    line.check(allow=(13214,))


def test_a_call_that_nobody_foresaw_fails_the_test(line: Phones, app: Application) -> None:
    with pytest.raises(AssertionError, match=r"a call to \+14385550113"):
        line.phone(CALLER).dials()


def test_without_an_action_the_next_verb_runs(line: Phones, app: Application) -> None:
    app.says["/voice"] = f"<Dial>{AGENT}</Dial><Say>Still there?</Say>"
    line.phone(AGENT).is_busy()
    line.phone(CALLER).dials().hears("Still there?")


def test_keys_and_words_pass_between_the_two(line: Phones, app: Application) -> None:
    agent = line.phone(AGENT).accepts()
    call = line.phone(CALLER).dials()
    call.presses("5")
    line.standin.legs[call.sid].speak("Bonjour")
    heard = line.standin.ledger.heard(agent.legs[0].sid)
    assert heard[-1].text == "Bonjour"
    assert heard[-1].speaker == call.sid
    assert line.standin.ledger.of(Pressed, call.sid)[-1].key == "5"


def test_every_webhook_is_in_the_ledger(line: Phones, app: Application) -> None:
    line.phone(AGENT).accepts(talks=5)
    line.phone(CALLER).dials().talks(10)
    line.passes(seconds=30)
    hooks = line.standin.ledger.of(Webhook)
    assert [hook.url.removeprefix(BASE) for hook in hooks] == app.paths
    assert {hook.status for hook in hooks} == {200}
