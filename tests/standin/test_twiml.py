"""What the reader takes, what it complains about, what it refuses."""

from __future__ import annotations

from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml.voice_response import VoiceResponse

from standin import speech, verbs
from standin.schema import SCHEMA
from standin.twiml import TwimlError, parse


def test_what_twilios_own_builder_writes_is_read_without_a_warning() -> None:
    response = VoiceResponse()
    gather = response.gather(
        action="/a?x=1&y=2", num_digits=5, timeout=10, finish_on_key="", action_on_empty_result=True
    )
    gather.say("Pour Médical, faites le 3.", voice="Polly.Gabrielle-Neural", language="fr-CA")
    gather.pause(length=1)
    response.record(action="/b", max_length=60, play_beep=True, recording_status_callback="/c")
    dial = response.dial(action="/d", timeout=20, answer_on_bridge=True, caller_id="+18005550100")
    dial.number(
        "+14385550113",
        url="/w",
        status_callback="/s",
        status_callback_event="initiated ringing answered completed",
    )
    response.redirect("/e", method="POST")
    response.hangup()
    document = parse(str(response), "http://app.test/voice")
    assert document.warnings == []
    assert document.unplayed == []
    first = document.verbs[0]
    assert isinstance(first, verbs.Gather)
    assert first.action == "/a?x=1&y=2"
    assert first.num_digits == 5
    assert first.finish_on_key == ""
    assert first.action_on_empty_result is True
    said = first.nested[0]
    assert isinstance(said, verbs.Say)
    assert said.speech == (verbs.Speech("Pour Médical, faites le 3.", "fr-CA"),)
    third = document.verbs[2]
    assert isinstance(third, verbs.Dial)
    assert third.answer_on_bridge is True
    assert third.targets[0] == verbs.Number(
        "+14385550113",
        url="/w",
        status_callback="/s",
        status_callback_event="initiated ringing answered completed",
    )


@pytest.mark.parametrize(
    ("body", "warning"),
    [
        ("<Speak>x</Speak>", "<Speak> inside <Response>"),
        ("<say>x</say>", "<say> inside <Response>"),
        ("<Gather><Dial>x</Dial></Gather>", "<Dial> inside <Gather>"),
        ("<Gather><Hangup/></Gather>", "<Hangup> inside <Gather>"),
        ('<Gather numdigits="1"/>', "attribute numdigits of <Gather>"),
        ('<Gather numDigits="0"/>', 'numDigits="0" of <Gather>'),
        ('<Gather timeout="soon"/>', 'timeout="soon" of <Gather>'),
        ('<Dial timeout="4">+14385550113</Dial>', 'timeout="4" of <Dial>'),
        ('<Record maxLength="1"/>', 'maxLength="1" of <Record>'),
        ('<Redirect method="PUT">/x</Redirect>', 'method="PUT" of <Redirect>'),
        ("<Redirect/>", "<Redirect> without text"),
        ("<Say></Say>", "<Say> without words"),
        ("<Say><b>x</b></Say>", "<b> inside <Say>"),
        ('<Say voice="Polly.Gabrielle-Neural">x</Say>', "Gabrielle-Neural does not speak en-US"),
        ('<Say voice="Google.fr-CA-Neural2-A">x</Say>', "does not speak en-US"),
        ("<Hangup>now</Hangup>", "content inside <Hangup>"),
        ("Hello", "text outside a verb"),
        (f"<Say>{'x' * 3001}</Say>", "more than 3000 characters"),
    ],
)
def test_what_twilio_warns_of(body: str, warning: str) -> None:
    document = parse(f"<Response>{body}</Response>", None)
    assert any(warning in each for each in document.warnings), document.warnings


def test_a_bad_attribute_leaves_its_default() -> None:
    (verb,) = parse('<Response><Gather timeout="soon"/></Response>', None).verbs
    assert verb == verbs.Gather()


def test_what_twilio_knows_and_the_stand_in_does_not_play() -> None:
    body = '<Dial record="record-from-answer"><Conference>x</Conference></Dial>'
    document = parse(f"<Response>{body}</Response>", None)
    assert document.warnings == []
    assert document.unplayed == ["attribute record of <Dial>", "<Conference>"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not xml",
        "<Response>",
        "<Answer/>",
        ' <?xml version="1.0"?><Response/>',
        '<!DOCTYPE x [<!ENTITY e "e">]><Response>&e;</Response>',
    ],
)
def test_what_is_no_document(body: str) -> None:
    with pytest.raises(TwimlError) as refused:
        parse(body, None)
    assert refused.value.code == 12100


@given(st.text(), st.sampled_from(sorted(SCHEMA)))
def test_no_text_breaks_the_reader(text: str, tag: str) -> None:
    body = f"<Response><{tag}>{escape(text)}</{tag}></Response>"
    if any(not _allowed(character) for character in text):
        with pytest.raises(TwimlError):
            parse(body, None)
    else:
        assert len(parse(body, None).verbs) == ("Response" in SCHEMA[tag].inside)


def _allowed(character: str) -> bool:
    """Whether XML 1.0 may hold it."""
    code = ord(character)
    if code < 0x20:
        return code in (9, 10, 13)
    return code not in range(0xD800, 0xE000) and code not in (0xFFFE, 0xFFFF)


def test_ssml() -> None:
    (verb,) = parse(
        '<Response><Say language="fr-CA">Dossier <say-as interpret-as="digits">412</say-as>'
        '<break time="400ms"/>, puis <lang xml:lang="en-US">press 9</lang>.</Say></Response>',
        None,
    ).verbs
    assert isinstance(verb, verbs.Say)
    assert verb.speech == (
        verbs.Speech("Dossier 4 1 2 , puis", "fr-CA", 0.4),
        verbs.Speech("press 9", "en-US"),
        verbs.Speech(".", "fr-CA"),
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [("Bonjour à tous", 3), ("412 736", 6), ("l'agent", 2), ("Le 5 à 14 h", 6), ("", 0)],
)
def test_how_long_words_take(text: str, words: int) -> None:
    assert speech.seconds(text) == pytest.approx(words / 2.6)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("Pour accepter, faites le 4 7. Pour refuser, faites le 2.", ["47", "2"]),
        ("Faites le 4\u00a07 pour accepter", ["47"]),
        ("Pour Médical, faites le 3", ["3"]),
        ("To accept, press 1. To decline, press 2.", ["1", "2"]),
        ("Appuyez sur le carré ou faites l'étoile", ["#", "*"]),
        ("Appuyez sur le 1, puis parlez", ["1"]),
        ("Faites le zéro", ["0"]),
        ("Le 4 novembre, un agent rappellera", []),
        ("Press star to repeat", ["*"]),
    ],
)
def test_the_keys_that_a_sentence_names(text: str, keys: list[str]) -> None:
    assert speech.named_keys(text) == keys
