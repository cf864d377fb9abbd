"""The knowledge base, on both databases: ranked by product and by the words that tell most."""

from __future__ import annotations

from collections.abc import Sequence

from ivr import knowledge
from ivr.models import Article, Incident
from ivr.scene import Scene
from tests.jobs.cast import agent, owe_in
from tests.jobs.conftest import Database
from tests.world import DESK_1, IMAGING_USER


def article(scene: Scene, title: str, solution: str, product: str | None = "imaging") -> Article:
    incident = closed(scene, product)
    return knowledge.write(scene, incident, agent(scene, DESK_1), title, solution)


def closed(scene: Scene, product: str | None = "imaging") -> Incident:
    incident = owe_in(scene, caller=IMAGING_USER, product=product)
    incident.state, incident.solution = "closed", "Done."
    return incident


def titles(found: Sequence[Article]) -> list[str]:
    return [each.title for each in found]


def test_the_best_match_comes_first(database: Database) -> None:
    with database.scene() as scene:
        article(scene, "Imprimante lente", "Changer le pilote de l'écran.")
        article(scene, "Écrans noirs", "Vider le cache.")
        article(scene, "Écran tactile muet", "Redémarrer le poste.")
        article(scene, "Écrans noirs à la facturation", "Autre chose.", product="billing")
    with database.scene() as scene:
        assert titles(knowledge.search(scene, "ecran noir", "imaging")) == [
            "Écrans noirs",  # both words, in the title
            "Écran tactile muet",  # one in the title
            "Imprimante lente",  # one in the solution
        ]
        assert titles(knowledge.search(scene, "ÉCRAN NOIR"))[0] in (
            "Écrans noirs",
            "Écrans noirs à la facturation",
        )
        assert titles(knowledge.search(scene, "le la de")) == [
            "Écrans noirs à la facturation",
            "Écran tactile muet",
            "Écrans noirs",
            "Imprimante lente",
        ]
        assert titles(knowledge.search(scene, "facteur")) == []


def test_a_rare_word_tells_more_than_a_common_one(database: Database) -> None:
    with database.scene() as scene:
        for number in range(6):
            article(scene, f"Erreur réseau {number}", "Attendre.")
        article(scene, "Pilote absent", "Le pilote s'installe.")
    with database.scene() as scene:
        found = titles(knowledge.search(scene, "erreur de pilote", "imaging"))
        assert found[0] == "Pilote absent"
        assert len(found) == 7


def test_an_incident_is_matched_by_what_is_known_of_it_and_not_by_itself(
    database: Database,
) -> None:
    with database.scene() as scene:
        written = article(scene, "Écrans noirs", "Vider le cache.")
        own = written.incident
        own.diagnosis = "Les écrans sont noirs."
        new = owe_in(scene, caller=IMAGING_USER)
        assert titles(knowledge.matching(scene, new)) == []
        new.diagnosis = "Un écran noir."
        assert titles(knowledge.matching(scene, new)) == ["Écrans noirs"]
        assert titles(knowledge.matching(scene, own)) == []
        new.product = "billing"
        assert titles(knowledge.matching(scene, new)) == []
