"""Webhooks as Twilio sends them, over a real network, and what becomes of bad answers."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from flask import Response, request
from twilio.request_validator import RequestValidator
from werkzeug.serving import make_server

from standin import StandIn, webhooks
from standin.transport import Http
from tests.phones import Phones
from tests.standin.application import TOKEN, Application, twiml
from tests.standin.conftest import ACCOUNT, LINE, START

CALLER = "+15145550102"
APPLICATION_ERROR = "an application error has occurred"


@pytest.fixture
def address(app: Application) -> Iterator[str]:
    """Where the application really listens."""
    server = make_server("127.0.0.1", 0, app.wsgi, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def standin(address: str) -> Iterator[StandIn]:
    made = StandIn(ACCOUNT, TOKEN, LINE, f"{address}/voice", START, transport=Http(longest=0.3))
    yield made
    made.close()


def test_a_post_is_signed(line: Phones, app: Application) -> None:
    """The application answers 403 to a signature that does not hold."""
    app.says["/voice"] = "<Say>Réservé à Québec.</Say>"
    line.phone(CALLER).dials().hears("Réservé à Québec.")


def test_a_get_is_signed_with_its_query(line: Phones, app: Application, standin: StandIn) -> None:
    standin.number.voice_method = "GET"
    standin.number.voice_url += "?x=1"
    app.says["/voice"] = "<Say>Bonjour</Say>"
    line.phone(CALLER).dials().hears("Bonjour")
    assert app.asked[0].method == "GET"
    assert app.asked[0].form["x"] == "1"
    assert app.asked[0].form["From"] == CALLER


def test_cookies_come_back(line: Phones, app: Application) -> None:
    def first(form: dict[str, str]) -> Response:
        answer = twiml("<Redirect>/second</Redirect>")
        answer.set_cookie("kept", "yes")
        return answer

    app.says["/voice"] = first
    app.says["/second"] = lambda form: f"<Say>{request.cookies.get('kept')}</Say>"
    line.phone(CALLER).dials().hears("yes")
    app.says["/voice"] = lambda form: f"<Say>{request.cookies.get('kept')}</Say>"
    line.phone("+15145550101").dials().hears("None")


def test_a_redirect_is_followed_and_relative_urls_follow_it(line: Phones, app: Application) -> None:
    app.says["/voice"] = Response(status=307, headers={"Location": "/menu/start"})
    app.says["/menu/start"] = '<Gather numDigits="1" action="key"/>'
    app.says["/menu/key"] = "<Hangup/>"
    line.phone(CALLER).dials().presses("1")
    assert app.forms("/menu/start")[0]["From"] == CALLER
    assert app.forms("/menu/key")[0]["Digits"] == "1"


def test_redirects_without_end(line: Phones, app: Application) -> None:
    app.says["/voice"] = Response(status=302, headers={"Location": "/voice"})
    line.phone(CALLER).dials().hears(APPLICATION_ERROR)
    assert len(app.asked) == 11
    line.check(allow=(11215,))


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Response(status=500), 11200),
        (Response(status=404), 11217),
        (Response("<Response/>", content_type=""), 12300),
        (Response("{}", content_type="application/json"), 12300),
        (Response("<Response><Say>", content_type="text/xml"), 12100),
        (Response("<response/>", content_type="text/xml"), 12100),
        (Response('\n<?xml version="1.0"?><Response/>', content_type="text/xml"), 12100),
        (Response("", content_type="text/xml"), 12100),
    ],
)
def test_bad_answers(line: Phones, app: Application, answer: Response, code: int) -> None:
    """Without a fallback the caller hears Twilio's sentence; a 500 is not retried."""
    app.says["/voice"] = answer
    call = line.phone(CALLER).dials()
    call.hears(APPLICATION_ERROR)
    assert call.ended
    assert len(app.asked) == 1
    assert [each.code for each in line.standin.ledger.complaints()] == [code]


def test_the_fallback_continues_the_call(
    line: Phones, app: Application, standin: StandIn, address: str
) -> None:
    standin.number.voice_fallback_url = f"{address}/fallback"
    standin.number.voice_fallback_method = "GET"
    app.says["/voice"] = '<Gather numDigits="1" action="/broken"/>'
    app.says["/broken"] = Response(status=500)
    app.says["/fallback"] = "<Say>We go on.</Say>"
    call = line.phone(CALLER).dials().presses("1")
    call.hears("We go on.").hears_not(APPLICATION_ERROR)
    (form,) = app.forms("/fallback")
    assert (form["ErrorCode"], form["ErrorUrl"]) == ("11200", f"{address}/broken")


def test_a_fallback_that_fails_too(
    line: Phones, app: Application, standin: StandIn, address: str
) -> None:
    standin.number.voice_fallback_url = f"{address}/fallback"
    line.phone(CALLER).dials().hears(APPLICATION_ERROR)
    assert app.paths == ["/voice", "/fallback"]


