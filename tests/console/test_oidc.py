"""Signing in with the centre's identity provider, a real one on the loopback."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask
from sqlalchemy import func, select

from ivr.database import reading
from ivr.models import Agent, AuditLine, SecondFactor
from line import Line
from settings import Settings, SettingsError
from tests.console.cast import Browser, Cast, text
from tests.console.provider import CLIENT_ID, CLIENT_SECRET, Provider, provider


@pytest.fixture(scope="module")
def served() -> Iterator[Provider]:
    with provider() as made:
        yield made


@pytest.fixture
def idp(served: Provider) -> Provider:
    """Honest again, whatever the test before it asked of it."""
    fresh = Provider(url=served.url)
    for each in dataclasses.fields(Provider):
        setattr(served, each.name, getattr(fresh, each.name))
    return served


@pytest.fixture
def line(line: Line, idp: Provider) -> Line:
    settings = dataclasses.replace(
        line.settings,
        oidc_issuer=idp.url,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=CLIENT_SECRET,
    )
    return dataclasses.replace(line, settings=settings)


def go(browser: Browser, path: str = "/sign-in/oidc") -> Browser:
    """There and back, as a browser goes."""
    there = browser.get(path)
    assert there.status_code == 303
    back = requests.get(there.location, allow_redirects=False, timeout=5).headers["Location"]
    assert back.startswith("http://localhost/sign-in/oidc/back?")
    browser.get(back.removeprefix("http://localhost"))
    return browser


def refused(line: Line) -> list[dict[str, Any]]:
    with reading(line.sessions) as session:
        acts = select(AuditLine).where(AuditLine.act == "sign_in_refused")
        return [each.facts for each in session.scalars(acts)]


def test_an_agent_signs_in(visitor: Browser, cast: Cast, line: Line) -> None:
    assert "Continuer avec le compte du centre" in text(visitor.get("/sign-in"))
    assert go(visitor).page.location == "/incidents"
    assert "Alice Roy" in text(visitor.get("/incidents"))
    with reading(line.sessions) as session:
        signed_in = session.scalars(select(AuditLine)).one()
    assert (signed_in.act, signed_in.facts) == ("signed_in", {"way": "oidc"})
    assert signed_in.agent_id == cast.alice.id


def test_who_has_no_password_here_is_told_how_to_get_one(visitor: Browser, cast: Cast) -> None:
    cast.change(cast.alice, password_hash="")
    go(visitor)
    for path in ("/account", "/account/second-factor"):
        page = visitor.get(path)
        assert "pas encore de mot de passe ici" in text(page)
        assert 'name="current"' not in page.text


def test_a_second_factor_is_asked_for_unless_the_provider_has(
    visitor: Browser, app: Flask, cast: Cast, idp: Provider, line: Line
) -> None:
    with line.scene() as scene:
        factor = SecondFactor(agent_id=cast.alice.id, secret="x", confirmed_at=scene.now)
        scene.session.add(factor)
    assert go(visitor).page.location == "/sign-in/code"
    assert visitor.get("/incidents").status_code == 303
    idp.claims["amr"] = ["pwd", "mfa"]
    other = Browser(app)
    assert go(other).page.location == "/incidents"
    assert other.get("/incidents").status_code == 200


def test_one_comes_to_the_page_that_one_asked_for(visitor: Browser) -> None:
    assert go(visitor, "/sign-in/oidc?next=/outages").page.location == "/outages"


def test_and_nowhere_else(visitor: Browser) -> None:
    assert go(visitor, "/sign-in/oidc?next=//evil.example/").page.location == "/incidents"


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "nobody@example.org", "email_verified": True},
        {"email": "denis@example.org", "email_verified": True},  # has left
        {"email": "alice@example.org", "email_verified": False},
        {"email": "alice@example.org"},
        {"email": "alice@example.org", "email_verified": "true"},
        {"email": "", "email_verified": True},
        {"email_verified": True},
    ],
)
def test_nobody_else_is_let_in_and_no_account_is_made(
    visitor: Browser, idp: Provider, line: Line, claims: dict[str, Any]
) -> None:
    idp.claims = claims
    page = go(visitor).page
    assert page.status_code == 401
    assert "n'est celui d'aucune personne active" in text(page)
    assert visitor.get("/incidents").status_code == 303
    assert refused(line) == [{"why": "oidc"}]
    with reading(line.sessions) as session:
        assert session.scalar(select(func.count(Agent.id))) == 3


@pytest.mark.parametrize(
    "lie",
    [
        {"signed_by": "a stranger"},
        {"signed_by": "our own secret"},
        {"signed_by": "nobody"},
        {"claims": {"iss": "https://evil.example", "email_verified": True}},
        {"claims": {"aud": "another client", "email_verified": True}},
        {"claims": {"exp": 1, "email_verified": True}},
        {"claims": {"nonce": "of another sign-in", "email_verified": True}},
    ],
)
def test_a_token_that_is_not_sound_lets_nobody_in(
    visitor: Browser, idp: Provider, lie: dict[str, Any]
) -> None:
    if "claims" in lie:
        lie = {"claims": {"email": "alice@example.org", **lie["claims"]}}
    for name, value in lie.items():
        setattr(idp, name, value)
    page = go(visitor).page
    assert page.status_code == 401
    assert "ne répond pas comme prévu" in text(page)
    assert visitor.get("/incidents").status_code == 303


def test_who_cancels_there_is_back_at_the_form(visitor: Browser, idp: Provider) -> None:
    idp.refuses = True
    assert "La connexion a été annulée" in text(go(visitor).page)


def test_an_answer_counts_once_and_only_where_it_was_asked_for(
    visitor: Browser, app: Flask
) -> None:
    there = visitor.get("/sign-in/oidc").location
    back = requests.get(there, allow_redirects=False, timeout=5).headers["Location"]
    path = back.removeprefix("http://localhost")
    stranger = Browser(app)  # login CSRF: the victim never began
    assert stranger.get(path).status_code == 401
    stranger.get("/sign-in/oidc")  # began another one
    assert stranger.get(path).status_code == 401
    assert visitor.get(path).status_code == 303
    visitor.get("/incidents")
    visitor.post("/sign-out")
    assert visitor.get(path).status_code == 401


def test_a_stolen_code_is_worth_nothing_without_its_verifier(
    visitor: Browser, app: Flask, idp: Provider
) -> None:
    """PKCE: the thief's own sign-in has another one."""
    there = visitor.get("/sign-in/oidc").location
    back = requests.get(there, allow_redirects=False, timeout=5).headers["Location"]
    code = parse_qs(urlsplit(back).query)["code"][0]
    thief = Browser(app)
    state = parse_qs(urlsplit(thief.get("/sign-in/oidc").location).query)["state"][0]
    assert thief.get(f"/sign-in/oidc/back?code={code}&state={state}").status_code == 401
    assert code not in idp.codes


