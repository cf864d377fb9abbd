"""What goes out on an incident's events: signed, in order, at least once, and never astray."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import event, insert, select, text

from ivr import deliveries, incidents, published, signing, targets, working
from ivr.database import reading
from ivr.models import Agent, AuditLine, Incident, WebhookDelivery, WebhookTarget
from jobs import deliver, post_out
from jobs.deliver import Courier, deliver_due
from line import Line
from tests.api.receiver import Receiver, receiver
from tests.console.cast import Cast, StandingClock

_numbers = count(1)
Subscribe = Callable[..., WebhookTarget]


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture
def subscribe(line: Line, cast: Cast) -> Subscribe:
    def make(url: str, *types: str, rights: tuple[str, ...] = ()) -> WebhookTarget:
        with line.scene() as scene:
            wanted = targets.Wanted(
                f"form {next(_numbers)}", "Clavardage", url, types or published.ALL, rights
            )
            by = scene.session.get_one(Agent, cast.alice.id)
            return targets.make(scene, by, wanted, demo=True)

    return make


def secret(line: Line, target: WebhookTarget) -> str:
    return signing.secret(line.settings.secret_key, target.salt)


def take(line: Line, incident: Incident, agent: Agent) -> None:
    with line.scene() as scene:
        mine = scene.session.get_one(Incident, incident.id)
        by = scene.session.get_one(Agent, agent.id)
        incidents.take_in_charge(scene, mine, by, how="click")


def note(line: Line, incident: Incident, agent: Agent, text: str = "Appeler Mme Roy") -> None:
    with line.scene() as scene:
        mine = scene.session.get_one(Incident, incident.id)
        working.note(scene, mine, scene.session.get_one(Agent, agent.id), text)


def backlog(line: Line, cast: Cast, target: WebhookTarget, count: int) -> None:
    """So many messages wait for it, all of them older than what comes after."""
    with line.scene() as scene:
        by = scene.session.get_one(Agent, cast.bob.id)
        waits = scene.session.get_one(WebhookTarget, target.id)
        for _ in range(count):
            targets.test(scene, waits, by)


def carries(courier: Courier, there: Receiver) -> None:
    """It is started, and soon something has arrived."""
    courier.start()
    until = time.monotonic() + 3
    while not there.accepted and time.monotonic() < until:
        time.sleep(0.02)
    assert there.accepted


def rows(line: Line) -> list[WebhookDelivery]:
    with reading(line.sessions) as session:
        return list(session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id)))


def audited(line: Line) -> list[AuditLine]:
    with reading(line.sessions) as session:
        return list(session.scalars(select(AuditLine).order_by(AuditLine.id)))


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
def test_an_event_arrives_signed(
    line: Line, cast: Cast, there: Receiver, subscribe: Subscribe
) -> None:
    target = subscribe(there.url)
    incident = cast.incident("P1")
    take(line, incident, cast.bob)
    deliver_due(line)
    (got,) = there.accepted
    assert got.path == "/hook?team=1"
    assert got.verified_by(secret(line, target))
    assert not got.verified_by(signing.secret("another key", target.salt))
    assert got.headers["webhook-timestamp"] == str(int(line.clock().timestamp()))
    assert got.headers["content-type"] == "application/json"
    assert got.type == "incident.taken"
    assert got.json["data"]["incident"]["reference"] == incident.reference
    assert got.json["data"]["event"]["facts"] == {"how": "click"}
    deliver_due(line)
    assert len(there.got) == 1


def test_the_row_is_of_the_events_own_transaction(
    line: Line, cast: Cast, there: Receiver, subscribe: Subscribe
) -> None:
    subscribe(there.url)
    incident = cast.incident()

    def undone() -> None:
        with line.scene() as scene:
            mine = scene.session.get_one(Incident, incident.id)
            by = scene.session.get_one(Agent, cast.bob.id)
            incidents.take_in_charge(scene, mine, by, how="click")
            raise RuntimeError("undone")

    with pytest.raises(RuntimeError, match="undone"):
        undone()
    assert rows(line) == []


def test_only_what_was_asked_for(
    line: Line, cast: Cast, there: Receiver, subscribe: Subscribe
) -> None:
    subscribe(there.url, "incident.note_added")
    incident = cast.incident()
    take(line, incident, cast.bob)
    note(line, incident, cast.bob)
    deliver_due(line)
    assert [got.type for got in there.got] == ["incident.note_added"]


def test_without_rights_nobody_is_named(
    line: Line, cast: Cast, there: Receiver, subscribe: Subscribe
) -> None:
    subscribe(there.url)
    incident = cast.incident(client=cast.parc, super_user_id=cast.night_user.id)
    take(line, incident, cast.bob)
    note(line, incident, cast.bob)
    deliver_due(line)
    assert len(there.got) == 2
    said = b" ".join(got.body for got in there.got).decode()
    for name in ("Bob", "Nadia", "Roy", "5550199", "Parc", "10452"):
        assert name not in said


def test_with_rights_they_are(
    line: Line, cast: Cast, there: Receiver, subscribe: Subscribe
) -> None:
    subscribe(there.url, rights=("incidents", "clients"))
    incident = cast.incident(client=cast.parc, super_user_id=cast.night_user.id)
    note(line, incident, cast.bob)
    deliver_due(line)
    data = there.got[0].json["data"]
    assert data["incident"]["client"] == {"number": "10452", "name": "Clinique du Parc"}
    assert data["incident"]["caller"] == "Nadia Nuit"
    assert data["event"]["agent"] == "Bob Tremblay"
    assert data["event"]["facts"]["text"] == "Appeler Mme Roy"


def test_a_breach_has_a_type_of_its_own() -> None:
    assert published.type_of("threshold", {"percent": 75}) == "incident.threshold"
    assert published.type_of("threshold", {"percent": 100}) == "incident.breached"
    assert published.type_of("rung", {}) is None


@pytest.mark.parametrize(
    ("does", "why"), [(500, "500"), (301, "301"), ("redirects", "307"), ("dies", "unreachable")]
)
def test_what_fails_is_tried_again_with_the_same_id(
    line: Line,
    cast: Cast,
    clock: StandingClock,
    there: Receiver,
    subscribe: Subscribe,
    does: int | str,
    why: str,
) -> None:
    target = subscribe(there.url)
    there.answers = [does]
    take(line, cast.incident(), cast.bob)
    deliver_due(line)
    (row,) = rows(line)
    assert (row.failure, row.attempts, row.sent_at) == (why, 1, None)
    deliver_due(line)
    assert len(there.got) == 1
    clock.passes(timedelta(seconds=5))
    deliver_due(line)
    assert [got.identity for got in there.got] == [there.got[0].identity] * 2
    assert [got.path for got in there.got] == ["/hook?team=1"] * 2
    assert all(got.verified_by(secret(line, target)) for got in there.got)
    (row,) = rows(line)
    assert (row.failure, row.send_at, row.sent_at) == ("", None, line.clock())


def test_those_of_one_incident_keep_their_order(
    line: Line, cast: Cast, clock: StandingClock, there: Receiver, subscribe: Subscribe
) -> None:
    subscribe(there.url)
    first, other = cast.incident(), cast.incident()
    there.answers = [503]
    take(line, first, cast.bob)
    for n in range(3):
        note(line, first, cast.bob, f"{n}")
    take(line, other, cast.bob)
    deliver_due(line)
    assert there.accepted == [], "what fails ends a look"
    deliver_due(line)
    references = [got.json["data"]["incident"]["id"] for got in there.accepted]
    assert references == [other.id]
    clock.passes(timedelta(seconds=5))
    deliver_due(line)
    mine = [got for got in there.accepted if got.json["data"]["incident"]["id"] == first.id]
    assert [got.type for got in mine] == ["incident.taken", *["incident.note_added"] * 3]
    events = [got.json["data"]["event"]["id"] for got in mine]
    assert events == sorted(events)


def test_after_a_day_it_is_given_up_and_the_next_one_goes(
    line: Line, cast: Cast, clock: StandingClock, there: Receiver, subscribe: Subscribe
) -> None:
    target = subscribe(there.url)
    incident = cast.incident()
    take(line, incident, cast.bob)
    there.answers = [500] * 60
    until = line.clock() + timedelta(hours=25)
    while line.clock() < until:
        deliver_due(line)
        clock.passes(timedelta(minutes=10))
    assert 20 < len(there.got) < 40
    (row,) = rows(line)
    assert (row.send_at, row.sent_at, row.failure) == (None, None, "500")
    last = audited(line)[-1]
    assert (last.act, last.subject, last.agent_id) == ("webhook_given_up", "Clavardage", None)
    assert last.facts["why"] == "500"
    there.answers = []
    note(line, incident, cast.bob)
    deliver_due(line)
    assert there.accepted[-1].type == "incident.note_added"
    with line.scene() as scene:
        by = scene.session.get_one(Agent, cast.bob.id)
        deliveries.send_again(scene, scene.session.get_one(WebhookTarget, target.id), by)
    assert (audited(line)[-1].act, audited(line)[-1].facts["messages"]) == ("webhook_resent", 1)
    deliver_due(line)
    assert there.accepted[-1].type == "incident.taken"


def test_an_address_that_is_gone_is_told_no_more(
    line: Line, cast: Cast, there: Receiver, subscribe: Subscribe
) -> None:
    subscribe(there.url)
    there.answers = [410]
    incident = cast.incident()
    take(line, incident, cast.bob)
    note(line, incident, cast.bob)
    deliver_due(line)
    note(line, incident, cast.bob)
    deliver_due(line)
    assert len(there.got) == 1
    with reading(line.sessions) as session:
        target = session.scalars(select(WebhookTarget)).one()
    assert target.paused_why == "gone"


def test_two_who_send_at_once_send_it_once(
    line: Line, cast: Cast, there: Receiver, subscribe: Subscribe
) -> None:
    subscribe(there.url)
    take(line, cast.incident(), cast.bob)
    threads = [threading.Thread(target=deliver_due, args=[line]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(there.got) == 1


def test_who_dies_while_sending_leaves_it_to_the_next(
    line: Line,
    cast: Cast,
    clock: StandingClock,
    there: Receiver,
    subscribe: Subscribe,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    subscribe(there.url)
    take(line, cast.incident(), cast.bob)
    with monkeypatch.context() as patched:
        patched.setattr(deliver, "_settle", _die)
        with pytest.raises(SystemExit):
            deliver_due(line)
    deliver_due(line)
    assert len(there.got) == 1
    clock.passes(deliveries.LEASE)
    deliver_due(line)
    assert [got.identity for got in there.got] == [there.got[0].identity] * 2
    assert rows(line)[0].sent_at == line.clock()


def _die(*_: Any) -> None:
    raise SystemExit


def test_one_that_drips_is_cut_off(
    line: Line,
    cast: Cast,
    there: Receiver,
    subscribe: Subscribe,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(post_out, "ALL_OF_IT", 0.3)
    subscribe(there.url)
    there.answers = ["drips"]
    take(line, cast.incident(), cast.bob)
    began = time.monotonic()
    deliver_due(line)
    assert time.monotonic() - began < 2
    assert rows(line)[0].failure == "slow"


def test_a_slow_one_holds_up_nobody_else(
    line: Line,
    cast: Cast,
    there: Receiver,
    subscribe: Subscribe,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(post_out, "ALL_OF_IT", 3.0)
    monkeypatch.setattr(deliver, "EVERY", 0.02)
    with receiver() as slow:
        slow.answers = ["drips"] * 5
        behind = subscribe(slow.url)
        backlog(line, cast, behind, 8 * deliver.LIMIT)
        subscribe(there.url)
        take(line, cast.incident(), cast.bob)
        courier = Courier(line)
        carries(courier, there)
        assert len(slow.got) == 1
        assert not slow.accepted
        courier.stop()
        courier.join(10)
        assert len(slow.got) == 1, "what is not being posted stays for the next start"


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
def test_what_was_settled_is_not_looked_through(line: Line, subscribe: Subscribe) -> None:
    """A month of it is kept, and the courier looks each second."""
    target, now = subscribe("http://127.0.0.1:9/"), line.clock()
    row = {"target_id": target.id, "type": published.TEST, "created_at": now}
    with line.scene() as scene:
        scene.session.execute(insert(WebhookDelivery), [{**row, "send_at": None}] * 3000)
        scene.session.execute(insert(WebhookDelivery), [{**row, "send_at": now}] * 300)
        scene.session.execute(text("ANALYZE"))
    engine, asked = line.sessions.kw["bind"], []
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))
    with reading(line.sessions) as session:
        assert len(deliveries.due(session, now, deliver.LIMIT)[target.id]) == deliver.LIMIT
    explain = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
    with engine.connect() as connection:
        statement, given = asked[-1]
        plan = connection.exec_driver_sql(f"{explain} {statement}", given).all()
    assert "ix_webhook_deliveries_due" in " ".join(str(step) for step in plan), plan


def test_many_that_are_away_hold_up_nobody_else(
    line: Line,
    cast: Cast,
    there: Receiver,
    subscribe: Subscribe,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each costs one failure a look, whatever waits behind it."""
    monkeypatch.setattr(deliver, "EVERY", 0.02)
    monkeypatch.setattr(deliver, "AT_ONCE", 2)
    posted, real = [], deliver._post

    def slow(line: Line, url: str, body: bytes, headers: dict[str, str]) -> str:
        posted.append(url)
        if url.startswith(there.url):
            return real(line, url, body, headers)
        time.sleep(0.2)
        return "slow"

    monkeypatch.setattr(deliver, "_post", slow)
    for n in range(2):
        backlog(line, cast, subscribe(f"http://127.0.0.1:9/{n}"), deliver.LIMIT)
    subscribe(there.url)
    take(line, cast.incident(), cast.bob)
    courier = Courier(line)
    carries(courier, there)
    courier.stop()
    courier.join(10)
    assert len(posted) < 20


