"""Signing in and out, and who is let in (ASVS 6 and 7; attack cases A29, A58 to A60)."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from typing import Any

import argon2
import pytest
from flask import Flask
from sqlalchemy import select

from ivr.callers import hash_secret
from ivr.database import reading
from ivr.models import Attempt, AuditLine, ConsoleSession
from line import Line
from tests.console.cast import MINUTE, PASSWORD, Browser, Cast, StandingClock, text

LIFETIME, IDLE = timedelta(hours=12), timedelta(hours=2)  # policy.toml
WRONG = "Le courriel ou le mot de passe n'est pas le bon."


def test_an_agent_signs_in_and_out(visitor: Browser) -> None:
    assert visitor.sign_in().location == "/incidents"
    assert "Alice Roy" in text(visitor.get("/incidents"))
    assert visitor.post("/sign-out").location == "/sign-in"
    assert visitor.get("/incidents").location == "/sign-in?next=/incidents"


def test_the_e_mail_may_be_typed_in_capitals(visitor: Browser) -> None:
    assert visitor.sign_in(" ALICE@Example.ORG ").status_code == 303


@pytest.mark.parametrize("path", ["/", "/incidents", "/incidents/1", "/incidents/1/recordings/1"])
def test_nothing_is_shown_to_a_stranger(visitor: Browser, path: str) -> None:
    page = visitor.get(path)
    assert page.status_code == 303
    assert page.location.startswith("/sign-in")


def test_after_signing_in_one_sees_the_page_that_one_asked_for(visitor: Browser) -> None:
    visitor.get("/sign-in?next=/incidents%3Fview%3Dtaken")
    page = visitor.post(
        "/sign-in", email="alice@example.org", password=PASSWORD, next="/incidents?view=taken"
    )
    assert page.location == "/incidents?view=taken"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        "/\n/evil.example",
        "///evil.example",
        "//[evil",
        "incidents",
    ],
)
def test_signing_in_leads_nowhere_else(visitor: Browser, elsewhere: str) -> None:
    visitor.get("/sign-in")
    page = visitor.post("/sign-in", email="alice@example.org", password=PASSWORD, next=elsewhere)
    assert page.location == "/incidents"


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("alice@example.org", "not this one"),
        ("nobody@example.org", PASSWORD),
        ("denis@example.org", PASSWORD),
        ("", ""),
        ("alice@example.org", PASSWORD + "x" * 5000),
        ("alice@example.org", ""),
    ],
)
def test_wrong_unknown_and_disabled_sound_alike_and_cost_alike(
    visitor: Browser, cast: Cast, monkeypatch: pytest.MonkeyPatch, email: str, password: str
) -> None:
    for agent in (cast.alice, cast.denis):
        cast.change(agent, password_hash=hash_secret(PASSWORD))  # as the product hashes them
    verified: list[Any] = []
    verify = argon2.PasswordHasher.verify

    def counting(hasher: argon2.PasswordHasher, hashed: str, given: str) -> bool:
        verified.append(hashed)
        return bool(verify(hasher, hashed, given))

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counting)
    page = visitor.sign_in(email, password)
    assert page.status_code == 401
    assert WRONG in text(page)
    assert [argon2.extract_parameters(hashed) for hashed in verified] == [
        argon2.PasswordHasher()._parameters
    ]


def test_failures_are_counted_by_e_mail_and_address(app: Flask, cast: Cast, line: Line) -> None:
    allowed = line.policy.limits.sign_in_failures_per_quarter_hour
    here, elsewhere = Browser(app, "203.0.113.1"), Browser(app, "203.0.113.2")
    for _ in range(allowed):
        assert here.sign_in(password="wrong").status_code == 401
    assert here.sign_in().status_code == 429
    assert "Trop d'essais" in text(here.page)
    assert here.sign_in("bob@example.org").status_code == 303
    assert elsewhere.sign_in().status_code == 303


def test_after_a_quarter_of_an_hour_one_may_try_again(
    visitor: Browser, line: Line, clock: StandingClock
) -> None:
    for _ in range(line.policy.limits.sign_in_failures_per_quarter_hour):
        visitor.sign_in(password="wrong")
    assert visitor.sign_in().status_code == 429
    clock.passes(16 * MINUTE)
    assert visitor.sign_in().status_code == 303


def test_the_right_password_forgives_the_failures_before_it(visitor: Browser, line: Line) -> None:
    for _ in range(3):
        visitor.sign_in(password="wrong")
    visitor.sign_in()
    with reading(line.sessions) as session:
        assert session.scalars(select(Attempt)).all() == []


def test_the_count_of_failures_names_nobody(visitor: Browser, line: Line) -> None:
    visitor.sign_in(password="wrong")
    with reading(line.sessions) as session:
        attempt = session.scalars(select(Attempt)).one()
    assert attempt.kind == "sign_in"
    assert "alice" not in attempt.key
    assert "203.0.113" not in attempt.key


def test_a_disabled_agent_is_out_at_once(alice: Browser, cast: Cast) -> None:
    assert alice.get("/incidents").status_code == 200
    cast.change(cast.alice, active=False)
    assert alice.get("/incidents").status_code == 303


def test_a_new_password_ends_every_session(alice: Browser, cast: Cast) -> None:
    cast.change(cast.alice, password_hash=hash_secret("another one"))
    assert alice.get("/incidents").status_code == 303


def test_a_new_role_ends_every_session(alice: Browser, cast: Cast) -> None:
    cast.change(cast.alice, role="manager")
    assert alice.get("/incidents").status_code == 303


def test_a_session_ends_after_its_lifetime_however_busy(
    alice: Browser, clock: StandingClock
) -> None:
    started = clock()
    while clock() - started < LIFETIME - MINUTE:
        assert alice.get("/incidents").status_code == 200
        clock.passes(min(timedelta(hours=1), LIFETIME - MINUTE - (clock() - started)))
    assert alice.get("/incidents").status_code == 200
    clock.passes(2 * MINUTE)
    assert alice.get("/incidents").status_code == 303


def test_a_session_ends_when_nobody_uses_it(alice: Browser, clock: StandingClock) -> None:
    for _ in range(3):
        clock.passes(IDLE - 3 * MINUTE)
        assert alice.get("/incidents").status_code == 200
    clock.passes(IDLE)
    assert alice.get("/incidents").status_code == 303


def test_not_every_page_is_a_write(alice: Browser, line: Line, clock: StandingClock) -> None:
    def seen() -> list[datetime]:
        with reading(line.sessions) as session:
            return list(session.scalars(select(ConsoleSession.seen_at)))

    first = seen()
    clock.passes(MINUTE)
    alice.get("/incidents")
    assert seen() == first
    clock.passes(MINUTE)
    alice.get("/incidents")
    assert seen() == [clock()]


def test_the_cookie_names_nobody_and_the_table_holds_no_key(alice: Browser, line: Line) -> None:
    with alice.session() as cookie:
        assert set(cookie) == {"_permanent", "csrf_token", "key"}
        key = cookie["key"]
    assert len(key) > 40
    with reading(line.sessions) as session:
        row = session.scalars(select(ConsoleSession)).one()
    assert key not in {row.key_hash, row.stamp}


def test_a_cookie_that_was_kept_opens_nothing_after_the_sign_out(
    alice: Browser, app: Flask, cast: Cast
) -> None:
    thief = Browser(app)
    thief._client.set_cookie("p1line", alice.cookie() or "")
    assert thief.get("/incidents").status_code == 200
    alice.post("/sign-out")
    assert thief.get("/incidents").status_code == 303


def test_signing_in_again_ends_the_session_before_it(alice: Browser, app: Flask) -> None:
    thief = Browser(app)
    thief._client.set_cookie("p1line", alice.cookie() or "")
    alice.post("/sign-in", email="bob@example.org", password=PASSWORD)
    assert "Bob Tremblay Au poste" in text(alice.get("/incidents"))
    assert thief.get("/incidents").status_code == 303


def test_signing_in_and_out_and_refusals_leave_a_line(visitor: Browser, line: Line) -> None:
    """Of an address that nobody has, none of what was typed is kept."""
    visitor.sign_in("nobody@example.org")
    visitor.sign_in(password="wrong")
    visitor.sign_in()
    visitor.get("/incidents")
    visitor.post("/sign-out")
    with reading(line.sessions) as session:
        lines = session.scalars(select(AuditLine).order_by(AuditLine.id)).all()
    assert [(each.act, each.subject, each.facts) for each in lines] == [
        ("sign_in_refused", "", {"why": "wrong"}),
        ("sign_in_refused", "Alice Roy", {"why": "wrong"}),
        ("signed_in", "Alice Roy", {"way": "password"}),
        ("signed_out", "Alice Roy", {}),
    ]
    assert [each.agent_id is None for each in lines] == [True, True, False, False]


def test_whoever_goes_on_guessing_fills_no_table(visitor: Browser, line: Line) -> None:
    allowed = line.policy.limits.sign_in_failures_per_quarter_hour
    for _ in range(allowed + 5):
        visitor.sign_in(password="wrong")
    with reading(line.sessions) as session:
        whys = [each.facts["why"] for each in session.scalars(select(AuditLine))]
    assert sorted(whys) == ["too_many"] + ["wrong"] * allowed


def test_an_agent_without_a_password_never_signs_in(visitor: Browser, cast: Cast) -> None:
    """Not even with the words whose hash stands in for it, so that it takes as long."""
    cast.change(cast.alice, password_hash="")
    for password in ("", "nobody signs in with this: matches() refuses it"):
        assert visitor.sign_in(password=password).status_code == 401


def test_a_demo_whose_clock_is_set_to_any_night_signs_nobody_out(
    alice: Browser, app: Flask, line: Line, clock: StandingClock
) -> None:
    settings = dataclasses.replace(line.settings, start=clock())
    app.extensions["line"] = dataclasses.replace(line, settings=settings)
    clock.passes(timedelta(days=5))
    assert alice.get("/incidents").status_code == 200
    clock.passes(-timedelta(days=9))
    assert alice.get("/account").status_code == 200


def test_nothing_but_the_language_outlives_the_sign_in(visitor: Browser) -> None:
    """A58: what somebody planted in the session before is gone, its form's token too."""
    before = visitor.get("/sign-in?lang=en")
    with visitor.session() as session:
        session["planted"] = "before"
    visitor.sign_in()
    with visitor.session() as session:
        assert "planted" not in session
        assert session["language"] == "en"
    visitor.page = before
    assert visitor.post("/sign-out").status_code == 400


