"""Two at once: one effect, and the second is told; a lost answer is asked for again."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from ivr import answers
from ivr.rota import standing
from line import Line
from tests.api.asker import V1, Asker
from tests.api.conftest import Make
from tests.console.cast import Cast

BOTH = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
TIMES = 4


def at_once(do: Callable[[], TestResponse]) -> list[TestResponse]:
    ready = Barrier(TIMES)

    def one(_: int) -> TestResponse:
        ready.wait()
        return do()

    with ThreadPoolExecutor(TIMES) as pool:
        return list(pool.map(one, range(TIMES)))


@BOTH
def test_one_key_has_one_effect(bob: Asker, cast: Cast) -> None:
    incident = cast.incident()
    path = f"/incidents/{incident.id}/acts/note"
    got = at_once(lambda: bob.post(path, {"text": "Une fois"}, Idempotency_Key="k"))
    assert [answer.status_code for answer in got] == [200] * TIMES
    assert len({answer.data for answer in got}) == 1
    assert sorted("Idempotency-Replayed" in answer.headers for answer in got) == [
        False, True, True, True,
    ]  # fmt: skip
    assert cast.kinds(incident) == ["note"]


@BOTH
def test_of_two_who_saw_the_same_one_is_told(bob: Asker, cast: Cast) -> None:
    incident = cast.incident("P3", state="taken", holder_id=cast.bob.id)
    where = f"/incidents/{incident.id}"
    tag = bob.etag(where)
    change = {"priority": "P2", "reason": "Pire"}
    got = at_once(lambda: bob.post(f"{where}/acts/change_priority", change, If_Match=tag))
    assert sorted(answer.status_code for answer in got) == [200, 412, 412, 412]
    assert cast.kinds(incident) == ["priority_set"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_whoever_changes_the_rota_is_waited_for(bob: Asker, cast: Cast, line: Line) -> None:
    """What a page has looked at under the lock is still so when the page writes."""
    sent = {"agent": cast.bob.id, "replaces": cast.alice.id,
            "start": "2026-12-01T00:00:00Z", "end": "2026-12-02T00:00:00Z"}  # fmt: skip
    where = bob.post("/rota/overrides", sent).headers["Location"].removeprefix(V1)
    later = {**sent, "start": "2026-12-02T00:00:00Z", "end": "2026-12-03T00:00:00Z"}
    asks = [lambda: bob.post("/rota/overrides", later), lambda: bob.ask("DELETE", where)]
    with ThreadPoolExecutor(len(asks)) as pool:
        with line.scene() as scene:
            standing.lock(scene)
            asked = [pool.submit(ask) for ask in asks]
            assert not wait(asked, timeout=0.5).done
        assert [one.result().status_code for one in asked] == [201, 200]


@BOTH
def test_so_many_requests_are_counted_and_none_is_forgotten(ask: Make) -> None:
    asker = ask("rota", per_minute=60)
    for _ in range(58):
        assert asker.get("/me").status_code == 200
    got = at_once(lambda: asker.get("/me"))
    assert sorted(answer.status_code for answer in got) == [200, 200, 429, 429]


def test_a_database_that_is_away_is_told_and_may_come_back(
    bob: Asker, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident = cast.incident()
    path = f"/incidents/{incident.id}/acts/note"
    with monkeypatch.context() as patched:
        patched.setattr(answers, "begin", _away)
        lost = bob.post(path, {"text": "x"}, Idempotency_Key="k")
    assert (lost.status_code, lost.headers["Retry-After"]) == (503, "2")
    assert lost.content_type == "application/problem+json"
    assert bob.post(path, {"text": "x"}, Idempotency_Key="k").status_code == 200
    assert cast.kinds(incident) == ["note"]


def _away(*_: Any) -> Any:
    raise OperationalError("", {}, Exception())
