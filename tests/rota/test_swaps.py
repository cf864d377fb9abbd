"""Swaps: asked and accepted between agents, settled once, never on turns that have changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from sqlalchemy import select

from ivr import letters
from ivr.models import Agent, AuditLine, Message, RotaLayer, RotaLayerMember, RotaOverride, RotaSwap
from ivr.rota import entering, standing, swaps
from ivr.rota.refusal import Refused
from ivr.rota.swaps import Turn
from ivr.scene import Scene
from tests.rota.cast import local, span

Agents = dict[str, Agent]
ALICE = Turn("on_call", span("2026-12-07 08:00", "2026-12-14 08:00"))
BOB = Turn("on_call", span("2026-12-14 08:00", "2026-12-21 08:00"))


@pytest.fixture(autouse=True)
def weekly(scene: Scene, agents: Agents) -> None:
    """A week each from Mondays at 8:00; it is Saturday the 28th, in Alice's. Chloé stands by."""
    members = [agents[name] for name in ("bob", "alice", "bob", "alice")]
    scene.session.add(
        RotaLayer(
            level="on_call",
            place=0,
            name="Garde",
            first_day=date(2026, 11, 2),
            handover=time(8),
            entered_at=local("2026-01-05 08:00"),
            members=[RotaLayerMember(position=n, agent_id=one.id) for n, one in enumerate(members)],
        )
    )
    scene.session.flush()


@pytest.fixture
def asked(scene: Scene, agents: Agents) -> RotaSwap:
    """Alice asks Bob to take her week for his."""
    return swaps.ask(scene, agents["alice"], agents["bob"], ALICE, BOB, "Un mariage.")


def is_on(scene: Scene, agent: Agent, turn: Turn) -> bool:
    return standing.is_on_duty(scene, agent.id, turn.level, turn.span)


def told(scene: Scene, swap: RotaSwap, what: str) -> list[tuple[str, str]]:
    mine = select(Message).where(Message.purpose == f"swap_{swap.id}_{what}").order_by(Message.id)
    return [(one.channel, one.to) for one in scene.session.scalars(mine)]


def acts(scene: Scene) -> list[str]:
    scene.session.flush()
    return list(scene.session.scalars(select(AuditLine.act).order_by(AuditLine.id)))


