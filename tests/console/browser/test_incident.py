"""An incident in a real browser: the whole way of a P1, two agents at once, a connection that is
lost, and what is typed meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from ivr.models import Incident
from tests import servers
from tests.console.browser.looks import no_violations, sign_in, sizes
from tests.console.cast import Cast
from tests.world import DESK_1, DESK_2, NIGHT_USER, PASSWORD, TORONTO, World, world

MORNING = datetime(2026, 11, 30, 9, 12, tzinfo=TORONTO)
SECOND = timedelta(seconds=1)
OpenTab = Callable[..., Page]

WORDS = {
    "fr": {
        "take": "Prendre en charge",
        "yours": "L'incident est à vous.",
        "call": "Appeler le client maintenant",
        "starts": "L'appel part dans un instant.",
        "rings": "Votre téléphone sonne",
        "client": "Le téléphone du client sonne.",
        "talks": "En communication avec le client.",
        "talked": "La conversation est terminée",
        "note": "Ajouter une note",
        "noted": "La note est au dossier.",
        "add": "Ajouter la note",
        "resolve": "Résoudre",
        "technical": "Technique",
        "diagnosis": "Diagnostic",
        "resolved": "L'incident est résolu, et le client en est avisé.",
        "document": "Enregistrer sans résoudre",
        "documented": "l'incident n'est pas encore résolu",
        "submit": "Résoudre et aviser le client",
        "approve": "Approuvé : fermer",
        "closed": "Fermé",
    },
    "en": {
        "take": "Take in charge",
        "yours": "The incident is yours.",
        "call": "Call the client now",
        "starts": "The call starts in a moment.",
        "rings": "Your phone is ringing",
        "client": "The client's phone is ringing.",
        "talks": "Talking with the client.",
        "talked": "The conversation is over",
        "note": "Add a note",
        "noted": "The note is on file.",
        "add": "Add the note",
        "resolve": "Resolve",
        "technical": "Technical",
        "diagnosis": "Diagnosis",
        "resolved": "The incident is resolved, and the client is told.",
        "document": "Save without resolving",
        "documented": "the incident is not resolved yet",
        "submit": "Resolve and tell the client",
        "approve": "Approved: close",
        "closed": "Closed",
    },
}


@pytest.fixture
def centre(valkey: servers.Valkey) -> Iterator[World]:
    """The whole product on a Monday morning; nobody at the desk picks up."""
    valkey.flush()
    engine = servers.engine_of(servers.sqlite_anew())
    with world("sqlite://", valkey.url, MORNING, engine=engine) as made:
        made.phone(DESK_1).rings_out()
        made.phone(DESK_2).rings_out()
        yield made


def report(centre: World) -> Incident:
    """A clinic reports that all is stopped, leaves its message, and is told of a callback."""
    call = centre.phone(NIGHT_USER).dials()
    for keys in ("10452", "2", "1", "1"):
        call.presses(keys)
    call.stays_silent()
    call.says("Les dossiers ne s'ouvrent plus")
    if not call.ended:
        call.hangs_up()
    centre.passes(55 * SECOND)  # the first round of phones is over, the next is not due
    return centre.incident()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_whole_way_of_a_p1(page: Page, centre: World, language: str) -> None:
    words = WORDS[language]
    url = centre.line.settings.public_url
    sign_in(page, url, language, email="bureau1@example.org", password=PASSWORD)
    incident = report(centre)
    reference = f"{incident.reference[:3]}\u00a0{incident.reference[3:]}"
    link = page.get_by_role("link", name=reference, exact=True)
    expect(link).to_be_visible(timeout=15_000)  # it arrives by itself
    link.click()
    page.get_by_role("button", name=words["take"]).click()
    expect(page.get_by_role("status").first).to_contain_text(words["yours"])
    assert page.locator("audio").evaluate(
        """async player => { const ended = new Promise(done => (player.onended = done));
        await player.play(); await ended; return player.currentTime > 1; }"""
    )

    centre.phone(DESK_1).accepts(after=6, talks=300)
    centre.phone(NIGHT_USER).accepts(after=8, talks=120)
    said = page.locator("[data-said]")
    page.get_by_role("button", name=words["call"]).click()
    expect(said).to_have_text(words["starts"])
    expect(page.get_by_role("button", name=words["call"])).to_have_count(0)
    centre.passes(2 * SECOND)
    expect(said).to_contain_text(words["rings"])
    centre.passes(24 * SECOND)
    expect(said).to_have_text(words["client"])
    page.get_by_text(words["note"]).click()
    page.locator("#note-text").fill("The database was restarted.")
    centre.passes(25 * SECOND)
    expect(said).to_have_text(words["talks"])
    centre.passes(timedelta(minutes=4))
    expect(said).to_contain_text(words["talked"])
    expect(page.locator("#note-text")).to_have_value("The database was restarted.")
    assert centre.phones.bridges() == [(DESK_1, NIGHT_USER)]

    page.get_by_role("button", name=words["add"], exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text(words["noted"])
    page.locator("#act-resolve > summary").click()
    page.get_by_role("radio", name=words["technical"], exact=True).check()
    page.get_by_label(words["diagnosis"]).fill("The disk was full.")
    page.get_by_role("button", name=words["document"]).click()
    expect(page.get_by_role("status").first).to_contain_text(words["documented"])
    page.locator("#act-resolve > summary").click()
    page.locator("#resolve-solution").fill("Logs are rotated.")
    page.locator("#resolve-version").fill("7.2.1")
    page.get_by_role("button", name=words["submit"]).click()
    expect(page.get_by_role("status").first).to_contain_text(words["resolved"])
    page.get_by_role("button", name=words["approve"]).click()
    expect(page.locator(".charge .state strong")).to_have_text(words["closed"])
    now = centre.incident()
    assert (now.state, now.closed_how, now.diagnosis) == (
        "closed",
        "approval",
        "The disk was full.",
    )
    assert now.met_at is not None
    assert now.met_at <= now.due_at


# Two at once, and twice --------------------------------------------------------------------------


def held(cast: Cast, **facts: object) -> Incident:
    now = cast.line.clock()
    facts = {"taken_at": now, "told_at": now, "holder_id": cast.alice.id, **facts}
    incident = cast.incident("P3", state="in_progress", **facts)
    cast.event(incident, "opened")
    return incident


def test_two_browsers_at_once(open_tab: OpenTab, site: str, cast: Cast) -> None:
    """Alice types while Bob acts: what she types stays, she is told, and must look before it
    counts."""
    cast.change(cast.bob, role="lead")
    incident = held(cast)
    alice, bob = open_tab(), open_tab()
    for tab, name in ((alice, "alice"), (bob, "bob")):
        sign_in(tab, site, email=f"{name}@example.org")
        tab.goto(f"{site}/incidents/{incident.id}")
    alice.locator("#act-change_priority > summary").click()
    alice.get_by_label("Priorité", exact=True).select_option("P2")
    alice.locator("#change_priority-reason").fill("Tout l'étage est touché.")
    bob.locator("#act-wait > summary").click()
    bob.locator("#wait-reason").fill("Une capture d'écran.")
    bob.get_by_role("button", name="Mettre en attente", exact=True).click()
    expect(bob.locator(".charge .state strong")).to_have_text("En attente du client")

    alice.evaluate("dispatchEvent(new Event('online'))")  # looks at once
    expect(alice.locator(".news")).to_contain_text("Bob Tremblay met l'incident en attente")
    expect(alice.locator("#said")).to_contain_text("Bob Tremblay")
    expect(alice.locator(".charge .state strong")).to_have_text("En attente du client")
    expect(alice.locator("#change_priority-reason")).to_have_value("Tout l'étage est touché.")
    alice.get_by_role("button", name="Changer la priorité").click()
    refusal = alice.get_by_role("alert")
    expect(refusal).to_contain_text("Une autre personne a agi")
    expect(refusal).to_contain_text("Bob Tremblay met l'incident en attente")
    expect(refusal).to_be_focused()
    assert cast.now(incident).priority == "P3"
    expect(alice.locator("#change_priority-reason")).to_have_value("Tout l'étage est touché.")
    alice.get_by_role("button", name="Changer la priorité").click()
    expect(alice.locator(".head .priority")).to_contain_text("P2")
    assert cast.now(incident).priority == "P2"
    expect(bob.locator(".head .priority")).to_contain_text("P2", timeout=10_000)
    bob.get_by_role("button", name="J'ai vu").click()
    expect(bob.locator(".news")).to_have_count(0)
    expect(bob.locator(".timeline .new")).to_have_count(0)


def test_a_double_click_does_no_harm(page: Page, site: str, cast: Cast) -> None:
    incident = cast.incident("P2")
    sign_in(page, site)
    page.goto(f"{site}/incidents/{incident.id}")
    page.get_by_role("button", name="Prendre en charge").dblclick()
    expect(page.get_by_role("status").first).to_contain_text("L'incident est à vous.")
    page.get_by_text("Ajouter une note").click()
    page.locator("#note-text").fill("Une fois.")
    page.get_by_role("button", name="Ajouter la note").dblclick()
    expect(page.get_by_role("status").first).to_contain_text("La note est au dossier.")
    page.get_by_role("button", name="Appeler le client maintenant").dblclick()
    expect(page.locator("[data-said]")).to_have_text("L'appel part dans un instant.")
    kinds = cast.kinds(incident)
    assert [kinds.count(kind) for kind in ("taken", "note", "call_asked")] == [1, 1, 1]


# A connection that is lost ----------------------------------------------------------------------


@pytest.fixture
def tab(chromium: Browser, site: str, cast: Cast) -> Iterator[Page]:
    """Alice's, in which the browser may complain of the network."""
    context = chromium.new_context()
    opened = context.new_page()
    sign_in(opened, site)
    yield opened
    context.close()


