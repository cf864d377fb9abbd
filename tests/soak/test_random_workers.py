"""Two workers, a caller who holds and the webhooks of both, in any order, statement by statement.

No agent and no client has two phones ringing, nothing is lost, nothing is counted twice, nobody
waits for a phone that is free. `make soak` runs all of it, `make test` a sample; a seed replays:
P1LINE_SEED=17 make test TEST_ARGS=tests/soak/test_random_workers.py
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from random import Random

import pytest
from sqlalchemy import select

from ivr import (
    callback_agent,
    callback_client,
    callback_legs,
    callback_queue,
    callback_team,
    callbacks,
    hunt,
    incidents,
    legs,
)
from ivr.exchange import Given, Turn
from ivr.models import Agent, Call, Incident, Leg
from ivr.scene import Scene
from tests.jobs.cast import agent, owe_in
from tests.jobs.conftest import Database, cast, database, on_postgres, on_sqlite
from tests.jobs.interleaving import interleaved
from tests.soak.seeds import seeds
from tests.world import DESK_1, DESK_2, NIGHT_USER

__all__ = ["cast", "database", "on_postgres", "on_sqlite"]
WORKERS, ROUNDS, ACTS = 2, 4, 3
Act = Callable[[Scene], object]


@pytest.mark.parametrize("seed", seeds(sample=2, soak=150))
def test_whatever_two_workers_do_at_once(
    seed: int, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(legs, "CALLER_WAITS", 2.5)  # here a statement may wait for its turn
    random = Random(seed)
    everything = Night(database, random)
    for _ in range(ROUNDS):
        everything.happens()
        everything.is_in_order()
        database.passes(timedelta(seconds=random.choice((0, 2, 12, 31))))
    everything.comes_to_rest()


class Night:
    """Four callbacks, two of them to one number, and a caller who holds; three agents."""

    def __init__(self, database: Database, random: Random) -> None:
        self.database, self.random = database, random
        database.clear()
        with database.scene() as scene:
            owed = [
                owe_in(scene),
                owe_in(scene),
                owe_in(scene, "10452", NIGHT_USER, random.choice(("P1", "P2")), "medical"),
                owe_in(scene, caller="+14505550151", priority="P3"),
            ]
            owed[3].callback_at = scene.now
            held = owe_in(scene, caller="+14505550152", priority="P1")
            assert held.call is not None
            held.callback_at, held.call.ended_at, held.call.step = None, None, "desk"
            desk = [agent(scene, phone).id for phone in (DESK_1, DESK_2)]
            held.call.answers = {"targets": random.sample(desk, 2)}
            self.owed, self.call, self.desk = [each.id for each in owed], held.call.id, desk

    def happens(self) -> None:
        """Each worker does some things, a transaction each; all of them at once."""
        with interleaved(self.database.sessions, self.random) as turns:
            turns.run([partial(self._does, self._drawn()) for _ in range(WORKERS)])

    def _does(self, acts: list[Act]) -> None:
        for act in acts:
            try:
                with self.database.scene() as scene:
                    act(scene)
            except incidents.Refused:
                pass  # another was quicker: nothing is done, as on the console

    def _drawn(self) -> list[Act]:
        return [self._one() for _ in range(self.random.randint(1, ACTS))]

    def _one(self) -> Act:
        which = self.random.choice(self.owed)
        acts: dict[Act, int] = {
            partial(look, which): 6,
            partial(agent_ends, which): 2,
            partial(agent_accepts, which): 3,
            partial(client_accepts, which): 2,
            partial(client_is_missed, which): 2,
            partial(take, which, self.random.choice(self.desk)): 1,
            partial(hold, self.call): 4,
            partial(hold_ends, self.call): 3,
            partial(wakes, self.random.choice(self.desk)): 1,
        }
        return self.random.choices(list(acts), list(acts.values()))[0]

    # What must be so after each round -----------------------------------------------------------

    def is_in_order(self) -> None:
        with self.database.scene() as scene:
            live = scene.session.scalars(select(Leg).where(Leg.ended_at.is_(None))).all()
            since = scene.now - legs.RINGING_FORGOTTEN
            once("agent", [leg.agent_id for leg in live if leg.agent_id and is_known(leg, since)])
            once("incident", [leg.incident_id for leg in live if leg.kind == "agent"])
            once("client", [leg.number for leg in live if leg.kind == "client"])
            once("client", [to_whom(leg) for leg in live if leg.kind == "agent"])
            for incident_id in self.owed:
                self._counts(scene, scene.session.get_one(Incident, incident_id))

    def _counts(self, scene: Scene, incident: Incident) -> None:
        """What is told on the timeline, and what is stored, is one thing; nothing is lost."""
        events = Counter(event.kind for event in incident.events)
        assert events["callback_tried"] == incident.callback_attempts
        rung = scene.session.scalars(select(Leg).where(Leg.incident_id == incident.id)).all()
        missed = [leg for leg in rung if leg.kind == "client" and leg.ended_at]
        assert events["client_missed"] == sum(leg.accepted_at is None for leg in missed)
        assert events["rung"] == sum(leg.agent_id is not None for leg in rung)
        assert events["told"] <= 2, "by a call, and perhaps once spoken to"
        if incident.callback_at is None:
            assert incident.told_at is not None, "what is owed no more was paid"
        else:
            lease = scene.policy.callbacks.lease
            claimed = incident.callback_claimed_until or scene.now
            assert claimed <= scene.now + lease, "no claim is for ever"

    def comes_to_rest(self) -> None:
        """Whoever is due and could be rung is rung, when a sweep has looked at each."""
        self.database.passes(timedelta(minutes=1))
        while due := self._due():
            for incident_id in due:
                with self.database.scene() as scene:
                    look(incident_id, scene)
        with self.database.scene() as scene:
            agents = list(scene.session.scalars(select(Agent).where(Agent.active)))
            free = {each.id for each in legs.free(scene, agents)}
            for incident_id in self.owed:
                self._waits_for_nothing(scene, scene.session.get_one(Incident, incident_id), free)
        self.is_in_order()

    def _due(self) -> Sequence[int]:
        """A round of paging may end, and the next one be due at once: looked at again."""
        with self.database.scene() as scene:
            return callbacks.due(scene.session, scene.now, 100)

    def _waits_for_nothing(self, scene: Scene, incident: Incident, free: set[int]) -> None:
        if incident.callback_at is None or incident.callback_at > scene.now:
            return
        if not callback_legs.live(scene, incident):
            idle = [each.name for each in callback_team.left(scene, incident) if each.id in free]
            assert not idle, f"incident {incident.id} waits, and {idle} could be rung"


def once(what: str, found: list[object]) -> None:
    twice = [key for key, times in Counter(found).items() if times > 1]
    assert not twice, f"{what} {twice} is rung twice at once"


def is_known(leg: Leg, since: datetime) -> bool:
    """It still counts as ringing, or as a talk: what nobody tells the end of is forgotten."""
    return leg.accepted_at is not None or leg.created_at > since


def to_whom(leg: Leg) -> object:
    """The client for whom an agent is rung; a P1 that is paged waits for no phone that rings."""
    incident = leg.incident
    paged = incident.priority == "P1" and leg.accepted_at is None
    return leg.id if paged else (incident.callback_number, incident.callback_extension)


# What may happen ----------------------------------------------------------------------------------


def look(incident_id: int, scene: Scene) -> None:
    """A job, or the sweep itself."""
    incident = callbacks.claim(scene, incident_id)
    if incident and not callback_legs.live(scene, incident):
        callback_legs.ring_next(scene, incident)


def agent_leg(incident_id: int, scene: Scene) -> Leg | None:
    """The phone that rings for it, its incident locked, as a webhook finds it."""
    found = scene.session.scalar(
        select(Leg.id).where(
            Leg.incident_id == incident_id, Leg.kind == "agent", Leg.ended_at.is_(None)
        )
    )
    leg = callback_legs.find(scene, found) if found else None
    return leg if leg and leg.ended_at is None else None


def agent_ends(incident_id: int, scene: Scene) -> None:
    if leg := agent_leg(incident_id, scene):
        callback_legs.over(scene, leg, "no_answer")


def agent_accepts(incident_id: int, scene: Scene) -> None:
    if leg := agent_leg(incident_id, scene):
        callback_agent.hears(scene, leg, leg.code, 1)


def client_accepts(incident_id: int, scene: Scene) -> None:
    leg = agent_leg(incident_id, scene)
    client = callback_legs.client_leg_of(scene, leg) if leg else None
    if client:
        callback_client.hears(scene, client, client.code, 1)


def client_is_missed(incident_id: int, scene: Scene) -> None:
    if (leg := agent_leg(incident_id, scene)) and callback_legs.client_leg_of(scene, leg):
        callback_agent.dial_over(scene, leg, "no_answer", bridged=None)
        callback_legs.over(scene, leg, "hung_up")


def take(incident_id: int, agent_id: int, scene: Scene) -> None:
    incident = scene.session.get_one(Incident, incident_id)
    incidents.take_in_charge(scene, incident, scene.session.get_one(Agent, agent_id), how="click")


def hold(call_id: int, scene: Scene) -> None:
    """The caller's turn, whose row is locked as `calls.answer` does."""
    call = scene.session.get_one(Call, call_id, with_for_update=True, populate_existing=True)
    live = select(Leg.id).where(Leg.call_id == call_id, Leg.ended_at.is_(None))
    if not scene.session.scalars(live).all():
        call.answers = {"targets": call.answers["targets"]}
        hunt.ring_next(Turn(scene, call, Given()))


def hold_ends(call_id: int, scene: Scene) -> None:
    scene.session.get_one(Call, call_id, with_for_update=True, populate_existing=True)
    live = select(Leg).where(Leg.call_id == call_id, Leg.ended_at.is_(None))
    for leg in scene.session.scalars(live).all():
        legs.end(scene, leg, "no_answer")


def wakes(agent_id: int, scene: Scene) -> None:
    callback_queue.wake(scene, agent_id)