def test_signing_out_leaves_nothing_but_the_language(alice: Browser) -> None:
    alice.get("/incidents?lang=en&refresh=off")
    alice.post("/sign-out")
    with alice.session() as session:
        assert dict(session) == {"language": "en"}


def test_a_form_without_its_token_does_nothing(alice: Browser, app: Flask, cast: Cast) -> None:
    incident = cast.incident()
    for path in ("/sign-out", "/presence", f"/incidents/{incident.id}/take"):
        page = alice.post(path, csrf_token="forged", present="0")
        assert page.status_code == 400
        assert "Rien n'a été changé" in text(page)
        alice.get("/incidents")
    assert "Au poste" in text(alice.page)
    assert cast.now(incident).state == "new"


def test_the_token_of_another_session_is_no_token(alice: Browser, app: Flask, cast: Cast) -> None:
    bob = Browser(app)
    bob.sign_in("bob@example.org")
    bob.get("/incidents")
    theirs = bob.page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    assert alice.post("/sign-out", csrf_token=theirs).status_code == 400


def test_a_form_sent_after_the_session_ended_leads_to_the_sign_in(
    alice: Browser, clock: StandingClock, cast: Cast
) -> None:
    incident = cast.incident()
    alice.get(f"/incidents/{incident.id}")
    clock.passes(LIFETIME + timedelta(minutes=1))
    page = alice.post(f"/incidents/{incident.id}/take")
    assert page.location == f"/sign-in?next=/incidents/{incident.id}"
    assert cast.now(incident).state == "new"


def test_a_sign_in_form_that_lost_its_cookie_is_shown_again(app: Flask, cast: Cast) -> None:
    page = app.test_client().post("/sign-in", data={"email": "alice@example.org"})
    assert page.status_code == 400
    assert "ouverte trop longtemps" in text(page)
    assert 'value="alice@example.org"' in page.text


def test_a_cookie_that_was_tampered_with_is_none(alice: Browser) -> None:
    good = alice.cookie()
    assert good
    alice._client.set_cookie("p1line", good[:-2] + ("aa" if good[-2:] != "aa" else "bb"))
    assert alice.get("/incidents").status_code == 303


class TestCookie:
    def test_it_is_out_of_reach_of_scripts_and_other_sites(self, visitor: Browser) -> None:
        cookie = visitor.get("/sign-in").headers["Set-Cookie"]
        assert cookie.startswith("p1line=")
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Secure" not in cookie

    @pytest.mark.parametrize("public_url", ["https://line.example.org"])
    def test_over_https_it_never_leaves_it(self, visitor: Browser) -> None:
        page = visitor.get("/sign-in")
        cookie = page.headers["Set-Cookie"]
        assert cookie.startswith("__Host-p1line=")
        assert "Secure" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie
        assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")
