"""Whole callbacks, which read like the phone calls that they are."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.jobs.cast import incident_of, legs_of, owe
from tests.world import DESK_1, DESK_2, IMAGING_USER, TUESDAY_10, World


@pytest.fixture
def start() -> datetime:
    return TUESDAY_10


def test_an_agent_accepts_and_the_client_is_joined(line: World) -> None:
    line.phone(DESK_1).accepts(talks=300)
    line.phone(IMAGING_USER).accepts(talks=120)
    incident_id = owe(line.line)
    line.passes(timedelta(minutes=5))

    line.phone(DESK_1).hears(
        "Rappel P 2, client 2 0 3 1 7, Imagerie, Responsable de l'imagerie, "
        "promis avant midi aujourd'hui.",
        "Pour rappeler, faites le",
        "J'appelle le client. Ne quittez pas.",
        "Merci. Au revoir.",
    )
    line.phone(IMAGING_USER).hears(
        "Ici l'assistance technique, au sujet de votre dossier",
        "Pour parler à un agent, faites le 1.",
    )
    assert line.phones.bridges() == [(DESK_1, IMAGING_USER)]
    assert line.phone(DESK_2).was_called == 0
    incident = incident_of(line.line, incident_id)
    assert incident.state == "taken"
    assert incident.callback_at is None
    assert incident.met_at is not None
    assert incident.met_at <= incident.due_at
    assert [leg.outcome for leg in legs_of(line, "agent") + legs_of(line, "client")] == [
        "talked",
        "talked",
    ]
    kinds = line.timeline()
    wanted = ["callback_planned", "rung", "taken", "client_rung", "client_reached"]
    assert [kind for kind in kinds if kind in wanted] == wanted
    line.phones.check()


def test_an_agent_who_does_not_take_it_passes_it_on_at_once(line: World) -> None:
    line.phone(DESK_1).says_nothing()
    line.phone(DESK_2).accepts(talks=60)
    line.phone(IMAGING_USER).accepts()
    owe(line.line)
    line.passes(timedelta(minutes=3))
    line.phone(DESK_1).hears("Aucun choix reçu. Le rappel passe à la personne suivante.")
    assert line.phones.bridges() == [(DESK_2, IMAGING_USER)]
    first, second = legs_of(line, "agent")
    assert first.outcome == "declined"
    assert first.ended_at is not None
    assert second.created_at - first.ended_at < timedelta(seconds=2)


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        ("is_busy", "busy"),
        ("rings_out", "no_answer"),
        ("is_unreachable", "failed"),
        ("goes_to_voicemail", "declined"),
        ("hangs_up_midway", "declined"),
        ("rejects", "no_answer"),
    ],
)
def test_however_an_agents_phone_ends_the_next_one_rings(
    line: World, behaviour: str, outcome: str
) -> None:
    getattr(line.phone(DESK_1), behaviour)()
    line.phone(DESK_2).accepts(talks=60)
    line.phone(IMAGING_USER).accepts()
    owe(line.line)
    line.passes(timedelta(minutes=4))
    assert line.phones.bridges() == [(DESK_2, IMAGING_USER)]
    assert legs_of(line, "agent")[0].outcome == outcome


def test_nobody_accepts_and_the_round_begins_again_within_what_is_left(line: World) -> None:
    line.phone(DESK_1).rings_out().then.accepts(talks=60)
    line.phone(DESK_2).rings_out()
    line.phone(IMAGING_USER).accepts()
    incident_id = owe(line.line)
    line.passes(timedelta(minutes=2))
    assert line.phones.bridges() == []
    assert incident_of(line.line, incident_id).callback_attempts == 1
    line.passes(timedelta(minutes=3))
    assert line.phones.bridges() == [(DESK_1, IMAGING_USER)]


def test_a_voicemail_gets_a_short_message_and_is_tried_again(line: World) -> None:
    line.phone(DESK_1).accepts(talks=60)
    line.phone(IMAGING_USER).goes_to_voicemail(after=15).then.accepts(talks=30)
    incident_id = owe(line.line)
    line.passes(timedelta(minutes=2))
    assert line.phones.bridges() == []
    (message,) = line.phone(IMAGING_USER).voicemail
    assert "Nous avons tenté de vous joindre et nous vous rappellerons." in message
    assert "8 0 0, 5 5 5, 0 1 0 0" in message
    reference = incident_of(line.line, incident_id).reference
    assert " ".join(reference[:3]) not in message.partition("Bonjour.")[2]
    line.phone(DESK_1).hears("Le client n'a pas été joint : un message lui est laissé.")
    assert [leg.outcome for leg in legs_of(line, "client")] == ["voicemail"]
    line.passes(timedelta(minutes=5))
    assert line.phones.bridges() == [(DESK_1, IMAGING_USER)]
    assert line.phone(DESK_2).was_called == 0, "the holder is rung first"


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        ("is_busy", "busy"),
        ("rings_out", "no_answer"),
        ("is_unreachable", "failed"),
        ("hangs_up_midway", "declined"),
    ],
)
def test_a_client_who_is_not_reached_is_tried_again(
    line: World, behaviour: str, outcome: str
) -> None:
    line.phone(DESK_1).accepts()
    getattr(line.phone(IMAGING_USER), behaviour)().then.accepts(talks=30)
    incident_id = owe(line.line)
    line.passes(timedelta(minutes=1, seconds=30))
    line.phone(DESK_1).hears("Le client n'a pas été joint. Prochain essai aujourd'hui à 10 h")
    incident = incident_of(line.line, incident_id)
    assert incident.callback_attempts == 1
    assert incident.callback_at is not None, "a letter does not pay for the call"
    assert legs_of(line, "client")[0].outcome == outcome
    line.passes(timedelta(minutes=4))
    assert line.phones.bridges() == [(DESK_1, IMAGING_USER)]
