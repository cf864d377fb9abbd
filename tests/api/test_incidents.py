"""Incidents over the API: the same list, the same acts and the same rules as on the pages."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from api.incident_acts import BODIES
from console import acts
from console.acts import ACTS
from ivr import answers
from ivr.models import ApiAnswer
from tests.api.asker import Asker
from tests.api.conftest import Make
from tests.console.cast import MINUTE, Cast


def body(answer: Any) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json


def test_every_act_of_the_pages_is_there() -> None:
    assert {*BODIES, "note"} == set(ACTS)


def test_the_list_is_sorted_and_filtered_as_on_the_page(bob: Asker, cast: Cast) -> None:
    late = cast.incident("P3", ago=timedelta(hours=1))
    first = cast.incident("P1", client=cast.parc, product="medical")
    cast.incident("P2", state="refused")
    held = cast.incident("P2", state="taken", holder_id=cast.bob.id, taken_at=cast.line.clock())
    listed = body(bob.get("/incidents"))
    assert [row["id"] for row in listed["items"]] == [first.id, late.id, held.id]
    assert listed["next"] is None

    def ids(query: str) -> list[int]:
        return [row["id"] for row in body(bob.get(f"/incidents?{query}"))["items"]]

    assert ids("priority=P3") == [late.id]
    assert ids("holder=me") == [held.id]
    assert ids("holder=nobody") == [first.id, late.id]
    assert ids(f"holder={cast.bob.id}") == [held.id]
    assert ids("client=10452") == [first.id]
    assert ids("client=99999") == []
    assert ids("product=medical") == [first.id]
    assert ids("view=all&state=taken") == [held.id]


def test_an_integration_holds_nothing(ask: Make, cast: Cast) -> None:
    cast.incident()
    assert body(ask("incidents").get("/incidents?holder=me"))["items"] == []


def test_pages_go_by_key(bob: Asker, cast: Cast) -> None:
    made = [cast.incident("P3", ago=n * MINUTE).id for n in range(52)]
    first = body(bob.get("/incidents"))
    assert len(first["items"]) == 50
    rest = body(bob.get(f"/incidents?after={first['next']}"))
    assert rest["next"] is None
    assert {row["id"] for row in first["items"] + rest["items"]} == set(made)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("view=mine", "/query/view"),
        ("priority=P5", "/query/priority"),
        ("after=nowhere", "/query/after"),
        ("after=3_20261130T140000.000000Z_1x", "/query/after"),
        ("days=1", "/query/days"),
        ("view=all&view=owed", "/query/view"),
        ("prority=P1", "/query/prority"),
        ("client=abc", "/query/client"),
        ("q=%00", "/query/q"),
        ("%00%0a=1", "/query/??"),
        ("a/b~c=1", "/query/a~1b~0c"),
    ],
)
def test_a_slip_in_the_address_is_told(bob: Asker, query: str, pointer: str) -> None:
    answer = bob.get(f"/incidents?{query}")
    assert answer.status_code == 400
    assert [fault["pointer"] for fault in answer.json["errors"]] == [pointer]  # type: ignore[index]


def test_one_with_what_happened_to_it(bob: Asker, cast: Cast) -> None:
    incident = cast.incident(client=cast.parc, super_user_id=cast.night_user.id)
    cast.event(incident, "taken", cast.bob, how="click")
    shown = body(bob.get(f"/incidents/{incident.id}"))
    assert shown["client"] == {"number": "10452", "name": "Clinique du Parc"}
    assert shown["caller"]["name"] == "Nadia Nuit"
    assert shown["callback"]["number"] == "+15145550199"
    assert shown["due_at"].endswith("Z")
    events = body(bob.get(f"/incidents/{incident.id}/events", Accept_Language="en"))["items"]
    assert [(event["kind"], event["agent"]["name"]) for event in events] == [
        ("taken", "Bob Tremblay")
    ]
    french = body(bob.get(f"/incidents/{incident.id}/events"))["items"][0]["text"]
    assert french != events[0]["text"]
    assert "Bob Tremblay" in french
    assert "Bob Tremblay" in events[0]["text"]


def test_one_that_is_none(bob: Asker) -> None:
    for number in ("9999", "0", "-1", "x", "99999999999999999999"):
        assert bob.get(f"/incidents/{number}").status_code == 404


def test_events_go_by_key(bob: Asker, cast: Cast) -> None:
    incident = cast.incident()
    for n in range(101):
        cast.event(incident, "note", cast.bob, text=f"note {n}")
    first = body(bob.get(f"/incidents/{incident.id}/events"))
    assert len(first["items"]) == 100
    rest = body(bob.get(f"/incidents/{incident.id}/events?after={first['next']}"))
    assert [event["facts"]["text"] for event in rest["items"]] == ["note 100"]
    assert rest["next"] is None


class TestActs:
    def test_a_whole_life(self, bob: Asker, cast: Cast) -> None:
        incident = cast.incident("P3", live_reference="424242")
        where = f"/incidents/{incident.id}"
        assert "take" in body(bob.get(f"{where}/acts"))
        answer = bob.post(f"{where}/acts/take")
        assert body(answer)["holder"] == {"id": cast.bob.id, "name": "Bob Tremblay"}

        def do(act: str, **facts: Any) -> Any:
            nonlocal answer
            answer = bob.post(f"{where}/acts/{act}", facts, If_Match=answer.headers["ETag"])
            return body(answer)

        do("told")
        do("start")
        assert do("change_priority", priority="P2", reason="Pire")["priority"] == "P2"
        assert do("wait", reason="Une version")["waiting_reason"] == "Une version"
        do("resume")
        do("note", text="Vu avec le client")
        do("document", diagnosis="d", version="4.2")
        shown = do("resolve", nature="technical", solution="s")
        assert (shown["state"], shown["diagnosis"], shown["version"]) == ("resolved", "d", "4.2")
        assert do("approve", close=True)["state"] == "closed"
        assert do("reopen", reason="Encore")["state"] == "reopened"
        assert "started" in cast.kinds(incident)

    def test_the_rules_are_those_of_the_pages(self, ask: Make, cast: Cast) -> None:
        incident = cast.incident(state="taken", holder_id=cast.alice.id)
        asker = ask("incidents", agent=cast.bob)
        tag = asker.etag(f"/incidents/{incident.id}")
        path = f"/incidents/{incident.id}/acts/start"
        answer = asker.post(path, If_Match=tag, Accept_Language="en")
        assert answer.status_code == 409
        problem = answer.json
        assert problem is not None
        assert (problem["code"], problem["rule"]) == ("refused", "states.not_holder")
        french = asker.post(path, If_Match=tag)
        assert french.json is not None
        assert french.headers["Content-Language"] == "fr"
        assert french.json["detail"] != problem["detail"]
        assert cast.now(incident).state == "taken"

    def test_a_refusal_of_the_pages_own_has_its_words(self, bob: Asker, cast: Cast) -> None:
        incident = cast.incident()
        answer = bob.post(f"/incidents/{incident.id}/acts/told")
        assert (answer.status_code, answer.json["rule"]) == (409, "console.not_taken")  # type: ignore[index]
        assert answer.json["detail"] != "console.not_taken"  # type: ignore[index]

    def test_an_integration_notes_in_its_own_name(self, ask: Make, cast: Cast) -> None:
        incident = cast.incident()
        asker = ask("incidents")
        body(asker.post(f"/incidents/{incident.id}/acts/note", {"text": "Sonde rouge"}))
        event = body(asker.get(f"/incidents/{incident.id}/events"))["items"][-1]
        assert event["agent"] is None
        assert "Tableau de bord" in event["text"]
        assert "Sonde rouge" in event["text"]
        assert body(asker.get(f"/incidents/{incident.id}/acts")) == []

    def test_an_integration_notes_nothing_on_a_refused_call(self, ask: Make, cast: Cast) -> None:
        incident = cast.incident(state="refused")
        answer = ask("incidents").post(f"/incidents/{incident.id}/acts/note", {"text": "x"})
        assert answer.status_code == 409

    @pytest.mark.parametrize(
        ("sent", "pointers"),
        [
            ({}, ["/body/text"]),
            ({"text": 5}, ["/body/text"]),
            ({"text": "x" * 4001}, ["/body/text"]),
            ({"text": "a\0b"}, ["/body/text"]),
            ({"text": "x", "extra": 1}, ["/body/extra"]),
            ([], ["/body"]),
            ("text", ["/body"]),
        ],
    )
    def test_each_fault_is_told_with_its_place(
        self, bob: Asker, cast: Cast, sent: Any, pointers: list[str]
    ) -> None:
        incident = cast.incident()
        answer = bob.post(f"/incidents/{incident.id}/acts/note", sent)
        assert answer.status_code == 400
        assert [fault["pointer"] for fault in answer.json["errors"]] == pointers  # type: ignore[index]
        assert cast.kinds(incident) == []


class TestVersions:
    def test_a_change_that_could_overwrite_names_what_it_saw(self, bob: Asker, cast: Cast) -> None:
        incident = cast.incident(state="taken", holder_id=cast.bob.id)
        answer = bob.post(f"/incidents/{incident.id}/acts/start")
        assert (answer.status_code, answer.json["code"]) == (428, "unguarded")  # type: ignore[index]
        assert cast.now(incident).state == "taken"

    def test_who_comes_second_is_told_what_changed(self, bob: Asker, cast: Cast) -> None:
        incident = cast.incident("P3", state="taken", holder_id=cast.bob.id)
        where = f"/incidents/{incident.id}"
        tag = bob.etag(where)
        change = {"priority": "P2", "reason": "Pire"}
        body(bob.post(f"{where}/acts/change_priority", change, If_Match=tag))
        late = bob.post(f"{where}/acts/wait", {"reason": "x"}, If_Match=tag)
        assert late.status_code == 412
        problem = late.json
        assert problem is not None
        assert problem["current"]["priority"] == "P2"
        assert [event["kind"] for event in problem["changes"]] == ["priority_set"]
        assert cast.now(incident).state == "taken"
        again = bob.post(f"{where}/acts/wait", {"reason": "x"}, If_Match=late.headers["ETag"])
        assert again.status_code == 200

    def test_a_note_of_somebody_else_changes_nothing_that_was_seen(
        self, bob: Asker, cast: Cast
    ) -> None:
        incident = cast.incident(state="taken", holder_id=cast.bob.id)
        tag = bob.etag(f"/incidents/{incident.id}")
        cast.event(incident, "note", cast.alice, text="Bonjour")
        answer = bob.post(f"/incidents/{incident.id}/acts/start", If_Match=tag)
        assert answer.status_code == 200

    def test_what_is_known_already_is_not_sent_again(self, bob: Asker, cast: Cast) -> None:
        incident = cast.incident()
        tag = bob.etag(f"/incidents/{incident.id}")
        same = bob.get(f"/incidents/{incident.id}", If_None_Match=tag)
        assert (same.status_code, same.data) == (304, b"")
        assert same.headers["ETag"] == tag
        cast.change(incident, priority="P1")
        assert bob.get(f"/incidents/{incident.id}", If_None_Match=tag).status_code == 200

    @pytest.mark.parametrize("tag", ['"nonsense"', "x", "", '"0123456789abcdef-0"'])
    def test_a_version_that_never_was(self, bob: Asker, cast: Cast, tag: str) -> None:
        incident = cast.incident(state="taken", holder_id=cast.bob.id)
        answer = bob.post(f"/incidents/{incident.id}/acts/start", If_Match=tag)
        assert answer.status_code == 412


class TestRepeats:
    """An Idempotency-Key: the same request has one effect, and one answer."""

    @pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
    def test_the_same_again_does_nothing_twice(self, bob: Asker, cast: Cast) -> None:
        incident = cast.incident()
        path, sent = f"/incidents/{incident.id}/acts/note", {"text": "Une fois"}
        first = bob.post(path, sent, Idempotency_Key="k1")
        again = bob.post(path, sent, Idempotency_Key="k1")
        assert (again.status_code, again.data) == (200, first.data)
        assert again.headers["ETag"] == first.headers["ETag"]
        assert again.headers["Idempotency-Replayed"] == "true"
        assert cast.kinds(incident) == ["note"]
        bob.post(path, sent, Idempotency_Key="k2")
        assert cast.kinds(incident) == ["note", "note"]

    def test_a_guarded_act_is_answered_again_though_it_changed_the_version(
        self, bob: Asker, cast: Cast
    ) -> None:
        incident = cast.incident(state="taken", holder_id=cast.bob.id)
        tag = bob.etag(f"/incidents/{incident.id}")
        answers = [
            bob.post(f"/incidents/{incident.id}/acts/start", If_Match=tag, Idempotency_Key="k")
            for _ in range(2)
        ]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert cast.kinds(incident) == ["started"]

    def test_a_key_serves_one_request_alone(self, bob: Asker, cast: Cast) -> None:
        incident = cast.incident()
        path = f"/incidents/{incident.id}/acts/note"
        bob.post(path, {"text": "a"}, Idempotency_Key="k")
        other = bob.post(path, {"text": "b"}, Idempotency_Key="k")
        assert (other.status_code, other.json["code"]) == (422, "key_reused")  # type: ignore[index]
        assert cast.kinds(incident) == ["note"]

    def test_another_token_has_keys_of_its_own(self, ask: Make, cast: Cast) -> None:
        incident = cast.incident()
        path = f"/incidents/{incident.id}/acts/note"
        for asker in (ask("incidents"), ask("incidents")):
            assert asker.post(path, {"text": "a"}, Idempotency_Key="k").status_code == 200
        assert cast.kinds(incident) == ["note", "note"]

    def test_what_was_refused_may_be_asked_again(self, bob: Asker, cast: Cast) -> None:
        incident = cast.incident()
        path = f"/incidents/{incident.id}/acts/told"
        assert bob.post(path, Idempotency_Key="k").status_code == 409
        bob.post(f"/incidents/{incident.id}/acts/take")
        assert bob.post(path, Idempotency_Key="k").status_code == 200

    @pytest.mark.parametrize("key", ["", "x" * 256, "é"])
    def test_a_key_that_is_none(self, bob: Asker, cast: Cast, key: str) -> None:
        incident = cast.incident()
        path = f"/incidents/{incident.id}/acts/take"
        assert bob.post(path, Idempotency_Key=key).status_code == 400

    def test_it_is_let_go_of_after_a_day(self, bob: Asker, cast: Cast) -> None:
        incident = cast.incident()
        bob.post(f"/incidents/{incident.id}/acts/note", {"text": "a"}, Idempotency_Key="k")
        with cast.line.scene() as scene:
            answers.forget(scene)
            assert scene.session.scalars(select(ApiAnswer)).one().key == "k"
        cast.line.clock.passes(timedelta(hours=24, seconds=1))  # type: ignore[attr-defined]
        with cast.line.scene() as scene:
            answers.forget(scene)
            assert scene.session.scalars(select(ApiAnswer)).all() == []

    def test_it_is_forgotten_after_a_day(self, bob: Asker, cast: Cast) -> None:
        incident = cast.incident()
        path = f"/incidents/{incident.id}/acts/note"
        bob.post(path, {"text": "a"}, Idempotency_Key="k")
        cast.line.clock.passes(timedelta(hours=24))  # type: ignore[attr-defined]
        bob.post(path, {"text": "a"}, Idempotency_Key="k")
        assert cast.kinds(incident) == ["note", "note"]


class TestHostile:
    def test_a_body_has_its_limit(self, bob: Asker, cast: Cast) -> None:
        incident = cast.incident()
        answer = bob.post(f"/incidents/{incident.id}/acts/note", {"text": "x" * 70_000})
        assert (answer.status_code, answer.json["code"]) == (413, "too_large")  # type: ignore[index]

    @pytest.mark.parametrize(
        "sent",
        [b"{", b"\xff\xfe", b'{"text": NaN}', b"[" * 30_000, b'{"text": "\\ud800"}', b"1e999999"],
    )
    def test_what_is_no_json(self, bob: Asker, cast: Cast, sent: bytes) -> None:
        incident = cast.incident()
        answer = bob.app.test_client().post(
            f"/api/v1/incidents/{incident.id}/acts/note",
            data=sent,
            content_type="application/json",
            headers={"Authorization": f"Bearer {bob.token}"},
        )
        assert answer.status_code == 400
        assert answer.content_type == "application/problem+json"

    def test_a_form_is_no_json(self, bob: Asker, cast: Cast) -> None:
        incident = cast.incident()
        answer = bob.app.test_client().post(
            f"/api/v1/incidents/{incident.id}/acts/note",
            data={"text": "x"},
            headers={"Authorization": f"Bearer {bob.token}"},
        )
        assert answer.status_code == 415

    @pytest.mark.parametrize("path", ["/nothing", "/", "/incidents/1/x", "/me/x"])
    def test_an_address_that_is_none(self, bob: Asker, path: str) -> None:
        answer = bob.get(path)
        assert (answer.status_code, answer.content_type) == (404, "application/problem+json")

    @pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "FROB"])
    def test_a_method_that_is_none(self, bob: Asker, method: str) -> None:
        answer = bob.ask(method, "/incidents")
        assert (answer.status_code, answer.content_type) == (405, "application/problem+json")
        assert answer.headers["Allow"] == "GET, HEAD"

    def test_head_tells_what_get_would(self, bob: Asker) -> None:
        answer = bob.ask("HEAD", "/incidents")
        assert (answer.status_code, answer.data) == (200, b"")


def test_what_a_bug_leaves_is_a_problem_too(
    bob: Asker, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(acts.ACTS, "take", lambda *_: json.loads("{"))  # type: ignore[arg-type]
    incident = cast.incident()
    answer = bob.post(f"/incidents/{incident.id}/acts/take")
    assert (answer.status_code, answer.json["code"]) == (500, "failed")  # type: ignore[index]
