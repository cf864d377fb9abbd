"""The list: what stands where, how one goes on, and what each row tells."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from console.listing import PAGE
from ivr.models import RotaLayer
from line import Line
from tests.console.cast import (
    MINUTE,
    SATURDAY_2,
    Browser,
    Cast,
    StandingClock,
    references,
    text,
)

HOUR = timedelta(hours=1)


def test_the_root_leads_to_the_list(alice: Browser) -> None:
    assert alice.get("/").location == "/incidents"


def test_what_breaks_first_stands_first_and_what_is_held_comes_after(
    alice: Browser, cast: Cast
) -> None:
    last = cast.incident("P4")
    overdue = cast.incident("P2", ago=72 * HOUR)
    soon = cast.incident("P1")
    held = cast.incident(
        "P1", ago=48 * HOUR, state="taken", holder_id=cast.bob.id, taken_at=cast.line.clock()
    )
    page = alice.get("/incidents")
    assert references(page) == [i.reference for i in (overdue, soon, last, held)]
    shown = text(page)
    assert shown.index("À prendre en charge") < shown.index("Pris en charge, client à joindre")


def test_what_is_paid_or_refused_has_a_list_of_its_own(alice: Browser, cast: Cast) -> None:
    now = cast.line.clock()
    new = cast.incident()
    told = cast.incident(state="taken", holder_id=cast.bob.id, taken_at=now, told_at=now)
    refused = cast.incident(state="refused")
    assert references(alice.get("/incidents")) == [new.reference]
    assert references(alice.get("/incidents?view=taken")) == [told.reference]
    assert references(alice.get("/incidents?view=refused")) == [refused.reference]
    everything = references(alice.get("/incidents?view=all"))
    assert everything == [i.reference for i in (refused, told, new)]


def test_a_client_who_was_only_written_to_is_still_to_be_called(alice: Browser, cast: Cast) -> None:
    now = cast.line.clock()
    letter = cast.incident(
        state="taken", holder_id=cast.bob.id, taken_at=now, told_at=now, callback_at=now
    )
    assert references(alice.get("/incidents")) == [letter.reference]


def test_a_row_tells_what_an_agent_needs(alice: Browser, cast: Cast) -> None:
    cast.incident(
        "P1",
        ago=20 * MINUTE,
        client=cast.parc,
        product="medical",
        super_user_id=cast.night_user.id,
        recognised_by="number",
        callback_number="+15145550102",
        callback_extension="330",
        callback_attempts=2,
        language="en",
    )
    page = alice.get("/incidents")
    shown = text(page)
    for words in (
        "P1 Critique",
        "Médical",
        "Clinique du Parc 10452",
        "Nadia Nuit",
        "514 555-0102, poste 330",
        "anglais",
        "Nouveau 2 tentatives de rappel",
        "Reste 40 minutes",
        "aujourd'hui à 9 h 40",
    ):
        assert words in shown
    assert 'href="tel:+15145550102;ext=330"' in page.text


def test_a_caller_who_was_not_recognised_is_called_so(alice: Browser, cast: Cast) -> None:
    cast.incident(recognised_by=None)
    assert "Numéro non reconnu" in text(alice.get("/incidents"))


def test_a_client_nobody_knows_is_called_so(alice: Browser, cast: Cast) -> None:
    incident = cast.incident()
    cast.change(incident, client_id=None, product=None, callback_number=None)
    assert "Client non identifié" in text(alice.get("/incidents"))


def test_time_left_is_words_and_a_bar(alice: Browser, cast: Cast, clock: StandingClock) -> None:
    cast.incident("P1", ago=timedelta())
    clock.passes(30 * MINUTE)
    page = alice.get("/incidents")
    assert "Reste 30 minutes" in text(page)
    assert '<rect class="used" width="50.0"' in page.text
    assert 'class="left calm"' in page.text
    clock.passes(20 * MINUTE)
    page = alice.get("/incidents")
    assert "Reste 10 minutes" in text(page)
    assert 'class="left soon"' in page.text
    clock.passes(30 * MINUTE)
    page = alice.get("/incidents")
    assert "En retard de 20 minutes" in text(page)
    assert "1 incident en retard" in text(page)
    assert "<title>Incidents (1 en retard) · p1line</title>" in page.text


def test_while_the_centre_is_closed_only_opening_time_is_counted(
    alice: Browser, cast: Cast, clock: StandingClock
) -> None:
    clock.moment = SATURDAY_2
    cast.incident("P2")
    assert "Reste 2 heures d'ouverture" in text(alice.get("/incidents"))


def test_the_extended_service_counts_the_night_too(
    alice: Browser, cast: Cast, clock: StandingClock
) -> None:
    clock.moment = SATURDAY_2
    cast.incident("P1", ago=15 * MINUTE, client=cast.parc, product="medical", extended=True)
    shown = text(alice.get("/incidents"))
    assert "Reste 45 minutes" in shown
    assert "d'ouverture" not in shown


def test_a_kept_and_a_broken_promise_say_so(alice: Browser, cast: Cast) -> None:
    now = cast.line.clock()
    cast.incident(state="taken", holder_id=cast.bob.id, taken_at=now, told_at=now)
    late = cast.incident(
        "P1", ago=2 * HOUR, state="taken", holder_id=cast.bob.id, taken_at=now, told_at=now
    )
    cast.change(late, due_at=now - 25 * MINUTE)
    shown = text(alice.get("/incidents?view=taken"))
    assert "Dans les délais" in shown
    assert "Hors délai de 25 minutes" in shown


class TestPages:
    @pytest.fixture
    def many(self, cast: Cast) -> list[str]:
        """A page and a half, all due at one and the same moment: the key must break the tie."""
        return [cast.incident().reference for _ in range(PAGE + PAGE // 2)]

    @pytest.mark.parametrize("view", ["owed", "all"])
    def test_they_hold_each_row_once(self, alice: Browser, many: list[str], view: str) -> None:
        first = alice.get(f"/incidents?view={view}")
        second = alice.get(_next(first.text))
        shown = references(first) + references(second)
        assert len(references(first)) == PAGE
        assert shown == (many if view == "owed" else many[::-1])
        assert 'rel="next"' not in second.text
        assert "Retour au début" in text(second)

    def test_rows_that_come_and_go_move_none_of_the_others(
        self, alice: Browser, cast: Cast, many: list[str]
    ) -> None:
        first = alice.get("/incidents")
        cast.incident("P1", ago=90 * HOUR)
        taken = alice.get("/incidents?view=all")
        number = re.search(r"/incidents/(\d+)\"", taken.text)
        assert number
        second = alice.get(_next(first.text))
        assert references(first) + references(second) == many

    def test_a_page_may_end_between_the_two_sections(self, alice: Browser, cast: Cast) -> None:
        new = [cast.incident().reference for _ in range(PAGE)]
        now = cast.line.clock()
        held = cast.incident(ago=9 * HOUR, state="taken", holder_id=cast.bob.id, taken_at=now)
        first = alice.get("/incidents")
        assert references(first) == new
        second = alice.get(_next(first.text))
        assert references(second) == [held.reference]
        assert "Pris en charge, client à joindre" in text(second)

    @pytest.mark.parametrize(
        "key",
        ["x", "new", "new_x_1", "lost_20261130T140000.000000Z_1", "taken_20261130_1", "new__"],
    )
    def test_a_key_that_is_none_is_refused(self, alice: Browser, key: str) -> None:
        assert alice.get(f"/incidents?after={key}").status_code == 400

    @pytest.mark.parametrize("key", ["-1", "1;drop", "٣", "9" * 30, " 1"])
    def test_a_number_that_is_none_is_refused(self, alice: Browser, key: str) -> None:
        assert alice.get(f"/incidents?view=all&after={key}").status_code == 400

    def test_a_view_that_is_none_is_not_found(self, alice: Browser) -> None:
        assert alice.get("/incidents?view=due_at,(select+1)").status_code == 404


class TestState:
    """What stands above the list."""

    def test_open_says_until_when(self, alice: Browser) -> None:
        assert "Ouvert jusqu'à 16 h 30" in text(alice.page)

    def test_closed_says_why_and_until_when(self, alice: Browser, clock: StandingClock) -> None:
        clock.moment = SATURDAY_2 + 5 * HOUR
        alice.sign_in()
        shown = text(alice.get("/incidents"))
        assert "Fermé , réouverture lundi à 8 h (fin de semaine)" in shown

    def test_a_holiday_has_its_name(self, alice: Browser, clock: StandingClock) -> None:
        clock.moment = clock.moment.replace(month=12, day=25)
        alice.sign_in()
        assert "(Jour de Noël)" in text(alice.get("/incidents"))
        assert "(Christmas Day)" in text(alice.get("/incidents?lang=en"))

    def test_who_is_on_call_and_who_comes_next(self, alice: Browser, line: Line) -> None:
        shown = text(alice.page)
        assert re.search(r"De garde : (Alice Roy puis Bob|Bob Tremblay puis Alice)", shown)

    def test_nobody_on_call_is_an_alarm(self, alice: Browser, line: Line) -> None:
        with line.sessions.begin() as session:
            for layer in session.query(RotaLayer):
                session.delete(layer)
        page = alice.get("/incidents")
        assert "De garde : personne" in text(page)
        assert '<em class="alarm">' in page.text

    def test_no_delay_is_said_too(self, alice: Browser) -> None:
        assert "Aucun retard" in text(alice.page)


def test_an_empty_list_says_so_kindly(alice: Browser) -> None:
    assert "Tout est pris en charge" in text(alice.page)
    for view, words in (("taken", "Aucun incident"), ("refused", "Aucun appel"), ("all", "Quand")):
        assert words in text(alice.get(f"/incidents?view={view}"))


def test_the_page_refreshes_itself_and_can_be_told_not_to(alice: Browser) -> None:
    meta = '<meta http-equiv="refresh" content="30">'
    assert meta in alice.page.text
    assert meta not in alice.get("/incidents?refresh=off").text
    assert meta not in alice.get("/incidents?view=all").text
    assert meta in alice.get("/incidents?refresh=on").text
    assert meta in alice.get("/incidents").text


def test_an_incidents_page_stays_still(alice: Browser, cast: Cast) -> None:
    assert "http-equiv" not in alice.get(f"/incidents/{cast.incident().id}").text


class TestPresence:
    def test_an_agent_leaves_and_comes_back(self, alice: Browser, cast: Cast) -> None:
        assert "Au poste" in text(alice.page)
        page = alice.post("/presence", present="0", next="/incidents?view=all")
        assert page.location == "/incidents?view=all"
        assert "Absent du poste" in text(alice.get("/incidents"))
        alice.post("/presence", present="1")
        assert "Au poste" in text(alice.get("/incidents"))

    def test_pressed_twice_it_does_the_same(self, alice: Browser) -> None:
        token_page = alice.page
        for _ in range(2):
            alice.page = token_page
            alice.post("/presence", present="0")
        assert "Absent du poste" in text(alice.get("/incidents"))

    def test_nothing_else_is_understood(self, alice: Browser) -> None:
        assert alice.post("/presence", present="maybe").status_code == 400

    def test_it_leads_nowhere_else(self, alice: Browser) -> None:
        page = alice.post("/presence", present="0", next="//evil.example")
        assert page.location == "/incidents"


def _next(page: str) -> str:
    found = re.search(r'rel="next" href="([^"]+)"', page)
    assert found
    return found[1].replace("&amp;", "&")