def key_of(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.reason.key


def test_asking_changes_nothing_and_tells_the_other(
    scene: Scene, agents: Agents, asked: RotaSwap
) -> None:
    assert is_on(scene, agents["alice"], ALICE)
    assert asked.lapses_at == ALICE.span[0]
    bob = agents["bob"]
    assert told(scene, asked, "asked") == [("sms", bob.phone), ("mail", bob.email)]
    letter = scene.session.scalars(select(Message).where(Message.channel == "mail")).one()
    assert "garde, du lundi 7 décembre à 8 h au lundi 14 décembre à 8 h" in letter.body.replace(
        "\u00a0", " "
    )
    assert "Un mariage." in letter.body
    assert acts(scene) == ["swap_asked"]


def test_a_text_holds_no_note(scene: Scene, asked: RotaSwap) -> None:
    text = scene.session.scalars(select(Message).where(Message.channel == "sms")).one()
    assert "mariage" not in text.body


def test_accepted_it_is_two_overrides_and_both_are_told(
    scene: Scene, agents: Agents, asked: RotaSwap
) -> None:
    alice, bob = agents["alice"], agents["bob"]
    swaps.accept(scene, asked.id, bob)
    assert is_on(scene, bob, ALICE)
    assert is_on(scene, alice, BOB)
    assert (asked.state, asked.lapses_at, asked.settled_at) == ("accepted", None, scene.now)
    made = [
        scene.session.get_one(RotaOverride, n) for n in (asked.override_id, asked.back_override_id)
    ]
    assert [(one.agent, one.replaces, one.entered_by) for one in made] == [
        (bob, alice, bob),
        (alice, bob, bob),
    ]
    assert [to for _, to in told(scene, asked, "accepted")] == [alice.phone, alice.email]
    assert [to for _, to in told(scene, asked, "agreed")] == [bob.phone, bob.email]
    assert acts(scene)[-1] == "swap_accepted"


def test_accepting_twice_is_accepting_once(scene: Scene, agents: Agents, asked: RotaSwap) -> None:
    swaps.accept(scene, asked.id, agents["bob"])
    swaps.accept(scene, asked.id, agents["bob"])
    assert len(scene.session.scalars(select(RotaOverride)).all()) == 2


def test_nothing_may_come_in_return(scene: Scene, agents: Agents) -> None:
    swap = swaps.ask(scene, agents["alice"], agents["chloe"], ALICE)
    swaps.accept(scene, swap.id, agents["chloe"])
    assert is_on(scene, agents["chloe"], ALICE)
    assert swap.back_override_id is None


def test_a_part_of_a_turn_is_swapped(scene: Scene, agents: Agents) -> None:
    night = Turn("on_call", span("2026-12-08 16:30", "2026-12-09 08:00"))
    swap = swaps.ask(scene, agents["alice"], agents["chloe"], night)
    swaps.accept(scene, swap.id, agents["chloe"])
    assert is_on(scene, agents["chloe"], night)
    after = Turn("on_call", span("2026-12-09 08:00", "2026-12-14 08:00"))
    assert is_on(scene, agents["alice"], after)


def test_the_same_asked_twice_is_asked_once(scene: Scene, agents: Agents, asked: RotaSwap) -> None:
    again = swaps.ask(scene, agents["alice"], agents["bob"], ALICE, BOB)
    scene.session.flush()
    assert again is asked
    assert len(scene.session.scalars(select(RotaSwap)).all()) == 1
    assert len(told(scene, asked, "asked")) == 2


def test_turns_that_changed_meanwhile_are_not_swapped(
    scene: Scene, agents: Agents, asked: RotaSwap
) -> None:
    changed = span("2026-12-10 08:00", "2026-12-11 08:00")
    entering.override(scene, agents["chloe"], changed, replaces=agents["alice"])
    assert key_of(lambda: swaps.accept(scene, asked.id, agents["bob"])) == "rota.swap_changed"
    assert asked.state == "asked"


def test_what_comes_in_return_may_have_changed_too(
    scene: Scene, agents: Agents, asked: RotaSwap
) -> None:
    changed = span("2026-12-15 08:00", "2026-12-16 08:00")
    entering.override(scene, agents["chloe"], changed, replaces=agents["bob"])
    assert key_of(lambda: swaps.accept(scene, asked.id, agents["bob"])) == "rota.swap_changed"


def test_nobody_takes_what_is_theirs_already(scene: Scene, agents: Agents) -> None:
    both = span("2026-12-10 08:00", "2026-12-11 08:00")
    entering.shift(scene, agents["alice"], both, "on_call")
    entering.shift(scene, agents["chloe"], both, "on_call")
    ask = lambda: swaps.ask(scene, agents["alice"], agents["chloe"], ALICE)  # noqa: E731
    assert key_of(ask) == "rota.swap_taken"


@pytest.mark.parametrize(
    ("turn", "key"),
    [
        (Turn("on_call", span("2026-11-28 01:00", "2026-11-29 01:00")), "rota.swap_begun"),
        (Turn("on_call", span("2026-12-14 08:00", "2026-12-15 08:00")), "rota.swap_changed"),
        (Turn("on_call", (ALICE.span[1], ALICE.span[0])), "rota.ends_before_start"),
        (Turn("third", ALICE.span), "rota.swap_changed"),
        (Turn("manager", ALICE.span), "rota.swap_changed"),
    ],
)
def test_what_cannot_be_asked(scene: Scene, agents: Agents, turn: Turn, key: str) -> None:
    ask = lambda: swaps.ask(scene, agents["alice"], agents["chloe"], turn)  # noqa: E731
    assert key_of(ask) == key
    assert scene.session.scalars(select(RotaSwap)).all() == []


def test_neither_oneself_nor_somebody_who_has_left_is_asked(scene: Scene, agents: Agents) -> None:
    alice = agents["alice"]
    assert key_of(lambda: swaps.ask(scene, alice, alice, ALICE)) == "rota.same_agent"
    assert key_of(lambda: swaps.ask(scene, alice, agents["denis"], ALICE)) == "rota.unusable"


def test_declined_the_asker_is_told_and_keeps_the_turn(
    scene: Scene, agents: Agents, asked: RotaSwap
) -> None:
    swaps.decline(scene, asked.id, agents["bob"])
    swaps.decline(scene, asked.id, agents["bob"])
    assert asked.state == "declined"
    assert is_on(scene, agents["alice"], ALICE)
    assert len(told(scene, asked, "declined")) == 2
    assert acts(scene) == ["swap_asked", "swap_declined"]


def test_withdrawn_it_can_no_longer_be_accepted(
    scene: Scene, agents: Agents, asked: RotaSwap
) -> None:
    swaps.withdraw(scene, asked.id, agents["alice"])
    assert told(scene, asked, "withdrawn")[0] == ("sms", agents["bob"].phone)
    assert key_of(lambda: swaps.accept(scene, asked.id, agents["bob"])) == "rota.swap_withdrawn"


def test_only_the_other_answers_and_only_the_asker_takes_back(
    scene: Scene, agents: Agents, asked: RotaSwap
) -> None:
    for agent in (agents["alice"], agents["chloe"]):
        assert key_of(lambda who=agent: swaps.accept(scene, asked.id, who)) == "rota.no_such_swap"
        assert key_of(lambda who=agent: swaps.decline(scene, asked.id, who)) == "rota.no_such_swap"
    take_back = lambda: swaps.withdraw(scene, asked.id, agents["bob"])  # noqa: E731
    assert key_of(take_back) == "rota.no_such_swap"
    assert key_of(lambda: swaps.accept(scene, 999, agents["bob"])) == "rota.no_such_swap"


def test_unanswered_it_lapses_when_the_first_turn_begins(
    scene: Scene, agents: Agents, asked: RotaSwap
) -> None:
    scene.now = ALICE.span[0] - timedelta(seconds=1)
    swaps.lapse(scene)
    assert asked.state == "asked"
    scene.now = ALICE.span[0]
    assert key_of(lambda: swaps.accept(scene, asked.id, agents["bob"])) == "rota.swap_lapsed"
    swaps.lapse(scene)
    swaps.lapse(scene)
    assert (asked.state, asked.lapses_at) == ("lapsed", None)
    assert told(scene, asked, "lapsed")[0] == ("sms", agents["alice"].phone)
    assert told(scene, asked, "missed")[0] == ("sms", agents["bob"].phone)
    assert acts(scene).count("swap_lapsed") == 1


def test_a_question_that_has_its_answer_is_not_sent_any_more(
    scene: Scene, agents: Agents, asked: RotaSwap
) -> None:
    messages = scene.session.scalars(select(Message)).all()
    assert all(letters.is_wanted(scene, one) for one in messages)
    swaps.withdraw(scene, asked.id, agents["alice"])
    assert not any(letters.is_wanted(scene, one) for one in messages)
    news = scene.session.scalars(select(Message).where(Message.purpose.endswith("withdrawn")))
    assert all(letters.is_wanted(scene, one) for one in news)


def test_each_sees_their_own_and_how_many_wait(
    scene: Scene, agents: Agents, asked: RotaSwap
) -> None:
    assert swaps.of(scene, agents["chloe"]) == []
    assert swaps.of(scene, agents["bob"]) == swaps.of(scene, agents["alice"]) == [asked]
    assert swaps.of(scene) == [asked]
    waiting = {name: swaps.to_answer(scene, agents[name]) for name in ("alice", "bob")}
    assert waiting == {"alice": 0, "bob": 1}
