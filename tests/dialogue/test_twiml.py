"""A reply as TwiML, row by row: what Twilio reads for each thing that we wait for."""

from __future__ import annotations

import pytest

from ivr.reply import Bridge, Keys, Queued, Reply, Ring, Said, Voice
from webhooks import twiml

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
FR = '<Say language="fr-CA" voice="Polly.Gabrielle-Neural">'
EN = '<Say language="en-US" voice="Polly.Joanna-Neural">'
BONJOUR = (Said("fr", "Bonjour."),)

ROWS = {
    "keys": (
        Reply(BONJOUR, Keys(5, "#", 10, 5)),
        '<Gather action="/a?step=s&amp;turn=1" actionOnEmptyResult="true" '
        'finishOnKey="#" input="dtmf" numDigits="5" '
        f'timeout="5">{FR}Bonjour.</Say><Pause length="5" /></Gather>'
        "<Redirect>/a?step=s&amp;turn=1</Redirect>",
    ),
    "one key, any of twelve": (
        Reply(BONJOUR, Keys(1, "", 2, 2)),
        '<Gather action="/a?step=s&amp;turn=1" actionOnEmptyResult="true" '
        'finishOnKey="" input="dtmf" numDigits="1" '
        f'timeout="2">{FR}Bonjour.</Say></Gather><Redirect>/a?step=s&amp;turn=1</Redirect>',
    ),
    "a notice comes before the keys, so that none interrupts it": (
        Reply(BONJOUR, Keys(1, "", 2, 2), notice=(Said("en", "Recorded."),)),
        f"{EN}Recorded.</Say>"
        '<Gather action="/a?step=s&amp;turn=1" actionOnEmptyResult="true" '
        'finishOnKey="" input="dtmf" numDigits="1" '
        f'timeout="2">{FR}Bonjour.</Say></Gather><Redirect>/a?step=s&amp;turn=1</Redirect>',
    ),
    "the caller's words": (
        Reply(BONJOUR, Voice(120, 5)),
        f'{FR}Bonjour.</Say><Record action="/a?step=s&amp;turn=1" finishOnKey="1234567890*#" '
        'maxLength="120" playBeep="true" recordingStatusCallback="/voice/recording" '
        'recordingStatusCallbackEvent="completed absent" timeout="5" />'
        "<Redirect>/a?step=s&amp;turn=1</Redirect>",
    ),
    "a phone to ring": (
        Reply(BONJOUR, Ring(7, "+14385550113", "", 20, 14400)),
        f'{FR}Bonjour.</Say><Dial action="/a?step=s&amp;turn=1" callerId="+18005550100" '
        'timeLimit="14400" timeout="20"><Number statusCallback="/status" '
        'statusCallbackEvent="initiated ringing answered completed" url="/leg">'
        "+14385550113</Number></Dial>",
    ),
    "an extension is dialled after the answer": (
        Reply((), Ring(7, "+15145550101", "330", 25, 7200)),
        '<Dial action="/a?step=s&amp;turn=1" callerId="+18005550100" timeLimit="7200" '
        'timeout="25"><Number sendDigits="ww330" statusCallback="/status" '
        'statusCallbackEvent="initiated ringing answered completed" url="/leg">'
        "+15145550101</Number></Dial>",
    ),
    "nothing more: the call ends": (Reply(BONJOUR, None), f"{FR}Bonjour.</Say><Hangup />"),
    "bridge: an empty document": (Reply((), Bridge()), ""),
    "bridge with whoever waits in a queue": (
        Reply((), Bridge("p1line-7", 14400)),
        '<Dial action="/a?step=s&amp;turn=1" timeLimit="14400" timeout="5">'
        "<Queue>p1line-7</Queue></Dial>",
    ),
    "a queue, with what is heard in it": (
        Reply(BONJOUR, Queued("p1line-7")),
        f'{FR}Bonjour.</Say><Enqueue action="/a?step=s&amp;turn=1" waitUrl="/wait">'
        "p1line-7</Enqueue>",
    ),
    "a recording, which a key cuts short": (
        Reply(BONJOUR, Keys(2, "", 5, 5), play=3),
        '<Gather action="/a?step=s&amp;turn=1" actionOnEmptyResult="true" '
        'finishOnKey="" input="dtmf" numDigits="2" '
        f'timeout="5"><Play>/sound</Play>{FR}Bonjour.</Say></Gather>'
        "<Redirect>/a?step=s&amp;turn=1</Redirect>",
    ),
    "names are text, never TwiML": (
        Reply((Said("fr", "</Say><Dial>+19005551234</Dial>"),), None),
        f"{FR}&lt;/Say&gt;&lt;Dial&gt;+19005551234&lt;/Dial&gt;</Say><Hangup />",
    ),
}


@pytest.mark.parametrize(("reply", "body"), ROWS.values(), ids=ROWS.keys())
def test_a_reply(reply: Reply, body: str) -> None:
    written = twiml.voice(
        reply,
        action="/a?step=s&turn=1",
        leg_url="/leg",
        status="/status",
        caller_id="+18005550100",
        wait_url="/wait",
        sound_url="/sound",
    )
    expected = f"{HEAD}<Response>{body}</Response>" if body else f"{HEAD}<Response />"
    assert written == expected


@pytest.mark.parametrize(("reply", "_"), ROWS.values(), ids=ROWS.keys())
def test_a_reply_survives_being_kept(reply: Reply, _: str) -> None:
    assert Reply.from_json(reply.as_json()) == reply
