"""Swaps on the pages: asked on one's own turn, answered by the other, seen by leads."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from ivr.database import reading
from ivr.models import Message, RotaOverride, RotaSwap
from ivr.rota import standing
from jobs.upkeep import Upkeep
from tests.console.cast import Browser, Cast, StandingClock, text
from tests.console.rota import at, form_of, open_turn

# It is Monday 30 November, 9:00, in Alice's week; Bob's begins on 7 December at 8:00.
Signed = Callable[[str], Browser]
HERS = at("2026-12-28 08:00"), at("2027-01-04 08:00")
HIS = at("2026-12-07 08:00"), at("2026-12-14 08:00")


@pytest.fixture
def bob(browser_of: Signed) -> Browser:
    return browser_of("bob")


def swaps(cast: Cast) -> list[RotaSwap]:
    with reading(cast.line.sessions) as session:
        return list(session.scalars(select(RotaSwap).order_by(RotaSwap.id)))


def on_duty(cast: Cast, agent: int, span: standing.Span) -> bool:
    with cast.line.scene() as scene:
        return standing.is_on_duty(scene, agent, "on_call", span)


def offers(browser: Browser) -> list[str]:
    """The values of the choice of whom to ask, and for what."""
    found = re.search(r'<select id="swap-wanted".*?</select>', browser.page.text, re.S)
    assert found
    return re.findall(r'<option value="([^"]+)"', found[0])


def ask(browser: Browser, cast: Cast, wanted: str | None = None, **more: str) -> None:
    """Alice asks Bob to take her week at the end of the year, for his of 7 December."""
    open_turn(browser, "Alice Roy", "/rota?day=2026-12-30")
    back = f"{cast.bob.id} on_call {HIS[0].isoformat()} {HIS[1].isoformat()}"
    fields = form_of(browser, "/rota/swaps") | {"wanted": wanted or back, **more}
    browser.post("/rota/swaps", **fields)


def test_from_ones_own_turn_to_the_others_answer(alice: Browser, bob: Browser, cast: Cast) -> None:
    ask(alice, cast, note="Un mariage.")
    assert (alice.page.status_code, alice.page.location) == (303, "/rota/swaps")
    said = text(alice.get("/rota/swaps"))
    assert "Vous attendez la réponse de Bob Tremblay" in said
    assert on_duty(cast, cast.alice.id, HERS)
    bob.get("/rota/swaps")
    assert "Alice Roy vous demande un échange" in text(bob.page)
    assert "Un mariage." in text(bob.page)
    assert '<span class="tag">1</span>' in bob.page.text
    page = bob.post("/rota/swaps/1/accept")
    assert (page.status_code, page.location) == (303, "/rota/swaps")
    assert "L'échange est fait" in text(bob.get("/rota/swaps"))
    assert on_duty(cast, cast.bob.id, HERS)
    assert on_duty(cast, cast.alice.id, HIS)
    assert "remplace Bob Tremblay" in text(alice.get("/rota?day=2026-12-08"))


def test_the_offers_are_the_others_turns_to_come(alice: Browser, cast: Cast) -> None:
    open_turn(alice, "Alice Roy", "/rota?day=2026-12-30")
    values = offers(alice)
    assert values[0] == str(cast.bob.id)  # nothing in return
    assert f"{cast.bob.id} on_call {HIS[0].isoformat()} {HIS[1].isoformat()}" in values
    assert all(one.startswith(str(cast.bob.id)) for one in values)


def test_a_turn_that_runs_is_given_from_the_next_hour_on(alice: Browser, cast: Cast) -> None:
    open_turn(alice, "vous")
    fields = form_of(alice, "/rota/swaps")
    assert fields["from"] == "2026-11-30T10:00"
    alice.post("/rota/swaps", **fields | {"wanted": str(cast.bob.id)})
    (swap,) = swaps(cast)
    assert (swap.starts_at, swap.back_level) == (at("2026-11-30 10:00"), None)


def test_only_ones_own_turn_is_offered(alice: Browser, cast: Cast) -> None:
    open_turn(alice, "Bob Tremblay", "/rota?day=2026-12-08")
    assert "Demander un échange" not in alice.page.text
    fields = {"level": "on_call", "from": "2026-12-08T08:00", "until": "2026-12-09T08:00"}
    page = alice.post("/rota/swaps", **fields, wanted=str(cast.bob.id))
    assert (page.status_code, swaps(cast)) == (409, [])
    assert "ne sont plus, ou pas entièrement, la garde de Alice Roy" in text(page)


def test_a_double_click_asks_and_accepts_once(alice: Browser, bob: Browser, cast: Cast) -> None:
    ask(alice, cast)
    ask(alice, cast)
    assert len(swaps(cast)) == 1
    for _ in range(2):
        bob.get("/rota/swaps")
        assert bob.post("/rota/swaps/1/accept").status_code == 303
    with reading(cast.line.sessions) as session:
        assert len(session.scalars(select(RotaOverride)).all()) == 2
        assert len(session.scalars(select(Message)).all()) == 2 + 4


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
def test_what_changed_meanwhile_is_not_swapped(alice: Browser, bob: Browser, cast: Cast) -> None:
    ask(alice, cast)
    bob.get("/rota/swaps")
    with cast.line.sessions.begin() as session:
        session.add(
            RotaOverride(
                agent_id=cast.alice.id,
                level="on_call",
                starts_at=HIS[0],
                ends_at=HIS[0] + timedelta(days=1),
                entered_at=cast.line.clock(),
            )
        )
    page = bob.post("/rota/swaps/1/accept")
    assert page.status_code == 409
    assert "la garde de Bob Tremblay : l'horaire a changé" in text(page)
    assert swaps(cast)[0].state == "asked"


def test_declined_and_taken_back(alice: Browser, bob: Browser, cast: Cast) -> None:
    ask(alice, cast)
    bob.get("/rota/swaps")
    assert bob.post("/rota/swaps/1/decline").status_code == 303
    assert "Refusé" in text(alice.get("/rota/swaps"))
    ask(alice, cast)
    alice.get("/rota/swaps")
    assert alice.post("/rota/swaps/2/withdraw").status_code == 303
    bob.get("/rota/swaps")
    page = bob.post("/rota/swaps/2/accept")
    assert (page.status_code, "a été retirée" in text(page)) == (409, True)
    assert [one.state for one in swaps(cast)] == ["declined", "withdrawn"]


def test_nobody_answers_for_another(alice: Browser, bob: Browser, cast: Cast) -> None:
    ask(alice, cast)
    for act in ("accept", "decline"):
        alice.get("/rota/swaps")
        assert alice.post(f"/rota/swaps/1/{act}").status_code == 409
    bob.get("/rota/swaps")
    assert bob.post("/rota/swaps/1/withdraw").status_code == 409
    assert bob.post("/rota/swaps/1/delete").status_code == 404
    assert swaps(cast)[0].state == "asked"


def test_the_upkeep_lets_it_lapse(alice: Browser, cast: Cast, clock: StandingClock) -> None:
    ask(alice, cast)
    clock.moment = HIS[0]
    alice.sign_in()
    assert "Échu" in text(alice.get("/rota/swaps"))  # before anybody has noted it
    Upkeep(cast.line).look()
    assert swaps(cast)[0].state == "lapsed"
    assert "Échu" in text(alice.get("/rota/swaps"))
    with reading(cast.line.sessions) as session:
        purposes = set(session.scalars(select(Message.purpose)))
    assert purposes == {"swap_1_asked", "swap_1_lapsed", "swap_1_missed"}


def test_leads_see_everybodys_and_agents_their_own(
    alice: Browser, browser_of: Signed, cast: Cast
) -> None:
    ask(alice, cast)
    cast.change(cast.denis, active=True, role="lead")
    lead = browser_of("denis")
    assert "Alice Roy et Bob Tremblay" in text(lead.get("/rota/swaps"))
    assert "/rota/swaps/1/" not in lead.page.text
    cast.change(cast.denis, role="agent")
    agent = browser_of("denis")
    assert "Alice Roy et Bob Tremblay" not in text(agent.get("/rota/swaps"))


@pytest.mark.parametrize(
    "wanted",
    [
        "",
        "x",
        "99",
        "2 on_call",
        "2 on_call x y",
        "2 third 2026-12-07T13:00:00+00:00 x",
        "2 a b c d",
    ],
)
def test_a_crafted_choice_is_refused(alice: Browser, cast: Cast, wanted: str) -> None:
    open_turn(alice, "Alice Roy", "/rota?day=2026-12-30")
    fields = form_of(alice, "/rota/swaps") | {"wanted": wanted, "note": "à garder"}
    page = alice.post("/rota/swaps", **fields)
    assert (page.status_code, swaps(cast)) == (409, [])
    assert 'value="à garder"' in page.text


def test_in_english(alice: Browser, bob: Browser, cast: Cast) -> None:
    ask(alice, cast)
    said = text(bob.get("/rota/swaps?lang=en"))
    assert "Alice Roy asks you to swap" in said
    assert "from Monday, December 28 at 8 AM to Monday, January 4, 2027 at 8 AM" in said
