"""The REST API, as twilio's own client sees it."""

from __future__ import annotations

import io
import time
import wave
from datetime import timedelta

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from standin import StandIn, behaviours
from standin.entries import RestRequest
from standin.faults import CallbackFault, RestFault
from tests.phones import Phones
from tests.standin.application import BASE, Application
from tests.standin.conftest import LINE, START
from tests.standin.twilio_client import client

AGENT, CALLER = "+14385550113", "+15145550102"
EVENTS = ["initiated", "ringing", "answered", "completed"]


@pytest.fixture
def twilio(standin: StandIn) -> Client:
    standin.serve()
    return client(standin)


@pytest.fixture
def app(app: Application) -> Application:
    app.says["/agent"] = '<Gather numDigits="1" action="/key"><Say>Press 1.</Say></Gather>'
    app.says["/key"] = "<Say>Thanks.</Say>"
    app.says["/leg"] = ""
    return app


def place(twilio: Client, **more: object) -> str:
    call = twilio.calls.create(
        to=AGENT,
        from_=LINE,
        **{
            "url": f"{BASE}/agent",
            "status_callback": f"{BASE}/leg",
            "status_callback_event": EVENTS,
            **more,
        },
    )
    assert call.status == "queued"
    assert call.direction == "outbound-api"
    sid: str = call.sid
    return sid


def test_a_call_placed_over_rest(line: Phones, app: Application, twilio: Client) -> None:
    agent = line.phone(AGENT).accepts()
    sid = place(twilio)
    line.passes(minutes=1)
    agent.hears("Press 1.", "Thanks.")
    assert [form["CallStatus"] for form in app.forms("/leg")] == [
        "initiated",
        "ringing",
        "in-progress",
        "completed",
    ]
    call = twilio.calls(sid).fetch()
    assert call.status == "completed"
    assert call.date_created == START
    assert int(call.duration) > 0
    record = line.standin.ledger.leg(sid)
    assert record.created_by == "REST"
    line.check()


def test_a_call_with_inline_twiml(line: Phones, twilio: Client) -> None:
    agent = line.phone(AGENT).accepts()
    twilio.calls.create(to=AGENT, from_=LINE, twiml="<Response><Say>Bonjour</Say></Response>")
    line.passes(minutes=1)
    assert agent.heard == "Bonjour"


def test_inline_twiml_may_not_name_relative_urls(line: Phones, twilio: Client) -> None:
    line.phone(AGENT).says_nothing()
    twiml = '<Response><Gather action="/key" actionOnEmptyResult="true"/></Response>'
    twilio.calls.create(to=AGENT, from_=LINE, twiml=twiml)
    line.passes(minutes=1)
    line.phone(AGENT).hears("an application error has occurred")
    line.check(allow=(11100,))


def test_more_calls_a_second_than_allowed_wait(
    line: Phones, app: Application, twilio: Client
) -> None:
    numbers = [f"+1514555011{digit}" for digit in range(3)]
    for number in numbers:
        line.phone(number).rings_out()
        twilio.calls.create(to=number, from_=LINE, url=f"{BASE}/agent")
    line.passes(seconds=10)
    rang = [line.standin.ledger.legs(to=number)[0].rang for number in numbers]
    assert rang == [START + timedelta(seconds=1 + n) for n in range(3)]


def test_cancelling_a_call_in_the_queue_tells_nobody(
    line: Phones, app: Application, twilio: Client
) -> None:
    sid = place(twilio)
    twilio.calls(sid).update(status="canceled")
    line.passes(minutes=2)
    assert line.standin.ledger.leg(sid).status == "canceled"
    assert app.forms("/leg") == []


def test_cancelling_a_ringing_call(line: Phones, app: Application, twilio: Client) -> None:
    line.phone(AGENT).rings_out()
    sid = place(twilio)
    line.passes(seconds=5)
    assert twilio.calls(sid).update(status="canceled").status == "canceled"
    line.passes(seconds=1)
    assert app.forms("/leg")[-1]["CallStatus"] == "canceled"


def test_an_answered_call_can_be_ended_but_not_cancelled(
    line: Phones, app: Application, twilio: Client
) -> None:
    line.phone(AGENT).says_nothing()
    sid = place(twilio)
    line.passes(seconds=7)
    with pytest.raises(TwilioRestException) as refused:
        twilio.calls(sid).update(status="canceled")
    assert refused.value.code == 21220
    twilio.calls(sid).update(status="completed")
    assert line.standin.ledger.leg(sid).ended_by == "REST"
    with pytest.raises(TwilioRestException) as refused:
        twilio.calls(sid).update(status="completed")
    assert refused.value.code == 21220


def test_redirecting_the_caller_takes_it_out_of_its_dial(
    line: Phones, app: Application, twilio: Client
) -> None:
    app.says["/voice"] = f'<Dial action="/done">{AGENT}</Dial>'
    app.says["/elsewhere"] = "<Say>Elsewhere.</Say>"
    agent = line.phone(AGENT).accepts()
    call = line.phone(CALLER).dials()
    twilio.calls(call.sid).update(url=f"{BASE}/elsewhere")
    line.passes(seconds=10)
    call.hears("Elsewhere.")
    assert agent.legs[0].status == "completed"
    assert app.forms("/done") == []