def test_what_was_settled_long_ago_is_forgotten(
    line: Line, cast: Cast, clock: StandingClock, there: Receiver, subscribe: Subscribe
) -> None:
    subscribe(there.url)
    incident = cast.incident()
    take(line, incident, cast.bob)
    deliver_due(line)
    there.answers = [500]
    note(line, incident, cast.bob)
    deliver_due(line)
    clock.passes(deliveries.KEPT + timedelta(seconds=1))
    with line.scene() as scene:
        deliveries.forget(scene)
    assert [(row.type, row.failure) for row in rows(line)] == [("incident.note_added", "500")]


class TestTargets:
    def test_paused_it_waits_and_hears_nothing_new(
        self, line: Line, cast: Cast, there: Receiver, subscribe: Subscribe
    ) -> None:
        made = subscribe(there.url)
        incident = cast.incident()
        take(line, incident, cast.bob)
        with line.scene() as scene:
            target = scene.session.get_one(WebhookTarget, made.id)
            targets.pause(scene, target, scene.session.get_one(Agent, cast.alice.id))
        note(line, incident, cast.bob)
        deliver_due(line)
        assert there.got == []
        with line.scene() as scene:
            target = scene.session.get_one(WebhookTarget, made.id)
            targets.resume(scene, target, scene.session.get_one(Agent, cast.alice.id))
        deliver_due(line)
        assert [got.type for got in there.got] == ["incident.taken"]

    def test_removed_it_hears_nothing_any_more(
        self, line: Line, cast: Cast, there: Receiver, subscribe: Subscribe
    ) -> None:
        made = subscribe(there.url)
        incident = cast.incident()
        take(line, incident, cast.bob)
        with line.scene() as scene:
            target = scene.session.get_one(WebhookTarget, made.id)
            targets.remove(scene, target, scene.session.get_one(Agent, cast.alice.id))
        note(line, incident, cast.bob)
        deliver_due(line)
        assert there.got == []
        assert [row.failure for row in rows(line)] == ["removed"]

    def test_a_changed_secret_signs_beside_the_old_one_for_a_day(
        self,
        line: Line,
        cast: Cast,
        clock: StandingClock,
        there: Receiver,
        subscribe: Subscribe,
    ) -> None:
        made = subscribe(there.url)
        old = secret(line, made)
        with line.scene() as scene:
            target = scene.session.get_one(WebhookTarget, made.id)
            by = scene.session.get_one(Agent, cast.alice.id)
            targets.rotate(scene, target, by, made.salt[:8])
            with pytest.raises(incidents.Refused, match="changed"):
                targets.rotate(scene, target, by, made.salt[:8])
            new = secret(line, target)
        incident = cast.incident()
        take(line, incident, cast.bob)
        deliver_due(line)
        assert there.got[-1].verified_by(old)
        assert there.got[-1].verified_by(new)
        clock.passes(timedelta(days=1))
        note(line, incident, cast.bob)
        deliver_due(line)
        assert not there.got[-1].verified_by(old)
        assert there.got[-1].verified_by(new)

    def test_a_test_message_tells_of_nothing(
        self, line: Line, cast: Cast, there: Receiver, subscribe: Subscribe
    ) -> None:
        made = subscribe(there.url)
        with line.scene() as scene:
            by = scene.session.get_one(Agent, cast.bob.id)
            targets.test(scene, scene.session.get_one(WebhookTarget, made.id), by)
        deliver_due(line)
        assert (there.got[0].type, there.got[0].json["data"]) == ("webhook.test", {})

    def test_the_database_does_not_hold_the_secret(self, line: Line, subscribe: Subscribe) -> None:
        made = subscribe("http://127.0.0.1:9/")
        kept = " ".join(str(value) for value in vars(made).values())
        assert secret(line, made).removeprefix("whsec_") not in kept