def test_a_connection_that_is_lost_in_the_middle_loses_nothing(
    tab: Page, site: str, cast: Cast
) -> None:
    incident = held(cast)
    tab.goto(f"{site}/incidents/{incident.id}")
    tab.get_by_text("Ajouter une note").click()
    tab.locator("#note-text").fill("Le disque est plein.")
    tab.context.set_offline(True)
    tab.get_by_role("button", name="Ajouter la note").click()
    trouble = tab.locator("#trouble")
    expect(trouble).to_contain_text("La connexion est perdue")
    expect(trouble).to_be_focused()
    expect(tab.locator("#note-text")).to_have_value("Le disque est plein.")
    assert "note" not in cast.kinds(incident)
    tab.context.set_offline(False)
    tab.get_by_role("button", name="Ajouter la note").click()
    expect(tab.get_by_role("status").first).to_contain_text("La note est au dossier.")
    assert cast.kinds(incident).count("note") == 1
    expect(trouble).to_be_hidden()


def test_an_answer_that_is_lost_does_nothing_twice(tab: Page, site: str, cast: Cast) -> None:
    """The act arrived, and nobody was told."""
    incident = held(cast)
    tab.goto(f"{site}/incidents/{incident.id}")

    def swallow(route: Route) -> None:
        route.fetch(max_redirects=0)
        route.abort()

    tab.get_by_text("Ajouter une note").click()
    tab.locator("#note-text").fill("Le disque est plein.")
    tab.route("**/note", swallow, times=1)
    tab.get_by_role("button", name="Ajouter la note").click()
    expect(tab.locator("#trouble")).to_contain_text(
        "nous ne savons pas si votre action est arrivée"
    )
    assert cast.kinds(incident).count("note") == 1
    tab.get_by_role("button", name="Ajouter la note").click()
    expect(tab.get_by_role("status").first).to_contain_text("La note est au dossier.")
    assert cast.kinds(incident).count("note") == 1


