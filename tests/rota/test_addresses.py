"""The secret address of an agent's calendar: found by its hash, shown again, revoked."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from ivr.models import Agent, RotaAddress
from ivr.rota import addresses
from ivr.scene import Scene

KEY = "the application's own key"


def secret(scene: Scene, agent: Agent) -> str:
    found = addresses.secret_of(addresses.make(scene, agent, KEY), KEY)
    assert found
    return found


def test_it_leads_to_its_agent_and_can_be_shown_again(
    scene: Scene, agents: dict[str, Agent]
) -> None:
    first = secret(scene, agents["alice"])
    assert addresses.reader_of(scene, first) is agents["alice"]
    row = scene.session.get_one(RotaAddress, agents["alice"].id)
    assert addresses.secret_of(row, KEY) == first
    assert len(first) == 43  # 256 bits


def test_no_table_holds_it(scene: Scene, agents: dict[str, Agent]) -> None:
    held = secret(scene, agents["alice"])
    for table in ("rota_addresses", "audit_lines"):
        rows = scene.session.execute(text(f"SELECT * FROM {table}")).all()
        assert rows
        assert held not in repr(rows)


def test_a_new_one_ends_the_one_before(scene: Scene, agents: dict[str, Agent]) -> None:
    first, second = secret(scene, agents["alice"]), secret(scene, agents["alice"])
    assert first != second
    assert addresses.reader_of(scene, first) is None
    assert addresses.reader_of(scene, second) is agents["alice"]


def test_revoked_it_leads_nowhere(scene: Scene, agents: dict[str, Agent]) -> None:
    held = secret(scene, agents["alice"])
    addresses.revoke(scene, agents["alice"])
    addresses.revoke(scene, agents["alice"])
    assert addresses.reader_of(scene, held) is None


def test_of_somebody_who_has_left_nothing_is_read(scene: Scene, agents: dict[str, Agent]) -> None:
    held = secret(scene, agents["alice"])
    agents["alice"].active = False
    assert addresses.reader_of(scene, held) is None


def test_what_is_none_leads_nowhere(scene: Scene, agents: dict[str, Agent]) -> None:
    held = secret(scene, agents["alice"])
    row = scene.session.get_one(RotaAddress, agents["alice"].id)
    for wrong in ("", held[:-1], held + "x", row.secret_hash, row.salt, "x" * 5000, "é"):
        assert addresses.reader_of(scene, wrong) is None


def test_with_another_key_it_still_works_and_is_no_longer_shown(
    scene: Scene, agents: dict[str, Agent]
) -> None:
    held = secret(scene, agents["alice"])
    row = scene.session.get_one(RotaAddress, agents["alice"].id)
    assert addresses.secret_of(row, "another key") is None
    assert addresses.reader_of(scene, held) is agents["alice"]


def test_when_it_was_read_is_noted_once_an_hour(scene: Scene, agents: dict[str, Agent]) -> None:
    secret(scene, agents["alice"])
    row = scene.session.get_one(RotaAddress, agents["alice"].id)
    began = scene.now
    for minutes, noted in ((0, 0), (30, 0), (61, 61)):
        scene.now = began + timedelta(minutes=minutes)
        addresses.note_reading(scene, agents["alice"])
        scene.session.refresh(row)
        assert row.read_at == began + timedelta(minutes=noted)
