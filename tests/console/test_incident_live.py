"""An incident's page while it is open: its parts anew, what colleagues did, the client called."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from console import calling
from console.words import catalogue
from ivr.database import reading
from ivr.models import Agent, Client, Incident, Leg
from ivr.scene import Scene
from line import Line
from tests.console.cast import MINUTE, Browser, Cast, StandingClock, text

BrowserOf = Callable[[str], Browser]


@pytest.fixture
def bob(browser_of: BrowserOf) -> Browser:
    return browser_of("bob")


def held(cast: Cast, state: str = "in_progress", **facts: object) -> Incident:
    """In Alice's charge; the client knows."""
    now = cast.line.clock()
    facts = {"taken_at": now, "told_at": now, "holder_id": cast.alice.id, **facts}
    return cast.incident("P3", state=state, **facts)


def seen(browser: Browser, incident: Incident) -> str:
    page = browser.get(f"/incidents/{incident.id}")
    found = re.search(r'data-seen="(\d+)"', page.text)
    assert found
    return found[1]


class TestLive:
    def test_it_is_answered_once_and_then_only_where_something_changed(
        self, alice: Browser, cast: Cast, clock: StandingClock
    ) -> None:
        incident = held(cast)
        known = seen(alice, incident)
        address = f"/incidents/{incident.id}/live?seen={known}"
        first = alice.get(address)
        assert first.status_code == 200
        clock.passes(timedelta(seconds=2))  # another token, the same page
        tag = {"If-None-Match": first.headers["ETag"]}
        again = alice.get(address, **tag)
        assert (again.status_code, again.data) == (304, b"")
        cast.event(incident, "note", cast.bob, text="The disk is full.")
        changed = alice.get(address, **tag)
        assert changed.status_code == 200
        assert "The disk is full." in changed.text

    def test_it_holds_the_parts_of_the_page_and_no_token(self, alice: Browser, cast: Cast) -> None:
        incident = held(cast)
        page = alice.get(f"/incidents/{incident.id}")
        live = alice.get(f"/incidents/{incident.id}/live")
        parts = re.findall(r'data-live="(\w+)"', page.text)
        assert parts == re.findall(r'data-live="(\w+)"', live.text)
        assert {"news", "charge", "reason", "acts", "similar", "timeline", "priority"} <= {*parts}
        assert 'name="csrf_token" value=""' in live.text
        assert not re.search(r'name="csrf_token" value="[^"]', live.text)

    def test_whoever_is_not_signed_in_is_sent_to_do_so(self, visitor: Browser, cast: Cast) -> None:
        page = visitor.get(f"/incidents/{cast.incident().id}/live")
        assert page.status_code == 303
        assert page.location.startswith("/sign-in")

    def test_of_none_there_is_none(self, alice: Browser) -> None:
        assert alice.get("/incidents/4711/live").status_code == 404

    @pytest.mark.parametrize("odd", ["", "x", "-1", "9" * 30, "<b>"])
    def test_an_odd_place_is_no_place(self, alice: Browser, cast: Cast, odd: str) -> None:
        incident = held(cast)
        cast.event(incident, "waiting", cast.bob, reason="x")
        page = alice.get(f"/incidents/{incident.id}/live?seen={odd}")
        assert page.status_code == 200
        assert "<b>" not in page.text


class TestNews:
    def test_what_colleagues_did_is_told_by_name(
        self, alice: Browser, bob: Browser, cast: Cast
    ) -> None:
        incident = held(cast)
        cast.event(incident, "opened")
        address = f"/incidents/{incident.id}/live?seen={seen(alice, incident)}"
        assert "Depuis que cette page est ouverte" not in alice.get(address).text
        cast.event(incident, "recording_played", cast.bob)  # changes nothing
        cast.event(incident, "note", cast.alice, text="My own.")
        assert "Depuis que cette page est ouverte" not in alice.get(address).text
        bob.get(f"/incidents/{incident.id}")
        assert bob.post(f"/incidents/{incident.id}/resume").status_code == 409
        assert bob.post(f"/incidents/{incident.id}/note", text="It was seen.").status_code == 303
        shown = alice.get(address).text
        news = shown.partition('data-live="charge"')[0]
        assert "Depuis que cette page est ouverte" in news
        assert "Note de Bob Tremblay" in news
        assert "My own." not in news

    def test_a_refusal_says_what_was_done_and_by_whom(
        self, alice: Browser, browser_of: BrowserOf, cast: Cast
    ) -> None:
        cast.change(cast.bob, role="lead")
        bob = browser_of("bob")
        incident = held(cast)
        stale = seen(bob, incident)
        alice.get(f"/incidents/{incident.id}")
        assert alice.post(f"/incidents/{incident.id}/wait", reason="A picture.").status_code == 303
        page = bob.post(
            f"/incidents/{incident.id}/change_priority", seen=stale, priority="P1", reason="Worse."
        )
        assert page.status_code == 409
        alert = re.search(r'role="alert".*?</div>', page.text, re.S)
        assert alert
        assert "Alice Roy met l&#39;incident en attente du client." in alert[0]


