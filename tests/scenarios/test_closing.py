"""From the call to the closed file: worked on, resolved, approved or not answered, reopened."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from ivr import incidents, linking, resolving, working
from ivr.incidents import Refused
from ivr.models import Agent, Incident
from ivr.resolving import Findings
from standin.mailbox import text_of
from tests.jobs.cast import agent, owe
from tests.world import DESK_1, DESK_2, IMAGING_USER, TORONTO, World

FOUND = Findings("technical", "The disk was full.", "Space was made.", version="7.2")
AROUND = Findings("application", workaround="Sort by date instead.")
SOON = timedelta(seconds=5)
MONDAY_10 = datetime(2026, 11, 30, 10, 0, tzinfo=TORONTO)


@pytest.fixture
def start() -> datetime:
    return MONDAY_10


class File:
    """An incident of 20317's super user, and what its holder does to it."""

    def __init__(self, line: World, priority: str = "P3") -> None:
        self.line, self.id = line, owe(line.line, priority=priority)
        line.phone(IMAGING_USER).rings_out()
        with line.line.scene() as scene:
            incident = scene.session.get_one(Incident, self.id)
            incidents.take_in_charge(scene, incident, agent(scene, DESK_1), how="click")
            incidents.client_told(scene, incident, how="spoken", agent=agent(scene, DESK_1))
        line.work()

    def act(self, what: str, *facts: object, by: str = DESK_1, role: str = "agent") -> None:
        module = working if hasattr(working, what) else resolving
        with self.line.line.scene() as scene:
            doer = agent(scene, by)
            doer.role = role
            incident = scene.session.get_one(Incident, self.id)
            getattr(module, what)(scene, incident, doer, *facts)
        self.line.work()

    def refused(self, what: str, *facts: object, by: str = DESK_1, role: str = "agent") -> str:
        with pytest.raises(Refused) as refusal:
            self.act(what, *facts, by=by, role=role)
        return refusal.value.reason.key

    @property
    def now(self) -> Incident:
        return self.line.incident()

    def on(self, text: str) -> None:
        """Time passes until that moment of the centre's clocks."""
        self.line.pass_until(datetime.fromisoformat(text).replace(tzinfo=TORONTO))


@pytest.fixture
def file(line: World) -> File:
    return File(line)


def test_worked_on_resolved_approved_and_closed(line: World, file: File) -> None:
    file.act("start")
    assert file.now.state == "in_progress"
    file.act("wait", "The number of the screen.")
    assert (file.now.state, file.now.waiting_reason) == ("waiting", "The number of the screen.")
    file.act("replied")
    assert (file.now.state, file.now.waiting_reason) == ("in_progress", None)
    assert file.refused("resolve", Findings("application")) == "states.no_workaround"
    file.act("resolve", AROUND)
    assert (file.now.state, file.now.resolved_at) == ("resolved", line.now)
    file.act("approve")
    assert file.now.closing_at == line.now
    file.act("close", "approval")
    now = file.now
    assert (now.state, now.closed_how, now.callback_at) == ("closed", "approval", None)
    acts = [kind for kind in line.timeline() if not kind.startswith("message_sent")]
    assert acts[-7:] == [
        "started",
        "waiting",
        "replied",
        "resumed",
        "resolved",
        "approved",
        "closed",
    ]
    assert [purpose(line, channel) for channel in ("sms", "mail")] == [
        ["taken", "resolved", "closed"],
        ["taken", "resolved", "closed"],
    ]


def test_the_client_is_written_what_to_do(line: World, file: File) -> None:
    file.act("resolve", AROUND)
    resolved = line.mail.deliveries[-1]
    assert resolved.letter["Subject"].endswith("votre demande est résolue")
    assert "Si ce n'est pas le cas, téléphonez-nous" in text_of(resolved.letter)
    assert "Sort by date" not in text_of(resolved.letter)  # what agents write stays inside
    line.passes(SOON)
    assert "est résolue. Si ce n'est pas le cas" in line.phone(IMAGING_USER).inbox[-1]
    file.act("approve")
    file.act("close", "approval")
    assert "Votre dossier est maintenant fermé." in text_of(line.mail.deliveries[-1].letter)