def test_what_is_typed_outlives_a_reload_and_the_end_of_the_session(
    tab: Page, site: str, cast: Cast
) -> None:
    incident, other = held(cast), held(cast)
    tab.goto(f"{site}/incidents/{incident.id}")
    tab.locator("#act-resolve > summary").click()
    tab.get_by_role("radio", name="Technique", exact=True).check()
    tab.get_by_label("Diagnostic").fill("Le disque est plein.")
    tab.reload()
    expect(tab.get_by_label("Diagnostic")).to_have_value("Le disque est plein.")
    expect(tab.get_by_role("radio", name="Technique", exact=True)).to_be_checked()
    expect(tab.get_by_text("Ce brouillon vient d'avant")).to_be_visible()
    tab.goto(f"{site}/incidents/{other.id}")
    expect(tab.locator("#resolve-diagnosis")).to_have_value("")
    tab.goto(f"{site}/incidents/{incident.id}")
    tab.context.clear_cookies()
    tab.get_by_role("button", name="Résoudre et aviser le client").click()
    # What the form lacks is asked for by the browser: it is filled, and then the session is gone.
    tab.get_by_label("Solution de contournement").fill("Redémarrer.")
    tab.get_by_role("button", name="Résoudre et aviser le client").click()
    expect(tab.locator("#trouble")).to_be_visible()
    assert cast.now(incident).state == "in_progress"
    sign_in(tab, site)
    tab.goto(f"{site}/incidents/{incident.id}")
    expect(tab.get_by_label("Solution de contournement")).to_have_value("Redémarrer.")
    tab.get_by_role("button", name="Effacer le brouillon").click()
    expect(tab.get_by_label("Diagnostic")).to_have_value("")
    tab.reload()
    expect(tab.locator("#resolve-diagnosis")).to_have_value("")