def test_redirecting_the_callee_ends_the_dial(
    line: Phones, app: Application, twilio: Client
) -> None:
    app.says["/voice"] = f'<Dial action="/done">{AGENT}</Dial>'
    app.says["/done"] = "<Say>Alone.</Say>"
    app.says["/elsewhere"] = "<Say>Elsewhere.</Say>"
    agent = line.phone(AGENT).accepts()
    call = line.phone(CALLER).dials()
    twilio.calls(agent.legs[0].sid).update(url=f"{BASE}/elsewhere")
    line.passes(seconds=10)
    agent.hears("Elsewhere.")
    call.hears("Alone.")
    assert "DialCallDuration" not in app.forms("/done")[0]


def test_the_fallback_url_gets_the_error(line: Phones, app: Application, twilio: Client) -> None:
    app.says["/fallback"] = "<Say>Fallback.</Say>"
    line.phone(AGENT).accepts()
    place(twilio, url=f"{BASE}/missing", fallback_url=f"{BASE}/fallback")
    line.passes(minutes=1)
    line.phone(AGENT).hears("Fallback.")
    form = app.forms("/fallback")[0]
    assert form["ErrorCode"] == "11217"
    assert form["ErrorUrl"] == f"{BASE}/missing"
    line.check(allow=(11217,))


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"to": "5145550102"}, 21211),
        ({"to": "+15005550001"}, 21217),
        ({"from_": "+15145550199"}, 21210),
        ({"url": "not a url"}, 21205),
        ({"url": "ftp://app.test/"}, 21205),
        ({"method": "FETCH"}, 21207),
        ({"timeout": 601}, 21219),
        ({"status_callback_event": ["exploded"]}, 21626),
    ],
)
def test_what_a_call_is_refused_for(
    twilio: Client, arguments: dict[str, object], code: int
) -> None:
    whole = {"to": AGENT, "from_": LINE, "url": BASE, "status_callback": BASE} | arguments
    with pytest.raises(TwilioRestException) as refused:
        twilio.calls.create(**whole)
    assert (refused.value.status, refused.value.code) == (400, code)


def test_a_call_that_does_not_exist(twilio: Client) -> None:
    with pytest.raises(TwilioRestException) as refused:
        twilio.calls("CA" + "0" * 32).fetch()
    assert (refused.value.status, refused.value.code) == (404, 20404)


def test_a_wrong_token(standin: StandIn, twilio: Client) -> None:
    with pytest.raises(TwilioRestException) as refused:
        client(standin, token="wrong").calls("CA" + "0" * 32).fetch()
    assert (refused.value.status, refused.value.code) == (401, 20003)


def test_calls_are_listed_by_filter_and_by_page(
    line: Phones, app: Application, twilio: Client
) -> None:
    app.says["/voice"] = "<Hangup/>"
    for _ in range(5):
        line.phone(CALLER).dials()
        line.passes(hours=1)
    line.phone(AGENT).rings_out()
    place(twilio)
    assert len(twilio.calls.list()) == 6
    assert len(twilio.calls.list(page_size=2)) == 6
    assert len(twilio.calls.list(from_=CALLER)) == 5
    assert [call.to for call in twilio.calls.list(to=AGENT, status="queued")] == [AGENT]
    later = START + timedelta(hours=3)
    assert len(twilio.calls.list(from_=CALLER, start_time_after=later)) == 2
    assert len(twilio.calls.list(from_=CALLER, start_time_before=later)) == 4


def test_a_text_is_delivered_and_told(line: Phones, app: Application, twilio: Client) -> None:
    text = twilio.messages.create(
        to=CALLER, from_=LINE, body="Référence 412 736", status_callback=f"{BASE}/leg"
    )
    line.passes(seconds=10)
    assert line.phone(CALLER).inbox == ["Référence 412 736"]
    told = [form["MessageStatus"] for form in app.forms("/leg")]
    assert told == ["queued", "sent", "delivered"]
    assert twilio.messages(text.sid).fetch().status == "delivered"
    assert [each.sid for each in twilio.messages.list(to=CALLER)] == [text.sid]


def test_a_text_to_a_landline(line: Phones, app: Application, twilio: Client) -> None:
    line.standin.devices.phone(CALLER).texting = ("undelivered", 30006)
    twilio.messages.create(to=CALLER, from_=LINE, body="x", status_callback=f"{BASE}/leg")
    line.passes(seconds=10)
    assert line.phone(CALLER).inbox == []
    assert app.forms("/leg")[-1]["ErrorCode"] == "30006"


def test_a_phone_that_said_stop(line: Phones, app: Application, twilio: Client) -> None:
    line.standin.number.sms_url = f"{BASE}/sms"
    app.says["/sms"] = ""
    line.phone(CALLER).texts("ARRÊT")
    assert app.forms("/sms")[0]["Body"] == "ARRÊT"
    with pytest.raises(TwilioRestException) as refused:
        twilio.messages.create(to=CALLER, from_=LINE, body="x")
    assert refused.value.code == 21610


