"""The phone in the browser: phones are held, the clock is moved, stories are told."""

from __future__ import annotations

import io
import json
import re
import wave
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from console.phone import guide, moments
from ivr.policy import Policy
from tests import servers
from tests.console.cast import Browser, text
from tests.world import (
    DAY_USER,
    DESK_1,
    IMAGING_USER,
    NIGHT_USER,
    ON_CALL_1,
    ON_CALL_2,
    PASSWORD,
    SATURDAY_NIGHT,
    TUESDAY_10,
    World,
    world,
)

HOURS = Policy.read().hours
PATIENCE = 10
"""Looks at the page before what had no effect is done again."""


@pytest.fixture
def made(tmp_path: Path, valkey: servers.Valkey) -> Iterator[World]:
    valkey.flush()
    with world(servers.sqlite(tmp_path), valkey.url, TUESDAY_10) as found:
        yield found


class Page:
    """The page as its script uses it: posts what is done, and asks what there is."""

    def __init__(self, made: World, language: str = "fr") -> None:
        self.world = made
        self.browser = Browser(made.app)
        self.browser.sign_in("bureau1@example.org", PASSWORD)
        shown = self.browser.get(f"/phone?lang={language}")
        assert shown.status_code == 200
        self.html = shown.text
        token = re.search(r'data-token="([^"]+)"', shown.text)
        assert token
        self._headers = {"X-CSRFToken": token[1]}
        self._seen = {"since": "", "run": ""}
        self.lines: list[dict[str, Any]] = []

    def post(self, path: str, status: int = 200, **form: Any) -> Any:
        answer = self.browser._client.post(f"/phone/{path}", data=form, headers=self._headers)
        assert answer.status_code == status, answer.text
        return answer.json

    def send(self, path: str, body: bytes, status: int = 200) -> Any:
        headers = {**self._headers, "Content-Type": "audio/wav"}
        answer = self.browser._client.post(f"/phone/{path}", data=body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json

    def look(self, **story: Any) -> Any:
        query = {**self._seen, **story}
        answer = self.browser._client.get("/phone/state", query_string=query)
        assert answer.status_code == 200, answer.text
        self._seen = {"since": answer.json["next"], "run": answer.json["run"]}
        self.lines += answer.json["lines"]
        return answer.json

    def phone(self, number: str) -> Any:
        return next(each for each in self.look()["phones"] if each["number"] == number)

    def heard(self, number: str) -> list[str]:
        self.look()
        return [line["text"] for line in self.lines if line["number"] == number]

    def passes(self, seconds: float = 1) -> None:
        self.world.twilio.run_for(seconds)
        self.world.work()


def play(page: Page, story: str) -> list[str]:
    """Does what the story says to do, and waits where it says so: the names of its tasks."""
    began = page.post("stories", story=story)["began"]
    tasks: list[str] = []
    done: dict[str, int] = {}
    for moment in range(400):
        told = page.look(story=story, began=began)["guide"]
        assert "{" not in told["text"]
        assert "—" not in told["text"]
        if not tasks or tasks[-1] != told["name"]:
            tasks.append(told["name"])
        if told["name"] == "look":
            return tasks
        if moment - done.get(told["text"], -PATIENCE) >= PATIENCE:
            done = {told["text"]: moment}
            for act in told["does"]:
                page.post(act["path"], **act["form"])
        page.passes(2)
    raise AssertionError(tasks)


class TestStories:
    def test_a_p1_at_night_is_put_through(self, made: World) -> None:
        tasks = play(Page(made), "night")
        milestones = ["call", "number", "press", "speak", "answer", "accept", "talk", "look"]
        assert [task for task in dict.fromkeys(tasks) if task in milestones] == milestones
        incident = made.incident()
        assert (incident.priority, incident.product, incident.state) == ("P1", "medical", "taken")
        assert made.phones.bridges() == [(NIGHT_USER, ON_CALL_1)]
        assert incident.opened_at.astimezone(made.line.policy.zone).strftime("%a %H") == "Sat 02"

    def test_a_p3_on_saturday_is_called_back_on_monday(self, made: World) -> None:
        tasks = play(Page(made), "weekend")
        assert tasks.count("wait") == 1
        assert tasks[-1] == "look"
        assert {"answer", "accept", "talk"} <= set(tasks[tasks.index("wait") :])
        incident = made.incident()
        assert (incident.priority, incident.state) == ("P3", "taken")
        bridge = made.twilio.ledger.bridges()[-1]
        assert bridge.since.astimezone(made.line.policy.zone).strftime("%a") == "Mon"

    def test_another_clinics_callback_of_that_day_is_left_alone(self, made: World) -> None:
        page = Page(made)
        page.post("clock", to="saturday")
        sid = page.post("calls", **{"from": DAY_USER})["sid"]
        for keys in ("10452", "1", "3"):
            page.passes(15)
            page.post(f"calls/{sid}/keys", keys=keys)
        page.passes(5)
        page.post(f"calls/{sid}/hang-up")
        page.passes(5)
        assert play(page, "weekend")[-1] == "look"
        assert [client for _, client in made.phones.bridges()] == [IMAGING_USER]

    def test_the_desk_in_hours_is_rung(self, made: World) -> None:
        tasks = play(Page(made), "desk")
        assert tasks[-1] == "look"
        assert made.incident().priority == "P2"
        assert made.phones.bridges() == [(DAY_USER, DESK_1)]

    def test_it_can_be_told_again_although_the_incident_is_known(self, made: World) -> None:
        page = Page(made)
        play(page, "night")
        assert play(page, "night")[-1] == "look"
        assert len(made.incidents()) == 2

    def test_in_english_the_line_speaks_english(self, made: World) -> None:
        page = Page(made, "en")
        assert "english" in play(page, "night")
        assert any(line["kind"] == "line" and line["lang"] == "en" for line in page.lines)
        assert made.incident().language == "en"

    def test_each_has_somebody_to_play_it(self, made: World) -> None:
        assert set(re.findall(r'data-guide="(\w+)"', Page(made).html)) == set(guide.STORIES)

    def test_a_call_that_goes_on_is_not_torn_into_another_week(self, made: World) -> None:
        page = Page(made)
        page.post("calls", **{"from": DAY_USER})
        refused = page.post("stories", 409, story="night")
        assert refused["error"] == "Un appel est en cours\u00a0: raccrochez d'abord."
        page.post("stories", 400, story="another")


class TestPhones:
    def test_a_call_by_hand_is_told_line_by_line(self, made: World) -> None:
        page = Page(made)
        call = page.post("calls", **{"from": NIGHT_USER})
        page.passes(30)
        assert page.phone(NIGHT_USER)["state"] == "answered"
        page.post(f"calls/{call['sid']}/keys", keys="10452")
        page.passes(10)
        lines = page.heard(NIGHT_USER)
        assert lines[0] == "Compose le numéro de la ligne"
        assert "Assistance technique, bonjour." in lines
        assert [text for text in lines if len(text) == 1] == list("10452")
        page.post(f"calls/{call['sid']}/hang-up")
        page.passes()
        phone = page.phone(NIGHT_USER)
        assert (phone["state"], phone["call"], phone["name"]) == (
            "idle", None, "Responsable de nuit",
        )  # fmt: skip
        assert phone["file"]["text"].startswith("Dossier ")
        assert page.browser.get(phone["file"]["url"]).status_code == 200
        refused = page.post(f"calls/{call['sid']}/keys", 409, keys="1")
        assert refused["error"] == "L'appel est déjà terminé."

    def test_a_page_opened_again_finds_the_call(self, made: World) -> None:
        first = Page(made)
        first.post("calls", **{"from": NIGHT_USER})
        first.passes(12)
        first.look()
        again = Page(made)
        state = again.look()
        assert state["anew"]
        assert [line["text"] for line in first.lines] == [line["text"] for line in again.lines]
        (caller,) = (phone for phone in state["phones"] if not phone["agent"])
        assert caller["call"]["answered"]

    def test_two_callers_at_once_and_a_double_click(self, made: World) -> None:
        page = Page(made)
        page.post("calls", **{"from": NIGHT_USER})
        assert page.post("calls", 409, **{"from": NIGHT_USER})["error"] == (
            "Ce téléphone est déjà en ligne."
        )
        page.post("calls", **{"from": DAY_USER})
        page.post("calls", **{"from": "anonymous"})
        page.passes(5)
        callers = [phone for phone in page.look()["phones"] if not phone["agent"]]
        assert sorted(phone["number"] for phone in callers) == [DAY_USER, NIGHT_USER, "anonymous"]
        assert {phone["name"] for phone in callers} >= {"Numéro masqué"}

    def test_a_voice_is_heard_on_the_incidents_page(self, made: World) -> None:
        page = Page(made)
        made.phone(ON_CALL_1).rings_out()
        made.phone(ON_CALL_2).rings_out()
        page.post("clock", to="saturday")
        sid = page.post("calls", **{"from": NIGHT_USER})["sid"]
        for keys in ("10452", "2", "1", "1"):
            page.passes(15)
            page.post(f"calls/{sid}/keys", keys=keys)
        for _ in range(60):
            page.passes(1)
            if page.phone(NIGHT_USER)["call"]["records"]:
                break
        page.post(f"calls/{sid}/speaks", on="1")
        page.passes(40)
        file = _voice(3)
        page.send(f"calls/{sid}/sound", file)
        page.post(f"calls/{sid}/keys", keys="#")
        page.passes(3)
        assert "Message enregistré au micro, 3\u00a0s" in page.heard(NIGHT_USER)
        page.post(f"calls/{sid}/hang-up")
        page.passes(10)
        shown = page.browser.get(f"/incidents/{made.incident().id}")
        source = re.search(r'<audio[^>]* src="([^"]+)"', shown.text)
        assert source
        sound = page.browser.get(source[1])
        assert (sound.status_code, sound.data) == (200, file)

    def test_what_is_no_voice_goes_nowhere(self, made: World) -> None:
        page = Page(made)
        sid = page.post("calls", **{"from": NIGHT_USER})["sid"]
        for body in (b"", b"<script>", _voice(1)):
            assert page.send(f"calls/{sid}/sound", body, 409)["error"]

    def test_texts_go_both_ways(self, made: World) -> None:
        page = Page(made)
        page.post("texts", **{"from": ON_CALL_1, "body": "0000"})
        page.passes(10)
        page.look()
        texts = [(line["kind"], line["number"]) for line in page.lines]
        assert texts == [("texting", ON_CALL_1), ("texted", ON_CALL_1)]
        page.post("texts", 409, **{"from": ON_CALL_1, "body": " "})

    def test_what_phones_do_is_chosen(self, made: World) -> None:
        page = Page(made)
        page.post("does", number=[ON_CALL_1, ON_CALL_2], does="busy")
        assert page.phone(ON_CALL_1)["does"] == page.phone(ON_CALL_2)["does"] == "busy"
        page.post("does", 400, number=ON_CALL_1, does="explode")
        page.post("does", 400, number="../clock", does="busy")

    @pytest.mark.parametrize("caller", ["", "911", "+1514555010x", "<b>", "../calls"])
    def test_what_is_no_number_calls_nobody(self, made: World, caller: str) -> None:
        page = Page(made)
        assert page.post("calls", 409, **{"from": caller})["error"]
        assert page.look()["lines"] == []

    def test_a_call_that_is_none_is_not_found(self, made: World) -> None:
        page = Page(made)
        page.post("calls/" + "." * 34 + "/keys", 404, keys="1")
        page.post("calls/CA/keys", 404, keys="1")
        assert page.post("calls/CA" + "0" * 32 + "/keys", 409, keys="1")["error"]
        page.post("calls/CA" + "0" * 32 + "/explode", 404)

    def test_the_team_says_who_is_rung_now(self, made: World) -> None:
        page = Page(made)
        details = {phone["name"]: phone["detail"] for phone in page.look()["phones"]}
        assert (details["Bureau 1"], details["Garde 1"]) == ("Au bureau", "")
        page.post("clock", to="saturday")
        details = {phone["name"]: phone["detail"] for phone in page.look()["phones"]}
        assert (details["Bureau 1"], details["Garde 1"]) == ("", "De garde")


def _voice(seconds: int) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\x10\x20" * 8000 * seconds)
    return out.getvalue()


class TestMoments:
    """Each is the centre's own time, and still to come."""

    @pytest.mark.parametrize(
        ("now", "found"),
        [
            ("2026-11-24T09:59", "2026-11-24T10:00"),
            ("2026-11-24T10:00", "2026-11-25T10:00"),
            ("2026-12-24T17:00", "2026-12-28T10:00"),  # Christmas is a Friday
        ],
    )
    def test_the_desk_is_there(self, now: str, found: str) -> None:
        assert moments.in_hours(_local(now), HOURS) == _local(found)

    @pytest.mark.parametrize(
        ("now", "found"),
        [
            ("2026-11-24T10:00", "2026-11-28T02:00"),
            ("2026-11-28T01:59", "2026-11-28T02:00"),
            ("2026-11-28T02:00", "2026-12-05T02:00"),
            ("2026-10-31T23:00", "2026-11-07T02:00"),  # the clocks change in between
        ],
    )
    def test_saturday_night_is_the_next_one(self, now: str, found: str) -> None:
        moment = moments.next_weekday(_local(now), HOURS, moments.SATURDAY, moments.NIGHT)
        assert moment == _local(found)


def _local(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=HOURS.zone)


class TestClock:
    @pytest.mark.parametrize(
        ("form", "time", "day", "hours"),
        [
            ({"to": "saturday"}, "02:00:00", "samedi 28 novembre 2026", "Fermé"),
            ({"to": "monday"}, "08:00:00", "lundi 30 novembre 2026", "Ouvert"),
            ({"to": "2026-12-25T10:30"}, "10:30:00", "vendredi 25 décembre 2026", "Fermé"),
            ({"by": "minute"}, "10:01:00", "mardi 24 novembre 2026", "Ouvert"),
            ({"by": "hour"}, "11:00:00", "mardi 24 novembre 2026", "Ouvert"),
        ],
    )
    def test_it_is_put_to_any_moment(
        self, made: World, form: dict[str, str], time: str, day: str, hours: str
    ) -> None:
        page = Page(made)
        page.post("clock", **form)
        clock = page.look()["clock"]
        assert (clock["time"], clock["day"]) == (time, day)
        assert clock["hours"].startswith(hours)

    def test_nobody_is_signed_out_by_it(self, made: World) -> None:
        page = Page(made)
        for _ in range(3):
            page.post("clock", to="saturday")
        assert page.look()["clock"]["day"] == "samedi 12 décembre 2026"
        assert page.browser.get("/incidents").status_code == 200

    @pytest.mark.parametrize("to", ["", "soon", "2036-01-01T00:00", "0001-01-01T00:00"])
    def test_what_is_no_moment_is_refused(self, made: World, to: str) -> None:
        assert Page(made).post("clock", 409, to=to)["error"]

    def test_it_does_not_go_back_under_a_call(self, made: World) -> None:
        page = Page(made)
        page.post("calls", **{"from": NIGHT_USER})
        refused = page.post("clock", 409, to="2026-11-23T10:00")
        assert refused["error"] == ("L'horloge ne recule pas pendant qu'un appel est en cours.")
        assert page.browser.get("/incidents").status_code == 200


class TestWhere:
    def test_beside_another_twilio_it_does_not_exist(self, app: Flask, alice: Browser) -> None:
        """The console's tests stand beside an API on the loopback that is not the stand-in."""
        assert not [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/phone")]
        assert alice.get("/phone").status_code == 404
        assert alice.post("/phone/clock", by="hour").status_code == 404
        assert "/phone" not in alice.get("/incidents").text

    def test_only_its_page_may_ask_for_the_microphone(self, made: World) -> None:
        page = Page(made)
        may = {
            path: page.browser.get(path).headers["Permissions-Policy"]
            for path in ("/phone", "/incidents", "/phone/state")
        }
        assert "microphone=(self)" in may.pop("/phone")
        assert all("microphone=()" in each for each in may.values())

    def test_it_asks_for_a_sign_in_and_for_the_pages_own_token(self, made: World) -> None:
        visitor = Browser(made.app)
        assert visitor.get("/phone").status_code == 303
        assert visitor.get("/phone/state").status_code == 303
        page = Page(made)
        answer = page.browser._client.post("/phone/clock", data={"by": "hour"})
        assert answer.status_code == 400

    def test_it_says_so_when_the_stand_in_is_gone(self, made: World) -> None:
        page = Page(made)
        made.twilio._server.stop()  # type: ignore[union-attr]
        answer = page.browser._client.get("/phone/state")
        assert (answer.status_code, json.loads(answer.text)) == (
            502, {"error": "La ligne d'essai ne répond pas."},
        )  # fmt: skip

    @pytest.mark.parametrize(("language", "title"), [("fr", "Téléphone"), ("en", "Practice")])
    def test_it_stands_in_the_menu_in_both_languages(
        self, made: World, language: str, title: str
    ) -> None:
        page = Page(made, language)
        shown = text(page.browser.get("/incidents"))
        assert title in shown
        assert SATURDAY_NIGHT > TUESDAY_10
