"""What the super user is written: the words, to whom, and that it arrives once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr import incidents, letters, outbox
from ivr.gsm import ALPHABET, LONGEST, gsm
from ivr.models import Incident, Message
from ivr.scene import Scene
from jobs.notify import send
from jobs.sweep import sweep_once
from standin.faults import CallbackFault, RestFault
from standin.mailbox import text_of
from tests.jobs.cast import agent, owe, owe_in
from tests.jobs.conftest import POLICY, Database
from tests.world import DESK_1, ENGLISH_USER, IMAGING_USER, TUESDAY_10, World

DAY = timedelta(days=1)


@pytest.fixture
def start() -> datetime:
    return TUESDAY_10


def write(line: World, incident_id: int, purpose: str) -> None:
    with line.line.scene() as scene:
        letters.write(scene, scene.session.get_one(Incident, incident_id), purpose)


def take(line: World, incident_id: int) -> None:
    with line.line.scene() as scene:
        incident = scene.session.get_one(Incident, incident_id)
        incidents.take_in_charge(scene, incident, agent(scene, DESK_1), how="click")


def later(line: World, minutes: float) -> None:
    """Time passes in which only the sweep is at work."""
    for _ in range(round(minutes * 4)):
        sweep_once(line.line)
        line.twilio.run_until(line.now + timedelta(seconds=15))


def kinds(line: World) -> list[str]:
    return [kind for kind in line.timeline() if kind.startswith("message")]


@pytest.fixture
def owed(line: World) -> int:
    """A P4 of this morning: nobody is rung for it before the afternoon."""
    return owe(line.line, priority="P4")


def test_the_promise_by_sms_and_by_mail(line: World, owed: int) -> None:
    write(line, owed, "recorded")
    later(line, 1)
    reference = " ".join((line.incident().reference[:3], line.incident().reference[3:]))
    assert line.phone(IMAGING_USER).inbox == [
        f"Assistance technique. Dossier {reference}. Un agent vous rappellera avant le mercredi "
        "25 novembre à 9 h 30. Pour nous joindre : 1 800 555-0100."
    ]
    (delivery,) = line.mail.deliveries
    assert delivery.recipients == ("imagerie.20317@example.org",)
    subject = delivery.letter["Subject"].replace("\u00a0", " ")
    assert subject == f"Dossier {reference} : un agent vous rappellera"
    assert delivery.letter["From"] == "soutien@example.org"
    assert delivery.letter["Auto-Submitted"] == "auto-generated"
    body = text_of(delivery.letter)
    for sentence in (
        "Un agent vous rappellera avant le mercredi 25 novembre à 9 h 30.",
        f"Dossier : {reference}",
        "Produit : Imagerie",
        "Priorité : P4 (basse)",
        "Numéro à rappeler : 450 555-0103",
    ):
        assert sentence in body.replace("\u00a0", " ")
    assert kinds(line) == ["message_sent", "message_sent"]


def test_in_english_to_whoever_prefers_it(line: World) -> None:
    incident_id = owe(line.line, "30988", ENGLISH_USER, priority="P4", product="medical")
    write(line, incident_id, "recorded")
    later(line, 1)
    (text,) = line.phone(ENGLISH_USER).inbox
    assert "An agent will call you before Wednesday, November 25 at 9:30 AM." in text
    assert "Product: Medical" in text_of(line.mail.letters[0])


def test_a_letter_that_the_server_accepts_tells_the_client(line: World, owed: int) -> None:
    """§4 note 1: in charge, and the client told; an SMS alone tells nobody for sure."""
    line.mail.refuse("450 4.2.0 later")
    take(line, owed)
    sweep_once(line.line)
    assert [message.sent_at is None for message in line.messages("sms")] == [False]
    assert line.incident().told_at is None
    later(line, 1)
    incident = line.incident()
    assert incident.told_at is not None
    assert incident.met_at == incident.told_at
    assert incident.callback_at is not None, "the call that was promised is still owed"


def test_once_each_whoever_writes_it_again(line: World, owed: int) -> None:
    for _ in range(3):
        write(line, owed, "recorded")
        later(line, 0.5)
    assert len(line.phone(IMAGING_USER).inbox) == 1
    assert len(line.mail.letters) == 1


@pytest.mark.parametrize(
    ("changes", "sms", "mail"),
    [
        ({}, [IMAGING_USER], 1),
        ({"callback_number": "+14385550177"}, ["+14385550177"], 1),
        ({"callback_number": "+14385550177", "callback_extension": "204"}, [IMAGING_USER], 1),
        ({"callback_number": None}, [IMAGING_USER], 1),
        ({"callback_number": "+19005550177"}, [IMAGING_USER], 1),
        ({"super_user": None, "recognised_by": None}, [IMAGING_USER], 0),
        (
            {"super_user": None, "recognised_by": None, "callback_number": "+14385550177"},
            [IMAGING_USER],
            0,
        ),
        ({"super_user": None, "recognised_by": "line"}, [IMAGING_USER], 0),
    ],
    ids=str,
)
def test_to_whom(database: Database, changes: dict[str, object], sms: list[str], mail: int) -> None:
    """To no extension, no number that may not be dialled, and no number on a stranger's word."""
    with database.scene() as scene:
        incident = owe_in(scene)
        for name, value in changes.items():
            setattr(incident, name, value)
        letters.write(scene, incident, "recorded")
        written = scene.session.query(Message).all()
    assert [message.to for message in written if message.channel == "sms"] == sms
    assert len([message for message in written if message.channel == "mail"]) == mail


