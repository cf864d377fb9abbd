"""What a screen needs of the control API: all phones at once, and a voice that is recorded."""

from __future__ import annotations

import io
import math
import struct
import wave

import pytest
import requests

from standin import StandIn, behaviours
from standin.recordings import RATE
from standin.webhooks import Target
from tests.standin.application import BASE, Application
from tests.standin.conftest import ACCOUNT, TOKEN
from tests.standin.test_control import AGENT, CALLER, ask, url

__all__ = ["url"]  # a fixture


def voice(seconds: float, rate: int = RATE, channels: int = 1) -> bytes:
    """A file as a browser makes it of what its microphone hears."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        second = [round(9000 * math.sin(n / 7)) for n in range(rate * channels)]
        packed = struct.pack(f"<{len(second)}h", *second)
        count = round(seconds * rate) * channels * 2
        file.writeframes((packed * (count // len(packed) + 1))[:count])
    return out.getvalue()


def recording_call(url: str) -> str:
    """The sid of a call whose far end is being recorded."""
    sid = ask(url, "POST", "calls", {"from": CALLER}, 201)["sid"]
    ask(url, "POST", f"calls/{sid}/hurry", {"after": 0})
    ask(url, "POST", f"calls/{sid}/keys", {"keys": "1"})
    assert ask(url, "POST", f"calls/{sid}/hurry", {"after": 1})["waits_for"] == "record"
    return str(sid)


def send(url: str, sid: str, body: bytes) -> requests.Response:
    return requests.post(f"{url}/standin/calls/{sid}/sound", data=body, timeout=5)


def test_a_voice_is_what_the_recording_holds(url: str, standin: StandIn) -> None:
    sid = recording_call(url)
    ask(url, "POST", f"calls/{sid}/speaks", {"longest": 60})
    ask(url, "POST", "clock", {"advance": 30})  # six times the silence that ends a recording
    file = voice(2.4)
    assert send(url, sid, file).status_code == 200
    ask(url, "POST", f"calls/{sid}/keys", {"keys": "#"})
    ask(url, "POST", "clock", {"advance": 10})
    (recording,) = standin.recordings.values()
    assert (recording.status, recording.duration, recording.words) == ("completed", 2, [])
    media = requests.get(
        f"{url}/2010-04-01/Accounts/{ACCOUNT}/Recordings/{recording.sid}.mp3",
        auth=(ACCOUNT, TOKEN),
        timeout=5,
    )
    assert media.content == file
    seen = ask(url, "GET", f"calls/{sid}?since=0")["events"]
    (spoke,) = (event for event in seen if event["kind"] == "spoke")
    assert (spoke["text"], spoke["seconds"], spoke["recorded"]) == ("", 2.4, True)


@pytest.mark.parametrize(
    "body",
    [b"", b"RIFF", b"<html>", voice(0), voice(1, rate=44100), voice(1, channels=2), voice(601)],
    ids=["nothing", "stump", "page", "empty", "rate", "stereo", "long"],
)
def test_what_is_no_voice_is_refused(url: str, body: bytes) -> None:
    answer = send(url, recording_call(url), body)
    assert (answer.status_code, answer.json()) == (400, {"error": "no_sound"})


def test_a_voice_that_nothing_records_is_refused(url: str) -> None:
    sid = ask(url, "POST", "calls", {"from": CALLER}, 201)["sid"]
    answer = send(url, sid, voice(1))
    assert (answer.status_code, answer.json()) == (409, {"error": "not_recording"})


def test_whoever_types_may_begin_later(url: str, standin: StandIn, app: Application) -> None:
    app.says["/key"] = '<Record timeout="5" action="/after"/>'
    body = {"from": CALLER, "patience": 60}
    sid = ask(url, "POST", "calls", body, 201)["sid"]
    ask(url, "POST", f"calls/{sid}/hurry", {"after": 0})
    ask(url, "POST", f"calls/{sid}/keys", {"keys": "1"})
    ask(url, "POST", f"calls/{sid}/hurry", {"after": 1})
    ask(url, "POST", "clock", {"advance": 50})
    ask(url, "POST", f"calls/{sid}/words", {"words": "Rien ne marche"})
    ask(url, "POST", "clock", {"advance": 20})
    (recording,) = standin.recordings.values()
    assert recording.words == ["Rien ne marche"]
    assert standin.legs[sid].over


def test_a_phone_that_is_on_a_call_may_be_kept_from_another(url: str) -> None:
    body = {"from": CALLER, "alone": True}
    sid = ask(url, "POST", "calls", body, 201)["sid"]
    assert ask(url, "POST", "calls", body, 409) == {"error": "on_a_call"}
    ask(url, "POST", "calls", {"from": AGENT, "alone": True}, 201)
    ask(url, "POST", f"calls/{sid}/hang-up", {})
    ask(url, "POST", "calls", body, 201)
    ask(url, "POST", "calls", {"from": CALLER, "patience": "long"}, 400)


def test_a_screen_sees_all_phones(url: str, standin: StandIn) -> None:
    first = ask(url, "GET", "watch")
    assert (first["events"], first["calls"], first["anew"]) == ([], [], True)
    assert first["now"] == standin.now().isoformat()
    ask(url, "PUT", f"phones/{AGENT.replace('+', '%2B')}", {"does": "manual"})
    leg = standin.place_call("+18005550100", AGENT, Target(f"{BASE}/voice"))
    sid = ask(url, "POST", "calls", {"from": CALLER}, 201)["sid"]
    ask(url, "POST", "clock", {"advance": 3})
    seen = ask(url, "GET", f"watch?since={first['next']}&run={first['run']}")
    assert seen["does"] == {AGENT: "manual"}
    assert {call["sid"] for call in seen["calls"]} == {sid, leg.sid}
    assert {event["kind"] for event in seen["events"]} == {"placed", "progress", "heard"}
    assert not seen["anew"]
    again = ask(url, "GET", f"watch?since={seen['next']}&run={first['run']}")
    assert again["events"] == []


def test_a_screen_of_another_process_begins_anew(url: str) -> None:
    ask(url, "POST", "calls", {"from": CALLER}, 201)
    for query in ("since=0&run=another&last=500", "since=9999&last=500", "last=500"):
        seen = ask(url, "GET", f"watch?{query}")
        assert seen["anew"]
        assert [event["kind"] for event in seen["events"]][:2] == ["placed", "progress"]


def test_a_double_click_on_answer_is_one_answer(url: str, standin: StandIn) -> None:
    standin.devices.set(AGENT, behaviours.Manual())
    leg = standin.place_call("+18005550100", AGENT, Target(f"{BASE}/voice"))
    ask(url, "POST", "clock", {"advance": 3})
    ask(url, "POST", f"calls/{leg.sid}/answer", {})
    ask(url, "POST", "clock", {"advance": 2})
    for late in ("answer", "decline"):
        ask(url, "POST", f"calls/{leg.sid}/{late}", {})
    ask(url, "POST", f"calls/{leg.sid}/keys", {"keys": "1"})
    ask(url, "POST", "clock", {"advance": 5})
    assert (leg.status, leg.waits_for) == ("in-progress", "record")


def test_calls_that_are_over_are_shown_until_newer_ones_are(url: str) -> None:
    sids = []
    for _ in range(42):
        sids.append(ask(url, "POST", "calls", {"from": CALLER}, 201)["sid"])
        ask(url, "POST", f"calls/{sids[-1]}/hang-up", {})
    shown = [call["sid"] for call in ask(url, "GET", "watch")["calls"]]
    assert shown == sids[:1:-1]
