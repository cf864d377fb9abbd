"""The database dies: what the caller hears, who is rung all the same, and what is put right."""

from __future__ import annotations

import logging
import re
import shutil
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape

import pytest
from sqlalchemy import select

from app import WEBHOOKS
from ivr import actions, callers, last_rota, spool
from ivr.menu import MENU as MENU_STEPS
from ivr.models import Client, Leg, Recording
from ivr.spool import Happened
from ivr.steps import Enter
from standin.entries import Webhook
from standin.twiml import parse
from tests.down.proxy import Proxy
from tests.jobs.cast import owe
from tests.phones import Call
from tests.scenarios.cast import TO_IMPACT, TO_RINGING, presses
from tests.webhooks.posts import Posts, action
from tests.world import (
    DESK_1,
    DUTY,
    IMAGING_USER,
    NIGHT_USER,
    ON_CALL_1,
    ON_CALL_2,
    STRANGER,
    TUESDAY_10,
    World,
)
from webhooks import keys

WAIT = "Un instant, s'il vous plaît."
MENU = "Si le logiciel est arrêté pour toute la clinique, faites le 1."
TWILIO_WAITS = 15.0


@pytest.fixture
def line(fragile: World) -> World:
    return fragile


def without_database(line: World, database: Proxy, caller: str = NIGHT_USER) -> Call:
    """A call from its first ring to the menu of the static route."""
    database.is_gone()
    return line.phone(caller).dials().hears(WAIT, MENU)


def comes_back(line: World, database: Proxy) -> None:
    database.is_back()
    line.work()


# From the first ring --------------------------------------------------------------------------


def test_down_from_the_first_ring_the_agent_on_call_is_reached(
    line: World, database: Proxy
) -> None:
    line.phone(ON_CALL_1).accepts(talks=60)
    began = line.now
    call = without_database(line, database)
    call.hears("One moment, please.", "If the software is down for the whole clinic, press 1.")
    assert timedelta(seconds=30) < line.now - began < timedelta(seconds=36), "three tries of 5 s"
    call.presses("1").hears("Je joins l'agent de garde. Ne quittez pas.")
    assert call.bridged_with == ON_CALL_1
    line.phone(ON_CALL_1).hears("Appel critique à l'assistance technique").hears_not("critical")
    call.talks(30).hangs_up()

    comes_back(line, database)
    incident = line.incident()
    assert (incident.priority, incident.state, incident.extended) == ("P1", "taken", True)
    assert incident.recognised_by == "number", "the caller's number is on file for one client"
    assert incident.opened_at - began < timedelta(seconds=30)
    assert incident.callback_at is None, "they have spoken: nothing is owed"
    kinds = line.timeline()
    assert kinds.index("recovered") < kinds.index("priority_set") < kinds.index("taken")
    line.phones.check()


def test_the_next_rings_where_the_first_is_a_voicemail_that_plays_tones(
    line: World, database: Proxy
) -> None:
    line.phone(ON_CALL_1).goes_to_voicemail(after=10, tones="1234567890")
    line.phone(ON_CALL_2).accepts()
    call = without_database(line, database).presses("1")
    call.hears("Un instant, je joins la personne suivante.")
    assert call.has_talked_with == [ON_CALL_2]


def test_after_a_talk_one_key_puts_through_again_and_silence_ends(
    line: World, database: Proxy
) -> None:
    line.phone(ON_CALL_1).accepts(talks=20)
    call = without_database(line, database).presses("1").talks(25)
    call.hears("Pour être remis en communication, faites le 1.").presses("1")
    assert call.has_talked_with == [ON_CALL_1, ON_CALL_1]
    line.phones.passes(seconds=60)
    call.hears("Merci. Au revoir.")
    assert call.ended


