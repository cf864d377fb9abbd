"""What a callback's webhooks answer to requests that are doubled, late, foreign or forged."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import requests

from ivr import callback_legs, incidents
from ivr.models import Incident, Leg
from tests.jobs.cast import agent, incident_of, legs_of, owe
from tests.webhooks.posts import Posts, action, leg_url
from tests.world import DESK_1, DESK_2, IMAGING_USER, LINE, TUESDAY_10, World

AGENT_SID, CLIENT_SID, OTHER_SID = ("CA" + each * 32 for each in "abc")


@pytest.fixture
def start() -> datetime:
    return TUESDAY_10


class Ringing:
    """An incident whose first agent's phone is being rung, with posts of our own making."""

    def __init__(self, line: World) -> None:
        self.line = line
        self.incident_id = owe(line.line)
        with line.line.scene() as scene:
            leg = callback_legs.ring_next(scene, scene.session.get_one(Incident, self.incident_id))
            assert leg is not None
            self.leg_id, self.code = leg.id, leg.code
        self.agent = self._posts(AGENT_SID)
        self.client = self._posts(CLIENT_SID)

    def ask(self, keys: str = "", asked: int = 0, sid: str = AGENT_SID) -> str:
        fields = {"Digits": keys} if keys else {}
        path = f"/callback/agent?asked={asked}&leg={self.leg_id}"
        return self._posts(sid).post(path, From=LINE, To=DESK_1, **fields)

    def accept(self) -> str:
        self.ask()
        return self.ask(self.code, 1)

    def client_asked(self, url: str, keys: str = "", **fields: str) -> str:
        pressed = {"Digits": keys} if keys else {}
        parent = {"ParentCallSid": AGENT_SID, "From": LINE, "To": IMAGING_USER}
        return self.client.post(url, **{**parent, **pressed, **fields})

    def tells(self, status: str, sid: str = AGENT_SID, leg: int = 0, to: str = DESK_1) -> None:
        parent = {} if to == DESK_1 else {"ParentCallSid": AGENT_SID}
        path = f"/callback/status?leg={leg or self.leg_id}"
        self._posts(sid).post(path, From=LINE, To=to, CallStatus=status, **parent)

    @property
    def incident(self) -> Incident:
        return incident_of(self.line.line, self.incident_id)

    @property
    def agent_leg(self) -> Leg:
        return legs_of(self.line, "agent")[0]

    def _posts(self, sid: str) -> Posts:
        return Posts(self.line, LINE, sid)


@pytest.fixture
def ringing(line: World) -> Ringing:
    return Ringing(line)


def refused(act: Callable[[], object]) -> int:
    with pytest.raises(requests.HTTPError) as error:
        act()
    return error.value.response.status_code


def test_the_same_requests_again_get_the_same_answers(ringing: Ringing) -> None:
    """Whoever loses an answer asks again: nothing happens twice, and nothing else is said."""
    assert ringing.ask() == ringing.ask()
    accepted = ringing.ask(ringing.code, 1)
    assert ringing.ask(ringing.code, 1) == accepted
    url = leg_url(accepted)
    asked = ringing.client_asked(url)
    assert ringing.client_asked(url) == asked
    joined = ringing.client_asked(action(asked), "1")
    assert ringing.client_asked(action(asked), "1") == joined
    assert "Hangup" not in joined
    assert [leg.state for leg in legs_of(ringing.line, "client")] == ["accepted"]
    kinds = ringing.line.timeline()
    for once in ("taken", "client_rung", "client_reached"):
        assert kinds.count(once) == 1


def test_a_voicemail_message_is_said_again_to_the_same_request(ringing: Ringing) -> None:
    url = leg_url(ringing.accept())
    for _ in range(3):
        url = action(ringing.client_asked(url))
    message = ringing.client_asked(url)
    assert "Nous avons tenté de vous joindre" in message
    assert ringing.client_asked(url) == message
    assert ringing.incident.callback_attempts == 1


@pytest.mark.parametrize("keys", ["1", "11", "9", "*#", "00"])
def test_no_other_key_accepts(ringing: Ringing, keys: str) -> None:
    ringing.ask()
    assert "Ce choix n'est pas le bon." in ringing.ask(keys, 1)
    assert "Hangup" in ringing.ask(keys, 2)
    assert ringing.incident.state == "new"


