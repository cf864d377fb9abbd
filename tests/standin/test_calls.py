"""The verbs that stand alone, and how a call begins and ends."""

from __future__ import annotations

import pytest
from flask import Response

from standin.recordings import tone, wav
from standin.webhooks import Target
from tests.phones import Call, Phones
from tests.standin.application import BASE, Application
from tests.standin.conftest import LINE

CALLER, AGENT = "+15145550102", "+14385550113"


def moments(line: Phones, call: Call) -> list[float]:
    """When each sentence began, in seconds since the call did."""
    leg = line.standin.legs[call.sid]
    heard = line.standin.ledger.heard(call.sid)
    return [(each.moment - leg.created).total_seconds() for each in heard]


@pytest.mark.parametrize(("reason", "status"), [("rejected", "no-answer"), ("busy", "busy")])
def test_reject_does_not_answer(line: Phones, app: Application, reason: str, status: str) -> None:
    app.says["/voice"] = f'<Reject reason="{reason}"/>'
    call = line.phone(CALLER).dials()
    assert call.status == status
    assert line.standin.legs[call.sid].answered_at is None
    line.passes(seconds=1)
    assert app.forms("/ended")[0]["CallStatus"] == status
    assert app.forms("/ended")[0]["CallDuration"] == "0"


def test_reject_is_too_late_once_the_call_is_answered(line: Phones, app: Application) -> None:
    app.says["/voice"] = "<Say>One.</Say><Reject/><Say>Two.</Say>"
    line.phone(CALLER).dials().hears("One.", "Two.")
    line.check(allow=(12200,))


def test_hangup_answers_first(line: Phones, app: Application) -> None:
    app.says["/voice"] = "<Hangup/>"
    call = line.phone(CALLER).dials()
    assert call.status == "completed"
    assert line.standin.legs[call.sid].answered_at is not None


def test_a_pause_as_the_first_verb_delays_the_answer(line: Phones, app: Application) -> None:
    app.says["/voice"] = '<Pause length="3"/><Say>One two.</Say><Pause/><Say>Three.</Say>'
    call = line.phone(CALLER).dials()
    leg = line.standin.legs[call.sid]
    assert leg.answered_at is not None
    assert (leg.answered_at - leg.created).total_seconds() == 3
    assert moments(line, call) == pytest.approx([3, 3 + 2 / 2.6 + 1], abs=1e-4)


def test_a_sentence_is_said_as_often_as_it_loops(line: Phones, app: Application) -> None:
    app.says["/voice"] = '<Say loop="3">Again.</Say>'
    assert line.phone(CALLER).dials().heard == "Again. Again. Again."


def test_a_file_plays_for_its_length(line: Phones, app: Application) -> None:
    app.says["/voice"] = "<Play>/jingle.wav</Play><Say>After.</Say>"
    app.says["/jingle.wav"] = Response(wav(tone(7)), content_type="audio/x-wav")
    call = line.phone(CALLER).dials()
    assert moments(line, call) == [0, 7]
    assert app.forms("/jingle.wav") == [{}]


def test_a_file_that_is_not_there_is_left_out(line: Phones, app: Application) -> None:
    app.says["/voice"] = "<Play>/missing.wav</Play><Say>After.</Say>"
    line.phone(CALLER).dials().hears("After.")
    line.check(allow=(11200,))


def test_a_key_stops_a_file_in_a_gather(line: Phones, app: Application) -> None:
    app.says["/voice"] = (
        '<Gather numDigits="1" action="/key"><Play loop="0">/jingle.wav</Play></Gather>'
    )
    app.says["/jingle.wav"] = Response(wav(tone(7)), content_type="audio/x-wav")
    app.says["/key"] = "<Say>Stopped.</Say>"
    call = line.phone(CALLER).dials(wait=False)
    line.passes(seconds=10)
    call.presses("1").hears("Stopped.")


def test_the_end_of_the_document_is_the_end_of_the_call(line: Phones, app: Application) -> None:
    app.says["/voice"] = "<Say>Bonjour.</Say>"
    call = line.phone(CALLER).dials()
    assert call.ended
    assert line.standin.ledger.leg(call.sid).ended_by == "end of TwiML"


