"""The list: what stands where, how one goes on, and what each row tells."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
import redis

from ivr import last_rota, listing
from ivr.last_rota import LastRota
from ivr.listing import PAGE
from ivr.models import Heartbeat, RotaLayer
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
    assert everything == [i.reference for i in (new, told, refused)]


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
        assert shown == many
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
        [
            "x",
            "0",
            "0_x_1",
            "3_20261130T140000.000000Z_1",
            "9_20261130T140000.000000Z_1",
            "1_20261130_1",
            "0__",
            "0_20261130T140000.000000Z_-1",
            "0_20261130T140000.000000Z_٣",
            "0_20261130T140000.000000Z_" + "9" * 30,
        ],
    )
    def test_a_key_that_is_none_is_refused(self, alice: Browser, key: str) -> None:
        assert alice.get(f"/incidents?after={key}").status_code == 400

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

    def test_the_next_holiday_is_told(self, alice: Browser) -> None:
        assert "Prochain férié : vendredi 25 décembre (Jour de Noël)" in text(alice.page)

    def test_the_next_handover_is_told(self, alice: Browser) -> None:
        shown = text(alice.page)
        [now] = re.findall(r"De garde : (\w+)", shown)
        [then] = re.findall(r"Relève le lundi 7 décembre à 8 h : (\w+)", shown)
        assert {now, then} == {"Alice", "Bob"}

    def test_a_shift_that_nobody_follows_is_an_alarm(self, alice: Browser, line: Line) -> None:
        with line.sessions.begin() as session:
            for layer in session.query(RotaLayer):
                layer.ends_at = line.clock() + 2 * HOUR
        page = alice.get("/incidents")
        assert "Relève aujourd'hui à 11 h : personne" in text(page)
        assert '<em class="alarm">' in page.text

    def test_very_many_delays_are_not_all_counted(
        self, alice: Browser, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(listing, "PAGE", 1)
        for _ in range(listing.MOST_COUNTED + 1):
            cast.incident("P1", ago=100 * HOUR)
        page = alice.get("/incidents")
        assert "Plus de 99 incidents en retard" in text(page)
        assert "<title>Incidents (plus de 99 en retard)" in page.text

    @pytest.mark.parametrize(
        ("alive", "words"),
        [
            ((), "Ligne : plus aucun rappel ne part"),
            (("worker",), "Ligne : un de ses deux processus est arrêté"),
            (("sweep",), "Ligne : un de ses deux processus est arrêté"),
            (("worker", "sweep"), "Ligne File"),
        ],
    )
    def test_it_says_whether_callbacks_go_out(
        self, alice: Browser, line: Line, alive: tuple[str, ...], words: str
    ) -> None:
        with line.sessions.begin() as session:
            session.add_all(Heartbeat(name=name, at=line.clock()) for name in alive)
        assert words in text(alice.get("/incidents"))

    def test_a_queue_that_is_away_is_said_and_left_alone(
        self, alice: Browser, line: Line, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Nobody waits for it again and again: a hanging one would hold up each page."""
        asked: list[int] = []

        def ping() -> None:
            asked.append(1)
            raise redis.ConnectionError

        monkeypatch.setattr(line.queue, "_closed_until", 0.0)
        monkeypatch.setattr(line.queue, "ping", ping)
        for _ in range(3):
            assert "File : elle ne répond pas" in text(alice.get("/incidents"))
        assert len(asked) == 1
        monkeypatch.setattr(line.queue, "_closed_until", 0.0)
        monkeypatch.setattr(line.queue, "ping", lambda: None)
        assert "File :" not in text(alice.get("/incidents"))

    def test_the_fallback_is_there_old_or_missing(
        self, alice: Browser, line: Line, clock: StandingClock, tmp_path: Path
    ) -> None:
        settings = dataclasses.replace(line.settings, fallback_dir=tmp_path)
        object.__setattr__(line, "settings", settings)
        assert "Secours : jamais préparé" in text(alice.get("/incidents"))
        last_rota.save(tmp_path, LastRota(at=line.clock()))
        assert "Secours" in text(alice.get("/incidents"))
        assert "Secours :" not in text(alice.page)
        clock.passes(11 * MINUTE)
        assert "Secours : plus tenu à jour" in text(alice.get("/incidents"))

    def test_no_delay_is_said_too(self, alice: Browser) -> None:
        assert "Aucun retard" in text(alice.page)


def test_an_empty_list_says_so_kindly(alice: Browser) -> None:
    assert "Tout est pris en charge" in text(alice.page)
    for view, words in (("taken", "Aucun incident"), ("refused", "Aucun appel"), ("all", "Quand")):
        assert words in text(alice.get(f"/incidents?view={view}"))


