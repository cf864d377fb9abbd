"""Who is let in, for what, how often and until when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from ivr import tokens
from ivr.database import reading
from ivr.incidents import Refused
from ivr.models import Agent, ApiToken, AuditLine
from line import Line
from tests.api.asker import Asker
from tests.api.conftest import Make
from tests.console.cast import MINUTE, Browser, Cast, StandingClock


def the_token(line: Line) -> ApiToken:
    with reading(line.sessions) as session:
        return session.scalars(select(ApiToken).order_by(ApiToken.id.desc())).first()  # type: ignore[return-value]


@pytest.mark.parametrize(
    "shown", ["", "Bearer", "Bearer x", "Basic YTpi", "Bearer p1line_" + "a" * 43]
)
def test_without_a_token_nothing_is_told(app: Flask, cast: Cast, shown: str) -> None:
    headers = {"Authorization": shown} if shown else {}
    answer = app.test_client().get("/api/v1/me", headers=headers)
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="p1line"')
    assert answer.json is not None
    assert answer.json["code"] == "unauthenticated"


def test_it_says_what_it_may(ask: Make) -> None:
    told = ask("rota", "incidents", may_change=False, days=30).get("/me").json
    assert told is not None
    assert told["rights"] == ["incidents", "rota"]
    assert (told["may_change"], told["acts_as"]) == (False, None)
    assert told["expires_at"] == "2026-12-30T14:00:00Z"


def test_the_database_does_not_hold_it(ask: Make, line: Line) -> None:
    asker = ask("rota")
    kept = the_token(line)
    assert asker.token.startswith("p1line_")
    assert asker.token[-4:] == kept.hint
    everything = " ".join(str(value) for value in vars(kept).values())
    assert asker.token[7:-4] not in everything


def test_no_right_no_answer(ask: Make, cast: Cast) -> None:
    incident = cast.incident()
    asker = ask("rota")
    assert asker.get("/rota/on-call").status_code == 200
    assert asker.get(f"/incidents/{incident.id}").status_code == 403
    assert asker.get("/incidents/999999").status_code == 403


def test_one_that_reads_changes_nothing(ask: Make, cast: Cast) -> None:
    incident = cast.incident()
    asker = ask("incidents", agent=cast.bob, may_change=False)
    answer = asker.post(f"/incidents/{incident.id}/acts/take")
    assert (answer.status_code, answer.json["code"]) == (403, "reads_only")  # type: ignore[index]
    assert cast.now(incident).state == "new"


def test_a_persons_act_needs_a_person(ask: Make, cast: Cast) -> None:
    """Law 7: no machine takes anything in charge."""
    incident = cast.incident()
    answer = ask("incidents").post(f"/incidents/{incident.id}/acts/take")
    assert (answer.status_code, answer.json["code"]) == (403, "needs_person")  # type: ignore[index]
    assert cast.now(incident).state == "new"


def test_its_rights_end_with_the_role_it_acts_as(ask: Make, cast: Cast) -> None:
    cast.change(cast.bob, role="manager")
    asker = ask("outages", agent=cast.bob)
    assert asker.get("/outages").status_code == 200
    cast.change(cast.bob, role="agent")
    assert asker.get("/outages").status_code == 403


def test_more_than_the_role_has_is_refused(token: Callable[..., str], cast: Cast) -> None:
    with pytest.raises(Refused, match="beyond_role"):
        token("outages", agent=cast.bob)


def test_it_ends_with_whom_it_acts_as(ask: Make, cast: Cast) -> None:
    asker = ask("incidents", agent=cast.bob)
    assert asker.get("/me").status_code == 200
    cast.change(cast.bob, active=False)
    assert asker.get("/me").status_code == 401


def test_it_expires(ask: Make, clock: StandingClock) -> None:
    asker = ask("rota", days=30)
    clock.passes(timedelta(days=30) - MINUTE)
    assert asker.get("/me").status_code == 200
    clock.passes(MINUTE)
    assert asker.get("/me").status_code == 401


def test_it_is_revoked_at_once_and_that_is_noted(ask: Make, line: Line, cast: Cast) -> None:
    asker = ask("rota")
    assert asker.get("/me").status_code == 200
    with line.scene() as scene:
        row = scene.session.get_one(ApiToken, the_token(line).id)
        tokens.revoke(scene, row, scene.session.get_one(Agent, cast.alice.id))
    assert asker.get("/me").status_code == 401
    with reading(line.sessions) as session:
        acts = list(session.scalars(select(AuditLine.act).order_by(AuditLine.id)))
    assert acts == ["token_made", "token_revoked"]


def test_so_many_requests_a_minute_and_no_more(ask: Make, line: Line, clock: StandingClock) -> None:
    asker = ask("rota", per_minute=60)
    clock.passes(timedelta(seconds=20))
    assert [asker.get("/me").status_code for _ in range(60)] == [200] * 60
    answer = asker.get("/me")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "40"
    clock.passes(timedelta(seconds=40))
    assert asker.get("/me").status_code == 200
    assert the_token(line).last_used_at == clock()


def test_one_integration_uses_up_no_others_requests(ask: Make) -> None:
    first, second = ask("rota", per_minute=60), ask("rota", per_minute=60)
    for _ in range(61):
        last = first.get("/me")
    assert last.status_code == 429
    assert second.get("/me").status_code == 200


def test_a_browsers_cookie_opens_nothing(app: Flask, cast: Cast) -> None:
    browser = Browser(app)
    browser.sign_in()
    assert browser.get("/incidents").status_code == 200
    answer = browser.get("/api/v1/incidents")
    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers


def test_no_cookie_and_no_other_site(ask: Make) -> None:
    asker = ask("rota")
    answer = asker.get("/me", Origin="https://elsewhere.example.org")
    assert "Set-Cookie" not in answer.headers
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]
    assert answer.headers["Cache-Control"] == "no-store"
    preflight = asker.ask("OPTIONS", "/me", Origin="https://elsewhere.example.org")
    assert preflight.status_code == 405
    assert preflight.headers["Allow"] == "GET, HEAD"


def test_a_post_needs_no_csrf_token(bob: Asker, cast: Cast) -> None:
    incident = cast.incident()
    assert bob.post(f"/incidents/{incident.id}/acts/take").status_code == 200
