"""What an agent does on an incident's page, from the work's beginning to the article."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from console.acts import ACTS, KINDS
from ivr import states
from ivr.database import reading
from ivr.models import Article, Incident
from line import Line
from tests.console.cast import MINUTE, Browser, Cast, StandingClock, references, text

BrowserOf = Callable[[str], Browser]
DAY = timedelta(days=1)


@pytest.fixture
def bob(browser_of: BrowserOf) -> Browser:
    return browser_of("bob")


@pytest.fixture
def lead(browser_of: BrowserOf, cast: Cast) -> Browser:
    """Bob, who leads the team."""
    cast.change(cast.bob, role="lead")
    return browser_of("bob")


def held(cast: Cast, priority: str = "P3", state: str = "in_progress", **facts: object) -> Incident:
    """In Alice's charge; the client knows."""
    now = cast.line.clock()
    facts = {"taken_at": now, "told_at": now, "holder_id": cast.alice.id, **facts}
    return cast.incident(priority, state=state, **facts)


def act(browser: Browser, incident: Incident, name: str, **form: str) -> int:
    """As the page's own form sends it."""
    page = browser.get(f"/incidents/{incident.id}")
    form = {"seen": _seen(page.text), **form}
    return browser.post(f"/incidents/{incident.id}/{name}", **form).status_code


def offered(browser: Browser, incident: Incident) -> set[str]:
    page = browser.get(f"/incidents/{incident.id}")
    return set(re.findall(rf'action="/incidents/{incident.id}/(\w+)"', page.text))


@pytest.mark.parametrize("state", states.STATES)
@pytest.mark.parametrize("who", ["alice", "bob"])
def test_a_page_offers_what_the_rules_allow_and_nothing_else(
    browser_of: BrowserOf, cast: Cast, state: str, who: str
) -> None:
    holder = None if state in (*states.UNHELD, "refused") else cast.alice.id
    incident = held(
        cast,
        state=state,
        holder_id=holder,
        solution="s",
        live_reference="123455",
    )
    doer = states.Doer("agent", holds=holder == cast.alice.id and who == "alice", unheld=not holder)
    allowed = {name for name in states.MOVES if states.refusal(name, state, doer) is None}
    elsewhere = {"told", "lift_security", "escalate", "step_in", "record_escalation"}
    browser = browser_of(who)
    assert offered(browser, incident) - elsewhere == allowed - elsewhere - {"close"}
    closing = "Fermeture" in text(browser.page)  # without evidence it says what is missing
    assert closing == ("close" in allowed)


def test_the_work_from_beginning_to_end(
    alice: Browser, cast: Cast, clock: StandingClock, line: Line
) -> None:
    incident = held(cast, "P2", state="taken")
    assert act(alice, incident, "start") == 303
    assert act(alice, incident, "note", text="The index is damaged.\r\nRebuilt at night.") == 303
    assert act(alice, incident, "agree_updates", every="4") == 303
    assert act(alice, incident, "wait", reason="A quiet hour.") == 303
    assert "On attend : A quiet hour." in text(alice.get(f"/incidents/{incident.id}"))
    assert act(alice, incident, "replied") == 303
    found = {"nature": "technical", "diagnosis": "Damaged index.", "solution": "Rebuilt."}
    assert act(alice, incident, "resolve", **found, version="7.2.1") == 303
    assert "Résolu" in text(alice.get(f"/incidents/{incident.id}"))
    assert act(alice, incident, "approve", close="1") == 303
    now = cast.now(incident)
    assert (now.state, now.closed_how, now.closed_at) == ("closed", "approval", clock())
    shown = text(alice.get(f"/incidents/{incident.id}"))
    for words in (
        "Note de Alice Roy : The index is damaged. Rebuilt at night.",
        "Nouvelles convenues avec le client, intervalle : 4 heures.",
        "Diagnostic Damaged index.",
        "Version du logiciel 7.2.1",
        "Avec l'approbation du client",
    ):
        assert words in shown, words
    assert act(alice, incident, "write_article", title="Damaged index", solution="Rebuild.") == 303
    with reading(line.sessions) as session:
        article = session.scalars(select(Article)).one()
    assert (article.product, article.incident_id) == ("imaging", incident.id)