def test_nobody_accepts_the_words_are_recorded_and_the_client_is_called_back(
    line: World, database: Proxy
) -> None:
    for phone in (ON_CALL_1, ON_CALL_2, DUTY):
        line.phone(phone).rings_out()
    call = without_database(line, database).presses("1")
    call.hears("Personne n'a pu répondre", "Votre message sera enregistré pour le soutien.")
    assert [leg.to for leg in line.twilio.ledger.legs() if leg.parent][-1] == DUTY, "duty is last"
    call.says("Clinique du Parc, plus rien ne fonctionne", then="#")
    call.hears("Merci. Un agent vous rappellera. Au revoir.")
    assert call.ended

    for phone in (ON_CALL_1, NIGHT_USER):
        line.phone(phone).accepts()
    database.is_back()
    line.passes(timedelta(minutes=2))
    assert (line.incident().priority, line.incident().callback_number) == ("P1", NIGHT_USER)
    with line.session() as session:
        assert session.scalars(select(Recording)).one().status == "completed"
    assert (ON_CALL_1, NIGHT_USER) in line.phones.bridges()


def test_whoever_says_nothing_leaves_a_message_and_wakes_nobody(
    line: World, database: Proxy
) -> None:
    call = without_database(line, database, IMAGING_USER).stays_silent()
    call.hears("Dites le nom de la clinique, votre numéro de téléphone et le problème")
    call.says("Une question sur la facturation").hears("Merci.")
    assert not [leg for leg in line.twilio.ledger.legs() if leg.parent]
    comes_back(line, database)
    assert line.incident().callback_number == IMAGING_USER
    assert line.incident().priority == "P2", "without the extended service: the provisional one"
    assert "recorded" in line.timeline()


def test_a_number_that_nobody_knows_makes_an_incident_without_a_client(
    line: World, database: Proxy
) -> None:
    line.phone(ON_CALL_1).accepts()
    without_database(line, database, STRANGER).presses("1").talks(5).hangs_up()
    comes_back(line, database)
    incident = line.incident()
    assert (incident.client_id, incident.recognised_by, incident.priority) == (None, None, "P1")
    assert incident.state == "taken"


def test_a_caller_who_hangs_up_while_waiting_is_called_back(line: World, database: Proxy) -> None:
    database.is_gone()
    call = line.phone(NIGHT_USER).dials(wait=False).hears(WAIT)
    call.hangs_up()
    for phone in (ON_CALL_1, NIGHT_USER):
        line.phone(phone).accepts()
    database.is_back()
    line.passes(timedelta(minutes=2))
    assert line.incident().priority == "P1", "the extended service, and the impact is not known"
    assert (ON_CALL_1, NIGHT_USER) in line.phones.bridges()


def test_a_caller_who_hangs_up_while_it_rings_wakes_nobody_else(
    line: World, database: Proxy
) -> None:
    line.phone(ON_CALL_1).rings_out()
    call = without_database(line, database).presses("1", wait=False)
    line.phones.passes(seconds=15)
    call.hangs_up()
    line.phones.passes(minutes=1)
    comes_back(line, database)
    asides = [event.facts["what"] for event in line.events() if event.kind == "aside"]
    assert asides == ["entered", "critical", "rang"]
    assert line.phone(ON_CALL_2).was_called == 0


def test_the_end_of_an_ordinary_call_makes_no_incident(line: World, database: Proxy) -> None:
    call = line.phone(STRANGER).dials()
    database.is_gone()
    call.hangs_up()
    comes_back(line, database)
    assert line.incidents() == []
    assert line.calls()[0].ended_at is not None


@pytest.mark.parametrize("text", [None, "", "{", '{"turns": [{"start": 1}]}'], ids=str)
def test_without_a_last_rota_the_duty_number_rings(
    line: World, database: Proxy, text: str | None
) -> None:
    path = line.line.settings.fallback_dir / last_rota.FILE
    path.unlink() if text is None else path.write_text(text)
    line.phone(DUTY).accepts()
    call = without_database(line, database).presses("1")
    assert call.bridged_with == DUTY
    call.talks(5).hangs_up()
    comes_back(line, database)
    incident = line.incident()
    assert (incident.state, incident.priority) == ("new", "P1"), "nobody's number takes nothing"


def test_the_calls_end_may_be_told_before_the_spool_is_taken_in(
    line: World, database: Proxy
) -> None:
    line.phone(ON_CALL_1).accepts()
    call = without_database(line, database).presses("1").talks(5)
    database.is_back()
    call.hangs_up()
    assert line.incident().state == "taken"
    assert line.calls()[0].ended_at is not None
    line.passes(timedelta(minutes=10))
    assert line.phone(ON_CALL_1).was_called == 1


# In the midst of a call -----------------------------------------------------------------------


