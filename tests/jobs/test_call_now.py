"""An agent calls the client now: their phone, then the client's, and never two calls at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from ivr import bridging, call_now, callback_legs, callbacks, caps, incidents, legs, resolving
from ivr.incidents import Refused
from ivr.models import Call, Incident, Leg
from ivr.scene import Scene
from tests.jobs.cast import agent, incident_of, legs_of, owe, owe_in
from tests.jobs.conftest import POLICY, Database
from tests.scenarios.test_calls_again import a_file
from tests.world import DAY_USER, DESK_1, DESK_2, IMAGING_USER, SATURDAY_NIGHT, TUESDAY_10, World

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def start() -> datetime:
    return TUESDAY_10


def ask(line: World, incident_id: int, phone: str = DESK_2) -> None:
    with line.line.scene() as scene:
        call_now.ask(scene, scene.session.get_one(Incident, incident_id), agent(scene, phone))


def later(line: World, incident_id: int, span: timedelta = HOUR) -> datetime:
    """Its callback is owed, in a while."""
    with line.line.scene() as scene:
        incident = scene.session.get_one(Incident, incident_id)
        incident.callback_at = at = scene.now + span
    return at


def told(line: World, incident_id: int, phone: str = DESK_2) -> None:
    """In charge of an agent who has spoken with the client: no callback is owed."""
    with line.line.scene() as scene:
        incident = scene.session.get_one(Incident, incident_id)
        incidents.take_in_charge(scene, incident, agent(scene, phone), how="click")
        incidents.client_told(scene, incident, how="spoken")


def refusal(scene: Scene, incident: Incident, phone: str) -> str:
    with pytest.raises(Refused) as refused:
        call_now.ask(scene, incident, agent(scene, phone))
    return refused.value.reason.key


def test_my_phone_rings_at_once_then_the_clients(line: World) -> None:
    """Also while a callback is owed for later; of all phones at the desk, mine alone."""
    line.phone(DESK_2).accepts(talks=300)
    line.phone(IMAGING_USER).accepts(talks=120)
    incident_id = owe(line.line, priority="P3")
    later(line, incident_id)
    ask(line, incident_id)
    line.passes(5 * MINUTE)
    assert line.phone(DESK_1).was_called == 0
    line.phone(DESK_2).hears("Votre appel P 3, client 2 0 3 1 7, Imagerie", "J'appelle le client.")
    line.phone(DESK_2).hears_not("promis")
    assert line.phones.bridges() == [(DESK_2, IMAGING_USER)]
    incident = incident_of(line.line, incident_id)
    assert incident.state == "taken", "whoever pressed the key has it in charge (law 7)"
    assert incident.told_at is not None
    assert incident.callback_at is None, "what was owed is paid"
    assert not call_now.is_asked(incident)
    wanted = ["call_asked", "rung", "taken", "client_rung", "client_reached"]
    assert [kind for kind in line.timeline() if kind in wanted] == wanted
    line.phones.check()


def test_where_nothing_is_owed_the_call_is_made_and_nothing_is_owed_after_it(line: World) -> None:
    line.phone(DESK_2).accepts(talks=300)
    line.phone(IMAGING_USER).accepts(talks=60)
    incident_id = owe(line.line)
    told(line, incident_id)
    ask(line, incident_id)
    line.passes(5 * MINUTE)
    assert line.phones.bridges() == [(DESK_2, IMAGING_USER)]
    incident = incident_of(line.line, incident_id)
    assert (incident.callback_at, call_now.is_asked(incident)) == (None, False)
    assert line.timeline().count("told") == 1, "the client knows already that it is in charge"


@pytest.mark.parametrize("client", ["rings_out", "is_busy", "goes_to_voicemail"])
def test_a_client_who_is_not_reached_is_called_by_hand_again_or_not_at_all(
    line: World, client: str
) -> None:
    line.phone(DESK_2).accepts(talks=300)
    getattr(line.phone(IMAGING_USER), client)()
    incident_id = owe(line.line)
    told(line, incident_id)
    ask(line, incident_id)
    line.passes(HOUR)
    assert line.phone(IMAGING_USER).was_called == 1
    line.phone(DESK_2).hears("Le client n'a pas été joint").hears_not("Prochain essai")
    if client == "goes_to_voicemail":
        (message,) = line.phone(IMAGING_USER).voicemail
        assert "nous vous rappellerons" not in message, "nobody has promised that"
    incident = incident_of(line.line, incident_id)
    assert (incident.callback_at, incident.callback_attempts) == (None, 0)
    assert not call_now.is_asked(incident)


def test_of_a_callback_that_is_owed_a_missed_client_counts_as_an_attempt(line: World) -> None:
    line.phone(DESK_2).accepts().then.rings_out()
    line.phone(DESK_1).rings_out()
    line.phone(IMAGING_USER).rings_out().then.accepts()
    incident_id = owe(line.line, priority="P3")
    later(line, incident_id, 3 * HOUR)
    ask(line, incident_id)
    line.passes(timedelta(seconds=90))
    incident = incident_of(line.line, incident_id)
    assert incident.callback_attempts == 1
    assert incident.callback_at is not None
    assert incident.callback_at - line.now <= POLICY.callbacks.retry_after(1)
    line.phone(DESK_2).hears("Prochain essai")


@pytest.mark.parametrize(
    "me", ["rings_out", "is_busy", "rejects", "says_nothing", "is_unreachable"]
)
def test_where_i_do_not_answer_all_is_as_before_and_nobody_else_is_rung(
    line: World, me: str
) -> None:
    getattr(line.phone(DESK_2), me)()
    incident_id = owe(line.line, priority="P3")
    owed_at = later(line, incident_id)
    ask(line, incident_id)
    line.passes(2 * MINUTE)
    assert (line.phone(DESK_2).was_called, line.phone(DESK_1).was_called) == (1, 0)
    if me == "says_nothing":
        line.phone(DESK_2).hears("Le client n'est pas appelé.")
    incident = incident_of(line.line, incident_id)
    assert (incident.state, incident.callback_at) == ("new", owed_at)
    assert not call_now.is_asked(incident)
    assert legs_of(line, "client") == []


def test_a_callback_that_was_due_goes_on_with_the_others(line: World) -> None:
    line.phone(DESK_2).rings_out()
    line.phone(DESK_1).is_held()
    incident_id = owe(line.line)
    with line.line.scene() as scene:  # it waits for a phone at this moment
        callbacks.wait_for_agent(scene, scene.session.get_one(Incident, incident_id))
    ask(line, incident_id)
    line.passes(timedelta(seconds=40))
    assert [leg.number for leg in legs_of(line, "agent")] == [DESK_2, DESK_1]


def test_a_phone_that_the_line_rings_for_it_gives_way(line: World) -> None:
    line.phone(DESK_1).is_held()
    line.phone(DESK_2).accepts(talks=60)
    line.phone(IMAGING_USER).accepts(talks=30)
    incident_id = owe(line.line)
    line.work()
    first, *_ = legs_of(line, "agent")
    theirs, mine = (DESK_1, DESK_2) if first.number == DESK_1 else (DESK_2, DESK_1)
    line.phone(theirs).is_held()
    line.phone(mine).accepts(talks=60)
    line.passes(timedelta(seconds=2))
    ask(line, incident_id, mine)
    line.passes(2 * MINUTE)
    assert line.phones.bridges() == [(mine, IMAGING_USER)]
    assert line.phone(IMAGING_USER).was_called == 1
    given_up = legs_of(line, "agent")[0]
    assert given_up.outcome == "taken"
    assert given_up.ended_at is not None
    assert line.phone(theirs).legs[-1].over, "it rings no longer"


def test_a_double_click_is_one_call(line: World) -> None:
    line.phone(DESK_2).accepts(talks=60)
    line.phone(IMAGING_USER).accepts(talks=30)
    incident_id = owe(line.line, priority="P4")
    later(line, incident_id)
    ask(line, incident_id)
    ask(line, incident_id)
    line.work()
    ask(line, incident_id)  # while it rings
    line.passes(2 * MINUTE)
    assert (line.phone(DESK_2).was_called, line.phone(IMAGING_USER).was_called) == (1, 1)
    assert line.timeline().count("call_asked") == 1


def test_a_lost_nudge_or_a_worker_that_was_away_loses_nothing(line: World) -> None:
    line.phone(DESK_2).accepts(talks=60)
    line.phone(IMAGING_USER).accepts(talks=30)
    incident_id = owe(line.line, priority="P4")
    later(line, incident_id)
    with line.line.sessions.begin() as session:
        scene = Scene(session, line.line.policy, line.line.settings.line_number, line.now)
        call_now.ask(scene, session.get_one(Incident, incident_id), agent(scene, DESK_2))
        # What is nudged here never reaches the queue.
    line.passes(2 * MINUTE)
    assert line.phones.bridges() == [(DESK_2, IMAGING_USER)]


def test_a_wish_that_comes_too_late_rings_nobody(database: Database) -> None:
    with database.scene() as scene:
        incident = owe_in(scene, priority="P4")
        incident.callback_at = owed_at = scene.now + 2 * HOUR
        call_now.ask(scene, incident, agent(scene, DESK_2))
    with database.scene(TUESDAY_10 + call_now.LASTS + timedelta(seconds=1)) as scene:
        found = callbacks.claim(scene, incident.id)
        assert found is not None
        assert callback_legs.ring_next(scene, found) is None
        assert (found.callback_at, call_now.is_asked(found)) == (owed_at, False)
        dropped = [event for event in found.events if event.kind == "call_dropped"]
        assert [event.facts["why"]["key"] for event in dropped] == ["call_now.too_late"]


class TestOwedMeanwhile:
    """What becomes owed while an agent's own call goes on outlives that call."""

    @pytest.fixture
    def told_before(self, database: Database) -> int:
        with database.scene(TUESDAY_10 - MINUTE) as scene:
            incident = owe_in(scene, priority="P1")
            incidents.take_in_charge(scene, incident, agent(scene, DESK_1), how="click")
            incidents.client_told(scene, incident, how="spoken")
            return incident.id

    def asked(self, scene: Scene, incident: Incident) -> Leg:
        """The leg of the agent who asks for a call that is owed to nobody."""
        call_now.ask(scene, incident, agent(scene, DESK_1))
        claimed = callbacks.claim(scene, incident.id)
        assert claimed is not None
        leg = callback_legs.ring_next(scene, claimed)
        assert leg is not None
        return leg

    def test_reopened_while_my_phone_rings(self, database: Database, told_before: int) -> None:
        with database.scene() as scene:
            incident = scene.session.get_one(Incident, told_before)
            incident.state, incident.resolved_at = "resolved", scene.now
            leg = self.asked(scene, incident)
            resolving.reopen(scene, incident, agent(scene, DESK_2), "not solved")
            callback_legs.over(scene, leg, "no_answer")
            assert (incident.state, incident.holder) == ("reopened", None)
            guard = scene.policy.callbacks.live_call_guard
            assert (incident.callback_at, call_now.is_asked(incident)) == (scene.now + guard, False)

    def test_reopened_while_we_talk(self, database: Database, told_before: int) -> None:
        with database.scene() as scene:
            incident = scene.session.get_one(Incident, told_before)
            incident.state, incident.resolved_at = "resolved", scene.now
            leg = self.asked(scene, incident)
            legs.accept(scene, leg)
            client = legs.open_leg(scene, "client", incident, IMAGING_USER, parent=leg)
            legs.accept(scene, client)
            callback_legs.spoken_to(scene, client)
            resolving.reopen(scene, incident, agent(scene, DESK_2), "not solved")
            callback_legs.over(scene, leg, "hung_up")
            assert incident.callback_at is not None

    def test_whoever_was_put_through_was_never_joined(
        self, database: Database, told_before: int
    ) -> None:
        with database.scene() as scene:
            incident = scene.session.get_one(Incident, told_before)
            leg = self.asked(scene, incident)
            theirs = legs.open_leg(scene, "hunt", incident, DESK_2, agent=agent(scene, DESK_2))
            legs.accept(scene, theirs)
            incident.told_at = scene.now
            bridging.failed(scene, theirs)
            assert (incident.told_at, leg.ended_at is None) == (None, True)
            callback_legs.over(scene, leg, "no_answer")
            assert incident.callback_at == scene.now

    def test_the_client_calls_us_at_the_same_moment(self, line: World) -> None:
        """The file is in hand and nothing is owed; the one hears that a call comes, the other finds
        the line busy: with us."""
        known = a_file(line)
        line.phone(DESK_2).rings_out()
        call = line.phone(DAY_USER).dials()
        line.phone(DAY_USER).is_busy()
        line.phone(DESK_1).accepts(after=22, talks=10)
        ask(line, known.id, DESK_1)
        line.work()
        call.presses("10452").presses("1")
        call.hears("rappellera votre clinique dès que possible")
        call.hangs_up()
        line.passes(timedelta(seconds=50))
        assert incident_of(line.line, known.id).callback_at is not None


