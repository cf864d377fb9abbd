"""An agent's own shifts as a calendar at a secret address, and the on-call log."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta

import icalendar
import pytest
from sqlalchemy import select

from ivr.database import reading
from ivr.models import AuditLine, Leg, RotaAddress, RotaLayer, RotaOverride
from tests.console.cast import Browser, Cast, StandingClock, text
from tests.console.rota import at


@pytest.fixture
def address(alice: Browser) -> str:
    """Of Alice's calendar, which she has just made."""
    alice.get("/rota/address")
    assert alice.post("/rota/address").location == "/rota/address"
    return shown(alice)


def shown(browser: Browser) -> str:
    browser.get("/rota/address")
    found = re.search(r'value="http://localhost(/rota/[^"]+\.ics)"', browser.page.text)
    assert found
    return found[1]


def events(page: bytes) -> dict[str, tuple[datetime, datetime]]:
    calendar = icalendar.Calendar.from_ical(page)
    return {str(one["UID"]): (one.start, one.end) for one in calendar.events}


class TestAddress:
    """No sign-in, no cookie: whoever has the address reads one agent's shifts, and no more."""

    def test_a_program_reads_it(self, address: str, visitor: Browser, cast: Cast) -> None:
        page = visitor.get(address)
        assert page.status_code == 200
        assert page.content_type == "text/calendar; charset=utf-8"
        found = events(page.data)
        assert (at("2026-11-30 08:00"), at("2026-12-07 08:00")) in found.values()
        assert len(found) == 16  # every other week, from four weeks back to 26 ahead
        assert "Bob" not in page.text
        assert set(found) == {uid for uid in found if uid.startswith(f"on_call-{cast.alice.id}-")}

    def test_its_answer_is_private_and_not_to_be_found(
        self, address: str, visitor: Browser
    ) -> None:
        headers = visitor.get(address).headers
        assert headers["Cache-Control"] == "private, max-age=3600"
        assert headers["X-Robots-Tag"] == "noindex, nofollow"
        assert "Set-Cookie" not in headers

    def test_a_program_that_reads_again_gets_nothing_new(
        self, address: str, visitor: Browser, clock: StandingClock
    ) -> None:
        etag = visitor.get(address).headers["ETag"]
        clock.passes(timedelta(minutes=10))
        page = visitor.get(address, **{"If-None-Match": etag})
        assert (page.status_code, page.data) == (304, b"")

    def test_a_change_is_read(self, address: str, visitor: Browser, cast: Cast) -> None:
        first = visitor.get(address)
        with cast.line.sessions.begin() as session:
            session.add(
                RotaOverride(
                    agent_id=cast.bob.id,
                    level="on_call",
                    starts_at=at("2026-12-01 08:00"),
                    ends_at=at("2026-12-02 08:00"),
                    entered_at=cast.line.clock(),
                )
            )
        page = visitor.get(address, **{"If-None-Match": first.headers["ETag"]})
        assert page.status_code == 200
        before, after = events(first.data), events(page.data)
        (uid,) = (one for one, span in before.items() if span[0] == at("2026-11-30 08:00"))
        assert after[uid] == (at("2026-11-30 08:00"), at("2026-12-01 08:00"))
        assert (at("2026-12-02 08:00"), at("2026-12-07 08:00")) in after.values()

    def test_the_page_says_when_it_was_last_read(
        self, address: str, visitor: Browser, alice: Browser
    ) -> None:
        assert "Aucun calendrier ne l'a encore lue." in text(alice.page)
        visitor.get(address)
        assert "Lue la dernière fois le lundi 30 novembre à 9 h." in text(
            alice.get("/rota/address")
        )

    def test_a_new_one_and_none(self, address: str, visitor: Browser, alice: Browser) -> None:
        alice.post("/rota/address")
        second = shown(alice)
        assert visitor.get(address).status_code == 404
        assert visitor.get(second).status_code == 200
        alice.get("/rota/address")
        alice.post("/rota/address/revoke")
        assert visitor.get(second).status_code == 404
        assert ".ics" not in alice.get("/rota/address").text

    def test_of_somebody_who_is_disabled_nothing_is_read(
        self, address: str, visitor: Browser, cast: Cast
    ) -> None:
        cast.change(cast.alice, active=False)
        assert visitor.get(address).status_code == 404

    @pytest.mark.parametrize("wrong", ["x", "x" * 3000, "%00", "..%2F..%2Fetc", "é"])
    def test_another_address_is_no_page(self, visitor: Browser, cast: Cast, wrong: str) -> None:
        assert visitor.get(f"/rota/{wrong}.ics").status_code == 404

    def test_it_is_in_the_agents_language(self, address: str, visitor: Browser, cast: Cast) -> None:
        cast.change(cast.alice, language="en")
        assert "SUMMARY:On call: Alice Roy (on call)" in visitor.get(address).text

    def test_the_database_and_the_audit_hold_no_secret(self, address: str, cast: Cast) -> None:
        secret = address.removeprefix("/rota/").removesuffix(".ics")
        with reading(cast.line.sessions) as session:
            row = session.scalars(select(RotaAddress)).one()
            line = session.scalars(select(AuditLine).where(AuditLine.act.like("calendar%"))).one()
        assert secret not in repr((vars(row), vars(line)))
        assert line.agent_id == cast.alice.id


