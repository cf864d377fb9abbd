"""PostgreSQL: the call's row is locked before its legs, by whoever takes both; nobody deadlocks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from sqlalchemy import select, text

from ivr import legs, level_ring
from ivr.models import Agent, Call, Leg
from tests import servers
from tests.scenarios.cast import TO_RINGING
from tests.webhooks.posts import Posts, action
from tests.world import LINE, NIGHT_USER, ON_CALL_2, SATURDAY_NIGHT, World, world

LEG_SID = "CA" + "7" * 32


@pytest.fixture
def line(valkey: servers.Valkey) -> Iterator[World]:
    valkey.flush()
    with servers.postgres() as url, world(url, valkey.url, SATURDAY_NIGHT) as made:
        yield made


def accepted_leg(line: World) -> int:
    """A caller has held, and an agent who was rung with the whole level has accepted."""
    caller = Posts(line, NIGHT_USER)
    answer = caller.post("/voice")
    for keys in TO_RINGING:
        answer = caller.post(action(answer), Digits=keys)
    with line.line.scene() as scene:
        call = scene.session.scalars(select(Call)).one()
        agent = scene.session.scalars(select(Agent).where(Agent.phone == ON_CALL_2)).one()
        assert call.incident
        leg = legs.open_leg(
            scene, level_ring.KIND, call.incident, agent.phone, agent=agent, call=call
        )
        assert legs.adopt(scene, leg, LEG_SID)
        assert legs.accept(scene, leg)
    return leg.id


def until_one_waits_for_a_lock(line: World, asked: Future[str]) -> None:
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    for _ in range(200):
        with line.session() as session:
            if session.scalar(waiting):
                return
        assert not asked.done(), "it did not wait for the call"
        time.sleep(0.01)
    raise AssertionError("nobody waits for a lock")


@pytest.mark.parametrize("bridged", ["true", "false"])
def test_the_end_of_a_talk_and_the_end_of_the_call_never_lock_crosswise(
    line: World, bridged: str
) -> None:
    leg_id = accepted_leg(line)
    agent = Posts(line, LINE, LEG_SID)
    with ThreadPoolExecutor(1) as pool:
        with line.line.scene() as scene:  # as the end of the call: its row first
            scene.session.scalars(select(Call).with_for_update()).one()
            asked = pool.submit(
                agent.post, f"/leg/over?leg={leg_id}", To=ON_CALL_2, DialBridged=bridged
            )
            until_one_waits_for_a_lock(line, asked)
            free = select(Leg).where(Leg.id == leg_id).with_for_update(nowait=True)
            assert scene.session.scalars(free).one(), "it holds no leg while it waits"
        asked.result(10)
    with line.session() as session:
        assert session.get_one(Leg, leg_id).ended_at is not None