def test_the_one_on_call_who_gave_way_to_a_colleague_is_rung_again_at_once(
    database: Database,
) -> None:
    with database.scene(SATURDAY_NIGHT) as scene:
        incident = owe_in(scene, "10452", "+15145550102", "P1", "medical")
        found = callbacks.claim(scene, incident.id)
        assert found is not None
        first = callback_legs.ring_next(scene, found)
        assert first is not None
        call_now.ask(scene, incident, agent(scene, DESK_1))
        wish = callback_legs.ring_next(scene, incident)
        assert (first.outcome, wish.number if wish else "") == (legs.GAVE_WAY, DESK_1)
        assert wish is not None
        callback_legs.over(scene, wish, "no_answer")
        again = callback_legs.ring_next(scene, incident)
        assert again is not None
        assert again.agent_id == first.agent_id


class TestObstacles:
    """Told in words, before anything rings."""

    @pytest.fixture
    def owed(self, database: Database) -> int:
        with database.scene() as scene:
            return owe_in(scene).id

    @pytest.mark.parametrize(
        ("number", "key"),
        [
            (None, "call_now.no_number"),
            ("+18005550100", "dialling.own_line"),
            ("+19005550100", "dialling.refused_range"),
            ("+33140000000", "dialling.other_country"),
        ],
    )
    def test_a_number_that_the_line_does_not_call(
        self, database: Database, owed: int, number: str | None, key: str
    ) -> None:
        with database.scene() as scene:
            incident = scene.session.get_one(Incident, owed)
            incident.callback_number = number
            assert refusal(scene, incident, DESK_1) == key

    def test_a_phone_of_mine_that_the_line_does_not_call(
        self, database: Database, owed: int
    ) -> None:
        with database.scene() as scene:
            me = agent(scene, DESK_1)
            me.phone = "+19005550100"
            incident = scene.session.get_one(Incident, owed)
            assert refusal(scene, incident, me.phone) == "call_now.own_number"
            me.phone = DESK_1

    def test_a_colleague_who_asked_first(self, database: Database, owed: int) -> None:
        with database.scene() as scene:
            incident = scene.session.get_one(Incident, owed)
            call_now.ask(scene, incident, agent(scene, DESK_1))
            assert refusal(scene, incident, DESK_2) == "call_now.under_way"

    def test_a_colleague_who_is_calling(self, database: Database, owed: int) -> None:
        with database.scene() as scene:
            incident = scene.session.get_one(Incident, owed)
            theirs = agent(scene, DESK_1)
            leg = legs.open_leg(scene, "agent", incident, DESK_1, agent=theirs)
            legs.accept(scene, leg)
            assert refusal(scene, incident, DESK_2) == "call_now.under_way"

    def test_a_client_who_is_on_the_line(self, database: Database, owed: int) -> None:
        with database.scene() as scene:
            incident = scene.session.get_one(Incident, owed)
            scene.session.get_one(Call, incident.call_id).ended_at = None
            assert refusal(scene, incident, DESK_1) == "call_now.on_the_line"

    def test_a_client_whom_we_call_about_something_else(
        self, database: Database, owed: int
    ) -> None:
        with database.scene() as scene:
            other = owe_in(scene)
            legs.open_leg(scene, "client", other, other.callback_number or "")
            incident = scene.session.get_one(Incident, owed)
            assert refusal(scene, incident, DESK_1) == "call_now.client_talks"

    def test_my_own_phone_that_rings(self, database: Database, owed: int) -> None:
        with database.scene() as scene:
            other = owe_in(scene, caller="+14505550151")
            legs.open_leg(scene, "agent", other, DESK_1, agent=agent(scene, DESK_1))
            incident = scene.session.get_one(Incident, owed)
            assert refusal(scene, incident, DESK_1) == "call_now.phone_rings"

    @pytest.mark.parametrize("state", ["closed", "refused"])
    def test_an_incident_that_is_over(self, database: Database, owed: int, state: str) -> None:
        with database.scene() as scene:
            incident = scene.session.get_one(Incident, owed)
            incident.state = state
            expected = "states.closed" if state == "closed" else "incidents.refused"
            assert refusal(scene, incident, DESK_1) == expected

    def test_the_caps_hold_for_everybody_and_nobodys_click_goes_beyond(
        self, database: Database, owed: int
    ) -> None:
        small = replace(POLICY.caps, calls_per_number=1, calls_per_day=1)
        with database.scene() as scene:
            scene.policy = replace(POLICY, caps=small)
            incident = scene.session.get_one(Incident, owed)
            legs.end(scene, legs.open_leg(scene, "client", incident, IMAGING_USER), "no_answer")
            manager = agent(scene, DESK_1)
            manager.role = "manager"
            assert refusal(scene, incident, DESK_1) == "call_now.cap_number"
            incident.callback_number = "+14505550151"
            assert refusal(scene, incident, DESK_1) == "call_now.cap_day"
            incident.priority = "P1"  # which the day's caps never hold back
            call_now.ask(scene, incident, manager)
            assert call_now.is_asked(incident)