class TestAddresses:
    """No address leads into our own network (SSRF)."""

    @pytest.mark.parametrize(
        "url",
        [
            "http://example.org/",
            "ftp://example.org/",
            "https://",
            "https:///x",
            "example.org",
            "https://user:word@example.org/",
            "https://example.org/#x",
            "https://example.org:0/",
            "https://example.org:99999/",
            "https://exa mple.org/",
            "https://example.org\\@127.0.0.1/",
            "https://localhost/",
            "https://intranet/",
            "https://db.internal/",
            "https://printer.local/",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f.0.0.1/",
            "https://0x7f000001/",
            "https://10.0.0.1/",
            "https://172.16.0.1/",
            "https://192.168.1.1/",
            "https://169.254.169.254/latest/meta-data/",
            "https://100.64.0.1/",
            "https://0.0.0.0/",
            "https://224.0.0.1/",
            "https://255.255.255.255/",
            "https://[::1]/",
            "https://[::]/",
            "https://[fe80::1]/",
            "https://[fd00::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[64:ff9b::a00:1]/",
            "https://[2002:a00:1::]/",
            "https://[2001:0:a00:1::]/",
            "https://[fe80::1%25eth0]/",
            "https://example.org/" + "x" * 500,
        ],
    )
    def test_refused_by_its_looks(self, url: str) -> None:
        with pytest.raises(incidents.Refused):
            targets.address(url, demo=False)

    @pytest.mark.parametrize(
        "url",
        [
            "https://example.org/hook",
            "https://hooks.example.org:8443/a?b=c",
            "https://93.184.216.34/",
            "https://[2606:2800:220:1::1]/",
        ],
    )
    def test_a_public_one_will_do(self, url: str) -> None:
        assert targets.address(f" {url} ", demo=False) == url

    @pytest.mark.parametrize(
        "url", ["http://127.0.0.1:9/", "http://localhost:9/x", "http://[::1]/"]
    )
    def test_this_machine_will_do_in_the_demo_alone(self, url: str) -> None:
        assert targets.address(url, demo=True) == url
        with pytest.raises(incidents.Refused):
            targets.address(url, demo=False)

    def test_another_private_one_not_even_in_the_demo(self) -> None:
        with pytest.raises(incidents.Refused):
            targets.address("https://192.168.1.1/", demo=True)

    @pytest.mark.parametrize(
        "numbers",
        [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["169.254.169.254"], ["::ffff:127.0.0.1"]],
    )
    def test_a_name_that_leads_within_is_not_connected_to(
        self, monkeypatch: pytest.MonkeyPatch, there: Receiver, numbers: list[str]
    ) -> None:
        monkeypatch.setattr(post_out.socket, "getaddrinfo", _resolver(numbers))
        with pytest.raises(post_out.NotPosted, match="private"):
            post_out.post("https://hooks.example.org/", b"{}", {})
        assert there.got == []

    def test_it_connects_to_the_very_number_that_was_looked_at(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A name that answers otherwise the second time is not asked a second time."""
        asked: list[str] = []
        reached: list[Any] = []

        def resolve(host: str, *_: Any, **__: Any) -> Any:
            asked.append(host)
            return _answers(["93.184.216.34"] if len(asked) == 1 else ["127.0.0.1"])

        def connect(address: Any, *_: Any) -> Any:
            reached.append(address)
            raise ConnectionRefusedError

        monkeypatch.setattr(post_out.socket, "getaddrinfo", resolve)
        monkeypatch.setattr(post_out.socket, "create_connection", connect)
        with pytest.raises(post_out.NotPosted, match="unreachable"):
            post_out.post("https://hooks.example.org/", b"{}", {})
        assert asked == ["hooks.example.org"]
        assert reached == [("93.184.216.34", 443)]

    def test_plain_http_leaves_this_machine_never(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(post_out.socket, "getaddrinfo", _resolver(["93.184.216.34"]))
        with pytest.raises(post_out.NotPosted, match="address"):
            post_out.post("http://hooks.example.org/", b"{}", {}, demo=True)

    def test_a_name_that_is_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def resolve(*_: Any, **__: Any) -> Any:
            raise OSError

        monkeypatch.setattr(post_out.socket, "getaddrinfo", resolve)
        with pytest.raises(post_out.NotPosted, match="unresolved"):
            post_out.post("https://nowhere.example.org/", b"{}", {})


def _resolver(numbers: list[str]) -> Callable[..., Any]:
    return lambda *_, **__: _answers(numbers)


def _answers(numbers: list[str]) -> Any:
    return [(2, 1, 6, "", (number, 443)) for number in numbers]