def test_after_a_redirect_nothing_of_the_document_is_left(line: Phones, app: Application) -> None:
    app.says["/voice"] = '<Redirect method="GET">/next</Redirect><Say>Never.</Say>'
    app.says["/next"] = "<Say>Next.</Say>"
    line.phone(CALLER).dials().hears("Next.").hears_not("Never.")
    assert [asked.method for asked in app.asked if asked.path == "/next"] == ["GET"]


def test_the_caller_hangs_up_while_the_line_speaks(line: Phones, app: Application) -> None:
    app.says["/voice"] = "<Say>A long sentence that nobody hears to its end.</Say><Say>Two.</Say>"
    call = line.phone(CALLER).dials(wait=False)
    line.passes(seconds=1)
    call.hangs_up().hears_not("Two.")
    assert len(app.forms("/ended")) == 1
    assert app.forms("/ended")[0]["CallDuration"] == "1"
    assert app.forms("/ended")[0]["Duration"] == "1"


def test_a_caller_who_is_gone_before_the_webhook_answers(line: Phones, app: Application) -> None:
    def answer(form: dict[str, str]) -> str:
        line.standin.legs[form["CallSid"]].handset.hang_up()
        return "<Say>Nobody hears this.</Say>"

    app.says["/voice"] = answer
    call = line.phone(CALLER).dials()
    assert call.status == "no-answer"
    assert call.heard == ""


def test_a_webhook_that_ends_its_own_call(line: Phones, app: Application) -> None:
    def answer(form: dict[str, str]) -> str:
        line.standin.legs[form["CallSid"]].finish("completed", "REST")
        return "<Say>Nobody hears this.</Say>"

    app.says["/voice"] = '<Gather numDigits="1" action="/key"/>'
    app.says["/key"] = answer
    assert line.phone(CALLER).dials().presses("1").heard == ""


def test_the_time_limit_of_a_call(line: Phones, app: Application) -> None:
    app.says["/agent"] = '<Pause length="600"/>'
    line.phone(AGENT).says_nothing()
    leg = line.standin.place_call(LINE, AGENT, Target(f"{BASE}/agent"), time_limit=90)
    line.passes(minutes=5)
    assert leg.seconds == 90
    assert line.standin.ledger.leg(leg.sid).ended_by == "time limit"


def test_keys_are_sent_once_a_call_is_answered(line: Phones, app: Application) -> None:
    """`w` waits half a second: the document is fetched after them."""
    app.says["/agent"] = "<Say>Bonjour.</Say>"
    line.phone(AGENT).says_nothing(after=4)
    leg = line.standin.place_call(LINE, AGENT, Target(f"{BASE}/agent"), send_digits="wwww1234")
    line.passes(minutes=1)
    assert leg.answered_at is not None
    (heard,) = line.standin.ledger.heard(leg.sid)
    assert (heard.moment - leg.answered_at).total_seconds() == pytest.approx(2 + 4 * 0.2)


def test_the_sip_code_tells_why(line: Phones, app: Application) -> None:
    app.says["/leg"] = ""
    app.says["/voice"] = f'<Dial timeout="10"><Number statusCallback="/leg">{AGENT}</Number></Dial>'
    codes = []
    for phone in (line.phone(AGENT).rings_out, line.phone(AGENT).is_unreachable):
        phone()
        line.phone(CALLER).dials()
        line.passes(seconds=1)
        codes.append(app.forms("/leg")[-1]["SipResponseCode"])
    assert codes == ["487", "404"]


@pytest.mark.parametrize("word", ["Restricted", "+266696687", ""])
def test_numbers_that_are_none(line: Phones, app: Application, word: str) -> None:
    """What Twilio sends in From where the number is withheld comes in several spellings."""
    app.says["/voice"] = "<Hangup/>"
    line.phone(CALLER).dials(hidden=word)
    assert app.forms("/voice")[0]["From"] == word
