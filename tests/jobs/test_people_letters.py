"""The letters by which a person sets a password: sent whole, and only while their link is good."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest

from ivr import people_links, people_passwords
from ivr.people_vault import Vault
from jobs.sweep import sweep_once
from standin.mailbox import text_of
from tests.jobs.cast import agent
from tests.world import DESK_1, TUESDAY_10, World


@pytest.fixture
def start() -> datetime:
    return TUESDAY_10


def ask(line: World) -> None:
    with line.line.scene() as scene:
        assert people_links.send(scene, agent(scene, DESK_1))


def test_the_link_is_whole_in_the_letter_alone(line: World) -> None:
    ask(line)
    (row,) = line.messages("mail")
    assert "<password-link:" in row.body
    sweep_once(line.line)
    (delivery,) = line.mail.deliveries
    assert delivery.recipients == ("bureau1@example.org",)
    found = re.search(r"/password/(\S+)", text_of(delivery.letter))
    assert found
    vault = Vault(line.line.settings.secret_key)
    with line.line.scene() as scene:
        link = people_links.of_token(scene, vault, found[1])
        assert link is not None
        assert (link.kind, link.agent.email) == ("reset", "bureau1@example.org")
    (row,) = line.messages("mail")
    assert found[1] not in row.body
    assert row.sent_at is not None


def test_a_letter_that_is_late_does_not_bring_a_link_that_is_over(line: World) -> None:
    line.mail.refuse("450 4.2.0 later")
    ask(line)
    sweep_once(line.line)
    line.twilio.run_until(line.now + timedelta(minutes=61))
    sweep_once(line.line)
    assert line.mail.deliveries == []
    assert [row.failure for row in line.messages("mail")] == ["no longer wanted"]


def test_one_that_is_a_little_late_does(line: World) -> None:
    line.mail.refuse("450 4.2.0 later")
    ask(line)
    sweep_once(line.line)
    line.twilio.run_until(line.now + timedelta(minutes=5))
    sweep_once(line.line)
    assert len(line.mail.deliveries) == 1


def test_nor_one_that_was_used_meanwhile(line: World) -> None:
    line.mail.refuse("450 4.2.0 later")
    ask(line)
    sweep_once(line.line)
    with line.line.scene() as scene:
        bureau = agent(scene, DESK_1)
        people_passwords.put(bureau, "quatre girafes sous la pluie")
        people_links.withdraw(scene, bureau)
    line.twilio.run_until(line.now + timedelta(minutes=5))
    sweep_once(line.line)
    assert line.mail.deliveries == []
    assert [row.failure for row in line.messages("mail")] == ["no longer wanted"]