def test_what_is_missing_is_said_and_what_was_typed_stays(alice: Browser, cast: Cast) -> None:
    incident = held(cast, "P1")
    typed = {"nature": "application", "diagnosis": "The licence <ended>.", "solution": "Renewed."}
    assert act(alice, incident, "resolve", **typed) == 409
    shown = text(alice.page)
    assert "avec la version du logiciel" in shown
    assert "§4" in shown
    assert "The licence &lt;ended&gt;." in alice.page.text
    assert re.search(r'value="application" required checked', alice.page.text)
    assert re.search(r"<details open[^>]*act-resolve", alice.page.text)
    assert cast.now(incident).state == "in_progress"
    assert cast.now(incident).diagnosis == ""


def test_a_priority_is_changed_with_a_reason(alice: Browser, cast: Cast) -> None:
    incident = held(cast, "P3")
    assert act(alice, incident, "change_priority", priority="P2", reason=" ") == 409
    assert "se motive" in text(alice.page)
    assert act(alice, incident, "change_priority", priority="P9", reason="x") == 409
    reason = "All the screens are dark."
    assert act(alice, incident, "change_priority", priority="P2", reason=reason) == 303
    now = cast.now(incident)
    assert now.priority == "P2"
    assert now.due_at - now.opened_at == timedelta(hours=2)
    shown = text(alice.get(f"/incidents/{incident.id}"))
    assert f"P2 Élevée au lieu de P3 Normale. Motif : {reason}" in shown


def test_it_is_handed_over_to_somebody_of_the_centre(
    alice: Browser, bob: Browser, cast: Cast
) -> None:
    incident = held(cast)
    page = alice.get(f"/incidents/{incident.id}")
    assert "Bob Tremblay</option>" in page.text
    assert "Denis Parti</option>" not in page.text
    assert "Alice Roy</option>" not in page.text
    for nobody in ("", "x", "99999", "9" * 40, str(cast.denis.id)):
        assert act(alice, incident, "hand_over", to=nobody) == 409
    assert act(alice, incident, "hand_over", to=str(cast.bob.id)) == 303
    assert cast.now(incident).holder_id == cast.bob.id
    assert "resolve" in offered(bob, incident)
    assert "resolve" not in offered(alice, incident)


class TestAtOnce:
    """Two agents, or two clicks, on pages of the same moment."""

    def test_the_second_is_shown_what_changed_and_keeps_what_they_typed(
        self, alice: Browser, lead: Browser, cast: Cast, clock: StandingClock
    ) -> None:
        incident = held(cast)
        stale = _seen(lead.get(f"/incidents/{incident.id}").text)
        assert act(alice, incident, "wait", reason="A picture.") == 303
        page = lead.post(
            f"/incidents/{incident.id}/change_priority", seen=stale, priority="P1", reason="Worse."
        )
        assert page.status_code == 409
        shown = text(page)
        assert "Une autre personne a agi sur cet incident" in shown
        assert "On attend : A picture. nouveau" in shown
        assert "Worse." in page.text
        assert cast.now(incident).priority == "P3"

    def test_a_note_is_never_in_the_way_and_never_refused(
        self, alice: Browser, bob: Browser, cast: Cast
    ) -> None:
        incident = held(cast)
        stale = _seen(bob.get(f"/incidents/{incident.id}").text)
        before = _seen(alice.get(f"/incidents/{incident.id}").text)
        assert act(alice, incident, "wait", reason="A picture.") == 303
        noted = bob.post(f"/incidents/{incident.id}/note", seen=stale, text="It was seen before.")
        assert noted.status_code == 303
        assert before == stale

    def test_a_double_click_counts_once(self, alice: Browser, cast: Cast) -> None:
        incident = held(cast, state="waiting")
        form = alice.get(f"/incidents/{incident.id}")
        for name, facts in (("note", {"text": "Once."}), ("follow_up", {})):
            seen = _seen(alice.get(f"/incidents/{incident.id}").text)
            for _ in range(2):
                alice.page = form
                page = alice.post(f"/incidents/{incident.id}/{name}", seen=seen, **facts)
                assert page.status_code == 303
        assert cast.kinds(incident).count("note") == 1
        assert cast.kinds(incident).count("follow_up") == 1


