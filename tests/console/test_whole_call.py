"""A real call, and what an agent then reads of it: the timeline is true and all of it in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import servers
from tests.console.cast import Browser, text
from tests.world import NIGHT_USER, ON_CALL_1, ON_CALL_2, PASSWORD, SATURDAY_NIGHT, World, world

KEY = re.compile(r"\b[a-z]+[_.][a-z]\w*")


@pytest.fixture
def night(tmp_path: Path, valkey: servers.Valkey) -> Iterator[World]:
    valkey.flush()
    with world(servers.sqlite(tmp_path), valkey.url, SATURDAY_NIGHT) as made:
        yield made


@pytest.fixture
def agent(night: World) -> Browser:
    browser = Browser(night.app)
    assert browser.sign_in("bureau1@example.org", PASSWORD).status_code == 303
    return browser


def test_a_critical_call_as_the_agent_reads_it(night: World, agent: Browser) -> None:
    night.phone(ON_CALL_1).rings_out()
    night.phone(ON_CALL_2).accepts()
    call = night.phone(NIGHT_USER).dials()
    for keys in ("10452", "2", "1", "1"):
        call.presses(keys)
    call.stays_silent()
    call.says("Les dossiers ne s'ouvrent plus")
    assert call.bridged_with == ON_CALL_2
    call.talks(60)
    call.hangs_up()
    night.work()

    assert "Pris en charge Garde 2" in text(agent.get("/incidents?view=taken"))
    page = agent.get(f"/incidents/{night.incident().id}")
    shown = text(page)
    story = [
        "Accueil : l'appel commence.",
        "Numéro de client : reconnu",
        "L'incident est créé.",
        "L'appelant est reconnu par son numéro de téléphone.",
        "Produit : Médical.",
        "Priorité P1 Critique.",
        "Environnement : Production.",
        "Le motif est enregistré",
        "L'appel va à l'agent de garde.",
        "Fermé : fin de semaine.",
        "On appelle Garde 1.",
        "Garde 1 n'a pas répondu.",
        "On appelle Garde 2.",
        "Garde 2 prend l'incident en charge, par une touche au téléphone.",
        "Le client est avisé de la prise en charge au téléphone.",
        "La conversation avec Garde 2 est terminée.",
    ]
    places = [shown.index(line) for line in story]
    assert places == sorted(places)
    assert "Dans les délais" in shown
    for language, heading in (("fr", "Fil des événements"), ("en", "What happened")):
        history = text(agent.get(f"/incidents/{night.incident().id}?lang={language}"))
        told = history.partition(heading)[2]
        assert "Garde 2" in told
        assert KEY.findall(told) == []


def test_the_recording_is_heard_through_the_console(night: World, agent: Browser) -> None:
    night.phone(ON_CALL_1).accepts()
    call = night.phone(NIGHT_USER).dials()
    for keys in ("10452", "2", "1", "1"):
        call.presses(keys)
    call.stays_silent()
    call.says("Les dossiers ne s'ouvrent plus")
    call.hangs_up()
    night.work()
    page = agent.get(f"/incidents/{night.incident().id}")
    source = re.search(r'<audio[^>]* src="([^"]+)"', page.text)
    assert source
    sound = agent.get(source[1])
    assert sound.status_code == 200
    assert sound.content_type.startswith("audio/")
    assert len(sound.data) > 1000


def test_a_caller_who_hangs_up_is_on_the_list_at_once(night: World, agent: Browser) -> None:
    call = night.phone(NIGHT_USER).dials()
    call.presses("10452")
    call.presses("2")
    call.hangs_up()
    shown = text(agent.get("/incidents"))
    assert "P1 Critique" in shown
    assert "Responsable de nuit" in shown
    history = text(agent.get(f"/incidents/{night.incident().id}"))
    assert "L'appelant raccroche à l'étape « Effet sur les activités »." in history


def test_what_an_agent_has_told_is_called_back_no_more(night: World, agent: Browser) -> None:
    call = night.phone(NIGHT_USER).dials()
    call.presses("10452")
    call.presses("2")
    call.hangs_up()
    incident = night.incident()
    agent.get(f"/incidents/{incident.id}")
    assert agent.post(f"/incidents/{incident.id}/take").status_code == 303
    assert agent.get(f"/incidents/{incident.id}").status_code == 200
    agent.post(f"/incidents/{incident.id}/told")
    night.work()
    now = night.incident()
    assert (now.state, now.callback_at) == ("taken", None)
    assert [leg.to for leg in night.twilio.ledger.legs() if leg.direction != "inbound"] == []