class TestLog:
    """Who was on call at a moment that is past."""

    def test_it_answers_with_the_reason(self, alice: Browser) -> None:
        said = text(alice.get("/rota/log?at=2026-11-28T02:00"))
        assert "De garde le samedi 28 novembre à 2 h" in said
        assert "Bob Tremblay de garde Bob Tremblay : tour de garde du lundi 23 novembre" in said
        assert "Inscrit le lundi 30 novembre à 9 h" in said

    def test_who_entered_a_replacement_is_named(self, alice: Browser, cast: Cast) -> None:
        with cast.line.sessions.begin() as session:
            session.add(
                RotaOverride(
                    agent_id=cast.alice.id,
                    replaces_id=cast.bob.id,
                    level="on_call",
                    starts_at=at("2026-11-28 00:00"),
                    ends_at=at("2026-11-28 08:00"),
                    entered_at=at("2026-11-25 10:00"),
                    entered_by_id=cast.bob.id,
                )
            )
        said = text(alice.get("/rota/log?at=2026-11-28T02:00"))
        assert "Alice Roy remplace Bob Tremblay" in said
        assert "Inscrit le mercredi 25 novembre à 10 h · Bob Tremblay" in said

    def test_what_was_withdrawn_while_it_ran_held_until_then(
        self, alice: Browser, cast: Cast
    ) -> None:
        with cast.line.sessions.begin() as session:
            session.add(
                RotaOverride(
                    agent_id=cast.alice.id,
                    level="on_call",
                    starts_at=at("2026-11-28 00:00"),
                    ends_at=at("2026-11-28 08:00"),
                    entered_at=at("2026-11-25 10:00"),
                    withdrawn_at=at("2026-11-28 04:00"),
                )
            )
        assert "remplace Bob" in text(alice.get("/rota/log?at=2026-11-28T03:59"))
        assert "remplace Bob" not in text(alice.get("/rota/log?at=2026-11-28T04:00"))

    def test_whoever_has_left_since_was_there(self, alice: Browser, cast: Cast) -> None:
        cast.change(cast.bob, active=False)
        assert "Bob Tremblay de garde" in text(alice.get("/rota/log?at=2026-11-28T02:00"))
        assert "Bob Tremblay de garde" not in text(alice.get("/rota/log?at=2026-12-08T02:00"))

    def test_the_phones_that_rang_around_it(self, alice: Browser, cast: Cast) -> None:
        incident = cast.incident("P1")
        with cast.line.sessions.begin() as session:
            for minutes, outcome in ((-61, "busy"), (5, "no_answer"), (60, "failed")):
                session.add(
                    Leg(
                        kind="hunt",
                        incident_id=incident.id,
                        agent_id=cast.bob.id,
                        number=cast.bob.phone,
                        state="ended",
                        outcome=outcome,
                        created_at=at("2026-11-28 02:00") + timedelta(minutes=minutes),
                    )
                )
        page = alice.get("/rota/log?at=2026-11-28T02:00")
        assert "02:05:00 Bob Tremblay sans réponse" in text(page)
        assert "occupé" not in text(page)
        assert "injoignable" not in text(page)
        assert f'href="/incidents/{incident.id}"' in page.text

    def test_for_a_product(self, alice: Browser, cast: Cast) -> None:
        with cast.line.sessions.begin() as session:
            session.scalars(select(RotaLayer)).one().products = ["imaging"]
        asked = "/rota/log?at=2026-11-28T02:00"
        assert "Bob Tremblay de garde" in text(alice.get(f"{asked}&product=imaging"))
        assert "Bob Tremblay de garde" not in text(alice.get(f"{asked}&product=billing"))

    @pytest.mark.parametrize("moment", ["x", "2026-13-01T00:00", "2027-03-14T02:30"])
    def test_no_moment_is_refused_in_words(self, alice: Browser, moment: str) -> None:
        page = alice.get(f"/rota/log?at={moment}")
        assert page.status_code == 200
        assert "Écrivez un moment qui existe" in text(page)
        assert f'value="{html.escape(moment)}"' in page.text

    def test_without_a_moment_it_is_now(self, alice: Browser) -> None:
        assert "De garde le lundi 30 novembre à 9 h" in text(alice.get("/rota/log?lang=fr"))
        assert "On call on Monday, November 30 at 9 AM" in text(alice.get("/rota/log?lang=en"))
