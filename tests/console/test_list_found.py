"""The list narrowed: by filters and words, bounded whatever is asked, and kept in the address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Select, text

from ivr import finding, listing, shelves
from ivr.database import reading
from ivr.listing import Wanted
from ivr.models import Incident
from line import Line
from tests.console.cast import MINUTE, Browser, Cast, StandingClock, references
from tests.console.cast import text as shown

HOUR = timedelta(hours=1)
DATABASES = pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)


def found(line: Line, **wanted: object) -> list[str]:
    with reading(line.sessions) as session:
        page = listing.page(session, Wanted(**{"view": "all", **wanted}), None, line.clock())  # type: ignore[arg-type]
    return [row.incident.reference for row in page.rows]


# Filters ----------------------------------------------------------------------------------------


class TestFilters:
    @pytest.fixture
    def incidents(self, cast: Cast) -> dict[str, Incident]:
        now = cast.line.clock()
        held = {"state": "taken", "taken_at": now}
        return {
            "mine": cast.incident("P2", holder_id=cast.alice.id, **held),
            "bobs": cast.incident("P3", holder_id=cast.bob.id, **held),
            "nobodys": cast.incident("P1", client=cast.parc, product="medical"),
        }

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ("who=me", {"mine"}),
            ("who=nobody", {"nobodys"}),
            ("priority=P3", {"bobs"}),
            ("product=medical", {"nobodys"}),
            ("product=imaging", {"mine", "bobs"}),
            ("state=taken", {"mine", "bobs"}),
            ("client=10452", {"nobodys"}),
            ("client=99999", set()),
            ("q=parc", {"nobodys"}),
            ("q=rive+sud&who=me", {"mine"}),
            ("state=taken&priority=P3&product=imaging&client=20317", {"bobs"}),
            ("who=me&priority=P1", set()),
        ],
    )
    def test_each_narrows_the_list(
        self, alice: Browser, incidents: dict[str, Incident], query: str, names: set[str]
    ) -> None:
        page = alice.get(f"/incidents?{query}")
        assert set(references(page)) == {incidents[name].reference for name in names}

    def test_they_stay_in_the_address_from_view_to_view(self, alice: Browser) -> None:
        page = alice.get("/incidents?who=me&priority=P1&q=parc&state=new")
        assert 'href="/incidents?view=all&amp;who=me&amp;priority=P1&amp;state=new&amp;q=parc"' in (
            page.text
        )
        # No incident of this view has that state: it would show nothing for ever.
        assert 'href="/incidents?view=closed&amp;who=me&amp;priority=P1&amp;q=parc"' in page.text

    def test_each_can_be_taken_away(self, alice: Browser) -> None:
        page = alice.get("/incidents?who=me&priority=P1")
        assert '<a href="/incidents?priority=P1">Les miens' in page.text
        assert '<a href="/incidents?who=me">P1 Critique' in page.text
        assert '<a class="all" href="/incidents">Tout effacer' in page.text

    def test_they_stay_from_page_to_page(self, alice: Browser, cast: Cast) -> None:
        wanted = [cast.incident("P2").reference for _ in range(listing.PAGE + 1)]
        cast.incident("P3")
        page = alice.get("/incidents?priority=P2")
        after = re.search(r'rel="next" href="([^"]+)"', page.text)
        assert after
        more = alice.get(after[1].replace("&amp;", "&"))
        assert references(page) + references(more) == wanted

    def test_a_form_leads_to_an_address_that_one_keeps(self, alice: Browser) -> None:
        page = alice.get("/incidents?view=owed&q=+parc+&priority=&product=&state=&client=")
        assert (page.status_code, page.location) == (303, "/incidents?q=parc")

    def test_a_reference_opens_its_incident(self, alice: Browser, cast: Cast) -> None:
        incident = cast.incident(state="closed")
        digits = incident.reference
        for typed in (digits, f"{digits[:3]}+{digits[3:]}", f"{digits[:3]}-{digits[3:]}"):
            page = alice.get(f"/incidents?q={typed}&priority=")
            assert page.location == f"/incidents/{incident.id}"

    def test_a_reference_that_two_had_in_turn_shows_both(self, alice: Browser, cast: Cast) -> None:
        first, second = cast.incident(state="closed"), cast.incident()
        cast.change(second, reference=first.reference)
        assert alice.get(f"/incidents?q={first.reference}&priority=").location == (
            f"/incidents?q={first.reference}"
        )
        page = alice.get(f"/incidents?view=all&q={first.reference}")
        assert references(page) == [first.reference] * 2

    @pytest.mark.parametrize(
        "query", ["who=eve", "priority=P9", "product=x'--", "state=closed", "view=taken&state=new"]
    )
    def test_what_does_not_exist_is_not_found(self, alice: Browser, query: str) -> None:
        assert alice.get(f"/incidents?{query}").status_code == 404

    @pytest.mark.parametrize(
        "hostile", ["%25", "_", "a" * 5000, "%00", "' OR 1=1 --", "٣٣٣٣٣٣", "!"]
    )
    def test_hostile_words_find_nothing_and_break_nothing(
        self, alice: Browser, cast: Cast, hostile: str
    ) -> None:
        cast.incident()
        page = alice.get(f"/incidents?view=all&q={hostile}")
        assert page.status_code == 200
        assert references(page) == []
        assert "Rien ne correspond" in shown(page)

    def test_nothing_found_here_may_be_elsewhere(self, alice: Browser, cast: Cast) -> None:
        cast.incident(client=cast.parc, state="closed")
        page = alice.get("/incidents?q=parc")
        assert references(page) == []
        assert '<a href="/incidents?view=all&amp;q=parc">Chercher dans tous' in page.text


# Words ------------------------------------------------------------------------------------------


@DATABASES
class TestWords:
    def test_names_are_found_without_accents_and_in_part(self, cast: Cast, line: Line) -> None:
        cast.change(cast.parc, name="Hôtel-Dieu de l'Œuvre")
        incident = cast.incident(client=cast.parc, super_user_id=cast.night_user.id)
        cast.incident()
        for typed in ("hotel", "HÔTEL dieu", "oeuvre", "l'œuv", "nadia", "Nuit", "dieu nadia"):
            assert found(line, text=typed) == [incident.reference], typed
        assert found(line, text="hotel rive") == []

    def test_a_client_is_found_by_the_name_it_has_now(self, cast: Cast, line: Line) -> None:
        incident = cast.incident(client=cast.parc)
        cast.change(cast.parc, name="Clinique des Érables")
        assert found(line, text="erables") == [incident.reference]
        assert found(line, text="parc") == []

    def test_numbers_are_those_of_clients_incidents_and_phones(
        self, cast: Cast, line: Line
    ) -> None:
        incident = cast.incident(client=cast.parc, callback_number="+14185550177")
        for typed in ("10452", incident.reference, "418 555-0177", "(418) 555 0177", "14185550177"):
            assert found(line, text=typed) == [incident.reference], typed
        assert found(line, text="10453") == []

    def test_what_agents_wrote_is_found(self, cast: Cast, line: Line, alice: Browser) -> None:
        now = line.clock()
        incident = cast.incident("P4", state="taken", holder_id=cast.alice.id, taken_at=now)
        page = f"/incidents/{incident.id}"
        alice.get(page)
        alice.post(f"{page}/note", text="Les imprimantes du 3e étage, hors réseau")
        alice.get(page)
        alice.post(f"{page}/resolve", nature="technical", solution="Commutateurs redémarrés")
        for typed in ("imprimante", "ETAGE reseau", "commutateur", "redémarrés"):
            assert found(line, text=typed) == [incident.reference], typed
        assert found(line, text="imprimante facture") == []

    def test_a_word_written_twice_is_kept_once(
        self, cast: Cast, line: Line, alice: Browser
    ) -> None:
        incident = cast.incident("P4", state="taken", holder_id=cast.alice.id)
        for _ in range(2):
            alice.get(f"/incidents/{incident.id}")
            assert alice.post(f"/incidents/{incident.id}/note", text="écran").status_code == 303
        assert found(line, text="ecrans") == [incident.reference]


# However many there are -------------------------------------------------------------------------


@DATABASES
class TestBounds:
    @pytest.fixture(autouse=True)
    def few(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(listing, "LOOKED_AT", 4)
        monkeypatch.setattr(finding, "LOOKED_AT", 4)

    def test_a_rare_condition_is_looked_for_piece_by_piece(self, cast: Cast, line: Line) -> None:
        """No page looks at more than so many, and together they show each row once."""
        wanted = [cast.incident("P1" if n % 7 == 3 else "P2", ago=n * MINUTE) for n in range(24)]
        rare = [one.reference for one in reversed(wanted) if one.priority == "P1"]
        seen, key, pages = [], None, 0
        with reading(line.sessions) as session:
            while True:
                asked = Wanted("owed", priority="P1")
                page = listing.page(session, asked, key, line.clock())
                seen += [row.incident.reference for row in page.rows]
                pages += 1
                if (key := page.next_key) is None:
                    break
                assert page.further
        assert sorted(seen) == sorted(rare)
        assert pages == 7

    def test_only_the_newest_that_a_word_finds_are_looked_at(self, cast: Cast, line: Line) -> None:
        many = [cast.incident(client=cast.parc, ago=n * MINUTE) for n in range(9)]
        with reading(line.sessions) as session:
            page = listing.page(session, Wanted("all", text="parc"), None, line.clock())
        assert page.cut
        newest = {one.id for one in many[-4:]}
        assert {row.incident.id for row in page.rows} == newest

    @pytest.mark.parametrize("more", [{"text": "parc"}, {"view": "closing", "text": "parc"}])
    def test_what_is_found_goes_on_by_key_too(
        self, cast: Cast, line: Line, monkeypatch: pytest.MonkeyPatch, more: dict[str, str]
    ) -> None:
        monkeypatch.setattr(finding, "LOOKED_AT", 100)
        monkeypatch.setattr(listing, "LOOKED_AT", 100)
        monkeypatch.setattr(listing, "PAGE", 2)
        now = line.clock()
        for state in ("new", "waiting", "resolved", "closed", "refused"):
            for n in range(3):
                facts = {"closed_at": now - n * HOUR} if state == "closed" else {}
                due = {"closing_at": now - n * HOUR} if state in ("waiting", "resolved") else {}
                cast.incident(client=cast.parc, state=state, ago=n * HOUR, **facts, **due)
        wanted, key, seen = Wanted(**{"view": "all", **more}), None, []  # type: ignore[arg-type]
        with reading(line.sessions) as session:
            monkeypatch.setattr(listing, "PAGE", 100)
            whole = listing.page(session, wanted, None, now).rows
            monkeypatch.setattr(listing, "PAGE", 2)
            while True:
                page = listing.page(session, wanted, key, now)
                seen += [row.incident.id for row in page.rows]
                if (key := page.next_key) is None:
                    break
        assert seen == [row.incident.id for row in whole]
        assert len(seen) == (15 if wanted.view == "all" else 6)
        assert [row.shelf for row in whole] == sorted(row.shelf for row in whole)

    def test_the_rarest_word_leads(self, cast: Cast, line: Line) -> None:
        """The one that all hold would show the newest only, and hide the one that is meant."""
        meant = cast.incident(client=cast.parc, super_user_id=cast.night_user.id)
        for _ in range(9):
            cast.incident(client=cast.parc)
        assert found(line, text="parc nadia") == [meant.reference]


def test_the_page_says_that_it_looked_no_further(
    alice: Browser, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "LOOKED_AT", 2)
    for n in range(3):
        cast.incident("P2", ago=n * MINUTE)
    page = alice.get("/incidents?priority=P4")
    assert "ont été regardés" in shown(page)
    assert "Regarder plus loin" in shown(page)


class TestIndices:
    """Each list is read in the order of an index: its first page costs the same at any length."""

    @pytest.fixture
    def statements(self, line: Line) -> list[Select[object]]:
        walks = [listing._walk(shelf, None, line.clock()) for shelf in (*shelves.SHELVES, 8)]
        place = listing._Place(6, line.clock(), 7)
        walks.append(listing._walk(6, place, line.clock()))
        walks += [finding.by_client(1).ids, finding.by_holder(1).ids, finding._by_word("x").ids]
        return [walk.limit(51) for walk in walks]

    def test_on_sqlite(self, line: Line, statements: list[Select[object]]) -> None:
        for plan in self._plans(line, "EXPLAIN QUERY PLAN ", statements):
            assert re.match(r"SEARCH incident(s|_words) USING \w*\s?\w*\s?INDEX", plan[0]), plan
            assert "TEMP B-TREE" not in " ".join(plan)

    @pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
    def test_on_postgresql(self, line: Line, statements: list[Select[object]]) -> None:
        """An empty table is read as a whole and sorted, unless that is switched off."""
        ways = ("seqscan", "bitmapscan", "sort")
        off = "".join(f"SET LOCAL enable_{way} = off; " for way in ways)
        for plan in self._plans(line, f"{off}EXPLAIN ", statements):
            joined = " ".join(plan)
            assert "Sort" not in joined, joined
            assert re.search(r"Index (Only )?Scan", joined), joined

    def _plans(
        self, line: Line, explain: str, statements: list[Select[object]]
    ) -> Iterator[list[str]]:
        engine = line.sessions.kw["bind"]
        with engine.execution_options(p1line_reads=True).begin() as connection:
            for statement in statements:
                sql = str(statement.compile(engine, compile_kwargs={"literal_binds": True}))
                *before, asked = f"{explain}{sql}".split("; ")
                for each in before:
                    connection.execute(text(each))
                yield [str(row[-1]) for row in connection.execute(text(asked))]


# Where each stands ------------------------------------------------------------------------------


@DATABASES
def test_each_incident_stands_on_its_shelf(cast: Cast, line: Line, clock: StandingClock) -> None:
    now = line.clock()
    later, soon = now + 3 * HOUR, now + HOUR
    met = {"taken_at": now, "told_at": now}
    rows = [
        ({"state": "new"}, shelves.TO_TAKE, "due_at"),
        ({"state": "reopened", **met, "update_due_at": soon}, shelves.TO_TAKE, "update_due_at"),
        ({"state": "taken", "taken_at": now}, shelves.TO_REACH, "due_at"),
        ({"state": "waiting", **met, "callback_at": now}, shelves.TO_REACH, "due_at"),
        ({"state": "resolved", **met, "callback_at": now, "resolved_at": now}, shelves.TO_CALL,
         "resolved_at"),
        ({"state": "in_progress", **met, "correction_due_at": later, "update_due_at": soon},
         shelves.RUNNING, "update_due_at"),
        ({"state": "taken", **met, "correction_due_at": soon, "update_due_at": later},
         shelves.RUNNING, "correction_due_at"),
        ({"state": "waiting", **met}, shelves.HELD, "due_at"),
        ({"state": "resolved", **met, "resolved_at": now}, shelves.RESOLVED, "resolved_at"),
        ({"state": "closed", **met, "closed_at": later}, shelves.CLOSED, "closed_at"),
        ({"state": "closed", "closed_at": None}, shelves.CLOSED, "opened_at"),
        ({"state": "refused"}, shelves.REFUSED, "opened_at"),
    ]  # fmt: skip
    for facts, shelf, column in rows:
        incident = cast.incident(**facts)  # type: ignore[arg-type]
        with reading(line.sessions) as session:
            kept = session.get_one(Incident, incident.id)
            assert (kept.shelf, kept.shelf_place) == (shelf, getattr(kept, column)), facts


def test_every_view_is_whole(cast: Cast, line: Line) -> None:
    """Whatever state an incident is in, it stands in some view, and in "all"."""
    for state in ("new", "taken", "in_progress", "waiting", "reopened", "resolved", "closed"):
        cast.incident(state=state)
    cast.incident(state="refused")
    every = set(found(line))
    assert len(every) == 8
    assert every == {one for view in listing.VIEWS for one in found(line, view=view)}