def test_an_answer_to_a_text(line: Phones, app: Application) -> None:
    line.standin.number.sms_url = f"{BASE}/sms"
    app.says["/sms"] = "<Message>Bien reçu</Message>"
    line.phone(CALLER).texts("Bonjour")
    assert line.phone(CALLER).inbox == ["Bien reçu"]
    line.check()


def test_recordings(line: Phones, app: Application, twilio: Client) -> None:
    app.says["/voice"] = '<Record action="/after" recordingStatusCallback="/leg"/>'
    app.says["/after"] = "<Hangup/>"
    call = line.phone(CALLER).dials()
    call.says("L'imagerie ne démarre plus depuis ce matin", then="#")
    line.passes(seconds=5)
    (recording,) = twilio.recordings.list(call_sid=call.sid)
    assert recording.duration == app.forms("/leg")[0]["RecordingDuration"]
    url = app.forms("/after")[0]["RecordingUrl"]
    assert requests.get(url, timeout=5).status_code == 401
    media = requests.get(url, auth=(line.standin.account_sid, line.standin.auth_token), timeout=5)
    with wave.open(io.BytesIO(media.content)) as file:
        assert file.getnframes() == int(recording.duration) * file.getframerate()
    assert recording.delete()
    assert twilio.recordings.list() == []


def test_the_number_is_configured_over_rest(line: Phones, app: Application, twilio: Client) -> None:
    (own,) = twilio.incoming_phone_numbers.list(phone_number=LINE)
    own.update(voice_url=f"{BASE}/other", voice_method="GET", voice_fallback_url=f"{BASE}/f")
    app.says["/other"] = "<Hangup/>"
    line.phone(CALLER).dials()
    assert app.asked[0].path == "/other"
    assert app.asked[0].method == "GET"
    assert twilio.incoming_phone_numbers(own.sid).fetch().voice_fallback_url == f"{BASE}/f"


def test_the_api_can_be_made_to_fail(standin: StandIn, twilio: Client) -> None:
    standin.faults.rest(RestFault(status=500), when=lambda method, path, form: method == "POST")
    standin.faults.rest(RestFault(status=429))
    with pytest.raises(TwilioRestException) as refused:
        twilio.calls("CA" + "0" * 32).fetch()
    assert refused.value.code == 20429
    with pytest.raises(TwilioRestException) as refused:
        twilio.calls.create(to=AGENT, from_=LINE, url=BASE)
    assert refused.value.status == 500
    assert standin.legs == {}
    twilio.calls.create(to=AGENT, from_=LINE, url=BASE)
    assert len(standin.legs) == 1


def test_a_call_can_be_placed_and_its_answer_lost(standin: StandIn, twilio: Client) -> None:
    standin.faults.rest(RestFault(lost=True))
    with pytest.raises(requests.ConnectionError):
        twilio.calls.create(to=AGENT, from_=LINE, url=BASE)
    assert len(standin.legs) == 1
    assert standin.ledger.of(RestRequest)[-1].status == 0


def test_the_api_can_be_too_slow(standin: StandIn, twilio: Client) -> None:
    standin.faults.rest(RestFault(hang=0.4))
    impatient = client(standin, timeout=0.1)
    before = time.monotonic()
    with pytest.raises(requests.Timeout):
        impatient.calls.create(to=AGENT, from_=LINE, url=BASE)
    assert time.monotonic() - before < 0.4
    assert standin.legs == {}


def test_status_callbacks_can_be_dropped_doubled_delayed_and_overtaken(
    line: Phones, app: Application, twilio: Client
) -> None:
    faults = line.standin.faults
    faults.callbacks(CallbackFault(copies=0), when=lambda event, leg: event == "initiated")
    faults.callbacks(CallbackFault(overtaken=True), when=lambda event, leg: event == "ringing")
    faults.callbacks(CallbackFault(delay=60), when=lambda event, leg: event == "completed")
    line.phone(AGENT).does(behaviours.Accepts(rings=2))
    place(twilio)
    line.passes(seconds=30)
    told = [form["SequenceNumber"] for form in app.forms("/leg")]
    assert told == ["2", "1"]
    line.passes(seconds=60)
    assert app.forms("/leg")[-1]["CallStatus"] == "completed"


def test_a_webhook_can_be_sent_twice(line: Phones, app: Application) -> None:
    app.says["/voice"] = "<Say>Bonjour</Say>"
    line.standin.faults.webhooks_twice()
    call = line.phone(CALLER).dials()
    assert call.heard == "Bonjour"
    first, second = [asked for asked in app.asked if asked.path == "/voice"]
    assert first.token == second.token
    assert first.form == second.form


def test_a_closed_stand_in_answers_nobody(standin: StandIn, twilio: Client) -> None:
    """Not on a connection that is kept open either."""
    session = requests.Session()
    assert session.get(f"{standin.url}/standin/clock", timeout=5).ok
    standin.close()
    with pytest.raises(requests.ConnectionError):
        session.get(f"{standin.url}/standin/clock", timeout=5)