def test_a_hidden_number_gets_no_text(database: Database) -> None:
    with database.scene() as scene:
        incident = owe_in(scene, recognised=False)
        assert incident.call is not None
        incident.call.caller = incident.callback_number = None
        letters.write(scene, incident, "recorded")
        assert scene.session.query(Message).count() == 0


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("purpose", ["recorded", "taken"])
def test_a_text_is_one_sms_at_any_moment(database: Database, language: str, purpose: str) -> None:
    """GSM letters alone, 160 at most: also in August, and on the day when clocks change."""
    for day in range(0, 400, 7):
        with database.scene(TUESDAY_10 + day * DAY) as scene:
            incident = owe_in(scene, priority="P4")
            incident.language = language
            letters.write(scene, incident, purpose)
    with database.scene() as scene:
        bodies = {m.body for m in scene.session.query(Message).where(Message.channel == "sms")}
    assert len(bodies) > 50 or purpose == "taken"
    for body in bodies:
        assert set(body) <= ALPHABET
        assert len(body) <= LONGEST


@given(st.text())
def test_any_text_becomes_gsm(text: str) -> None:
    assert set(gsm(text)) <= ALPHABET
    assert gsm(gsm(text)) == gsm(text)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("août, tête, Noël, garçon", "aout, tete, Noel, garcon"),
        ("à é è ù ì É Ç", "à é è ù ì É Ç"),
        ("10\u00a0h\u202f15 « cœur » l’œuf…", '10 h 15 " coeur " l\'oeuf...'),
    ],
)
def test_accents_that_gsm_does_not_have_are_left_out(text: str, same: str) -> None:
    assert gsm(text) == same


# Trouble ------------------------------------------------------------------------------------


def test_the_answer_is_lost_and_the_text_went_out_once(line: World, owed: int) -> None:
    line.twilio.faults.rest(RestFault(lost=True), when=is_texting)
    write(line, owed, "recorded")
    later(line, 3)
    assert len(line.phone(IMAGING_USER).inbox) == 1
    assert kinds(line) == ["message_sent", "message_sent"]


def test_twilio_is_down_and_the_text_goes_out_when_it_is_back(line: World, owed: int) -> None:
    line.twilio.faults.rest(RestFault(status=500), times=3, when=is_texting)
    write(line, owed, "recorded")
    later(line, 8)
    assert len(line.phone(IMAGING_USER).inbox) == 1
    (text,) = line.messages("sms")
    assert (text.attempts, text.failure) == (4, None)


def test_a_number_that_takes_no_texts_is_not_tried_again(line: World, owed: int) -> None:
    line.twilio.devices.phone(IMAGING_USER).opted_out = True
    write(line, owed, "recorded")
    later(line, 2)
    (text,) = line.messages("sms")
    assert (text.attempts, text.send_at) == (1, None)
    assert text.failure == "Twilio answers 400, code 21610"
    assert kinds(line) == ["message_failed", "message_sent"]


def test_a_text_that_does_not_arrive_is_known_as_such(line: World, owed: int) -> None:
    """A land line: Twilio accepts the text first, and tells later, here twice."""
    line.twilio.devices.phone(IMAGING_USER).texting = ("undelivered", 30006)
    line.twilio.faults.callbacks(CallbackFault(copies=2), times=9)
    write(line, owed, "recorded")
    later(line, 2)
    (text,) = line.messages("sms")
    assert text.failure == "Twilio's code 30006"
    assert kinds(line).count("message_failed") == 1
    line.phones.check()