def test_two_messages_without_an_answer(line: World, file: File) -> None:
    file.act("resolve", AROUND)  # its letter is the first message
    assert file.now.closing_at is None
    file.on("2026-12-04 09:00")
    file.act("message_left", "voicemail")  # four business days: too soon to count
    assert file.now.closing_at is None
    file.on("2026-12-07 09:00")
    file.act("message_left", "voicemail")
    opens = datetime(2026, 12, 14, 8, 0, tzinfo=TORONTO)
    assert file.now.closing_at == opens
    file.on("2026-12-14 07:59")
    assert file.refused("close", "messages") == "closing.too_early"
    file.on("2026-12-14 08:00")
    assert file.now.state == "resolved"  # it is proposed: nothing closes by itself
    file.act("close", "messages")
    assert file.now.closed_how == "messages"
    why = next(event for event in line.events() if event.kind == "closed").facts["why"]
    assert [each["key"] for each in why][-1] == "closing.days_after"
    assert len(why) == 4


def test_a_reply_begins_the_count_anew(line: World, file: File) -> None:
    file.act("resolve", AROUND)
    file.on("2026-12-07 09:00")
    file.act("message_left", "mail")
    assert file.now.closing_at is not None
    file.act("replied")
    assert file.now.closing_at is None
    assert file.now.state == "resolved"


def test_a_p1_waits_for_the_approval_or_for_a_manager_who_says_why(line: World) -> None:
    file = File(line, "P1")
    file.act("resolve", FOUND)
    file.on("2026-12-07 09:00")
    file.act("message_left", "voicemail")
    assert file.now.closing_at is None
    file.on("2026-12-14 09:00")
    assert file.refused("close", "messages") == "closing.critical"
    assert file.refused("close", "reasonable", "Site shut.", role="lead") == "closing.manager_only"
    assert file.refused("close", "reasonable", "", role="manager") == "closing.no_reason"
    file.act("close", "reasonable", "Site shut.", role="manager")
    assert file.now.closed_how == "reasonable"


def test_for_lack_of_information(line: World, file: File) -> None:
    file.act("wait", "A picture of the screen.")
    file.act("follow_up")
    file.on("2026-12-01 09:00")
    file.act("follow_up")
    assert file.now.closing_at == datetime(2026, 12, 2, 8, 0, tzinfo=TORONTO)
    assert file.refused("close", "no_information") == "closing.too_early"
    file.on("2026-12-02 08:00")
    file.act("close", "no_information")
    assert file.now.closed_how == "no_information"


def test_the_voicemail_of_a_callback_is_a_message_left(line: World) -> None:
    """The client is called back twice, a week apart, and a machine answers."""
    owed = owe(line.line, priority="P3")
    line.phone(DESK_1).accepts()
    line.phone(DESK_2).accepts()
    line.phone(IMAGING_USER).goes_to_voicemail(after=5)
    line.pass_until(datetime(2026, 11, 30, 13, 0, tzinfo=TORONTO))
    missed = [event for event in line.events() if event.kind == "client_missed"]
    assert {event.facts["outcome"] for event in missed} == {"voicemail"}
    with line.line.scene() as scene:
        incident = scene.session.get_one(Incident, owed)
        holder = incident.holder
        assert holder
        incidents.client_told(scene, incident, how="mail")
        incident.callback_at = None
        working.wait(scene, incident, holder, "He does not answer.")
    line.pass_until(datetime(2026, 12, 7, 9, 0, tzinfo=TORONTO))
    with line.line.scene() as scene:
        incident = scene.session.get_one(Incident, owed)
        resolving.message_left(scene, incident, scene.session.get_one(Agent, holder.id), "mail")
    assert line.incident().closing_at == datetime(2026, 12, 14, 8, 0, tzinfo=TORONTO)