def test_it_rings_me_outside_the_hours_in_which_the_line_calls(database: Database) -> None:
    """A person decides to call at this hour; the line itself would wait."""
    with database.scene(SATURDAY_NIGHT) as scene:
        incident = owe_in(scene, priority="P4")
        assert callback_legs.ring_next(scene, incident) is None
        call_now.ask(scene, incident, agent(scene, DESK_1))
        leg = callback_legs.ring_next(scene, incident)
        assert leg is not None
        assert leg.number == DESK_1


def test_an_incident_that_is_closed_meanwhile_is_called_no_more(database: Database) -> None:
    with database.scene() as scene:
        incident = owe_in(scene, priority="P4")
        call_now.ask(scene, incident, agent(scene, DESK_1))
        callbacks.stop(incident)  # as closing does
    with database.scene() as scene:
        assert callbacks.claim(scene, incident.id) is None
        assert not call_now.is_asked(scene.session.get_one(Incident, incident.id))


def test_a_client_who_hangs_up_in_the_second_of_the_key_was_not_spoken_to(
    database: Database,
) -> None:
    """Owed: owed again. An agent's wish alone: it ends there."""
    for owed in (True, False):
        with database.scene(TUESDAY_10 - MINUTE) as scene:
            incident_id = owe_in(scene).id
            if not owed:
                incident = scene.session.get_one(Incident, incident_id)
                incidents.client_told(scene, incident, how="spoken")
        with database.scene() as scene:
            incident, me = scene.session.get_one(Incident, incident_id), agent(scene, DESK_1)
            call_now.ask(scene, incident, me)
            leg = callback_legs.ring_next(scene, incident)
            assert leg is not None
            legs.accept(scene, leg)
            client = legs.open_leg(scene, "client", incident, IMAGING_USER, parent=leg)
            legs.accept(scene, client)
            callback_legs.spoken_to(scene, client)
            callback_legs.over(scene, client, "hung_up")
            callback_legs.not_bridged(scene, client)
            callback_legs.over(scene, leg, "hung_up")
            assert (incident.callback_at is not None) == owed
            assert not call_now.is_asked(incident)


