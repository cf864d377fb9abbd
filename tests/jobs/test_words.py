"""How long the sentences of a callback take to say, and what they must not tell."""

from __future__ import annotations

import pytest

from ivr import callback_legs, callback_words, incidents, legs, words
from ivr.callback_client import ASKED, WAIT
from ivr.models import Leg
from ivr.scene import Scene
from ivr.speech import seconds
from tests.jobs.cast import agent, owe_in
from tests.jobs.conftest import Database
from tests.world import DESK_1, LINE, MONDAY_8, NIGHT_USER, SATURDAY_NIGHT, TUESDAY_10


def rung(scene: Scene, language: str, priority: str = "P2") -> Leg:
    incident = owe_in(scene, "10452", NIGHT_USER, priority, "medical")
    incident.language = agent(scene, DESK_1).language = language
    return legs.open_leg(scene, "agent", incident, DESK_1, agent=agent(scene, DESK_1))


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("moment", [TUESDAY_10, SATURDAY_NIGHT, MONDAY_8])
def test_the_agent_knows_in_less_than_ten_seconds(
    on_sqlite: Database, language: str, moment: object
) -> None:
    with on_sqlite.scene(moment) as scene:  # type: ignore[arg-type]
        said = callback_words.whisper(scene, rung(scene, language))
    assert seconds(said.text) < 10, said.text


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_client_hears_who_calls_and_why_before_the_key(
    on_sqlite: Database, language: str
) -> None:
    with on_sqlite.scene() as scene:
        leg = rung(scene, language)
        client_leg = legs.open_leg(scene, "client", leg.incident, NIGHT_USER, parent=leg)
        whole = callback_words.purpose(client_leg, whole=True)
        short = callback_words.purpose(client_leg, whole=False)
    service, key = {
        "fr": ("l'assistance technique", "faites le 1"),
        "en": ("technical support", "press 1"),
    }[language]
    assert whole.text.index(service) < whole.text.index(key)
    assert words.read_reference(leg.incident.reference) in whole.text
    assert seconds(whole.text) < 10
    asked = (ASKED - 1) * seconds(whole.text) + seconds(short.text) + ASKED * WAIT
    assert 20 < asked < 32, "a greeting and its beep have passed, and nobody waits for ever"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_voicemail_gets_no_personal_data_and_half_a_minute_at_most(
    on_sqlite: Database, language: str
) -> None:
    with on_sqlite.scene() as scene:
        leg = rung(scene, language)
        incidents.take_in_charge(scene, leg.incident, agent(scene, DESK_1), how="key")
        client_leg = legs.open_leg(scene, "client", leg.incident, NIGHT_USER, parent=leg)
        said = callback_words.voicemail(scene, client_leg)
        private = [
            words.read_reference(leg.incident.reference),
            leg.incident.reference,
            leg.incident.client.name if leg.incident.client else "-",
            leg.incident.super_user.name if leg.incident.super_user else "-",
            "Médical",
            agent(scene, DESK_1).name,
        ]
    assert seconds(said.text) <= 30
    assert words.read_number(LINE) in said.text
    for secret in private:
        assert secret not in said.text


def test_an_agent_hears_what_is_not_known(on_sqlite: Database) -> None:
    with on_sqlite.scene() as scene:
        incident = owe_in(scene, None, "+14505550177", "P2", None, recognised=False)
        leg = callback_legs.ring_next(scene, incident)
        assert leg is not None
        said = callback_words.whisper(scene, leg)
    assert said.text.startswith(
        "Rappel P 2, client non identifié, produit non précisé, numéro non reconnu, promis avant"
    )
