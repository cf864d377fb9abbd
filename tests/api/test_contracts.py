"""A client's contract through the API: by the rules of the page, with the place of each fault."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from ivr.database import reading
from ivr.models import ClientChange
from line import Line
from tests.api.asker import Asker
from tests.api.conftest import Make
from tests.console.cast import Cast

PARC = "/clients/10452"
MEDICAL = {"product": "medical", "extended": True}
NEW = {
    "number": "30111",
    "name": "Clinique de la Baie",
    "products": [MEDICAL, {"product": "billing"}],
    "other_environments": ["test"],
    "beta_site": True,
    "go_live_on": "2027-02-01",
    "lines": ["450 555-0161"],
}


def test_a_new_client(bob: Asker, line: Line) -> None:
    answer = bob.post("/clients", NEW)
    assert (answer.status_code, answer.headers["Location"]) == (201, "/api/v1/clients/30111")
    shown = bob.get("/clients/30111").json
    assert shown == answer.json
    assert shown is not None
    assert (shown["name"], shown["go_live_on"]) == ("Clinique de la Baie", "2027-02-01")
    assert shown["lines"] == ["+14505550161"]
    held = {each["product"]: (each["extended"], each["window"]) for each in shown["products"]}
    assert held == {"medical": (True, None), "billing": (False, None)}
    with reading(line.sessions) as session:
        assert session.scalars(select(ClientChange.act)).all() == ["created"]


def test_a_number_that_is_anothers(bob: Asker) -> None:
    answer = bob.post("/clients", {**NEW, "number": "10452"})
    assert (answer.status_code, rule(answer.json)) == (409, "clients.number_taken")


def test_a_window_of_its_own(bob: Asker, cast: Cast) -> None:
    """Of a day nothing is said: no hours. Of holidays nothing is said: they are like the week."""
    window = {"monday": "6 h à 8 h, 16 h 30 à 22 h", "saturday": "8:00-12:00"}
    sent = {**NEW, "number": "10452", "products": [{**MEDICAL, "window": window}]}
    answer = bob.ask("PUT", f"{PARC}/contract", json=sent, If_Match=bob.etag(PARC))
    assert answer.status_code == 200
    [held] = answer.json["products"]  # type: ignore[index]
    assert held["window"]["monday"] == ["6:00-8:00", "16:30-22:00"]
    assert held["window"]["sunday"] == []
    assert "holidays" not in held["window"]


def test_of_two_at_once_the_second_is_told(bob: Asker) -> None:
    tag = bob.etag(PARC)
    sent = {**NEW, "number": "10452"}
    assert bob.ask("PUT", f"{PARC}/contract", json=sent).status_code == 428
    assert bob.ask("PUT", f"{PARC}/contract", json=sent, If_Match=tag).status_code == 200
    late = bob.ask("PUT", f"{PARC}/contract", json={**sent, "name": "X"}, If_Match=tag)
    assert late.status_code == 412
    assert [change["act"] for change in late.json["changes"]] == ["contract"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"products": []}, "/body/products"),
        ({"products": [{"product": "x"}]}, "/body/products/0/product"),
        ({"products": [MEDICAL, MEDICAL]}, "/body/products/1/product"),
        (
            {"products": [{**MEDICAL, "window": {"friday": "22:00-8:00"}}]},
            "/body/products/0/window/friday",
        ),
        (
            {"products": [{"product": "billing"}, {**MEDICAL, "window": {}}]},
            "/body/products/1/window/monday",
        ),
        ({"beta_site": False}, "/body/go_live_on"),
        ({"lines": ["12"]}, "/body/lines"),
        ({"name": " "}, "/body/name"),
    ],
)
def test_what_is_wrong_is_told_by_its_place(
    bob: Asker, line: Line, wrong: dict[str, Any], pointer: str
) -> None:
    answer = bob.post("/clients", {**NEW, **wrong})
    assert answer.status_code == 409
    assert [fault["pointer"] for fault in answer.json["errors"]] == [pointer]  # type: ignore[index]
    assert bob.get("/clients/30111").status_code == 404


def test_seeing_is_not_changing(ask: Make) -> None:
    assert ask("clients").post("/clients", NEW).status_code == 403


def rule(problem: Any) -> str:
    return str(problem["rule"])
