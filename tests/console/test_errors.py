"""Errors in the page's layout and both languages, and what every answer forbids."""

from __future__ import annotations

import re

import pytest
from flask import Blueprint, Flask, abort

import console
from ivr import listing
from line import Line
from tests.console.cast import Browser, Cast, text


def test_an_address_that_is_none_keeps_the_frame(alice: Browser) -> None:
    page = alice.get("/no/such/page")
    assert page.status_code == 404
    assert "Cette page n'existe pas" in text(page)
    assert "Alice Roy" in text(page)
    assert "This page does not exist" in text(alice.get("/no/such/page?lang=en"))


def test_a_stranger_sees_it_too(visitor: Browser) -> None:
    page = visitor.get("/no/such/page")
    assert page.status_code == 404
    assert "Se déconnecter" not in text(page)


def test_a_fault_of_ours_is_a_page_and_stands_in_the_log(
    alice: Browser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(listing, "page", broken)
    page = alice.get("/incidents")
    assert page.status_code == 500
    assert "Quelque chose n'a pas fonctionné" in text(page)
    assert "a fault" not in page.text
    assert "RuntimeError: a fault" in caplog.text


def test_without_a_database_there_is_still_a_page(alice: Browser, line: Line) -> None:
    engine = line.sessions.kw["bind"]
    engine.dispose()
    url = engine.url.database
    with open(url, "r+b") as file:
        file.write(b"no database at all" * 10)
    page = alice.get("/incidents")
    assert page.status_code == 500
    assert "Quelque chose n'a pas fonctionné" in text(page)


class TestOtherParts:
    """Twilio's webhooks keep their own answers: no page of ours, no header of ours."""

    @pytest.fixture
    def app(self, line: Line) -> Flask:
        app = Flask("p1line")  # its own: the others' has no such route
        app.extensions["line"] = line
        app.register_blueprint(console.blueprint)
        voice = Blueprint("voice", __name__)
        voice.add_url_rule("/voice", view_func=lambda: abort(404), methods=["POST"])
        app.register_blueprint(voice)
        console.csrf.exempt(voice)
        return app

    def test_what_they_refuse_stays_bare(self, app: Flask, cast: Cast) -> None:
        page = app.test_client().post("/voice")
        assert page.status_code == 404
        assert "<!doctype html>\n<html lang=en>" in page.text
        assert "Content-Security-Policy" not in page.headers


@pytest.mark.parametrize(
    "path", ["/sign-in", "/incidents", "/no/such/page", "/incidents/4711", "/incidents?after=x"]
)
def test_every_answer_forbids_what_a_page_does_not_need(alice: Browser, path: str) -> None:
    headers = alice.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"


def test_a_page_has_nothing_inline(alice: Browser, cast: Cast) -> None:
    incident = cast.incident()
    for path in ("/incidents", f"/incidents/{incident.id}", "/sign-in"):
        page = alice.get(path).text
        assert not re.search(r"<script(?! defer src=)", page)
        for forbidden in ("<style", " style=", " onclick=", "javascript:"):
            assert forbidden not in page


def test_assets_are_kept_for_good_under_an_address_of_their_content(alice: Browser) -> None:
    address = alice.page.text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    page = alice.get(address)
    assert page.status_code == 200
    assert page.content_type == "text/css; charset=utf-8"
    assert "immutable" in page.headers["Cache-Control"]
    assert "v=" in address
    assert alice.get("/assets/../session.py").status_code == 404