class TestClosing:
    def test_it_is_proposed_on_the_day_with_its_evidence(
        self, alice: Browser, cast: Cast, clock: StandingClock
    ) -> None:
        incident = held(cast, state="resolved")
        assert act(alice, incident, "message_left", channel="mail") == 303
        assert "Le prochain message compte à partir du lundi 7 décembre" in text(
            alice.get(f"/incidents/{incident.id}")
        )
        clock.passes(7 * DAY)
        alice.sign_in()
        assert act(alice, incident, "message_left", channel="voicemail") == 303
        assert "Possible à partir de : le lundi 14 décembre à 8 h" in text(
            alice.get(f"/incidents/{incident.id}")
        )
        assert references(alice.get("/incidents?view=closing")) == []
        assert act(alice, incident, "close", how="messages") == 409
        assert "trop tôt" in text(alice.page)
        clock.passes(7 * DAY)
        alice.sign_in()
        assert references(alice.get("/incidents?view=closing")) == [incident.reference]
        shown = text(alice.get(f"/incidents/{incident.id}"))
        assert "Courriel laissé le lundi 30 novembre à 9 h." in shown
        assert "Message vocal laissé le lundi 7 décembre à 9 h." in shown
        assert act(alice, incident, "close", how="messages") == 303
        assert references(alice.get("/incidents?view=closed")) == [incident.reference]
        assert references(alice.get("/incidents?view=closing")) == []

    def test_a_shorter_delay_is_for_those_who_lead(
        self, alice: Browser, lead: Browser, cast: Cast
    ) -> None:
        incident = held(cast, state="resolved")
        assert "Fermer plus tôt" not in alice.get(f"/incidents/{incident.id}").text
        assert act(alice, incident, "close", how="reasonable", reason="x") == 409
        assert "Fermer plus tôt" in lead.get(f"/incidents/{incident.id}").text
        assert act(lead, incident, "close", how="reasonable", reason="The site has moved.") == 303
        shown = text(lead.get(f"/incidents/{incident.id}"))
        assert "délai jugé raisonnable. Motif : The site has moved." in shown

    def test_a_security_matter_is_a_managers(
        self, alice: Browser, lead: Browser, cast: Cast
    ) -> None:
        incident = held(cast, "P4", state="resolved")
        assert act(alice, incident, "mark_security") == 303
        assert "lift_security" not in offered(lead, incident)
        assert act(lead, incident, "close", how="reasonable", reason="x") == 409
        assert "la gestion" in text(lead.page)
        assert act(lead, incident, "lift_security", reason="x") == 409
        assert cast.now(incident).security

    def test_reopened_it_is_first_on_the_list_again(self, alice: Browser, cast: Cast) -> None:
        incident = held(cast, state="closed", live_reference="654321")
        assert references(alice.get("/incidents")) == []
        assert act(alice, incident, "reopen", reason="It is back.") == 303
        page = alice.get("/incidents")
        assert references(page) == [incident.reference]
        assert "À prendre en charge" in text(page)
        assert "Aucun retard" in text(page)
        assert offered(alice, incident) >= {"take"}


def test_an_act_that_is_none_is_not_found(alice: Browser, cast: Cast) -> None:
    incident = held(cast)
    alice.get(f"/incidents/{incident.id}")
    assert alice.post(f"/incidents/{incident.id}/explode").status_code == 404
    assert alice.get(f"/incidents/{incident.id}/resolve").status_code == 405
    assert alice.post("/incidents/4711/resolve").status_code == 404


