"""The rota's calendar: who is on call at a glance, what is entered there, and by whom."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from sqlalchemy import select

from ivr.database import reading
from ivr.models import AuditLine, RotaLayer, RotaLayerMember, RotaOverride, RotaShift
from tests.console.cast import MONDAY_9, Browser, Cast, StandingClock, text
from tests.console.rota import at, form_of, open_turn

# It is Monday 30 November, 9:00: Alice's week has begun, Bob's begins on 7 December at 8:00.
TUESDAY = {"from": "2026-12-01T08:00", "until": "2026-12-02T08:00"}
Signed = Callable[[str], Browser]


@pytest.fixture
def lead(cast: Cast, browser_of: Signed) -> Browser:
    cast.change(cast.bob, role="lead")
    return browser_of("bob")


def overrides(cast: Cast) -> list[RotaOverride]:
    with reading(cast.line.sessions) as session:
        return list(session.scalars(select(RotaOverride).order_by(RotaOverride.id)))


def shifts(cast: Cast) -> list[RotaShift]:
    with reading(cast.line.sessions) as session:
        return list(session.scalars(select(RotaShift).order_by(RotaShift.id)))


def audited(cast: Cast) -> list[str]:
    with reading(cast.line.sessions) as session:
        acts = select(AuditLine.act).where(
            AuditLine.act.like("%shift%") | AuditLine.act.like("%over%")
        )
        return list(session.scalars(acts.order_by(AuditLine.id)))


class TestReading:
    """What everybody sees."""

    def test_a_week_says_who_is_on_call_and_from_when(self, alice: Browser) -> None:
        said = text(alice.get("/rota"))
        assert "Semaine du lundi 30 novembre" in said
        assert "Alice Roy vous" in said
        assert "du lundi 30 novembre à 8 h au lundi 7 décembre à 8 h" in said
        assert "Bob Tremblay" in said  # his week ends that morning

    def test_a_month_has_its_weeks_and_its_holidays(self, alice: Browser) -> None:
        page = alice.get("/rota?view=month&day=2026-12-15")
        assert page.text.count('class="week"') == 5
        assert "Décembre 2026" in text(page)
        assert "Jour de Noël" in text(page)
        assert "day=2026-11-01" in page.text
        assert "day=2027-01-01" in page.text

    def test_in_english(self, alice: Browser) -> None:
        said = text(alice.get("/rota?lang=en&view=month&day=2026-12-01"))
        assert "December 2026" in said
        assert "Christmas Day" in said
        assert "from Monday, December 7 at 8 AM to Monday, December 14 at 8 AM" in said

    @pytest.mark.parametrize("query", ["view=year", "day=x", "day=9999-12-31", "day=0001-01-01"])
    def test_what_no_calendar_has_is_no_page(self, alice: Browser, query: str) -> None:
        assert alice.get(f"/rota?{query}").status_code == 404

    def test_a_gap_is_told_in_words(self, cast: Cast, alice: Browser) -> None:
        with cast.line.sessions.begin() as session:
            layer = session.scalars(select(RotaLayer)).one()
            layer.ends_at = at("2026-12-03 08:00")
        said = text(alice.get("/rota"))
        assert "Trous dans l'horaire d'ici 14 jours" in said
        assert "Personne au niveau « garde » du jeudi 3 décembre à 16 h 30" in said
        assert "Combler" not in said
        assert 'class="slot lane-0 d3 h16 m30 e4 k8 l0 gap' in alice.page.text

    def test_without_a_gap_it_says_so(self, alice: Browser) -> None:
        assert "Aucun trou dans les 14 prochains jours." in text(alice.get("/rota"))

    def test_an_override_is_marked(self, cast: Cast, alice: Browser) -> None:
        enter(cast, cast.bob.id, "2026-12-02 16:30", "2026-12-03 08:00", cast.alice.id)
        assert "remplace Alice Roy" in text(alice.get("/rota"))

    def test_a_week_that_is_past_shows_who_has_left_since(self, cast: Cast, alice: Browser) -> None:
        member = RotaLayerMember(position=0, agent_id=cast.denis.id)
        with cast.line.sessions.begin() as session:
            layer = session.scalars(select(RotaLayer)).one()
            layer.members = [member]
        assert "Denis Parti" in text(alice.get("/rota?day=2026-11-10"))
        assert "Denis Parti" not in text(alice.get("/rota?day=2026-12-10"))

    def test_days_on_which_clocks_change_are_as_wide_as_others(self, alice: Browser) -> None:
        for day in ("2027-03-14", "2027-11-07"):
            page = alice.get(f"/rota?day={day}")
            assert "d0 h8 m0 e7 k0 l0" in page.text

    def test_a_stranger_signs_in_first(self, visitor: Browser) -> None:
        assert visitor.get("/rota").location == "/sign-in?next=/rota"

    def test_a_bar_that_is_gone_leads_back_to_its_week(self, alice: Browser) -> None:
        page = alice.get("/rota/turn?level=on_call&agent=99&at=2026-12-08T12:00:00%2B00:00")
        assert page.location == "/rota?day=2026-12-08"
        assert "L'horaire a changé depuis" in text(alice.get(page.location))

    @pytest.mark.parametrize("moment", ["", "x", "2026-12-08T12:00:00", "0001-01-01T00:00:00Z"])
    def test_a_bar_at_no_moment_is_no_page(self, alice: Browser, moment: str) -> None:
        assert alice.get(f"/rota/turn?level=on_call&agent=1&at={moment}").status_code == 404


def enter(cast: Cast, agent: int, start: str, end: str, replaces: int | None = None) -> None:
    with cast.line.sessions.begin() as session:
        session.add(
            RotaOverride(
                agent_id=agent,
                replaces_id=replaces,
                level="on_call",
                starts_at=at(start),
                ends_at=at(end),
                entered_at=cast.line.clock(),
            )
        )


class TestRights:
    """Agents read; leads change."""

    def test_an_agent_is_offered_nothing_to_change(self, alice: Browser) -> None:
        alice.get("/rota")
        assert "/rota/new" not in alice.page.text
        assert "/rota/layers" not in alice.page.text
        open_turn(alice, "Alice Roy")
        assert "Remplacer" not in alice.page.text

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("get", "/rota/new"),
            ("post", "/rota/new"),
            ("post", "/rota/overrides/1/withdraw"),
            ("post", "/rota/overrides/1/move"),
            ("post", "/rota/shifts/1/move"),
            ("post", "/rota/shifts/1/remove"),
            ("get", "/rota/layers"),
            ("get", "/rota/layers/1"),
            ("get", "/rota/layers/new"),
            ("post", "/rota/layers/new"),
            ("post", "/rota/layers/1"),
        ],
    )
    def test_an_agent_may_not(self, alice: Browser, cast: Cast, method: str, path: str) -> None:
        alice.get("/rota")
        assert getattr(alice, method)(path).status_code == 403
        assert overrides(cast) == []


class TestOverrides:
    """By the form that a drag fills in, or on the page of a turn."""

    def test_a_drag_opens_the_form_with_who_is_there(self, lead: Browser) -> None:
        query = "level=on_call&from=2026-12-06T08:00&until=2026-12-08T08:00"
        said = text(lead.get(f"/rota/new?{query}"))
        assert "De garde à ces heures" in said
        assert "Alice Roy du dimanche 6 décembre à 8 h au lundi 7 décembre à 8 h" in said
        assert "Bob Tremblay du lundi 7 décembre à 8 h au mardi 8 décembre à 8 h" in said
        assert 'value="2026-12-06T08:00"' in lead.page.text

    def test_whoever_is_on_call_is_replaced(self, lead: Browser, cast: Cast) -> None:
        lead.get("/rota/new?level=on_call&from=2026-12-01T08:00&until=2026-12-02T08:00")
        page = lead.post("/rota/new", **form_of(lead, "/rota/new"), level="on_call",
                         agent=str(cast.bob.id))  # fmt: skip
        assert (page.status_code, page.location) == (303, "/rota?day=2026-12-01")
        (row,) = overrides(cast)
        assert (row.agent_id, row.replaces_id, row.level) == (cast.bob.id, None, "on_call")
        assert (row.starts_at, row.ends_at) == (at("2026-12-01 08:00"), at("2026-12-02 08:00"))
        assert row.entered_by_id == cast.bob.id
        assert "Le remplacement est inscrit." in text(lead.get(page.location))
        assert audited(cast) == ["override_entered"]

    def test_on_the_page_of_a_turn(self, lead: Browser, cast: Cast) -> None:
        open_turn(lead, "Alice Roy")
        assert "Alice Roy : tour de garde" in text(lead.page)
        fields = (
            form_of(lead, "/rota/new") | TUESDAY | {"agent": str(cast.bob.id), "note": "Vacances"}
        )
        assert lead.post("/rota/new", **fields).status_code == 303
        (row,) = overrides(cast)
        assert (row.agent_id, row.replaces_id, row.note) == (cast.bob.id, cast.alice.id, "Vacances")

    def test_a_month_stays_a_month(self, lead: Browser, cast: Cast) -> None:
        lead.get("/rota?view=month")
        fields = {
            "level": "on_call",
            "agent": str(cast.bob.id),
            "kind": "override",
            "view": "month",
        }
        assert lead.post("/rota/new", **fields, **TUESDAY).location == (
            "/rota?day=2026-12-01&view=month"
        )

    def test_a_double_click_enters_one(self, lead: Browser, cast: Cast) -> None:
        open_turn(lead, "Alice Roy")
        fields = form_of(lead, "/rota/new") | TUESDAY | {"agent": str(cast.bob.id)}
        assert lead.post("/rota/new", **fields).status_code == 303
        open_turn(lead, "Alice Roy")
        assert lead.post("/rota/new", **fields).status_code == 303
        assert len(overrides(cast)) == 1

    @pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
    def test_of_two_at_once_the_second_is_shown_what_changed(
        self, lead: Browser, cast: Cast, browser_of: Signed
    ) -> None:
        cast.change(cast.alice, role="manager")
        other = browser_of("alice")
        open_turn(lead, "Alice Roy")
        open_turn(other, "Alice Roy")
        fields = form_of(other, "/rota/new") | {"agent": str(cast.bob.id), "note": "mien"}
        first = form_of(lead, "/rota/new") | TUESDAY | {"agent": str(cast.bob.id)}
        assert lead.post("/rota/new", **first).status_code == 303
        page = other.post("/rota/new", **fields)
        assert page.status_code == 409
        assert "L'horaire de ces heures a changé" in text(page)
        assert 'value="mien"' in page.text
        assert len(overrides(cast)) == 1

    @pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
    def test_of_two_in_the_same_moment_one_is_entered(
        self, lead: Browser, cast: Cast, browser_of: Signed
    ) -> None:
        cast.change(cast.alice, role="manager")
        browsers = lead, browser_of("alice")
        forms = []
        for browser in browsers:
            open_turn(browser, "Alice Roy")
            forms.append(form_of(browser, "/rota/new") | {"agent": str(cast.bob.id)})
        together = Barrier(2)

        def send(browser: Browser, form: dict[str, str]) -> int:
            together.wait()
            return browser.post("/rota/new", **form).status_code

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(send, browsers, forms)) == [303, 409]
        assert len(overrides(cast)) == 1

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"agent": ""}, "Choisissez une personne."),
            ({"agent": "x"}, "Choisissez une personne."),
            ({"agent": "99999999999"}, "Choisissez une personne."),
            ({"level": "third"}, "Choisissez un niveau"),
            ({"from": ""}, "Écrivez un moment"),
            ({"until": "2026-12-01T08:00"}, "ne vient pas après"),
            ({"from": "2027-03-14T02:30", "until": "2027-03-15T08:00"}, "Écrivez un moment"),
            ({"from": "2026-12-01T08:00Z"}, "Écrivez un moment"),
            ({"from": "0001-01-01T00:00"}, "Écrivez un moment"),
            ({"until": "2029-01-01T00:00"}, "deux ans au plus"),
        ],
    )
    def test_what_makes_no_sense_is_refused_with_what_was_typed(
        self, lead: Browser, cast: Cast, wrong: dict[str, str], words: str
    ) -> None:
        lead.get("/rota/new")
        fields = {"level": "on_call", "agent": str(cast.bob.id), "note": "à garder", **TUESDAY}
        page = lead.post("/rota/new", **fields | wrong)
        assert page.status_code == 409
        assert words in text(page)
        assert 'value="à garder"' in page.text
        assert 'href="/rota/new?lang=en"' in page.text
        assert overrides(cast) == []

    def test_somebody_who_has_left_replaces_nobody(self, lead: Browser, cast: Cast) -> None:
        lead.get("/rota/new")
        fields = {"level": "on_call", "agent": str(cast.denis.id), **TUESDAY}
        assert "ne peut pas être de garde" in text(lead.post("/rota/new", **fields))
        assert f'value="{cast.denis.id}"' not in lead.page.text

    def test_one_that_would_change_nothing_is_refused(self, lead: Browser, cast: Cast) -> None:
        open_turn(lead, "Alice Roy")
        late = {"from": "2026-12-09T08:00", "until": "2026-12-10T08:00"}
        fields = form_of(lead, "/rota/new") | late | {"agent": str(cast.bob.id)}
        assert "ce remplacement ne change rien" in text(lead.post("/rota/new", **fields))
        assert overrides(cast) == []

    def test_withdrawn_it_is_gone_and_a_double_click_no_harm(
        self, lead: Browser, cast: Cast
    ) -> None:
        enter(cast, cast.bob.id, "2026-12-02 16:30", "2026-12-03 08:00", cast.alice.id)
        lead.get("/rota")
        for _ in range(2):
            page = lead.post("/rota/overrides/1/withdraw")
            assert (page.status_code, page.location) == (303, "/rota?day=2026-12-02")
            lead.get("/rota")
        assert "remplace Alice Roy" not in text(lead.page)
        assert audited(cast) == ["override_withdrawn"]

    def test_what_is_over_stays(self, lead: Browser, cast: Cast) -> None:
        enter(cast, cast.bob.id, "2026-11-02 16:30", "2026-11-03 08:00")
        lead.get("/rota")
        page = lead.post("/rota/overrides/1/withdraw")
        assert (page.status_code, "déjà terminé" in text(page)) == (409, True)
        lead.get("/rota")
        assert lead.post("/rota/overrides/99/withdraw").status_code == 409

    def test_its_hours_are_changed(self, lead: Browser, cast: Cast) -> None:
        enter(cast, cast.bob.id, "2026-12-02 16:30", "2026-12-03 08:00", cast.alice.id)
        open_turn(lead, "remplace Alice Roy")
        fields = form_of(lead, "/rota/overrides/1/move") | {"until": "2026-12-04T08:00"}
        for _ in range(2):
            assert lead.post("/rota/overrides/1/move", **fields).status_code == 303
            lead.get("/rota")
        old, new = overrides(cast)
        assert old.withdrawn_at == cast.line.clock()
        assert (new.starts_at, new.ends_at) == (at("2026-12-02 16:30"), at("2026-12-04 08:00"))
        assert new.replaces_id == cast.alice.id

    def test_a_stretched_bar_opens_its_hours_as_they_were_drawn(
        self, lead: Browser, cast: Cast
    ) -> None:
        enter(cast, cast.bob.id, "2026-12-02 16:30", "2026-12-03 08:00", cast.alice.id)
        open_turn(lead, "remplace Alice Roy")
        at_ = "2026-12-02T21:30:00%2B00:00"
        query = f"level=on_call&agent={cast.bob.id}&at={at_}"
        lead.get(f"/rota/turn?{query}&form=move&from=2026-12-02T16:30&until=2026-12-04T08:00")
        fields = form_of(lead, "/rota/overrides/1/move")
        assert (fields["from"], fields["until"]) == ("2026-12-02T16:30", "2026-12-04T08:00")


class TestShifts:
    """Over the rotations, for some products if need be."""

    def test_entered_moved_and_removed(self, lead: Browser, cast: Cast) -> None:
        lead.get("/rota/new")
        fields = {"level": "second", "agent": str(cast.bob.id), "kind": "shift", **TUESDAY}
        for _ in range(2):
            assert lead.post("/rota/new", **fields, products="medical").status_code == 303
            lead.get("/rota/new")
        (row,) = shifts(cast)
        assert (row.level, row.products, row.agent_id) == ("second", ["medical"], cast.bob.id)
        open_turn(lead, "quart inscrit")
        moved = form_of(lead, "/rota/shifts/1/move") | {"until": "2026-12-02T20:00"}
        assert lead.post("/rota/shifts/1/move", **moved).status_code == 303
        assert shifts(cast)[0].ends_at == at("2026-12-02 20:00")
        for _ in range(2):
            lead.get("/rota")
            assert lead.post("/rota/shifts/1/remove").status_code == 303
        assert shifts(cast) == []
        assert audited(cast) == ["shift_entered", "shift_changed", "shift_removed"]

    def test_a_calendars_shift_is_the_calendars(self, lead: Browser, cast: Cast) -> None:
        with cast.line.sessions.begin() as session:
            session.add(
                RotaShift(
                    level="on_call",
                    agent_id=cast.bob.id,
                    starts_at=at("2026-12-01 08:00"),
                    ends_at=at("2026-12-02 08:00"),
                    feed="pager",
                    entered_at=cast.line.clock(),
                )
            )
        open_turn(lead, "quart inscrit")
        assert "vient du calendrier « pager »" in text(lead.page)
        assert "/rota/shifts/1" not in lead.page.text
        page = lead.post("/rota/shifts/1/remove")
        assert (page.status_code, len(shifts(cast))) == (409, 1)

    def test_an_unknown_product_is_none(self, lead: Browser, cast: Cast) -> None:
        lead.get("/rota/new")
        fields = {"level": "on_call", "agent": str(cast.bob.id), "kind": "shift", **TUESDAY}
        lead.post("/rota/new", **fields, products="x")
        assert shifts(cast)[0].products == []


def test_an_hour_that_autumn_shows_twice_stays_the_one_it_was(
    lead: Browser, cast: Cast, clock: StandingClock
) -> None:
    """The second 1:30 of 7 November 2027: no field can say which, so the page remembers it."""
    clock.moment = MONDAY_9.replace(year=2027, month=11, day=1)
    lead.sign_in("bob@example.org")
    second = datetime(2027, 11, 7, 6, 30, tzinfo=UTC)
    query = f"level=on_call&from={second.isoformat()}&until=2027-11-07T14:00:00%2B00:00"
    lead.get(f"/rota/new?{query.replace('+00:00&', '%2B00:00&')}")
    fields = form_of(lead, "/rota/new")
    assert fields["from"] == "2027-11-07T01:30"
    lead.post("/rota/new", **fields, level="on_call", agent=str(cast.bob.id))
    assert overrides(cast)[0].starts_at == second


def test_what_people_write_is_text_and_never_html(lead: Browser, cast: Cast) -> None:
    cast.change(cast.alice, name="<b>Alice</b> Roy")
    open_turn(lead, "Alice")
    fields = form_of(lead, "/rota/new") | TUESDAY
    lead.post("/rota/new", **fields | {"agent": str(cast.bob.id), "note": "<i>note</i>"})
    for path in ("/rota", "/rota/log", "/rota/layers"):
        page = lead.get(path).text
        assert "<b>Alice" not in page
        assert "<i>note" not in page


def test_labour_warnings_are_everybodys_to_leads_and_ones_own_to_agents(
    lead: Browser, alice: Browser, cast: Cast
) -> None:
    enter(cast, cast.bob.id, "2026-12-02 16:30", "2026-12-03 08:00", cast.alice.id)
    assert "Bob Tremblay : la garde qui commence" in text(lead.get("/rota"))
    assert "Bob Tremblay : la garde qui commence" not in text(alice.get("/rota"))


def test_shifts_at_one_time_stand_below_one_another(lead: Browser, cast: Cast) -> None:
    with cast.line.sessions.begin() as session:
        for agent in (cast.alice, cast.bob):
            session.add(
                RotaShift(
                    level="second",
                    agent_id=agent.id,
                    starts_at=at("2026-12-01 08:00"),
                    ends_at=at("2026-12-02 08:00"),
                    entered_at=cast.line.clock(),
                )
            )
    page = lead.get("/rota").text
    assert 'class="track lanes-2"' in page
    assert re.search(r"slot lane-1 d1 h8 m0 e2 k8 l0", page)
