"""<Gather> as Twilio does it: https://www.twilio.com/docs/voice/twiml/gather"""

from __future__ import annotations

import pytest

from tests.phones import Phones
from tests.standin.application import Application

CALLER = "+15145550102"


def test_digits_up_to_their_number_are_posted(line: Phones, app: Application) -> None:
    app.says["/voice"] = (
        '<Gather numDigits="5" action="/number"><Say language="fr-CA">Votre numéro.</Say></Gather>'
    )
    app.says["/number"] = '<Say language="fr-CA">Merci.</Say>'
    call = line.phone(CALLER).dials()
    call.hears("Votre numéro.").hears_not("Merci.")
    assert call.waits_for == "gather"
    call.presses("10452")
    call.hears("Merci.")
    assert call.ended
    assert call.status == "completed"
    assert app.forms("/number")[0]["Digits"] == "10452"
    assert call.language_heard == "fr"
    line.check()


def test_standard_parameters(line: Phones, app: Application) -> None:
    app.says["/voice"] = "<Hangup/>"
    line.phone(CALLER).dials()
    form = app.forms("/voice")[0]
    assert form["From"] == form["Caller"] == CALLER
    assert form["To"] == form["Called"] == "+18005550100"
    assert form["CallStatus"] == "ringing"
    assert form["Direction"] == "inbound"
    assert form["ApiVersion"] == "2010-04-01"
    assert form["CallSid"].startswith("CA")
    assert len(form["CallSid"]) == 34
    assert form["FromCountry"] == "CA"


def test_the_finishing_key_ends_it_and_is_not_posted(line: Phones, app: Application) -> None:
    app.says["/voice"] = '<Gather action="/number"/>'
    app.says["/number"] = "<Hangup/>"
    line.phone(CALLER).dials().presses("42#")
    assert app.forms("/number")[0]["Digits"] == "42"
    assert app.forms("/number")[0]["FinishedOnKey"] == "#"


def test_without_a_finishing_key_every_key_is_a_digit(line: Phones, app: Application) -> None:
    app.says["/voice"] = '<Gather finishOnKey="" numDigits="1" action="/key"/>'
    app.says["/key"] = "<Hangup/>"
    line.phone(CALLER).dials().presses("#")
    assert app.forms("/key")[0]["Digits"] == "#"


def test_the_finishing_key_alone_is_no_input(line: Phones, app: Application) -> None:
    app.says["/voice"] = '<Gather action="/number"/><Say>Nothing.</Say>'
    call = line.phone(CALLER).dials().presses("#")
    call.hears("Nothing.")
    assert app.forms("/number") == []


def test_silence_falls_through_after_the_timeout(line: Phones, app: Application) -> None:
    app.says["/voice"] = (
        '<Gather timeout="7" action="/number"><Say>One two three.</Say><Pause length="2"/></Gather>'
        "<Say>Silence.</Say>"
    )
    call = line.phone(CALLER).dials()
    before = line.now
    call.stays_silent().hears("Silence.")
    heard = line.standin.ledger.heard(call.sid)
    assert (heard[-1].moment - before).total_seconds() == 7
    assert (before - heard[0].moment).total_seconds() == pytest.approx(3 / 2.6 + 2, abs=1e-4)


def test_an_empty_result_is_posted_where_it_is_asked_for(line: Phones, app: Application) -> None:
    app.says["/voice"] = '<Gather actionOnEmptyResult="true" action="/number"/><Say>Never.</Say>'
    app.says["/number"] = "<Say>Empty.</Say>"
    call = line.phone(CALLER).dials().stays_silent()
    call.hears("Empty.").hears_not("Never.")
    assert app.forms("/number")[0]["Digits"] == ""


def test_a_key_cuts_the_prompt_short(line: Phones, app: Application) -> None:
    app.says["/voice"] = (
        '<Gather numDigits="1" action="/key"><Say>A first sentence.</Say>'
        "<Say>A second one that nobody waits for.</Say></Gather>"
    )
    app.says["/key"] = "<Hangup/>"
    call = line.phone(CALLER).dials(wait=False)
    call.presses("1")
    assert call.heard == "A first sentence."
    assert app.forms("/key")[0]["Digits"] == "1"


def test_keys_outside_a_gather_are_lost(line: Phones, app: Application) -> None:
    app.says["/voice"] = '<Say>One two three four five.</Say><Gather action="/key" numDigits="1"/>'
    app.says["/key"] = "<Hangup/>"
    call = line.phone(CALLER).dials(wait=False)
    call.presses("9").presses("1")
    assert app.forms("/key")[0]["Digits"] == "1"


def test_a_slow_typist_gets_the_timeout_after_each_key(line: Phones, app: Application) -> None:
    app.says["/voice"] = '<Gather timeout="5" action="/number" numDigits="9"/>'
    app.says["/number"] = "<Hangup/>"
    call = line.phone(CALLER).dials()
    call.presses("1WWWW2WWWW3")
    assert app.forms("/number")[0]["Digits"] == "123"


def test_without_an_action_the_document_is_asked_again(line: Phones, app: Application) -> None:
    app.says["/voice"] = lambda form: "<Hangup/>" if "Digits" in form else '<Gather numDigits="1"/>'
    line.phone(CALLER).dials().presses("7")
    assert app.forms("/voice")[1]["Digits"] == "7"


def test_words_answer_a_gather_that_takes_speech(line: Phones, app: Application) -> None:
    app.says["/voice"] = '<Gather input="dtmf speech" action="/said"/>'
    app.says["/said"] = "<Hangup/>"
    call = line.phone(CALLER).dials()
    call.answers_aloud("l'imagerie")
    assert app.forms("/said")[0]["SpeechResult"] == "l'imagerie"