class TestOnesOwn:
    """Only what colleagues did stands in the way, and nothing that was typed is swallowed."""

    def test_what_i_did_elsewhere_does_not_stop_me(self, alice: Browser, cast: Cast) -> None:
        incident = held(cast, state="taken")
        stale = seen(alice, incident)
        cast.event(incident, "taken", cast.alice, how="key")  # on the phone
        page = alice.post(f"/incidents/{incident.id}/start", seen=stale)
        assert page.status_code == 303
        assert cast.now(incident).state == "in_progress"

    def test_two_notes_from_one_old_page_are_two_notes(self, alice: Browser, cast: Cast) -> None:
        incident = held(cast)
        stale = seen(alice, incident)
        form = alice.page
        for words in ("First.", "Second.", "Second."):
            alice.page = form
            page = alice.post(f"/incidents/{incident.id}/note", seen=stale, text=words)
            assert page.status_code == 303
        assert cast.kinds(incident).count("note") == 2

    def test_so_are_two_messages_left_in_two_ways(self, alice: Browser, cast: Cast) -> None:
        incident = held(cast, state="waiting")
        stale = seen(alice, incident)
        form = alice.page
        for channel in ("mail", "voicemail", "mail"):
            alice.page = form
            path = f"/incidents/{incident.id}/message_left"
            assert alice.post(path, seen=stale, channel=channel).status_code == 303
        assert cast.kinds(incident).count("message_left") == 2


class TestDocumenting:
    """What is known so far is put on file before it is resolved (§2.1.2)."""

    def test_it_is_on_file_and_in_the_form_that_resolves(self, alice: Browser, cast: Cast) -> None:
        incident = held(cast)
        path = f"/incidents/{incident.id}/document"
        page = alice.get(f"/incidents/{incident.id}")
        assert f'formaction="{path}"' in page.text
        typed = {"nature": "technical", "diagnosis": "The disk is full.", "solution": ""}
        assert alice.post(path, **typed).status_code == 303
        page = alice.get(f"/incidents/{incident.id}")
        assert "n'est pas encore résolu" in text(page)
        assert "Diagnostic The disk is full." in text(page)
        assert ">The disk is full.</textarea>" in page.text
        assert cast.now(incident).state == "in_progress"
        assert alice.post(path, **typed).status_code == 303
        assert cast.kinds(incident).count("documented") == 1, "nothing new, nothing told"

    def test_what_is_refused_is_kept_in_the_form(self, alice: Browser, cast: Cast) -> None:
        incident = held(cast)
        alice.get(f"/incidents/{incident.id}")
        page = alice.post(f"/incidents/{incident.id}/document", diagnosis="x" * 4001)
        assert page.status_code == 409
        assert "x" * 4001 in page.text
        assert cast.now(incident).diagnosis == ""

    def test_it_is_the_holders(self, bob: Browser, cast: Cast) -> None:
        incident = held(cast)
        page = bob.get(f"/incidents/{incident.id}")
        assert "document" not in re.findall(r'action="[^"]*/(\w+)"', page.text)
        assert bob.post(f"/incidents/{incident.id}/document", diagnosis="x").status_code == 409


