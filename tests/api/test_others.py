"""Clients, the rota, outages, articles and reports over the API, by the rules of the pages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from ivr.database import reading
from ivr.models import Agent, Article, AuditLine
from line import Line
from tests.api.asker import Asker
from tests.api.conftest import Make
from tests.console.cast import MINUTE, Cast
from tests.console.test_reports import leg, opened

FORM = "/clients/10452/super-users"


def body(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json


def audited(line: Line) -> list[tuple[str, str]]:
    with reading(line.sessions) as session:
        lines = session.scalars(select(AuditLine).order_by(AuditLine.id))
        return [(each.act, each.subject) for each in lines if not each.act.startswith("token")]


class TestClients:
    def test_found_as_on_the_page(self, bob: Asker) -> None:
        def numbers(query: str = "") -> list[str]:
            return [row["number"] for row in body(bob.get(f"/clients{query}"))["items"]]

        assert numbers() == ["10452", "20317"]
        assert numbers("?q=rive") == ["20317"]
        assert numbers("?q=nadia") == ["10452"]
        assert numbers("?product=medical") == ["10452"]

    def test_one_with_its_super_users(self, bob: Asker) -> None:
        shown = body(bob.get("/clients/10452"))
        assert shown["name"] == "Clinique du Parc"
        assert [user["name"] for user in shown["super_users"]] == ["Nadia Nuit"]
        assert {held["product"]: held["extended"] for held in shown["products"]} == {
            "billing": False,
            "medical": True,
        }
        assert bob.get("/clients/99999").status_code == 404
        assert bob.get("/clients/abc").status_code == 404

    def test_the_form_of_section_5_whole(self, bob: Asker, cast: Cast, line: Line) -> None:
        tag = bob.etag("/clients/10452")
        nadia = {"id": cast.night_user.id, "name": "Nadia Nuit", "phone": "514 555-0102",
                 "extension": "331", "shifts": ["nights", "weekends"]}  # fmt: skip
        jour = {"name": "Jean Jour", "phone": "+15145550101", "shifts": ["days"]}
        sent = {"super_users": [nadia, jour], "service_centre": "CSA de Laval"}
        answer = bob.ask("PUT", FORM, json=sent, If_Match=tag)
        shown = body(answer)
        assert shown["service_centre"] == "CSA de Laval"
        users = {user["name"]: user for user in shown["super_users"]}
        assert users["Nadia Nuit"]["extension"] == "331"
        assert users["Nadia Nuit"]["id"] == cast.night_user.id
        assert users["Jean Jour"]["shifts"] == ["days"]
        only = {"super_users": [{**jour, "id": users["Jean Jour"]["id"]}]}
        left = body(bob.ask("PUT", FORM, json=only, If_Match=answer.headers["ETag"]))
        assert [user["name"] for user in left["super_users"]] == ["Jean Jour"]
        assert ("client_left", "10452") in audited(line)
        assert ("api_changed", "saveSuperUsers") in audited(line)

    def test_who_comes_second_is_told_what_changed(self, bob: Asker) -> None:
        tag = bob.etag("/clients/10452")
        jour = {"name": "Jean Jour", "phone": "+15145550101", "shifts": ["days"]}
        body(bob.ask("PUT", FORM, json={"super_users": [jour]}, If_Match=tag))
        late = bob.ask("PUT", FORM, json={"super_users": []}, If_Match=tag)
        assert late.status_code == 412
        assert {change["act"] for change in late.json["changes"]} == {"added", "left"}  # type: ignore[index]
        assert [u["name"] for u in late.json["current"]["super_users"]] == ["Jean Jour"]  # type: ignore[index]
        assert bob.ask("PUT", FORM, json={"super_users": []}).status_code == 428

    def test_each_problem_is_told_with_its_place(self, bob: Asker) -> None:
        wrong = {"name": "=cmd", "phone": "12", "shifts": ["days"]}
        answer = bob.ask(
            "PUT", FORM, json={"super_users": [wrong]}, If_Match=bob.etag("/clients/10452")
        )
        errors = body(answer, 409)["errors"]
        assert [error["pointer"] for error in errors] == [
            "/body/super_users/0/name",
            "/body/super_users/0/phone",
        ]
        assert all(" " in error["detail"] for error in errors)
        assert len(body(bob.get("/clients/10452"))["super_users"]) == 1

    def test_another_clients_person_cannot_be_named(self, bob: Asker) -> None:
        user = {"id": 999, "name": "Jean Jour", "phone": "+15145550101", "shifts": ["days"]}
        answer = bob.ask(
            "PUT", FORM, json={"super_users": [user]}, If_Match=bob.etag("/clients/10452")
        )
        assert body(answer, 409)["errors"][0]["pointer"] == "/body/super_users/0/id"

    def test_removal_needs_a_reason(self, bob: Asker, cast: Cast) -> None:
        tag = bob.etag("/clients/10452")
        where = f"{FORM}/{cast.night_user.id}/remove"
        assert bob.post(where, {"reason": " "}, If_Match=tag).status_code == 409
        shown = body(bob.post(where, {"reason": "Ne connaît pas le logiciel"}, If_Match=tag))
        assert shown["super_users"] == []
        assert bob.post(f"{FORM}/999/remove", {"reason": "x"}, If_Match="*").status_code == 404

    def test_seeing_is_not_changing(self, ask: Make, cast: Cast) -> None:
        asker = ask("clients")
        tag = asker.etag("/clients/10452")
        answer = asker.ask("PUT", FORM, json={"super_users": []}, If_Match=tag)
        assert (answer.status_code, answer.json["code"]) == (403, "forbidden")  # type: ignore[index]


class TestRota:
    def test_who_is_on_call_now_and_then(self, bob: Asker) -> None:
        now = body(bob.get("/rota/on-call"))
        then = body(bob.get("/rota/on-call?at=2026-12-08T02:00:00-05:00"))
        names = [answer["levels"][0]["agents"][0]["name"] for answer in (now, then)]
        assert sorted(names) == ["Alice Roy", "Bob Tremblay"]
        assert then["at"] == "2026-12-08T07:00:00Z"

    def test_over_time(self, bob: Asker) -> None:
        rota = body(bob.get("/rota?days=14"))
        assert {duty["level"] for duty in rota["duties"]} == {"on_call"}
        assert len({duty["agents"][0]["name"] for duty in rota["duties"]}) == 2
        assert bob.get("/rota?days=63").status_code == 400

    def test_an_override_is_entered_and_withdrawn(self, ask: Make, cast: Cast, line: Line) -> None:
        asker = ask("rota", "change_rota")
        sent = {"agent": cast.bob.id, "replaces": cast.alice.id, "note": "Dentiste",
                "start": "2026-12-01T00:00:00Z", "end": "2026-12-02T00:00:00Z"}  # fmt: skip
        answer = asker.post("/rota/overrides", sent)
        made = body(answer, 201)
        assert answer.headers["Location"] == f"/api/v1/rota/overrides/{made['id']}"
        assert body(asker.get("/rota/overrides")) == [made]
        gone = body(asker.ask("DELETE", f"/rota/overrides/{made['id']}"))
        assert gone["withdrawn_at"]
        assert body(asker.get("/rota/overrides")) == []
        again = asker.ask("DELETE", f"/rota/overrides/{made['id']}")
        assert (again.status_code, again.json["rule"]) == (409, "rota.withdrawn_already")  # type: ignore[index]
        assert ("override_entered", "Bob Tremblay") in audited(line)

    def test_an_override_that_changes_nothing_is_refused(self, ask: Make, cast: Cast) -> None:
        """As on the page: whoever sends it would believe that it stands."""
        asker = ask("rota", "change_rota")
        sent = {"agent": cast.alice.id, "replaces": cast.bob.id,
                "start": "2026-12-01T00:00:00Z", "end": "2026-12-02T00:00:00Z"}  # fmt: skip
        assert body(asker.post("/rota/overrides", sent), 409)["code"] == "refused"
        assert body(asker.get("/rota/overrides")) == []

    @pytest.mark.parametrize(
        "wrong", [{"agent": 999}, {"level": "nonsense"}, {"end": "2026-11-30T00:00:00Z"}]
    )
    def test_what_makes_no_sense_is_refused(
        self, bob: Asker, cast: Cast, wrong: dict[str, Any]
    ) -> None:
        sent = {"agent": cast.alice.id, "level": "on_call",
                "start": "2026-12-01T00:00:00Z", "end": "2026-12-02T00:00:00Z"}  # fmt: skip
        assert bob.post("/rota/overrides", {**sent, **wrong}).status_code == 409

    def test_agents_have_no_address_here(self, bob: Asker) -> None:
        agents = body(bob.get("/agents"))
        assert [agent["name"] for agent in agents] == ["Alice Roy", "Bob Tremblay"]
        assert not {"phone", "email"} & agents[0].keys()


class TestOutages:
    WORDS = {"text_fr": "C'est lent.", "text_en": "It is slow."}  # noqa: RUF012

    def test_announced_told_and_ended(self, bob: Asker) -> None:
        sent = {**self.WORDS, "next_at": "2026-11-30T12:00:00-05:00", "products": ["imaging"]}
        made = body(bob.post("/outages", sent), 201)
        assert (made["live"], made["products"]) == (True, ["imaging"])
        assert bob.post("/outages", sent).status_code == 409
        news = {**self.WORDS, "next_at": "2026-11-30T13:00:00-05:00"}
        assert len(body(bob.post(f"/outages/{made['id']}/news", news))["news"]) == 2
        over = body(bob.post(f"/outages/{made['id']}/end"))
        assert (over["live"], over["ended_at"]) == (False, "2026-11-30T14:00:00Z")
        assert bob.post(f"/outages/{made['id']}/end").status_code == 409
        assert [each["id"] for each in body(bob.get("/outages"))["items"]] == [made["id"]]
        assert body(bob.get(f"/outages/{made['id']}")) == over

    def test_no_machine_announces_one(self, ask: Make, cast: Cast) -> None:
        sent = {**self.WORDS, "next_at": "2026-11-30T12:00:00-05:00"}
        answer = ask("outages").post("/outages", sent)
        assert (answer.status_code, answer.json["code"]) == (403, "needs_person")  # type: ignore[index]


def test_articles(bob: Asker, cast: Cast) -> None:
    incident = cast.incident(state="closed")
    with cast.line.scene() as scene:
        agent = scene.session.get_one(Agent, cast.bob.id)
        scene.session.add(
            Article(title="Impression", solution="Redémarrer", incident_id=incident.id,
                    agent=agent, written_at=scene.now)
        )  # fmt: skip
    (article,) = body(bob.get("/articles"))
    assert body(bob.get(f"/articles/{article['id']}"))["solution"] == "Redémarrer"
    assert bob.get("/articles/999").status_code == 404


class TestReports:
    def test_promises(self, bob: Asker, cast: Cast, line: Line) -> None:
        now = cast.line.clock()
        cast.incident("P2", taken_at=now, told_at=now, state="taken", holder_id=cast.bob.id)
        report = body(bob.get("/reports/promises?by=client&first=2026-11-01&last=2026-11-30"))
        assert (report["first"], report["last"]) == ("2026-11-01", "2026-11-30")
        (row,) = [row for row in report["items"] if row["key"] == "20317"]
        assert (row["incidents"], row["met"], row["late"]) == (1, 1, 0)
        assert ("report_exported", "promises") in audited(line)

    @pytest.mark.parametrize("by", ["week", "client", "product", "priority", "hour"])
    def test_by_each(self, bob: Asker, cast: Cast, by: str) -> None:
        cast.incident()
        assert body(bob.get(f"/reports/promises?by={by}"))["items"]

    def test_the_extended_service(self, bob: Asker) -> None:
        assert body(bob.get("/reports/extended-service"))["items"] == []

    def test_the_nights(self, bob: Asker, cast: Cast, line: Line) -> None:
        night = opened(cast, "2026-11-28T02:00", "P1", client=cast.parc, extended=True,
                       after_hours=True)  # fmt: skip
        leg(cast, night, cast.bob, accepted=MINUTE)
        report = body(bob.get("/reports/nights?first=2026-11-23&last=2026-11-29"))
        assert report["items"] == [
            {
                "week": "2026-11-23",
                "answered_in_call": 1,
                "answered_later": 0,
                "never_answered": 0,
                "median_seconds": 80,
                "ninth_decile_seconds": 80,
                "longest_seconds": 80,
            }
        ]
        assert ("report_exported", "nights") in audited(line)

    def test_what_twilio_costs(self, bob: Asker, cast: Cast, line: Line) -> None:
        opened(cast, "2026-11-24T10:00", "P2")
        report = body(bob.get("/reports/costs?first=2026-11-23&last=2026-11-29"))
        assert (report["calls"], report["currency"]) == (1, "USD")
        costs = {each["kind"]: Decimal(each["cost"]) for each in report["items"]}
        assert costs["line"] > 0
        assert sum(costs.values()) == Decimal(report["total"])
        assert [Decimal(week["cost"]) for week in report["weeks"]] == [Decimal(report["total"])]
        assert ("report_exported", "costs") in audited(line)

    def test_an_end_before_its_beginning(self, bob: Asker) -> None:
        answer = bob.get("/reports/promises?first=2026-11-30&last=2026-11-01")
        assert (answer.status_code, answer.json["rule"]) == (409, "reports.backwards")  # type: ignore[index]
