"""The demo's data is that of the README's table, put in place as often as one likes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner
from sqlalchemy import select
from sqlalchemy.orm import Session

from commands import demo_data, main, seed
from ivr import numbers
from ivr.database import Sessions, connect, sessions
from ivr.models import Agent, Base, Client, RotaLayer, SuperUser
from ivr.policy import Policy
from tests import servers

PASSWORD = "kq7m-x3vd-9qt2"
ZONE = ZoneInfo("America/Toronto")
# In Québec it is still the evening of the 27th.
FRIDAY_EVENING = datetime(2026, 11, 28, 3, 30, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Sessions]:
    engine = connect(servers.sqlite(tmp_path))
    yield sessions(engine)
    engine.dispose()


def seeded(database: Sessions, now: datetime = FRIDAY_EVENING, password: str = PASSWORD) -> None:
    with database.begin() as session:
        seed.seed(session, demo_data.read(), password, now, ZONE)


def everything(database: Sessions) -> dict[str, list[Any]]:
    with database() as session:
        return {
            name: sorted(map(repr, session.execute(table.select())))
            for name, table in Base.metadata.tables.items()
        }


def client(session: Session, number: str) -> Client:
    return session.scalars(select(Client).filter_by(number=number)).one()


@pytest.mark.parametrize(
    ("number", "products", "extended", "others", "users"),
    [
        (
            *("10452", {"medical", "billing"}, {"medical"}, ["test"]),
            {"+15145550101": ("days", "fr"), "+15145550102": ("nights weekends", "fr")},
        ),
        ("20317", {"imaging"}, set(), [], {"+14505550103": ("days nights weekends", "fr")}),
        (
            *("30988", {"medical"}, {"medical"}, ["training"]),
            {"+14185550104": ("days nights weekends", "en")},
        ),
        ("40126", {"billing"}, {"billing"}, [], {"+18195550105": ("days nights weekends", "fr")}),
    ],
)
def test_clients_are_those_of_the_table(
    database: Sessions,
    number: str,
    products: set[str],
    extended: set[str],
    others: list[str],
    users: dict[str, tuple[str, str]],
) -> None:
    seeded(database)
    with database() as session:
        found = client(session, number)
        assert {each.product for each in found.products} == products
        assert {each.product for each in found.products if each.extended} == extended
        assert found.other_environments == others
        assert {each.phone: (each.shift, each.language) for each in found.super_users} == users
        assert [each.phone for each in found.lines] == ["+15145550120"] * (number == "10452")


def test_the_beta_site_goes_live_in_ten_days_of_quebec(database: Sessions) -> None:
    seeded(database)
    with database() as session:
        beta = session.scalars(select(Client).filter_by(beta_site=True)).one()
        assert (beta.number, beta.go_live_on) == ("30988", date(2026, 12, 7))


def test_agents_are_those_of_the_table(database: Sessions) -> None:
    seeded(database)
    with database() as session:
        agents = {agent.phone: agent for agent in session.scalars(select(Agent))}
        assert {phone for phone, agent in agents.items() if agent.on_desk} == {
            "+14505550111",
            "+14505550112",
        }
        rota = {layer.level: layer.members for layer in session.scalars(select(RotaLayer))}
        phones = {level: [one.agent.phone for one in members] for level, members in rota.items()}
        assert phones == {
            "on_call": ["+14385550113", "+14385550114"],
            "manager": ["+14385550115"],
        }
        assert agents["+14385550115"].role == "manager"
        assert agents["+14385550116"].role == "admin"
        assert len(agents) == 6
        hasher = PasswordHasher()
        assert all(hasher.verify(agent.password_hash, PASSWORD) for agent in agents.values())
        assert demo_data.read().sign_in in {agent.email for agent in agents.values()}


def test_all_numbers_are_fictitious_and_may_be_called() -> None:
    data = demo_data.read()
    phones = [agent.phone for agent in data.agents]
    phones += [user.phone for each in data.clients for user in each.super_users]
    phones += [phone for each in data.clients for phone in each.lines]
    assert len(set(phones)) == len(phones)
    assert all(phone[-7:-2] == "55501" for phone in phones)
    assert not any(numbers.dialable(phone, Policy.read().dialling) for phone in phones)


def test_seeding_again_changes_nothing(database: Sessions) -> None:
    seeded(database)
    before = everything(database)
    seeded(database)
    assert everything(database) == before
    assert before["agents"]


def test_seeding_again_puts_back_what_was_changed(database: Sessions) -> None:
    seeded(database)
    before = everything(database)
    with database.begin() as session:
        changed = client(session, "10452")
        changed.name = "Another"
        changed.products.pop()
        session.scalars(select(Agent)).first().active = False  # type: ignore[union-attr]
    assert everything(database) != before
    seeded(database)
    assert everything(database) == before


def test_another_password_replaces_the_old_one(database: Sessions) -> None:
    seeded(database)
    seeded(database, password="another one")
    with database() as session:
        for agent in session.scalars(select(Agent)):
            assert PasswordHasher().verify(agent.password_hash, "another one")


def test_the_command_seeds_by_the_clock(demo: dict[str, str]) -> None:
    run = CliRunner().invoke
    run(main, ["db", "migrate"])
    done = run(main, ["seed", "--demo", "--json"])
    assert (done.exit_code, done.stdout) == (0, '{"clients": 4, "agents": 6}\n')


def test_refused_where_twilio_is_the_real_one(
    demo: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    CliRunner().invoke(main, ["db", "migrate"])
    monkeypatch.delenv("TWILIO_API_BASE_URL")
    monkeypatch.setenv("PUBLIC_URL", "https://line.example.org")
    refused = CliRunner().invoke(main, ["seed", "--demo"])
    assert refused.exit_code == 1
    assert refused.stderr.startswith("Error: La démonstration ne va que")
    with sessions(connect(demo["DATABASE_URL"]))() as session:
        assert session.scalars(select(Agent)).all() == []


def test_refused_without_a_password(demo: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("P1LINE_DEMO_PASSWORD")
    refused = CliRunner().invoke(main, ["seed", "--demo", "--language", "en"])
    assert refused.exit_code == 1
    assert "P1LINE_DEMO_PASSWORD is missing" in refused.stderr


def test_without_demo_it_is_a_wrong_use(demo: dict[str, str]) -> None:
    assert CliRunner().invoke(main, ["seed"]).exit_code == 2


def test_a_number_that_a_new_form_gave_to_somebody_else_is_put_back(database: Sessions) -> None:
    """A person leaves and another comes at the same number: two rows of one client's."""
    seeded(database)
    with database.begin() as session:
        first = client(session, "20317").super_users[0]
        first.removed_at, first.removed_reason = FRIDAY_EVENING, "Parti."
        session.add(SuperUser(client_id=first.client_id, name="Autre", phone=first.phone))
    seeded(database)
    with database() as session:
        users = client(session, "20317").super_users
        assert [user.name for user in users] == ["Responsable de l'imagerie"] * 2
        assert [user.removed_at for user in users] == [FRIDAY_EVENING, None]