class TestTranscript:
    @pytest.fixture
    def spoken(self, cast: Cast) -> tuple[Incident, str]:
        incident = held(cast)
        words = {"transcript": "Les écrans <sont> noirs.", "transcript_language": "fr"}
        recording = cast.recording(incident, **words)
        return incident, f"/incidents/{incident.id}/recordings/{recording.id}/transcript"

    def test_it_is_read_on_request_and_that_is_noted(
        self, alice: Browser, cast: Cast, spoken: tuple[Incident, str]
    ) -> None:
        incident, address = spoken
        page = alice.get(f"/incidents/{incident.id}")
        assert "noirs" not in page.text
        assert f'href="{address}"' in page.text
        assert "transcript_read" not in cast.kinds(incident)
        read = alice.get(address)
        assert "Les écrans &lt;sont&gt; noirs." in read.text
        assert cast.kinds(incident).count("transcript_read") == 1
        assert "Alice Roy lit la transcription." in text(alice.get(f"/incidents/{incident.id}"))

    def test_a_page_asks_for_the_words_alone(
        self, alice: Browser, cast: Cast, clock: StandingClock, spoken: tuple[Incident, str]
    ) -> None:
        incident, address = spoken
        part = alice.get(f"{address}?part")
        assert "noirs." in part.text
        assert "<html" not in part.text
        alice.get(f"{address}?part")
        assert cast.kinds(incident).count("transcript_read") == 1
        clock.passes(2 * MINUTE)
        alice.get(f"{address}?part")
        assert cast.kinds(incident).count("transcript_read") == 2

    def test_of_another_incident_or_of_no_words_there_is_none(
        self, alice: Browser, visitor: Browser, cast: Cast, spoken: tuple[Incident, str]
    ) -> None:
        incident, address = spoken
        other = held(cast)
        assert alice.get(address.replace(f"/{incident.id}/", f"/{other.id}/", 1)).status_code == 404
        silent = cast.recording(incident)
        path = f"/incidents/{incident.id}/recordings/{silent.id}/transcript"
        assert alice.get(path).status_code == 404
        assert "Transcription" not in text(alice.get(f"/incidents/{held(cast).id}"))
        assert visitor.get(address).status_code == 303


def test_what_was_said_in_a_later_call_about_it_is_heard_from_its_page(
    alice: Browser, cast: Cast
) -> None:
    """It stood on the page with a player, whose address was not found."""
    incident = held(cast)
    later = cast.incident(state="closed", linked_to_id=incident.id, closed_how="joined")
    words = {"transcript": "Encore.", "transcript_language": "fr"}
    recording = cast.recording(later, **words)
    path = f"/incidents/{incident.id}/recordings/{recording.id}"
    assert f'src="{path}"' in alice.get(f"/incidents/{incident.id}").text
    assert alice.get(f"{path}/transcript").status_code == 200


class TestSimilar:
    def test_what_else_is_open_of_the_client_and_of_others(
        self, alice: Browser, cast: Cast, clock: StandingClock
    ) -> None:
        incident = held(cast, client=cast.parc, product="medical")
        mine = cast.incident("P2", client=cast.parc, product="billing")
        theirs = cast.incident("P1", product="medical")
        for apart in (
            cast.incident(client=cast.parc, state="closed"),
            cast.incident(product="imaging"),
            cast.incident(product="medical", ago=timedelta(hours=30)),
            cast.incident(client=cast.parc, linked_to_id=incident.id),
        ):
            page = alice.get(f"/incidents/{incident.id}")
            card = page.text.partition('aria-labelledby="similar"')[2].partition("</section>")[0]
            assert f'/incidents/{apart.id}"' not in card
        assert f'/incidents/{mine.id}"' in card.partition("D'autres")[0]
        others = card.partition("autres clients")[2]
        assert f'/incidents/{theirs.id}"' in others
        assert "Imagerie Rive-Sud" in others
        assert "est-ce une panne" not in card

    def test_many_clients_with_one_product_look_like_an_outage(
        self, alice: Browser, browser_of: BrowserOf, cast: Cast, line: Line
    ) -> None:
        third = _client(line)
        incident = held(cast, client=cast.parc, product="medical")
        cast.incident(product="medical", ago=20 * MINUTE)
        assert "panne?" not in text(alice.get(f"/incidents/{incident.id}"))
        cast.incident(product="medical", ago=90 * MINUTE, client=third)
        warned = text(alice.get(f"/incidents/{incident.id}"))
        assert "3 clients ont un incident ouvert en Médical" in warned
        assert "Annoncer une panne" not in warned
        cast.change(cast.bob, role="manager")
        page = browser_of("bob").get(f"/incidents/{incident.id}")
        assert "Annoncer une panne" in text(page)


