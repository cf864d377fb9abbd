"""One incident's page, and what two agents do to it at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from ivr.database import reading
from ivr.models import CallTurn, Message
from line import Line
from tests.console.cast import MINUTE, Browser, Cast, StandingClock, text

BrowserOf = Callable[[str], Browser]


@pytest.fixture
def bob(browser_of: BrowserOf) -> Browser:
    return browser_of("bob")


def test_it_shows_all_that_the_policy_wants_known(alice: Browser, cast: Cast) -> None:
    """§2.1.1: client number, name, phone with extension, product, reason, impact."""
    cast.change(cast.parc, beta_site=True, go_live_on=date(2026, 12, 8))
    incident = cast.incident(
        "P3",
        client=cast.parc,
        product="medical",
        super_user_id=cast.night_user.id,
        recognised_by="keyed",
        callback_number="+15145550102",
        callback_extension="330",
        environment="test",
    )
    cast.change(incident, claimed_priority="P1")
    cast.change(incident.call, attestation="TN-Validation-Passed-B")
    cast.recording(incident, seconds=84)
    shown = text(alice.get(f"/incidents/{incident.id}"))
    for words in (
        "Dossier " + incident.reference[:3] + " " + incident.reference[3:],
        "Clinique du Parc, client 10452 · Médical",
        "Nadia Nuit",
        "Reconnu Par le numéro au dossier, composé au clavier",
        "Numéro à rappeler 514 555-0102, poste 330",
        "Appel venu du 514 555-0199",
        "Numéro attesté En partie",
        "Priorité retenue P3 Normale",
        "Priorité demandée P1 Critique",
        "Environnement Test Site Bêta, mise en production le mardi 8 décembre",
        "durée : 1 min 24 s",
        "Échéance aujourd'hui à 12 h 59",
    ):
        assert words in shown, words


def test_without_a_recording_it_says_so(alice: Browser, cast: Cast) -> None:
    page = alice.get(f"/incidents/{cast.incident().id}")
    assert "L'appelant n'a pas laissé de message." in text(page)
    assert "<audio" not in page.text


@pytest.mark.parametrize(
    ("status", "words"),
    [("in-progress", "arrive"), ("absent", "aucun son"), ("new-word", "new-word")],
)
def test_a_recording_that_cannot_be_played_has_no_player(
    alice: Browser, cast: Cast, status: str, words: str
) -> None:
    incident = cast.incident()
    cast.recording(incident, status=status)
    page = alice.get(f"/incidents/{incident.id}")
    assert words in text(page)
    assert "<audio" not in page.text


def test_an_incident_that_is_none_is_not_found(alice: Browser) -> None:
    assert alice.get("/incidents/4711").status_code == 404
    assert alice.post("/incidents/4711/take").status_code == 404
    assert alice.get("/incidents/x").status_code == 404
    assert alice.get("/incidents/99999999999999999999999").status_code == 404


def test_what_others_wrote_stays_text(alice: Browser, cast: Cast) -> None:
    """A47: a name that holds HTML is shown, and does nothing."""
    hostile = "<img src=x onerror=alert(1)>\"'{{7*7}}"
    incident = cast.incident(
        client=cast.parc, super_user_id=cast.night_user.id, product="<b>product</b>"
    )
    cast.change(cast.parc, name=hostile)
    cast.change(cast.night_user, name=hostile, function=hostile)
    cast.change(cast.alice, name=hostile)
    cast.change(
        incident, callback_number='"><script>', callback_extension='"><script>', environment="<i>"
    )
    cast.event(incident, "<u>kind</u>", cast.alice)
    cast.event(incident, "hung_up", step="<s>step</s>")
    for path in ("/incidents", f"/incidents/{incident.id}"):
        page = alice.get(path)
        assert page.status_code == 200
        assert "&lt;img src=x onerror=alert(1)&gt;" in page.text
        for tag in ("<img src=x", "<script>", "<b>", "<u>", "<i>", "<s>"):
            assert tag not in page.text
        assert "{{7*7}}" in page.text


class TestTaking:
    def test_an_agent_takes_it_and_tells_the_client(
        self, alice: Browser, cast: Cast, clock: StandingClock
    ) -> None:
        incident = cast.incident(callback_at=clock() + 30 * MINUTE)
        page = alice.get(f"/incidents/{incident.id}")
        assert "J'ai parlé au client" not in text(page)
        assert alice.post(f"/incidents/{incident.id}/take").location == f"/incidents/{incident.id}"
        page = alice.get(f"/incidents/{incident.id}")
        assert "L'incident est à vous." in text(page)
        assert "Prendre en charge" not in text(page)
        assert cast.now(incident).holder_id == cast.alice.id
        assert cast.now(incident).taken_at == clock()
        clock.passes(5 * MINUTE)
        alice.post(f"/incidents/{incident.id}/told")
        now = cast.now(incident)
        assert (now.state, now.told_at, now.callback_at) == ("taken", clock(), None)
        shown = text(alice.get(f"/incidents/{incident.id}"))
        assert "Alice Roy confirme avoir parlé au client." in shown
        assert "J'ai parlé au client" not in shown
        assert "Dans les délais" in shown

    def test_a_notice_is_shown_once(self, alice: Browser, cast: Cast) -> None:
        incident = cast.incident()
        alice.get(f"/incidents/{incident.id}")
        alice.post(f"/incidents/{incident.id}/take")
        assert "est à vous" in text(alice.get(f"/incidents/{incident.id}"))
        assert "est à vous" not in text(alice.get(f"/incidents/{incident.id}"))

    def test_the_second_agent_is_told_and_shown_what_changed(
        self, alice: Browser, bob: Browser, cast: Cast
    ) -> None:
        incident = cast.incident()
        cast.event(incident, "opened")
        seen = bob.get(f"/incidents/{incident.id}")
        alice.get(f"/incidents/{incident.id}")
        alice.post(f"/incidents/{incident.id}/take")
        page = bob.post(f"/incidents/{incident.id}/take", seen=_seen(seen.text))
        assert page.status_code == 409
        shown = text(page)
        assert "Alice Roy a déjà pris l'incident en charge." in shown
        assert "Rien n'a été changé" in shown
        assert "Alice Roy prend l'incident en charge, dans la console. nouveau" in shown
        assert "L'incident est créé. nouveau" not in shown
        assert cast.now(incident).holder_id == cast.alice.id
        assert cast.kinds(incident).count("taken") == 1

    def test_a_double_click_does_no_harm(self, alice: Browser, cast: Cast) -> None:
        incident = cast.incident()
        form = alice.get(f"/incidents/{incident.id}")
        for act in ("take", "take", "told", "told"):
            alice.page = form
            assert alice.post(f"/incidents/{incident.id}/{act}").status_code == 303
        assert cast.kinds(incident).count("taken") == 1
        assert cast.kinds(incident).count("told") == 1

    def test_telling_before_taking_is_refused(self, alice: Browser, cast: Cast) -> None:
        incident = cast.incident()
        alice.get(f"/incidents/{incident.id}")
        page = alice.post(f"/incidents/{incident.id}/told")
        assert page.status_code == 409
        assert "prenez-le d'abord" in text(page)
        assert cast.now(incident).told_at is None

    def test_a_refused_call_offers_nothing_and_refuses_all(
        self, alice: Browser, cast: Cast
    ) -> None:
        incident = cast.incident(state="refused")
        page = alice.get(f"/incidents/{incident.id}")
        assert 'class="main"' not in page.text
        for act in ("take", "told"):
            alice.page = page
            assert alice.post(f"/incidents/{incident.id}/{act}").status_code == 409
        assert cast.now(incident).state == "refused"

    def test_a_client_who_was_written_to_can_still_be_told(
        self, alice: Browser, cast: Cast, clock: StandingClock
    ) -> None:
        """A letter tells (§4); the call that was promised is owed until somebody has spoken."""
        told = clock() - MINUTE
        incident = cast.incident(
            state="taken", holder_id=cast.alice.id, taken_at=told, told_at=told, callback_at=clock()
        )
        assert "J'ai parlé au client" in text(alice.get(f"/incidents/{incident.id}"))
        alice.post(f"/incidents/{incident.id}/told")
        assert cast.now(incident).told_at == told
        assert cast.now(incident).callback_at is None

    def test_a_get_takes_nothing(self, alice: Browser, cast: Cast) -> None:
        incident = cast.incident()
        assert alice.get(f"/incidents/{incident.id}/take").status_code == 405
        assert cast.now(incident).state == "new"

    @pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 40, "٣"])
    def test_what_the_form_says_was_seen_may_be_nonsense(
        self, alice: Browser, cast: Cast, seen: str
    ) -> None:
        incident = cast.incident(state="refused")
        assert alice.post(f"/incidents/{incident.id}/take", seen=seen).status_code == 409


@pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)
class TestAtOnce:
    """Ten times, so that a gap between reading and writing would show."""

    def test_of_two_agents_one_takes_it(self, alice: Browser, bob: Browser, cast: Cast) -> None:
        for incident in [cast.incident() for _ in range(10)]:
            taken = f"/incidents/{incident.id}/take"
            codes = _at_once(taken, alice, bob)
            alice.get("/incidents")
            bob.get("/incidents")
            assert sorted(codes) == [303, 409]
            assert cast.kinds(incident) == ["taken"]
            winner = (cast.alice, cast.bob)[codes.index(303)]
            assert cast.now(incident).holder_id == winner.id

    def test_of_two_clicks_one_counts(self, browser_of: BrowserOf, cast: Cast) -> None:
        left, right = browser_of("alice"), browser_of("alice")
        for incident in [cast.incident() for _ in range(10)]:
            for act, kinds in (("take", ["taken"]), ("told", ["taken", "told"])):
                address = f"/incidents/{incident.id}/{act}"
                codes = _at_once(address, left, right)
                left.get("/incidents")
                right.get("/incidents")
                assert codes == [303, 303]
                assert cast.kinds(incident) == kinds


class TestTimeline:
    def test_turns_and_events_are_one_story(
        self, alice: Browser, cast: Cast, line: Line, clock: StandingClock
    ) -> None:
        incident = cast.incident("P1", client=cast.parc, product="medical")
        with line.sessions.begin() as session:
            for number, (step, outcome) in enumerate(
                [("client_number", "known"), ("product", "chosen"), ("impact", "set")]
            ):
                session.add(
                    CallTurn(
                        call_id=incident.call_id,
                        number=number,
                        at=clock() + number * MINUTE,
                        step=step,
                        outcome=outcome,
                        reply={},
                    )
                )
        cast.event(incident, "opened")
        clock.passes(timedelta(seconds=90))
        cast.event(incident, "identified", by="number")
        clock.passes(MINUTE)
        cast.event(
            incident,
            "routed",
            route="ring_on_call",
            why=[{"key": "hours.closed_weekend", "until": "2026-11-30T13:00:00+00:00"}],
        )
        cast.event(incident, "leg_ended", cast.bob, outcome="no_answer")
        shown = text(alice.get(f"/incidents/{incident.id}"))
        story = [
            "09:00:00 Numéro de client : reconnu, l'appel vient d'un numéro au dossier.",
            "09:00:00 L'incident est créé.",
            "09:01:00 Produit : Médical.",
            "09:01:30 L'appelant est reconnu par son numéro de téléphone.",
            "09:02:00 Effet sur les activités : P1 Critique.",
            "09:02:30 L'appel va à l'agent de garde.",
            "Fermé : fin de semaine. Ouverture le lundi 30 novembre à 8 h.",
            "09:02:30 Bob Tremblay n'a pas répondu.",
        ]
        places = [shown.index(line) for line in story]
        assert places == sorted(places)

    def test_a_lowered_priority_says_what_was_claimed(self, alice: Browser, cast: Cast) -> None:
        incident = cast.incident()
        cast.event(incident, "priority_set", priority="P3", claimed="P1")
        shown = text(alice.get(f"/incidents/{incident.id}"))
        assert "Priorité P3 Normale retenue (P1 Critique demandée)." in shown

    def test_moments_are_told_in_local_time(self, alice: Browser, cast: Cast) -> None:
        incident = cast.incident()
        at, due = "2026-11-30T19:00:00+00:00", "2026-11-30T20:30:00+00:00"
        cast.event(incident, "callback_planned", at=at, due=due)
        shown = text(alice.get(f"/incidents/{incident.id}"))
        assert "Rappel prévu aujourd'hui à 14 h (échéance : aujourd'hui à 15 h 30)." in shown

    def test_another_day_has_its_heading(
        self, alice: Browser, cast: Cast, clock: StandingClock
    ) -> None:
        incident = cast.incident()
        cast.event(incident, "opened")
        clock.passes(timedelta(days=1))
        cast.event(incident, "callback_tried", attempt=3)
        alice.sign_in()
        shown = text(alice.get(f"/incidents/{incident.id}"))
        assert shown.index("lundi 30 novembre") < shown.index("mardi 1er décembre")
        assert "Rappel, tentative 3." in shown

    @pytest.mark.parametrize(
        ("kind", "facts", "words"),
        [
            ("some_new_kind", {}, "some_new_kind"),
            ("leg_ended", {"outcome": "abducted"}, "leg_ended.abducted"),
            ("leg_ended", {}, "leg_ended.None"),
            ("routed", {"route": "call_back", "why": [{"key": "new.reason"}]}, "new.reason"),
            ("client_missed", {"outcome": "failed", "why": {"key": "new.one"}}, "new.one"),
            ("callback_tried", {}, "Rappel, tentative —."),
        ],
    )
    def test_what_has_no_words_yet_is_still_shown(
        self, alice: Browser, cast: Cast, kind: str, facts: dict[str, Any], words: str
    ) -> None:
        incident = cast.incident()
        cast.event(incident, kind, **facts)
        assert words in text(alice.get(f"/incidents/{incident.id}"))


def test_taking_by_a_click_lets_the_client_be_told(alice: Browser, cast: Cast, line: Line) -> None:
    """What must be sent is written in the transaction of the act."""
    cast.change(cast.night_user, email="nadia@example.org")
    incident = cast.incident(client=cast.parc, super_user_id=cast.night_user.id)
    alice.get(f"/incidents/{incident.id}")
    alice.post(f"/incidents/{incident.id}/take")
    with reading(line.sessions) as session:
        purposes = set(session.scalars(select(Message.purpose)))
    assert purposes == {"taken"}


def _seen(page: str) -> str:
    return page.partition('name="seen" value="')[2].partition('"')[0]


def _at_once(address: str, *browsers: Browser) -> list[int]:
    """What each was answered, all having posted together."""
    codes: dict[int, int] = {}
    barrier = threading.Barrier(len(browsers))

    def run(number: int, browser: Browser) -> None:
        barrier.wait()
        codes[number] = browser.post(address).status_code

    threads = [threading.Thread(target=run, args=each) for each in enumerate(browsers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [codes[number] for number in range(len(browsers))]