def test_what_a_colleague_left_in_this_browser_is_not_shown(
    tab: Page, site: str, cast: Cast
) -> None:
    incident = held(cast)
    tab.goto(f"{site}/incidents/{incident.id}")
    tab.get_by_text("Ajouter une note").click()
    tab.locator("#note-text").fill("À moi.")
    tab.context.clear_cookies()
    sign_in(tab, site, email="bob@example.org")
    tab.goto(f"{site}/incidents/{incident.id}")
    expect(tab.locator("#note-text")).to_have_value("")
    assert tab.evaluate("Object.keys(sessionStorage).filter(k => k.includes('draft')).length") == 0


# While it is open --------------------------------------------------------------------------------


def test_a_part_in_use_is_left_alone_until_it_is_not(page: Page, site: str, cast: Cast) -> None:
    incident = held(cast)
    words = {"transcript": "Les écrans sont noirs.", "transcript_language": "fr"}
    cast.recording(incident, **words)
    sign_in(page, site)
    page.goto(f"{site}/incidents/{incident.id}")
    fold = page.locator("details.transcript")
    fold.locator("summary").click()
    expect(fold.get_by_text("Les écrans sont noirs.")).to_be_visible()
    assert cast.kinds(incident).count("transcript_read") == 1
    cast.recording(incident)
    cast.event(incident, "note", cast.bob, text="Vu.")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator(".timeline")).to_contain_text("Vu.")
    expect(fold.get_by_text("Les écrans sont noirs.")).to_be_visible()
    expect(page.locator("audio")).to_have_count(1)
    fold.locator("summary").click()
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("audio")).to_have_count(2)


def test_it_works_without_a_script(chromium: Browser, site: str, cast: Cast) -> None:
    incident = cast.incident("P2")
    recording = cast.recording(incident, transcript="Noir.", transcript_language="fr")
    context = chromium.new_context(java_script_enabled=False)
    tab = context.new_page()
    try:
        sign_in(tab, site)
        tab.goto(f"{site}/incidents/{incident.id}")
        tab.get_by_role("button", name="Prendre en charge").click()
        expect(tab.get_by_role("status").first).to_contain_text("L'incident est à vous.")
        tab.get_by_text("Ajouter une note").click()
        tab.locator("#note-text").fill("Sans script.")
        tab.get_by_role("button", name="Ajouter la note").click()
        expect(tab.locator(".timeline")).to_contain_text("Sans script.")
        tab.get_by_role("button", name="Appeler le client maintenant").click()
        expect(tab.locator("[data-said]")).to_have_text("L'appel part dans un instant.")
        tab.get_by_text("Transcription automatique").click()
        tab.get_by_role("link", name="Lire la transcription").click()
        expect(tab.get_by_role("main")).to_contain_text("Noir.")
        assert tab.url.endswith(f"/recordings/{recording.id}/transcript")
    finally:
        context.close()


@pytest.mark.parametrize(("width", "scheme"), sizes(__name__))
def test_it_can_be_read_by_everybody(
    open_tab: OpenTab, site: str, cast: Cast, width: int, scheme: str
) -> None:
    language = "fr" if width == 320 else "en"
    owed = cast.incident(
        "P1", client=cast.parc, product="medical", super_user_id=cast.night_user.id
    )
    cast.recording(owed, transcript="Noir.", transcript_language="fr")
    cast.incident("P2", client=cast.parc, product="medical")
    cast.incident("P2", product="medical")
    called, closed = held(cast, product="medical"), held(cast)
    cast.event(called, "call_asked", cast.alice)
    now = cast.line.clock()
    cast.change(called, callback_agent_id=cast.alice.id, callback_asked_at=now, callback_at=now)
    cast.change(closed, state="closed", solution="x", closed_at=now, closed_how="approval")
    tab = open_tab(viewport={"width": width, "height": 800}, color_scheme=scheme)
    sign_in(tab, site, language)
    for incident in (owed, called, closed):
        tab.goto(f"{site}/incidents/{incident.id}")
        expect(tab.get_by_role("heading", level=1)).to_be_visible()
        no_violations(tab)
    tab.goto(f"{site}/incidents/{called.id}")
    cast.event(called, "waiting", cast.bob, reason="x")
    tab.evaluate("dispatchEvent(new Event('online'))")
    expect(tab.locator(".news")).to_be_visible()
    no_violations(tab)
    tab.emulate_media(media="print")
    assert tab.locator("main button:visible, main audio:visible, .top:visible").count() == 0
    assert tab.locator(".timeline:visible").count() == 1