def test_plain_text_is_read_aloud_and_audio_is_played(line: Phones, app: Application) -> None:
    app.says["/voice"] = Response("Bonjour à tous", content_type="text/plain; charset=utf-8")
    line.phone(CALLER).dials().hears("Bonjour à tous")
    app.says["/voice"] = Response(b"RIFF", content_type="audio/x-wav")
    line.phone("+15145550101").dials().hears("/voice]")


def test_a_slow_answer_is_given_up_and_costs_the_call_that_time(
    line: Phones, app: Application
) -> None:
    def slow(form: dict[str, str]) -> str:
        time.sleep(0.5)
        return "<Say>Late.</Say>"

    app.says["/voice"] = slow
    call = line.phone(CALLER).dials()
    call.hears(APPLICATION_ERROR)
    heard = line.standin.ledger.heard(call.sid)[0]
    assert (heard.moment - START).total_seconds() == pytest.approx(0.3)
    line.check(allow=(11205,))


@pytest.mark.parametrize(
    ("fragment", "attempts"),
    [("", 1), ("#rc=2&rp=5xx", 3), ("#rc=2&rp=4xx", 1), ("#rc=1&rp=all", 2), ("#rc=0&rp=all", 1)],
)
def test_retries_as_the_fragment_asks(
    line: Phones, app: Application, standin: StandIn, fragment: str, attempts: int
) -> None:
    standin.number.voice_url += fragment
    app.says["/voice"] = Response(status=503)
    line.phone(CALLER).dials()
    assert app.paths == ["/voice"] * attempts
    assert len({asked.token for asked in app.asked}) == 1


def test_one_retry_where_nobody_listens_yet(
    line: Phones, app: Application, standin: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By default a failure to connect is tried once more, and nothing else is."""
    app.says["/voice"] = "<Say>Bonjour</Say>"
    refused = _refuse_once(monkeypatch)
    line.phone(CALLER).dials().hears("Bonjour")
    assert refused() == 1


def _refuse_once(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    refusals: list[object] = []
    connect = socket.socket.connect

    def refuse(self: socket.socket, address: object) -> None:
        if not refusals:
            refusals.append(address)
            raise ConnectionRefusedError
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", refuse)
    return lambda: len(refusals)


def test_nobody_listens(line: Phones, standin: StandIn) -> None:
    standin.number.voice_url = "http://127.0.0.1:1/voice"
    line.phone(CALLER).dials().hears(APPLICATION_ERROR)
    line.check(allow=(11205,))


def test_a_bad_answer_to_a_status_callback_is_a_warning(
    line: Phones, app: Application, standin: StandIn, address: str
) -> None:
    standin.number.status_callback = f"{address}/ended"
    app.says["/voice"] = "<Hangup/>"
    call = line.phone(CALLER).dials()
    line.passes(seconds=1)
    assert app.forms("/ended")[0]["CallStatus"] == "completed"
    assert app.forms("/ended")[0]["CallSid"] == call.sid
    assert len(app.forms("/ended")) == 1
    line.check(allow=(15003,))


def test_the_callers_attestation_is_passed_on(
    line: Phones, app: Application, standin: StandIn
) -> None:
    standin.devices.phone(CALLER).stir_verstat = "TN-Validation-Passed-A"
    app.says["/voice"] = "<Hangup/>"
    line.phone(CALLER).dials()
    assert app.forms("/voice")[0]["StirVerstat"] == "TN-Validation-Passed-A"
    assert app.forms("/voice")[0]["CallToken"]


def test_documents_that_lead_in_a_circle_end(line: Phones, app: Application) -> None:
    app.says["/voice"] = "<Redirect>/voice</Redirect>"
    line.phone(CALLER).dials().hears(APPLICATION_ERROR)


@pytest.mark.parametrize(
    ("requested", "signed"),
    [
        ("https://app.test:8443/voice?x=1", "https://app.test/voice?x=1"),
        ("https://user:secret@app.test/voice", "https://app.test/voice"),
        ("http://app.test:8080/voice", "http://app.test:8080/voice"),
    ],
)
def test_which_url_is_signed(standin: StandIn, requested: str, signed: str) -> None:
    """HTTPS loses its port, every URL its user and password."""
    form = {"CallSid": "CA1", "Body": "réservé"}
    headers = webhooks.signer(standin, form)(requested, "POST")
    expected = RequestValidator(TOKEN).compute_signature(signed, form)
    assert headers["X-Twilio-Signature"] == expected


def test_query_keys_out_of_order_are_noted(line: Phones, app: Application) -> None:
    """Twilio was seen to sign such a URL as it is written and to request it sorted."""
    app.says["/voice"] = "<Redirect>/next?step=1&amp;call=2</Redirect>"
    app.says["/next"] = "<Hangup/>"
    line.phone(CALLER).dials()
    assert [each.code for each in line.standin.ledger.complaints()] == [0]