def _client(line: Line) -> Client:
    client = Client(number="30001", name="Clinique du Nord", other_environments=[])
    with line.sessions.begin() as session:
        session.add(client)
    return client


class TestCallingNow:
    def test_the_button_asks_once_and_gives_way_to_how_it_goes(
        self, alice: Browser, cast: Cast
    ) -> None:
        incident = held(cast)
        page = alice.get(f"/incidents/{incident.id}")
        assert "Appeler le client maintenant" in text(page)
        assert "Votre téléphone (450 555-0111) sonne d'abord" in text(page)
        known = seen(alice, incident)
        form = alice.page
        for _ in range(2):
            alice.page = form
            path = f"/incidents/{incident.id}/call_now"
            assert alice.post(path, seen=known).status_code == 303
        assert cast.kinds(incident).count("call_asked") == 1
        page = alice.get(f"/incidents/{incident.id}")
        assert "Appeler le client maintenant" not in text(page)
        assert "Votre appel au client" in text(page)
        assert "L'appel part dans un instant." in text(page)
        assert "J'ai parlé au client" in text(page)
        assert "data-calls" in alice.get(f"/incidents/{incident.id}/live").text

    def test_a_colleague_sees_whose_call_it_is_and_is_refused_another(
        self, alice: Browser, bob: Browser, cast: Cast
    ) -> None:
        incident = held(cast)
        bob.get(f"/incidents/{incident.id}")
        before = bob.page
        alice.get(f"/incidents/{incident.id}")
        alice.post(f"/incidents/{incident.id}/call_now")
        bob.page = before
        page = bob.post(f"/incidents/{incident.id}/call_now")
        assert page.status_code == 409
        assert "Alice Roy est en train de rappeler ce client." in text(page)
        assert "Appel au client, par Alice Roy" in text(page)

    @pytest.mark.parametrize(
        ("facts", "words"),
        [
            ({"callback_number": None}, "Il n'y a pas de numéro où rappeler ce client."),
            ({"callback_number": "+33140000000"}, "La ligne ne peut pas appeler dans ce pays."),
        ],
    )
    def test_what_stands_in_the_way_is_said_in_place_of_the_button(
        self, alice: Browser, cast: Cast, facts: dict[str, str | None], words: str
    ) -> None:
        incident = held(cast)
        cast.change(incident, **facts)
        page = alice.get(f"/incidents/{incident.id}")
        assert words in text(page)
        assert "Appeler le client maintenant" not in text(page)

    @pytest.mark.parametrize("state", ["closed", "refused"])
    def test_what_is_over_is_not_called(self, alice: Browser, cast: Cast, state: str) -> None:
        incident = held(cast, state=state)
        assert "call_now" not in alice.get(f"/incidents/{incident.id}").text


