"""A calendar from an address: never over a wire that others can write on, never told aloud."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
import pytest
from flask import Flask, Response, redirect
from werkzeug.wrappers import Response as Answer

from commands import rota_fetch
from tests.rota import feeds
from tests.servers import serve


@contextmanager
def site() -> Iterator[str]:
    app = Flask(__name__)

    @app.get("/private/s3cret/feed")
    def feed() -> Response:
        return Response(feeds.PAGERDUTY, mimetype="text/calendar")

    @app.get("/elsewhere")
    def elsewhere() -> Answer:
        return redirect("/private/s3cret/feed")

    @app.get("/large")
    def large() -> Response:
        return Response(b" " * (rota_fetch.LARGEST + 1))

    with serve(app) as address:
        yield address


def refused(source: str) -> str:
    with pytest.raises(click.ClickException) as refusal:
        rota_fetch.fetch(source, "en")
    assert "s3cret" not in refusal.value.message
    return refusal.value.message


def test_from_this_computer_also_after_a_redirect() -> None:
    with site() as address:
        assert rota_fetch.fetch(f"{address}/private/s3cret/feed", "en") == feeds.PAGERDUTY
        assert rota_fetch.fetch(f"{address}/elsewhere", "en") == feeds.PAGERDUTY


def test_from_elsewhere_only_over_https() -> None:
    assert "https://" in refused("http://calendar.example.org/s3cret")
    assert "https://" in refused("ftp://calendar.example.org/s3cret")


def test_what_does_not_answer_or_is_too_large() -> None:
    with site() as address:
        assert "HTTPError" in refused(f"{address}/s3cret")
        assert "5 MB" in refused(f"{address}/large")
    assert "ConnectionError" in refused(f"{address}/private/s3cret/feed")


def test_its_name_is_the_same_each_time_and_tells_no_secret() -> None:
    name = rota_fetch.name_of("webcal://calendar.example.org/private/s3cret/feed")
    assert name == rota_fetch.name_of("https://calendar.example.org/private/s3cret/feed")
    assert name.startswith("calendar.example.org ")
    assert "s3cret" not in name
    assert name != rota_fetch.name_of("https://calendar.example.org/private/other/feed")
    assert rota_fetch.name_of("/home/x/pager.ics") == "pager"