def test_reopened_it_is_taken_anew_and_the_client_is_called(line: World, file: File) -> None:
    file.act("resolve", AROUND)
    file.act("approve")
    file.act("close", "approval")
    kept = file.now.met_at
    file.on("2026-12-02 10:00")
    file.act("reopen", "It has come back.", by=DESK_2)
    now = file.now
    assert (now.state, now.holder_id, now.closed_at) == ("reopened", None, None)
    line.phone(DESK_1).accepts()
    line.phone(DESK_2).accepts()
    line.phone(IMAGING_USER).accepts()
    line.passes(timedelta(minutes=10))
    assert len(line.phones.bridges()) == 1
    assert (file.now.state, file.now.callback_at) == ("taken", None)
    assert file.now.met_at == kept  # the promise of the first call was kept, and stays so


def test_a_reopened_p1_is_paged_from_then_on(line: World) -> None:
    """Its first call is days ago: that makes no storm of rounds, and no breach."""
    file = File(line, "P1")
    file.act("resolve", FOUND)
    file.on("2026-12-02 10:00")
    file.act("reopen", "It has come back.")
    for phone in (DESK_1, DESK_2):
        line.phone(phone).rings_out()
    line.passes(timedelta(minutes=9))
    pages = [event for event in line.events() if event.kind == "paged"]
    assert {page.facts["round"] for page in pages} == {1, 2, 3}
    assert "escalated" not in line.timeline()


def test_handed_over_the_other_one_is_told_and_answers_for_it(line: World, file: File) -> None:
    with line.session() as session:
        other = session.query(Agent).filter(Agent.phone == DESK_2).one()
    assert file.refused("hand_over", other, by=DESK_2) == "states.not_holder"
    file.act("hand_over", other)
    assert file.now.holder_id == other.id
    line.passes(SOON)
    assert "ce dossier vous est confié" in line.phone(DESK_2).inbox[-1]
    assert file.refused("start") == "states.not_holder"
    file.act("start", by=DESK_2)


def test_a_p4_goes_to_the_others_of_its_kind(line: World) -> None:
    file = File(line, "P4")
    file.act("resolve", Findings("application", backlog=True))
    assert (file.now.state, file.now.backlog) == ("resolved", True)
    line.passes(SOON)
    assert "inscrite aux changements à venir" in line.phone(IMAGING_USER).inbox[-1]


def test_what_has_joined_it_shares_its_fate(line: World) -> None:
    file = File(line, "P1")
    second = owe(line.line, priority="P1")
    with line.line.scene() as scene:
        main = scene.session.get_one(Incident, file.id)
        linking.join(scene, scene.session.get_one(Incident, second), main)
    with line.line.scene() as scene:
        main, holder = scene.session.get_one(Incident, file.id), agent(scene, DESK_1)
        working.start(scene, main, holder)
        working.wait(scene, main, holder, "The logs.")
        resolving.replied(scene, main, holder)
        resolving.resolve(scene, main, holder, FOUND)
        resolving.approve(scene, main, holder)
        resolving.close(scene, main, holder, "approval")
    assert [incident.state for incident in line.incidents()] == ["closed", "closed"]


def test_a_reference_is_free_two_years_after_closing(line: World, file: File) -> None:
    file.act("resolve", AROUND)
    file.act("approve")
    file.act("close", "approval")
    for years, held in ((1.9, True), (2.1, False)):
        with line.line.scene() as scene:
            scene.now += timedelta(days=365 * years)
            incidents.free_references(scene)
        assert (file.now.live_reference is not None) == held
    assert file.refused("reopen", "It has come back.") == "states.too_old"


def purpose(line: World, channel: str) -> list[str]:
    return [message.purpose for message in line.messages(channel) if message.agent_id is None]