class TestRow:
    """What a row says beside its columns."""

    def test_marks_the_extended_service_and_what_can_be_heard(
        self, alice: Browser, cast: Cast
    ) -> None:
        cast.recording(cast.incident(extended=True))
        shown = text(alice.get("/incidents"))
        assert "Service étendu" in shown
        assert "Enregistrement" in shown

    @pytest.mark.parametrize("status", ["purged", "absent", "failed"])
    def test_what_cannot_be_heard_has_no_mark(
        self, alice: Browser, cast: Cast, status: str
    ) -> None:
        cast.recording(cast.incident(), status=status)
        shown = text(alice.get("/incidents"))
        assert "Service étendu" not in shown
        assert "Enregistrement" not in shown

    def test_the_clock_that_runs_out_first_is_shown(self, alice: Browser, cast: Cast) -> None:
        """Once the promise of §4 is met, that is the correction's or the next update's."""
        now = cast.line.clock()
        met = {"state": "in_progress", "taken_at": now, "told_at": now, "holder_id": cast.bob.id}
        updated = cast.incident("P3", update_due_at=now + 30 * MINUTE, update_every=7200, **met)
        corrected = cast.incident("P2", correction_due_at=now + HOUR, **met)
        late = cast.incident("P2", correction_due_at=now - HOUR, **met)
        page = alice.get("/incidents?view=taken")
        assert references(page) == [one.reference for one in (late, updated, corrected)]
        shown = text(page)
        assert "Correction En retard de 1 heure" in shown
        assert "Nouvelles au client Reste 30 minutes" in shown
        assert "Correction Reste 1 heure" in shown
        assert '<rect class="used" width="75.0"' in page.text  # of the two hours agreed
        assert '<rect class="used" width="91.7"' in page.text  # of twelve hours (§4)

    def test_a_promise_not_met_goes_before_a_later_clock(self, alice: Browser, cast: Cast) -> None:
        now = cast.line.clock()
        cast.incident("P2", state="taken", taken_at=now, correction_due_at=now + 9 * HOUR)
        shown = text(alice.get("/incidents"))
        assert "Correction" not in shown
        assert "Reste 1 h 59" in shown


class TestFreshness:
    """The page's script asks for what changes, and gets it only where something did."""

    PART: Final = {"P1line-Part": "list"}

    def test_a_part_is_what_changes_and_no_page(self, alice: Browser, cast: Cast) -> None:
        incident = cast.incident()
        part = alice.get("/incidents", **self.PART)
        assert references(part) == [incident.reference]
        assert "<html" not in part.text
        assert "csrf_token" not in part.text
        assert (part.headers["P1line-Part"], part.headers["P1line-At"]) == ("list", "09:00:00")
        assert "P1line-Part" in part.headers["Vary"]
        assert part.headers["Cache-Control"] == "no-store"

    def test_the_page_holds_the_same(self, alice: Browser, cast: Cast) -> None:
        """Otherwise the first look would change what nobody has changed."""
        cast.incident("P1", callback_at=cast.line.clock())
        page = alice.get("/incidents?view=all&q=rive").text
        part = alice.get("/incidents?view=all&q=rive", **self.PART).text
        strip, found, rows = part.partition('<div class="list"')
        assert found
        assert strip.strip() in page
        assert (found + rows).strip() in page

    def test_what_has_not_changed_is_not_sent_again(
        self, alice: Browser, cast: Cast, clock: StandingClock
    ) -> None:
        clock.passes(timedelta(seconds=20))
        incident = cast.incident("P2")
        tag = alice.get("/incidents", **self.PART).headers["ETag"]
        again = alice.get("/incidents", **self.PART, **{"If-None-Match": tag})
        assert (again.status_code, again.text) == (304, "")
        assert again.headers["P1line-At"] == "09:00:20"
        cast.change(incident, priority="P1")
        changed = alice.get("/incidents", **self.PART, **{"If-None-Match": tag})
        assert changed.status_code == 200
        assert changed.headers["ETag"] != tag

    def test_another_agents_answer_is_not_ours(
        self, browser_of: Callable[[str], Browser], cast: Cast
    ) -> None:
        cast.incident(state="taken", holder_id=cast.bob.id, taken_at=cast.line.clock())
        alice, bob = browser_of("alice"), browser_of("bob")
        tag = alice.get("/incidents?who=me", **self.PART).headers["ETag"]
        answer = bob.get("/incidents?who=me", **self.PART, **{"If-None-Match": tag})
        assert answer.status_code == 200

    def test_whoever_is_signed_out_gets_nothing(self, visitor: Browser) -> None:
        answer = visitor.get("/incidents", **self.PART)
        assert answer.status_code == 303
        assert "P1line-Part" not in answer.headers

    def test_a_p1_that_nobody_has_is_announced_whatever_the_list_shows(
        self, alice: Browser, cast: Cast
    ) -> None:
        new = cast.incident("P1", client=cast.parc, product="medical")
        reopened = cast.incident("P1", state="reopened")
        cast.incident("P1", state="taken", holder_id=cast.bob.id)
        cast.incident("P1", state="closed")
        cast.incident("P2")
        for path in ("/incidents", "/incidents?view=closed", "/incidents?priority=P4"):
            found = re.findall(r'<li id="critical-(\d+)"', alice.get(path).text)
            assert sorted(map(int, found)) == [new.id, reopened.id], path
        dossier = f"{new.reference[:3]} {new.reference[3:]}"
        assert f"P1 Critique : dossier {dossier}, Médical, Clinique du Parc" in text(alice.page)


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