class TestHowItGoes:
    """Each moment of a call, in the words of whoever looks."""

    @pytest.mark.parametrize(
        ("mine", "theirs", "words", "steps"),
        [
            ({"state": "placing"}, None, "Votre téléphone sonne", "now ahead ahead"),
            ({"state": "answered"}, None, "Vous avez décroché", "now ahead ahead"),
            ({"ended": "no_answer"}, None, "a sonné sans réponse", "failed ahead ahead"),
            ({"ended": "busy"}, None, "Votre ligne est occupée", "failed ahead ahead"),
            ({"ended": "declined"}, None, "Aucune touche", "failed ahead ahead"),
            ({"ended": "failed"}, None, "n'a pas abouti", "failed ahead ahead"),
            ({"ended": "hung_up"}, None, "Vous avez raccroché", "failed ahead ahead"),
            ({"ended": "taken"}, None, "Quelqu'un d'autre", "failed ahead ahead"),
            ({"ended": "stale"}, None, "n'a pas pu être placé", "failed ahead ahead"),
            ({"accepted": True}, None, "Le téléphone du client sonne", "done now ahead"),
            ({"accepted": True, "ended": "talked"}, None, "avant que le client", None),
            ({"accepted": True}, {"state": "ringing"}, "Le téléphone du client", "done now ahead"),
            ({"accepted": True}, {"state": "answered"}, "Le client a décroché", "done now ahead"),
            ({"accepted": True}, {"ended": "no_answer"}, "n'a pas répondu", "done failed ahead"),
            ({"accepted": True}, {"ended": "busy"}, "est occupée", "done failed ahead"),
            ({"accepted": True}, {"ended": "voicemail"}, "boîte vocale", "done failed ahead"),
            ({"accepted": True}, {"ended": "failed"}, "n'a pas abouti", "done failed ahead"),
            ({"accepted": True}, {"ended": "declined"}, "n'a pas pris", "done failed ahead"),
            ({"accepted": True}, {"ended": "hung_up"}, "avant la communication", None),
            ({"accepted": True}, {"accepted": True}, "En communication avec", "done done now"),
            (
                {"accepted": True, "ended": "talked"},
                {"accepted": True, "ended": "talked"},
                "La conversation est terminée",
                "done done done",
            ),
        ],
    )
    def test_each_moment(
        self,
        alice: Browser,
        cast: Cast,
        line: Line,
        mine: dict[str, object],
        theirs: dict[str, object] | None,
        words: str,
        steps: str | None,
    ) -> None:
        incident = held(cast)
        leg = _leg(line, incident, "agent", cast.alice, None, **mine)
        if theirs is not None:
            _leg(line, incident, "client", None, leg, **theirs)
        page = alice.get(f"/incidents/{incident.id}")
        card = page.text.partition('class="calling')[2].partition("data-live")[0]
        assert words in text(page)
        if steps:
            assert " ".join(re.findall(r'<li class="(\w+)"', card)) == steps
        for language in ("fr", "en"):
            said = text(alice.get(f"/incidents/{incident.id}?lang={language}"))
            assert not re.search(r"\b(agent|client)_\w+", said)

    def test_after_a_while_it_is_told_no_more(
        self, alice: Browser, cast: Cast, line: Line, clock: StandingClock
    ) -> None:
        incident = held(cast)
        _leg(line, incident, "agent", cast.alice, None, ended="no_answer")
        assert "a sonné sans réponse" in text(alice.get(f"/incidents/{incident.id}"))
        clock.passes(calling.SHOWN + MINUTE)
        assert "a sonné sans réponse" not in text(alice.get(f"/incidents/{incident.id}"))

    def test_a_call_that_was_never_placed_says_why(self, alice: Browser, cast: Cast) -> None:
        incident = held(cast)
        cast.event(incident, "call_dropped", cast.alice, why={"key": "call_now.too_late"})
        shown = text(alice.get(f"/incidents/{incident.id}"))
        assert "Votre appel au client" in shown
        assert "La ligne n'a pas pu placer l'appel à temps." in shown

    def test_every_end_of_a_leg_has_words(self) -> None:
        ends = ("no_answer", "busy", "declined", "failed", "hung_up", "taken", "stale")
        for end in (*ends, "rings", "answered", "talked"):
            assert catalogue().has(f"calling.mine.agent_{end}")
            assert catalogue().has(f"calling.theirs.agent_{end}")
        for end in ("no_answer", "busy", "declined", "failed", "hung_up", "stale", "voicemail"):
            assert catalogue().has(f"calling.said.client_{end}")


def _leg(
    line: Line,
    incident: Incident,
    kind: str,
    agent: Agent | None,
    parent: Leg | None,
    *,
    state: str = "",
    accepted: bool = False,
    ended: str = "",
) -> Leg:
    now = line.clock()
    leg = Leg(
        kind=kind,
        incident_id=incident.id,
        agent_id=agent and agent.id,
        parent_id=parent and parent.id,
        number="+14505550111",
        state="ended" if ended else "accepted" if accepted else state,
        outcome=ended or None,
        created_at=now,
        accepted_at=now if accepted else None,
        ended_at=now if ended else None,
    )
    with line.sessions.begin() as session:
        session.add(leg)
    return leg


def test_of_the_last_of_several_calls(cast: Cast, line: Line) -> None:
    incident = held(cast)
    _leg(line, incident, "agent", cast.alice, None, ended="busy")
    _leg(line, incident, "agent", cast.bob, None, state="ringing")
    with reading(line.sessions) as session:
        scene = Scene(session, line.policy, "", line.clock())
        found = session.scalars(select(Incident).where(Incident.id == incident.id)).one()
        call = calling.of(scene, found)
    assert call is not None
    assert call.agent is not None
    assert (call.agent.id, call.said, call.going_on) == (cast.bob.id, "agent_rings", True)
