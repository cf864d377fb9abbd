"""The page on which a manager announces a known outage, gives news of it and ends it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from ivr import outages
from ivr.database import reading
from ivr.models import Incident, Message, Outage
from tests.console.cast import Browser, Cast, StandingClock, text

FRENCH, ENGLISH = "Les rapports sont lents.", "Reports are slow."
NOON = "2026-11-30T12:00"  # it is Monday, 9:00
WORDS = {"text_fr": FRENCH, "text_en": ENGLISH, "next_at": NOON}


@pytest.fixture
def manager(cast: Cast, browser_of: Callable[[str], Browser]) -> Browser:
    """Bob, who is the manager here, with the page open."""
    cast.change(cast.bob, role="manager")
    browser = browser_of("bob")
    browser.get("/outages")
    return browser


def announced(cast: Cast) -> Outage | None:
    with reading(cast.line.sessions) as session:
        found = session.scalars(select(Outage).where(Outage.live.is_(True))).one_or_none()
        assert found is None or found.latest
        return found


def affect(cast: Cast) -> Incident:
    """A caller of 20317 who is on the list."""
    incident = cast.incident(callback_number="+14505550103", recognised_by="number")
    with cast.line.scene() as scene:
        outage = outages.current(scene)
        assert outage
        outages.affect(scene, outage, scene.session.get_one(Incident, incident.id))
    return incident


def test_an_agent_has_no_such_page(alice: Browser, cast: Cast) -> None:
    assert "/outages" not in alice.page.text
    assert alice.get("/outages").status_code == 403
    alice.get("/incidents")
    assert alice.post("/outages", **WORDS).status_code == 403
    assert announced(cast) is None


def test_a_stranger_is_sent_to_sign_in(visitor: Browser) -> None:
    assert visitor.get("/outages").location == "/sign-in?next=/outages"


def test_a_manager_announces_one(manager: Browser, cast: Cast) -> None:
    assert 'href="/outages"' in manager.get("/incidents").text
    manager.get("/outages")
    page = manager.post("/outages", products="imaging", **WORDS)
    assert (page.status_code, page.location) == (303, "/outages")
    outage = announced(cast)
    assert outage
    assert (outage.products, outage.agent_id) == (["imaging"], cast.bob.id)
    assert outage.latest.next_at
    assert outage.latest.next_at.isoformat() == "2026-11-30T17:00:00+00:00"
    shown = text(manager.get("/outages"))
    assert "C'est annoncé" in shown
    assert FRENCH in shown
    assert "prochaine nouvelle aujourd'hui à midi" in shown


def test_everybody_at_the_desk_reads_it_above_the_list(
    manager: Browser, browser_of: Callable[[str], Browser]
) -> None:
    manager.post("/outages", **WORDS)
    assert f"Panne connue : {FRENCH}" in text(browser_of("alice").get("/incidents"))


def test_what_was_typed_is_kept_when_it_is_refused(manager: Browser, cast: Cast) -> None:
    page = manager.post("/outages", products="imaging", **{**WORDS, "text_en": "word " * 27})
    assert page.status_code == 409
    assert "C'est trop long à dire" in text(page)
    assert FRENCH in page.text
    assert f'value="{NOON}"' in page.text
    assert 'value="imaging" checked' in page.text
    assert 'href="/outages?lang=en"' in page.text
    assert announced(cast) is None


@pytest.mark.parametrize(
    "next_at",
    ["", "noon", "2026-11-30T08:00", "2027-03-14T02:30", "2026-11-30T12:00Z", "9999-12-31T23:59"],
)
def test_a_time_that_is_none_or_past_is_refused(manager: Browser, cast: Cast, next_at: str) -> None:
    assert manager.post("/outages", **{**WORDS, "next_at": next_at}).status_code == 409
    assert announced(cast) is None


def test_a_second_one_is_refused(manager: Browser) -> None:
    manager.post("/outages", **WORDS)
    manager.get("/outages")
    assert "déjà annoncée" in text(manager.post("/outages", **WORDS))


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
def test_the_list_of_those_affected(manager: Browser, cast: Cast) -> None:
    manager.post("/outages", **WORDS)
    incident = affect(cast)
    shown = text(manager.get("/outages"))
    assert "1 appel sur la liste" in shown
    assert "Imagerie Rive-Sud 20317" in shown
    assert "450 555-0103" in shown
    assert f'href="/incidents/{incident.id}"' in manager.page.text
    page = text(manager.get(f"/incidents/{incident.id}"))
    assert "L'appelant est touché par la panne connue" in page
    assert "Bob Tremblay, qui a annoncé la panne, a cet incident en charge." in page


def test_news_is_written_to_everyone_on_the_list_once(manager: Browser, cast: Cast) -> None:
    manager.post("/outages", **WORDS)
    incident = affect(cast)
    manager.get("/outages")
    outage = announced(cast)
    assert outage
    news = {**WORDS, "text_fr": "Un correctif arrive.", "next_at": "2026-11-30T14:00"}
    assert manager.post(f"/outages/{outage.id}/news", **news).status_code == 303
    with reading(cast.line.sessions) as session:
        mine = select(Message).where(Message.incident_id == incident.id).order_by(Message.id)
        messages = session.scalars(mine).all()
    assert [message.purpose for message in messages] == ["outage_0", "outage_1"]
    assert "Un correctif arrive." in messages[1].body


def test_the_last_news_needs_no_next_time_and_ends_it(manager: Browser, cast: Cast) -> None:
    manager.post("/outages", **WORDS)
    manager.get("/outages")
    outage = announced(cast)
    assert outage
    last = {"text_fr": "C'est réglé.", "text_en": "Fixed.", "next_at": "", "last": "1"}
    manager.post(f"/outages/{outage.id}/news", **last)
    assert announced(cast) is None
    shown = text(manager.get("/outages"))
    assert "Pannes passées" in shown
    assert "C'est réglé." in shown


def test_it_ends_without_a_word_once(manager: Browser, cast: Cast) -> None:
    manager.post("/outages", **WORDS)
    manager.get("/outages")
    outage = announced(cast)
    assert outage
    assert manager.post(f"/outages/{outage.id}/end").status_code == 303
    assert announced(cast) is None
    manager.get("/outages")
    again = manager.post(f"/outages/{outage.id}/end")
    assert (again.status_code, "Cette panne est terminée." in text(again)) == (409, True)
    assert manager.post("/outages/999/end").status_code == 404


def test_an_update_that_is_overdue_is_told_to_the_manager(
    manager: Browser, clock: StandingClock
) -> None:
    manager.post("/outages", **WORDS)
    clock.passes(timedelta(minutes=90))
    manager.get("/outages")  # who is idle for two hours is signed out
    clock.passes(timedelta(minutes=91))
    shown = text(manager.get("/outages"))
    assert "La nouvelle promise pour aujourd'hui à midi n'est pas venue." in shown
    assert "Panne connue, nouvelle en retard" in shown


def test_what_a_manager_types_is_text_and_never_html(manager: Browser) -> None:
    manager.post("/outages", **{**WORDS, "text_fr": "<b>lent</b>"})
    page = manager.get("/outages").text
    assert "<b>lent" not in page
    assert "&lt;b&gt;lent" in page


@pytest.mark.parametrize("language", ["fr", "en"])
def test_each_state_of_the_page_in_each_language(
    manager: Browser, cast: Cast, language: str
) -> None:
    assert f'<html lang="{language}">' in manager.get(f"/outages?lang={language}").text
    manager.post("/outages", **WORDS)
    affect(cast)
    assert manager.get("/outages").status_code == 200