def test_the_key_that_was_pressed_is_not_lost(line: World, database: Proxy) -> None:
    call = presses(line.phone(NIGHT_USER).dials(), *TO_IMPACT)
    database.is_gone()
    call.presses("1", wait=False).hears(WAIT)
    database.is_back()
    line.phones.passes(seconds=12)
    call.hears("Production : faites le 1.").hears_not(MENU)
    assert line.incident().priority == "P1"
    assert line.timeline().count("priority_set") == 1


def test_a_client_number_is_carried_along_and_an_incident_is_opened_once(
    line: World, database: Proxy
) -> None:
    call = line.phone(NIGHT_USER).dials()
    database.is_gone()
    call.presses("10452", wait=False).hears(WAIT)
    line.phones.passes(seconds=8)
    database.is_back()
    line.phones.passes(seconds=10)
    call.hears("Pour Facturation, faites le 1.")
    assert line.incident().client_id is not None


def test_what_is_keyed_as_a_number_can_be_read_in_no_address_and_in_no_log(
    line: World, database: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    """Whichever step asks for it, and however often the turn is tried again."""
    caplog.set_level(logging.DEBUG)
    database.is_gone()
    twilio, typed = Posts(line, STRANGER), "7316405928"
    steps = [step.name for step in MENU_STEPS if isinstance(step, Enter)]
    assert len(steps) >= 5
    for step in steps:
        address = f"/voice/turn?step={step}&turn=1"
        answer = twilio.post(address, Digits=typed)
        for _ in range(3):
            assert typed not in answer
            (address,) = re.findall("<Redirect>(.+)</Redirect>", answer)
            answer = twilio.post(unescape(address))
        assert MENU in answer, "the static route, after three tries"
    assert typed not in caplog.text


def test_a_seal_is_another_each_time_and_is_read_by_us_alone(line: World) -> None:
    with line.app.app_context():
        one, other = keys.seal("10452"), keys.seal("10452")
        assert one != other
        assert keys.unseal(one) == keys.unseal(other) == "10452"
        assert keys.unseal(keys.seal("7" * 33)) == keys.UNREAD
        changed = one[:-1] + ("0" if one[-1] != "0" else "1")
        for wrong in (changed, "", ".", "..", "10452", one[:40]):
            assert keys.unseal(wrong) is None


@pytest.mark.parametrize(
    ("keys", "secret", "question", "wait"),
    [
        (("10452", "1"), "493817", "Entrez le NIP de votre clinique.", 14),
        (("20317", "1"), "4505550103", "Entrez les dix chiffres du numéro de téléphone", 17),
    ],
    ids=["PIN", "number on file"],
)
def test_a_secret_never_stands_in_an_address_and_is_asked_for_again(
    line: World, database: Proxy, keys: tuple[str, ...], secret: str, question: str, wait: float
) -> None:
    with line.line.scene() as scene:
        client = scene.session.scalars(select(Client).where(Client.number == "10452")).one()
        client.pin_hash = callers.hash_secret("493817")
    call = presses(line.phone(STRANGER).dials(), *keys).hears(question)
    database.is_gone()
    call.presses(secret, wait=False).hears(WAIT)
    database.is_back()
    line.phones.passes(seconds=wait)
    call.hears(question).hears_not("pas reconnu", "Je n'ai rien reçu")
    call.presses(secret).hears_not("pas reconnu")
    assert line.incident().recognised_by in ("pin", "keyed")
    assert not any(secret in each.url for each in line.twilio.ledger.of(Webhook))


def test_what_is_being_recorded_is_kept(line: World, database: Proxy) -> None:
    call = presses(line.phone(NIGHT_USER).dials(), *TO_IMPACT, "4").stays_silent()
    database.is_gone()
    call.presses("", wait=False).hangs_up()
    comes_back(line, database)
    assert "recorded" in line.timeline()
    assert line.incident().callback_at is not None


def test_a_recording_told_in_a_bad_moment_leaves_the_call_where_it_is(
    line: World, database: Proxy
) -> None:
    call = presses(line.phone(NIGHT_USER).dials(), *TO_IMPACT, "4").stays_silent()
    call.says("Une question", then="#").hears("Nous vous rappellerons au")
    happened = Happened(line.now, call.sid, "recorded", "", {"sid": "RE" + "1" * 32, "seconds": 3})
    spool.append(line.line.settings.fallback_dir, happened)
    line.work()
    call.presses("1").hears("Dossier")


def test_it_dies_while_the_first_agent_rings_and_the_next_is_rung_without_a_menu(
    line: World, database: Proxy
) -> None:
    line.phone(ON_CALL_1).rings_out()
    line.phone(ON_CALL_2).accepts()
    call = presses(line.phone(NIGHT_USER).dials(), *TO_RINGING[:-1])
    call.presses(TO_RINGING[-1], wait=False)
    database.is_gone()
    line.phones.passes(seconds=150)
    call.hears(WAIT).hears_not(MENU)
    assert call.bridged_with == ON_CALL_2
    call.hangs_up()
    comes_back(line, database)
    assert line.incident().state == "taken"
    assert len(line.calls()) == 1, "it joins the incident that the call had"
    line.passes(timedelta(minutes=10))
    assert len(line.phones.bridges()) == 1, "who was spoken to is not called back"


# Whoever is rung ------------------------------------------------------------------------------


def rings_then(line: World, database: Proxy, gone: Callable[[], None]) -> tuple[Call, Call]:
    """The caller holds, the agent on call has picked up by hand; `gone` happens before that."""
    line.phone(ON_CALL_1).is_held()
    caller = presses(line.phone(NIGHT_USER).dials(), *TO_RINGING[:-1])
    caller.presses(TO_RINGING[-1], wait=False)
    line.phones.passes(seconds=8)
    gone()
    return caller, line.phone(ON_CALL_1).picks_up()


def test_the_accept_key_joins_while_the_database_is_away(line: World, database: Proxy) -> None:
    caller, agent = rings_then(line, database, lambda: None)
    (code,) = re.findall(r"faites le ([3-9] [3-9])\b", agent.heard)
    database.is_gone()
    agent.presses(code.replace(" ", ""))
    assert caller.is_connected
    caller.talks(20).hangs_up()
    comes_back(line, database)
    incident = line.incident()
    assert (incident.state, incident.callback_at) == ("taken", None)
    with line.session() as session:
        assert session.scalars(select(Leg)).one().accepted_at is not None
    line.passes(timedelta(minutes=10))
    assert line.phone(ON_CALL_1).was_called == 1


def test_a_wrong_key_joins_nobody(line: World, database: Proxy) -> None:
    caller, agent = rings_then(line, database, lambda: None)
    (code,) = re.findall(r"faites le ([3-9] [3-9])\b", agent.heard)
    database.is_gone()
    agent.presses("34" if code != "3 4" else "43")
    assert not caller.is_connected
    agent.hears("Appel critique à l'assistance technique", "To take the call, press")


def test_an_agent_who_picks_up_meanwhile_hears_enough_to_take_the_call(
    line: World, database: Proxy
) -> None:
    caller, agent = rings_then(line, database, database.is_gone)
    (code,) = re.findall(r"Pour prendre l'appel, faites le (\d \d)", agent.heard)
    agent.presses(code.replace(" ", ""))
    assert caller.is_connected
    caller.talks(20).hangs_up()
    comes_back(line, database)
    assert line.incident().state == "taken"


class TestByDay:
    @pytest.fixture
    def start(self) -> datetime:
        return TUESDAY_10

    def test_a_callback_that_cannot_be_read_is_placed_again(
        self, line: World, database: Proxy
    ) -> None:
        line.phone(DESK_1).accepts(after=6)
        line.phone(IMAGING_USER).accepts(talks=20)
        owe(line.line)
        line.work()
        database.is_gone()
        line.phones.passes(seconds=60)
        line.phone(DESK_1).hears("Ce rappel sera refait dans quelques minutes.")
        database.is_back()
        line.passes(timedelta(minutes=5))
        assert [client for _, client in line.phones.bridges()] == [IMAGING_USER]

    def test_the_client_who_picks_up_is_joined_with_the_agent_who_waits(
        self, line: World, database: Proxy
    ) -> None:
        line.phone(DESK_1).accepts(talks=40)
        line.phone(IMAGING_USER).is_held()
        owe(line.line)
        line.work()
        line.phones.passes(seconds=30)
        client = line.phone(IMAGING_USER).picks_up()
        database.is_gone()
        client.presses("1")
        assert client.is_connected
        line.phones.passes(seconds=60)
        database.is_back()
        line.passes(timedelta(minutes=10))
        assert line.incident().told_at is not None
        assert line.phones.bridges() == [(DESK_1, IMAGING_USER)]
        assert len(line.incidents()) == 1, "an accepted leg makes no call of its own"


# What holds for all of it ---------------------------------------------------------------------


def test_taking_in_twice_changes_nothing(line: World, database: Proxy) -> None:
    """As if the sweep had been killed between the commit and the end of the file."""
    line.phone(ON_CALL_1).accepts()
    without_database(line, database).presses("1").talks(5).hangs_up()
    folder = line.line.settings.fallback_dir
    kept = shutil.copy(folder / spool.FILE, folder / "copy")
    comes_back(line, database)
    before = line.timeline()
    shutil.copy(kept, folder / spool.FILE)
    line.work()
    assert line.timeline() == before
    assert not spool.waiting(folder)


def test_a_fault_of_our_own_still_leads_to_the_agent(
    line: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_: actions.Turn) -> str:
        raise ZeroDivisionError

    line.phone(ON_CALL_1).accepts()
    call = presses(line.phone(NIGHT_USER).dials(), *TO_IMPACT)
    monkeypatch.setitem(actions.ACTIONS, "set_impact", breaks)  # type: ignore[arg-type]
    call.presses("1").hears(WAIT, MENU)
    assert call.presses("1").bridged_with == ON_CALL_1
    line.phones.check()


def test_a_text_meanwhile_is_answered_and_once_an_hour(line: World, database: Proxy) -> None:
    database.is_gone()
    for _ in range(2):
        line.phone(STRANGER).texts("Bonjour")
    (answer,) = line.phone(STRANGER).inbox
    assert "votre message n'a rien changé" in answer


def test_the_pages_are_answered_to_twilio_alone(line: World, database: Proxy) -> None:
    database.is_gone()
    web = line.app.test_client()
    for page in ("", "/chosen", "/rung", "/again", "/recorded", "/whisper", "/accept"):
        assert web.post(f"/voice/fallback{page}", data={"Digits": "1"}).status_code == 403
    assert not spool.waiting(line.line.settings.fallback_dir)


@pytest.mark.parametrize(
    "who",
    [
        {"Direction": "inbound"},
        {"Direction": "outbound-api"},
        {"Direction": "outbound-dial", "ParentCallSid": "CA" + "2" * 32},
        {"CallStatus": "completed", "CallbackSource": "call-progress-events"},
        {"RecordingStatus": "completed", "RecordingSid": "RE" + "1" * 32},
    ],
    ids=["caller", "called by REST", "dialled", "status", "recording"],
)
def test_no_webhook_answers_with_an_error(
    line: World, database: Proxy, who: dict[str, str]
) -> None:
    """Whoever is at the other end, whichever route: TwiML, or nothing (204)."""
    database.is_gone()
    twilio = Posts(line, NIGHT_USER)
    names = {blueprint.name for blueprint in WEBHOOKS}
    rules = [
        rule.rule
        for rule in line.app.url_map.iter_rules()
        if rule.endpoint.partition(".")[0] in names and "POST" in (rule.methods or ())
    ]
    assert len(rules) > 20
    for path in rules:
        for query in ("?turn=1", "?leg=1&turn=1", "?leg=1&tried=3&turn=1", "?step=pin&turn=1"):
            answer = twilio.post(path + query, Digits="12", **who)
            assert not answer or not parse(answer, "https://p1line.example/", "POST").warnings


def test_a_frozen_database_is_answered_for_in_time(line: World, database: Proxy) -> None:
    """It accepts connections and says nothing: also a connection that is in use already."""
    caller = Posts(line, NIGHT_USER)
    first = caller.post("/voice")
    database.is_frozen()
    for path in (action(first), "/voice", "/voice/status?x=1"):
        began = time.monotonic()
        status = {"CallbackSource": "call-progress-events"} if "status" in path else {}
        answer = caller.post(path, Digits="10452", **status)
        assert time.monotonic() - began < TWILIO_WAITS / 2
        assert status or "Un instant" in answer