def test_another_call_cannot_act_for_the_leg(ringing: Ringing) -> None:
    """A18: signed, but of another call."""
    ringing.ask()
    assert refused(lambda: ringing.ask(ringing.code, 1, sid=OTHER_SID)) == 404
    assert refused(lambda: ringing.tells("completed", sid=OTHER_SID)) == 404
    url = leg_url(ringing.accept())
    assert refused(lambda: ringing.client_asked(url, ParentCallSid=OTHER_SID)) == 404
    assert refused(lambda: ringing.client_asked(url, To=DESK_2)) == 404
    assert ringing.agent_leg.state == "accepted"


def test_an_agents_leg_is_no_clients_leg_and_none_is_none(ringing: Ringing) -> None:
    ringing.ask()
    path = f"/callback/client?asked=0&leg={ringing.leg_id}"
    assert refused(lambda: ringing.agent.post(path, From=LINE, To=DESK_1)) == 404
    for leg in ("999", "", "x"):
        path = f"/callback/agent?asked=0&leg={leg}"
        assert refused(lambda path=path: ringing.agent.post(path, From=LINE, To=DESK_1)) == 404  # type: ignore[misc]


def test_an_unsigned_request_gets_403_and_changes_nothing(ringing: Ringing) -> None:
    base = ringing.line.line.settings.public_url
    for path in ("agent", "client", "done", "status"):
        url = f"{base}/callback/{path}?leg={ringing.leg_id}"
        answer = requests.post(url, data={"CallSid": AGENT_SID, "To": DESK_1}, timeout=10)
        assert answer.status_code == 403
    assert (ringing.agent_leg.state, ringing.agent_leg.sid) == ("placing", None)


def test_what_is_told_late_turns_nothing_back(ringing: Ringing) -> None:
    ringing.accept()
    for status in ("initiated", "ringing", "in-progress"):
        ringing.tells(status)
    assert ringing.agent_leg.state == "accepted"
    ringing.tells("completed")
    ringing.tells("ringing")
    assert (ringing.agent_leg.state, ringing.agent_leg.outcome) == ("ended", "talked")


def test_the_first_status_callback_tells_the_sid(ringing: Ringing) -> None:
    ringing.tells("initiated")
    assert ringing.agent_leg.sid == AGENT_SID


def test_a_replay_an_hour_later_rings_nobody(ringing: Ringing) -> None:
    """A12: the agent's key again, when the call is long over."""
    ringing.accept()
    ringing.tells("completed")
    answer = ringing.ask(ringing.code, 1)
    assert "Dial" not in answer
    assert "Ce rappel n'est plus nécessaire." in answer


def test_a_colleague_took_it_by_a_click_while_the_phone_rang(ringing: Ringing) -> None:
    ringing.line.twilio.run_until(ringing.line.now + timedelta(seconds=5))
    with ringing.line.line.scene() as scene:
        incident = scene.session.get_one(Incident, ringing.incident_id)
        incidents.take_in_charge(scene, incident, agent(scene, DESK_2), how="click")
    assert "Ce rappel est déjà pris par Bureau 2. Merci." in ringing.ask()


def test_what_a_colleague_held_before_stays_the_colleagues(line: World) -> None:
    incident_id = owe(line.line)
    with line.line.scene() as scene:
        incident = scene.session.get_one(Incident, incident_id)
        incidents.take_in_charge(scene, incident, agent(scene, DESK_2), how="click")
        agent(scene, DESK_2).present = False
    line.phone(DESK_1).accepts(talks=10)
    line.phone(IMAGING_USER).accepts(talks=10)
    line.passes(timedelta(minutes=2))
    assert line.phones.bridges() == [(DESK_1, IMAGING_USER)]
    with line.session() as session:
        holder = session.get_one(Incident, incident_id).holder
        assert holder is not None
        assert holder.phone == DESK_2