@pytest.mark.parametrize("every", ["", "x", "-1", "401", "9" * 30, "٣", "1.5"])
def test_an_interval_that_is_none_is_refused(alice: Browser, cast: Cast, every: str) -> None:
    incident = held(cast)
    assert act(alice, incident, "agree_updates", every=every) == 409
    assert "update_agreed" not in cast.kinds(incident)


class TestArticles:
    @pytest.fixture
    def article(self, alice: Browser, cast: Cast) -> Incident:
        incident = held(cast, state="closed", solution="Vider le cache <des> écrans.")
        assert (
            act(
                alice,
                incident,
                "write_article",
                title="Écrans noirs",
                solution="Vider le cache <des> écrans.",
            )
            == 303
        )
        return incident

    def test_a_new_incident_shows_what_matches(
        self, alice: Browser, cast: Cast, article: Incident
    ) -> None:
        new = cast.incident()
        assert "Écrans noirs" not in text(alice.get(f"/incidents/{new.id}"))
        assert act(alice, new, "note", text="L'ÉCRAN est tout noir") == 303
        shown = alice.get(f"/incidents/{new.id}")
        assert "Articles qui peuvent aider Écrans noirs" in text(shown)
        assert "&lt;des&gt;" in shown.text

    def test_they_are_searched(self, alice: Browser, article: Incident) -> None:
        assert "Écrans noirs" in text(alice.get("/articles"))
        assert "1 article trouvé Écrans noirs" in text(alice.get("/articles?q=ecran"))
        assert "Aucun article" in text(alice.get("/articles?q=facture"))
        assert "Aucun article" in text(alice.get("/articles?q=ecran&product=billing"))
        assert "Écrans noirs" in text(alice.get("/articles?q=ecran&product=nonsense"))
        link = re.search(r'href="(/articles/\d+)"', alice.get("/articles").text)
        assert link
        assert article.reference in text(alice.get(link[1])).replace(" ", "")
        assert alice.get("/articles/4711").status_code == 404

    def test_an_incident_has_one_article(
        self, alice: Browser, cast: Cast, article: Incident
    ) -> None:
        assert "write_article" not in offered(alice, article)
        page = alice.post(f"/incidents/{article.id}/write_article", title="t", solution="s")
        assert page.status_code == 409
        assert "déjà son article" in text(page)

    def test_strangers_read_none(self, visitor: Browser) -> None:
        assert visitor.get("/articles").status_code == 303


def test_whoever_played_the_recording_may_still_act(alice: Browser, cast: Cast) -> None:
    """Not everything that an agent leaves on the timeline changes the incident."""
    incident = held(cast)
    seen = _seen(alice.get(f"/incidents/{incident.id}").text)
    cast.event(incident, "recording_played", cast.alice)
    page = alice.post(f"/incidents/{incident.id}/wait", seen=seen, reason="A picture.")
    assert page.status_code == 303


def test_the_views_of_the_list(alice: Browser, cast: Cast) -> None:
    shown = {state: held(cast, state=state) for state in ("waiting", "resolved", "closed")}
    called = held(cast, state="resolved", callback_at=cast.line.clock() + MINUTE)
    assert references(alice.get("/incidents?view=taken")) == [shown["waiting"].reference]
    assert references(alice.get("/incidents?view=closed")) == [shown["closed"].reference]
    resolved = [called.reference, shown["resolved"].reference]
    assert references(alice.get("/incidents?view=resolved")) == resolved
    assert references(alice.get("/incidents")) == [called.reference]  # a call is still owed


def test_each_act_has_its_rule_and_its_event() -> None:
    """The guard against acting on a page that is out of date knows acts by their events."""
    assert {*ACTS} == {*KINDS, "take", "told"}
    assert {*ACTS} <= {*states.MOVES}


def _seen(page: str) -> str:
    return page.partition('name="seen" value="')[2].partition('"')[0]