def test_the_cap_of_the_client_may_be_reached_while_my_phone_rings(database: Database) -> None:
    with database.scene() as scene:
        incident = owe_in(scene)
        incidents.client_told(scene, incident, how="spoken")
        call_now.ask(scene, incident, agent(scene, DESK_1))
        leg = callback_legs.ring_next(scene, incident)
        assert leg is not None
        legs.accept(scene, leg)
        caps.hold_back(scene, incident, "number")
        callback_legs.over(scene, leg, "hung_up")
        assert (incident.callback_at, incident.callback_capped) == (None, None)


def test_a_change_of_priority_brings_what_is_owed_forward(database: Database) -> None:
    with database.scene() as scene:
        incident = owe_in(scene, priority="P4")
        incident.callback_at = scene.now + 5 * HOUR
        call_now.ask(scene, incident, agent(scene, DESK_1))
        incident.priority = "P1"
        callbacks.sooner(scene, incident)
        call_now.over(scene, incident)
        assert incident.callback_at == scene.now


def test_the_wish_is_nobodys_in_the_database_when_all_is_over(line: World) -> None:
    line.phone(DESK_2).accepts(talks=60)
    line.phone(IMAGING_USER).accepts(talks=30)
    incident_id = owe(line.line)
    ask(line, incident_id)
    line.passes(10 * MINUTE)
    with line.session() as session:
        left = select(Incident.id).where(Incident.callback_agent_id.is_not(None))
        assert session.scalars(left).all() == []