def test_the_incident_was_settled_while_the_phone_rang(ringing: Ringing) -> None:
    with ringing.line.line.scene() as scene:
        incident = scene.session.get_one(Incident, ringing.incident_id)
        incidents.client_told(scene, incident, how="spoken", agent=agent(scene, DESK_2))
    answer = ringing.ask()
    assert "Ce rappel n'est plus nécessaire." in answer
    assert "Gather" not in answer


@pytest.mark.parametrize("number", [None, "+19005550123", "+18765550123", LINE, "+15145559110"])
def test_a_number_that_may_not_be_dialled_is_not(ringing: Ringing, number: str | None) -> None:
    """A19, A22: the incident stays in charge, and the agent knows."""
    with ringing.line.line.scene() as scene:
        scene.session.get_one(Incident, ringing.incident_id).callback_number = number
    answer = ringing.accept()
    if number == "+15145559110":
        assert "<Dial" in answer, "an ordinary number, to show that this test can fail"
        return
    assert "<Dial" not in answer
    assert "Le numéro du client ne peut pas être composé." in answer
    incident = ringing.incident
    assert (incident.state, incident.callback_at) == ("taken", None)
    assert "client_missed" in ringing.line.timeline()


def test_an_extension_is_dialled_after_the_answer(ringing: Ringing) -> None:
    with ringing.line.line.scene() as scene:
        scene.session.get_one(Incident, ringing.incident_id).callback_extension = "204"
    answer = ringing.accept()
    found = re.search(r'sendDigits="(w*)204"', answer)
    assert found
    assert found[1]


def test_the_client_pressed_the_key_and_was_gone_before_anybody_spoke(ringing: Ringing) -> None:
    """Twilio says that it did not join the two: still owed, and counted once."""
    url = leg_url(ringing.accept())
    ringing.client_asked(action(ringing.client_asked(url)), "1")
    assert ringing.incident.callback_at is None
    done = {"DialCallStatus": "completed", "DialBridged": "false", "From": LINE, "To": DESK_1}
    for _ in range(2):
        answer = ringing.agent.post(f"/callback/done?leg={ringing.leg_id}", **done)
        assert "Le client n'a pas été joint." in answer
    assert ringing.incident.callback_at is not None
    assert ringing.incident.callback_attempts == 1


def test_whoever_was_gone_before_anybody_spoke_was_not_told(ringing: Ringing) -> None:
    """§4: neither the client of this incident nor, with it, of one that has joined it."""
    with ringing.line.line.scene() as scene:
        joined = scene.session.get_one(Incident, owe(ringing.line.line))
        joined.linked_to_id = ringing.incident_id
    ringing.line.twilio.run_until(ringing.line.now + timedelta(minutes=1))
    url = leg_url(ringing.accept())
    ringing.client_asked(action(ringing.client_asked(url)), "1")
    both = [ringing.incident, incident_of(ringing.line.line, joined.id)]
    assert all(incident.met_at for incident in both)
    done = {"DialCallStatus": "completed", "DialBridged": "false", "From": LINE, "To": DESK_1}
    ringing.agent.post(f"/callback/done?leg={ringing.leg_id}", **done)
    both = [ringing.incident, incident_of(ringing.line.line, joined.id)]
    assert [(incident.told_at, incident.met_at) for incident in both] == [(None, None)] * 2
    assert ringing.incident.callback_at is not None


def test_the_agent_hangs_up_while_the_clients_phone_rings(ringing: Ringing) -> None:
    url = leg_url(ringing.accept())
    ringing.client_asked(url)
    ringing.tells("completed")
    (client_leg,) = legs_of(ringing.line, "client")
    assert client_leg.outcome == "hung_up"
    assert ringing.incident.callback_attempts == 1
    assert ringing.client_asked(url) == ringing.client_asked(url), "whoever picks up now"
    assert "Gather" not in ringing.client_asked(url)


def test_somebody_texts_the_line_and_is_told_to_phone(line: World) -> None:
    line.phone(IMAGING_USER).texts("Bonjour, c'est encore brisé")
    line.phone(IMAGING_USER).texts("Allô?")
    (answer,) = line.phone(IMAGING_USER).inbox
    assert "1 800 555-0100" in answer
    assert "Please phone" in answer
    line.phones.check()
