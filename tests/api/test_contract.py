"""The OpenAPI document against the API itself: what it promises is so, and what it forbids is not.

schemathesis makes the requests of the document: good ones, and ones that break it in one place.
`make soak` makes many more of each.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from datetime import timedelta

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, settings
from schemathesis.generation.hypothesis.builder import (
    HypothesisTestConfig,
    HypothesisTestMode,
    create_test,
)

import api
import console
from api import openapi
from ivr import outages, tokens
from ivr.models import Agent, Article
from line import Line
from settings import Settings
from tests import servers
from tests.console.cast import Cast, StandingClock

EXAMPLES = 60 if os.environ.get("P1LINE_SOAK") else 2
CONFIG = schemathesis.Config.from_dict(
    {
        "checks": {
            # 412: the version that it names is not the one that is there.
            "positive_data_acceptance": {
                "expected-statuses": ["2xx", "3xx", "404", "409", "412", "422"]
            },
            "negative_data_rejection": {
                "expected-statuses": ["400", "401", "404", "405", "409", "412", "415", "428"]
            },
            "missing_required_header": {"expected-statuses": ["428"]},
        }
    }
)


@pytest.fixture(scope="module")
def contract_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One application for all requests, with something of everything in it."""
    made = Settings(
        twilio_account_sid="AC" + "0" * 32,
        twilio_auth_token="token",
        twilio_api_base_url="http://127.0.0.1:9",
        public_url="http://localhost",
        line_number="+18005550100",
        database_url=servers.sqlite(tmp_path_factory.mktemp("contract")),
        redis_url="redis://127.0.0.1:9/0",
        secret_key="secret " * 8,
    )
    line = dataclasses.replace(Line.build(made), clock=StandingClock())
    app = Flask("p1line")
    app.extensions["line"] = line
    app.register_blueprint(console.blueprint)
    app.register_blueprint(api.blueprint)
    console.csrf.exempt(api.blueprint)
    app.extensions["tokens"] = _fill(line)
    yield app
    line.sessions.kw["bind"].dispose()


def _fill(line: Line) -> list[str]:
    cast = Cast(line)
    cast.change(cast.bob, role="manager")
    now = line.clock()
    for number in range(1, 8):
        state = ("new", "taken", "waiting", "resolved", "closed", "refused", "taken")[number - 1]
        held = {"holder_id": cast.bob.id, "taken_at": now} if number > 1 else {}
        incident = cast.incident("P3", state=state, live_reference=f"10000{number}", **held)
        cast.event(incident, "opened")
    with line.scene() as scene:
        bob = scene.session.get_one(Agent, cast.bob.id)
        scene.session.add(
            Article(title="a", solution="b", incident_id=5, agent=bob, written_at=now)
        )
        words = outages.Words("Lent.", "Slow.", scene.now + timedelta(hours=1))
        outages.switch_on(scene, bob, [], words)
        texts = []
        for number, agent in enumerate((bob, None)):
            wanted = tokens.Wanted(f"g{number}", "x", tokens.SCOPES, True, agent, 1200, None)
            token, text = tokens.make(scene, bob, wanted)
            token.per_minute = 1_000_000
            texts.append(text)
    return texts


schema = schemathesis.openapi.from_dict(openapi.document("fr", ""), config=CONFIG)
schema.app = Flask("asked in the process itself")
THOROUGH = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=not os.environ.get("P1LINE_SOAK"),
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize(
    ("path", "method"), [(path, method) for path in schema for method in schema[path]]
)
def test_what_the_document_says_is_so(path: str, method: str, contract_app: Flask) -> None:
    """Its requests are thought out here: `schema.parametrize` does so in every process that looks
    for tests, which takes longer than to make them."""
    token = contract_app.extensions["tokens"][0]

    def ask(case: schemathesis.Case) -> None:
        for name, value in case.path_parameters.items():
            if name == "id" and isinstance(value, int) and 0 < value < 2**31:
                case.path_parameters["id"] = value % 9 + 1  # of which some are there
        # A request that is broken by leaving it out stays without.
        broken = "Authorization" not in case.headers
        headers = None if broken else {"Authorization": f"Bearer {token}"}
        case.call_and_validate(app=contract_app, headers=headers)

    config = HypothesisTestConfig(
        schema.config, list(HypothesisTestMode), explicit_settings=THOROUGH
    )
    create_test(operation=schema[path][method], test_func=ask, config=config)()


def test_the_document_is_for_everybody_and_in_both_languages(contract_app: Flask) -> None:
    client = contract_app.test_client()
    french = client.get("/api/v1/openapi.json", headers={"Accept-Language": "fr-CA"}).json
    english = client.get("/api/v1/openapi.json", headers={"Accept-Language": "en"}).json
    assert french is not None
    assert english is not None
    assert french["openapi"] == "3.1.0"
    assert french["paths"].keys() == english["paths"].keys()
    assert french["info"]["description"] != english["info"]["description"]
    assert english["servers"] == [{"url": "http://localhost/api/v1"}]
