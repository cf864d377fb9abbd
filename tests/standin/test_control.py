"""The control API in virtual time, where a request itself moves the clock."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from standin import StandIn
from standin.webhooks import Target
from tests.standin.application import BASE, Application
from tests.standin.conftest import LINE, START

CALLER, AGENT = "+15145550102", "+14385550113"


@pytest.fixture
def url(standin: StandIn, app: Application) -> str:
    app.says["/voice"] = '<Gather numDigits="1" action="/key"><Say>Press 1.</Say></Gather>'
    app.says["/key"] = '<Record action="/after"/>'
    app.says["/after"] = "<Say>Thanks.</Say>"
    return standin.serve()


def ask(url: str, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    answer = requests.request(method, f"{url}/standin/{path}", json=body, timeout=5)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def test_a_whole_call(url: str, standin: StandIn) -> None:
    call = ask(url, "POST", "calls", {"from": CALLER}, 201)
    sid = call["sid"]
    assert ask(url, "POST", f"calls/{sid}/hurry", {"after": 0})["waits_for"] == "gather"
    seen = ask(url, "GET", f"calls/{sid}?since=0")
    texts = [event["text"] for event in seen["events"] if event["kind"] == "heard"]
    assert texts == ["Press 1."]
    ask(url, "POST", f"calls/{sid}/keys", {"keys": "1"})
    assert ask(url, "POST", f"calls/{sid}/hurry", {"after": 1})["waits_for"] == "record"
    ask(url, "POST", f"calls/{sid}/words", {"words": "Rien ne marche"})
    assert ask(url, "POST", f"calls/{sid}/hurry", {"after": 2})["status"] == "completed"
    more = ask(url, "GET", f"calls/{sid}?since={seen['next']}")
    assert [event["kind"] for event in more["events"]].count("heard") == 1
    assert ask(url, "POST", f"calls/{sid}/hang-up", {}, 409) == {"error": "call_over"}
    assert ask(url, "GET", "calls?live=1")["calls"] == []
    assert [
        each["sid"]
        for each in ask(url, "GET", f"calls?number={CALLER}".replace("+", "%2B"))["calls"]
    ] == [sid]


def test_a_phone_is_told_what_to_do_and_held_by_hand(url: str, standin: StandIn) -> None:
    number = AGENT.replace("+", "%2B")
    shown = ask(url, "PUT", f"phones/{number}", {"does": ["no-answer", "manual"]})
    assert shown["does"] == ["no-answer", "manual"]
    assert (
        ask(url, "PUT", f"phones/{number}", {"does": "sing"}, 400)["error"] == "no_such_behaviour"
    )
    ask(url, "PUT", f"phones/{number}", {"does": "manual"})
    leg = standin.place_call(LINE, AGENT, Target(f"{BASE}/voice"))
    ask(url, "POST", "clock", {"advance": 3})
    assert leg.status == "ringing"
    ask(url, "POST", f"calls/{leg.sid}/answer", {})
    ask(url, "POST", "clock", {"advance": 1})
    assert leg.status == "in-progress"


def test_the_clock(url: str, standin: StandIn) -> None:
    assert ask(url, "GET", "clock")["now"] == START.isoformat()
    assert ask(url, "POST", "clock", {"advance": 90})["now"] == "2026-11-28T07:01:30+00:00"
    assert ask(url, "POST", "clock", {"set": "2026-11-28T03:00"})["now"].startswith("2026-11-28T08")
    assert ask(url, "POST", "clock", {"set": "2026-11-28T02:00"}, 409)["error"] == "calls_under_way"
    assert ask(url, "POST", "clock", {"set": "soon"}, 400)["error"] == "no_moment"
    assert ask(url, "POST", "clock", {}, 400)["error"] == "no_moment"


def test_texts(url: str, standin: StandIn, app: Application) -> None:
    standin.number.sms_url = f"{BASE}/sms"
    app.says["/sms"] = "<Message>Bien reçu</Message>"
    ask(url, "POST", "messages", {"from": CALLER, "body": "Bonjour"}, 201)
    ask(url, "POST", "clock", {"advance": 10})
    assert ask(url, "GET", "phones/%2B15145550102")["inbox"] == ["Bien reçu"]
    assert [each["body"] for each in ask(url, "GET", "messages")["messages"]] == [
        "Bien reçu",
        "Bonjour",
    ]


def test_the_ledger(url: str, standin: StandIn) -> None:
    call = ask(url, "POST", "calls", {"from": CALLER}, 201)
    ask(url, "POST", f"calls/{call['sid']}/hurry", {"after": 0})
    whole = ask(url, "GET", "ledger")
    assert [leg["sid"] for leg in whole["legs"]] == [call["sid"]]
    (webhook,) = ask(url, "GET", "ledger?kind=webhook")["entries"]
    assert webhook["url"] == f"{BASE}/voice"
    assert ask(url, "GET", f"ledger?since={whole['next']}")["entries"] == []


def test_faults_are_armed(url: str, standin: StandIn) -> None:
    ask(url, "POST", "faults", {"status": 503, "times": 2}, 204)
    path = f"{url}/2010-04-01/Accounts/{standin.account_sid}/Calls.json"
    auth = (standin.account_sid, standin.auth_token)
    statuses = [requests.get(path, auth=auth, timeout=5).status_code for _ in range(3)]
    assert statuses == [503, 503, 200]


@pytest.mark.parametrize(
    ("path", "body", "status", "error"),
    [
        ("calls", {"from": "5145550102"}, 400, "no_number"),
        ("calls", {"from": CALLER, "to": AGENT}, 404, "no_such_line"),
        ("calls", None, 400, "no_json"),
        ("calls/CA0/keys", {"keys": "1"}, 404, "no_such_call"),
        ("calls/CA0/keys", {"keys": "one"}, 400, "no_keys"),
    ],
)
def test_refusals(url: str, path: str, body: Any, status: int, error: str) -> None:
    assert ask(url, "POST", path, body, status) == {"error": error}


def test_the_page_in_both_languages(url: str, standin: StandIn) -> None:
    ask(url, "POST", "calls", {"from": CALLER}, 201)
    french = requests.get(f"{url}/", timeout=5).text
    assert "Ligne +18005550100." in french
    assert CALLER in french
    assert "Line +18005550100." in requests.get(f"{url}/?lang=en", timeout=5).text