def test_another_issuer_is_not_ours(line: Line, app: Flask, cast: Cast, idp: Provider) -> None:
    from console.account import oidc

    oidc._metadata.clear()
    idp.issuer = "https://evil.example"
    page = Browser(app).get("/sign-in/oidc")
    assert (page.status_code, "mot de passe" in text(page)) == (401, True)


def test_what_the_provider_says_of_itself_is_asked_for_once(
    app: Flask, cast: Cast, idp: Provider
) -> None:
    from console.account import oidc

    oidc._metadata.clear()
    for _ in range(3):
        Browser(app).get("/sign-in/oidc")
    assert idp.discovered == 1


class TestWithout:
    @pytest.fixture
    def line(self, line: Line) -> Line:
        without = {"oidc_issuer": "", "oidc_client_id": "", "oidc_client_secret": None}
        return dataclasses.replace(line, settings=dataclasses.replace(line.settings, **without))

    def test_there_is_neither_button_nor_page(self, visitor: Browser) -> None:
        assert "compte du centre" not in text(visitor.get("/sign-in"))
        assert visitor.get("/sign-in/oidc").status_code == 404
        assert visitor.get("/sign-in/oidc/back?code=x&state=y").status_code == 404


class TestGone:
    @pytest.fixture
    def line(self, line: Line) -> Line:
        settings = dataclasses.replace(line.settings, oidc_issuer="http://127.0.0.1:9")
        return dataclasses.replace(line, settings=settings)

    def test_the_password_still_does(self, visitor: Browser) -> None:
        page = visitor.get("/sign-in/oidc")
        assert page.status_code == 401
        assert "ne répond pas comme prévu" in text(page)
        assert visitor.sign_in().status_code == 303


@pytest.mark.parametrize(
    "wrong",
    [
        {"OIDC_ISSUER": "https://id.example.org"},
        {"OIDC_CLIENT_ID": "p1line", "OIDC_CLIENT_SECRET": "x"},
        {
            "OIDC_ISSUER": "http://id.example.org",
            "OIDC_CLIENT_ID": "p1line",
            "OIDC_CLIENT_SECRET": "x",
        },
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, str]) -> None:
    environ = {
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "token",
        "PUBLIC_URL": "https://line.example.org",
        "P1LINE_NUMBER": "+18005550100",
        "DATABASE_URL": "sqlite://",
        "REDIS_URL": "redis://127.0.0.1/0",
        "SECRET_KEY": "secret " * 8,
    }
    assert Settings.from_environ(environ).oidc_issuer == ""
    with pytest.raises(SettingsError, match="OIDC_ISSUER"):
        Settings.from_environ(environ | wrong)