@pytest.mark.parametrize(
    ("reply", "at", "attempts", "failure"),
    [
        ("550 5.1.1 unknown", "RCPT", 1, "the address is refused: 550"),
        ("554 5.7.1 refused", "DATA", 1, "the letter is refused: 554"),
        ("450 4.2.0 later", "RCPT", 2, None),
        ("452 4.3.1 full", "DATA", 2, None),
        ("550 5.7.1 sender", "MAIL", 2, None),
    ],
)
def test_the_mail_server_refuses(
    line: World, owed: int, reply: str, at: str, attempts: int, failure: str | None
) -> None:
    """For good, or for now: what is wrong with us and not with the address is for now."""
    line.mail.refuse(reply, at=at)  # type: ignore[arg-type]
    write(line, owed, "recorded")
    later(line, 2)
    (letter,) = line.messages("mail")
    assert (letter.attempts, letter.failure) == (attempts, failure)
    assert len(line.mail.letters) == (0 if failure else 1)


def test_a_letter_sent_again_is_the_same_letter(line: World, owed: int) -> None:
    """The server has it, and the connection breaks before it says so."""
    line.mail.drop(at="accepted")
    write(line, owed, "recorded")
    later(line, 2)
    first, second = line.mail.letters
    assert first["Message-ID"] == second["Message-ID"]
    assert first.as_string() == second.as_string()
    (letter,) = line.messages("mail")
    assert letter.sid == first["Message-ID"]


def test_without_a_mail_server_it_goes_out_when_there_is_one(line: World, owed: int) -> None:
    line.mail.stop()
    write(line, owed, "recorded")
    later(line, 2)
    assert line.messages("mail")[0].sent_at is None
    line.mail.start()
    later(line, 10)
    assert len(line.mail.letters) == 1


def test_it_is_given_up_after_a_day(line: World, owed: int) -> None:
    line.mail.stop()
    write(line, owed, "taken")
    for _ in range(40):
        sweep_once(line.line)
        line.twilio.run_until(line.now + timedelta(hours=1))
    (letter,) = [mail for mail in line.messages("mail") if mail.purpose == "taken"]
    assert letter.send_at is None
    assert letter.failure == "no mail server: ConnectionRefusedError"
    assert 24 <= letter.attempts <= 30
    line.mail.start()


def is_texting(method: str, path: str, _: object) -> bool:
    return method == "POST" and path.endswith("/Messages.json")


# What is late --------------------------------------------------------------------------------


def test_a_letter_that_is_late_says_nothing_that_is_no_longer_so(database: Database) -> None:
    """A backlog that drains after an outage must not promise what was kept, or has passed."""
    with database.scene() as scene:
        incident = owe_in(scene)
        letters.write(scene, incident, "recorded")
        recorded = scene.session.query(Message).first()
        incidents.take_in_charge(scene, incident, agent(scene, DESK_1), how="click")
        taken = scene.session.query(Message).where(Message.purpose == "taken").first()
        assert recorded is not None
        assert taken is not None
    with database.scene(database.now + timedelta(minutes=9)) as scene:
        assert letters.is_wanted(scene, scene.session.get_one(Message, recorded.id))
    with database.scene(database.now + timedelta(minutes=11)) as scene:
        assert not letters.is_wanted(scene, scene.session.get_one(Message, recorded.id))
        assert letters.is_wanted(scene, scene.session.get_one(Message, taken.id))
        incidents.client_told(scene, incident_in(scene, incident.id), how="call")
        assert not letters.is_wanted(scene, scene.session.get_one(Message, taken.id))


def test_what_is_no_longer_wanted_is_dropped_and_shown(line: World, owed: int) -> None:
    write(line, owed, "recorded")
    with line.line.scene() as scene:
        incidents.refuse(scene, incident_in(scene, owed))
    later(line, 1)
    assert line.phone(IMAGING_USER).inbox == []
    assert kinds(line) == ["message_dropped", "message_dropped"]


def test_p1_first_then_the_newest(database: Database) -> None:
    def written(priority: str) -> int:
        with database.scene() as scene:
            incident = owe_in(scene, priority=priority, recognised=False)
            letters.write(scene, incident, "recorded")
            found = scene.session.query(Message).where(Message.incident_id == incident.id)
            return found.one().id

    old = written("P2")
    database.passes(timedelta(minutes=1))
    urgent = written("P1")
    database.passes(timedelta(minutes=1))
    new = written("P3")
    with database.scene() as scene:
        assert outbox.due(scene.session, scene.now, 10) == [urgent, new, old]


def test_two_send_it_at_once_and_it_goes_out_once(line: World, owed: int) -> None:
    write(line, owed, "recorded")
    (text,) = line.messages("sms")
    send(line.line, text.id)
    send(line.line, text.id)
    line.twilio.run_until(line.now + timedelta(seconds=10))
    assert len(line.phone(IMAGING_USER).inbox) == 1


def incident_in(scene: Scene, incident_id: int) -> Incident:
    return scene.session.get_one(Incident, incident_id)


def test_the_policy_gives_the_times_that_these_tests_take() -> None:
    assert POLICY.callbacks.start["P4"] == 0.5
