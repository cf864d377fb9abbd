"""The correction and the status updates on the agents' pages, where any are owed."""

from __future__ import annotations

from datetime import timedelta

from tests.console.cast import Browser, Cast, text

HOUR = timedelta(hours=1)


def test_what_else_is_owed_is_shown_on_the_page_and_in_the_list(alice: Browser, cast: Cast) -> None:
    now = cast.line.clock()
    incident = cast.incident(
        state="taken",
        holder_id=cast.bob.id,
        taken_at=now,
        told_at=now,
        callback_at=now,
        correction_due_at=now + 2 * HOUR,
        update_due_at=now + HOUR,
    )
    page = text(alice.get(f"/incidents/{incident.id}"))
    assert "À corriger avant aujourd'hui à 11 h" in page
    assert "Prochaines nouvelles au client aujourd'hui à 10 h" in page
    listed = text(alice.get("/incidents"))
    assert "À corriger avant : aujourd'hui à 11 h" in listed
    assert "Nouvelles au client : aujourd'hui à 10 h" in listed


def test_nothing_is_said_of_clocks_that_do_not_run(alice: Browser, cast: Cast) -> None:
    incident = cast.incident("P3")
    page = text(alice.get(f"/incidents/{incident.id}")) + text(alice.get("/incidents"))
    assert "À corriger avant" not in page
    assert "ouvelles au client :" not in page


def test_a_threshold_and_a_breach_are_told_on_the_timeline(alice: Browser, cast: Cast) -> None:
    incident = cast.incident()
    for percent in (75, 100):
        facts = {"clock": "response", "period": "P2", "percent": percent, "people": 2}
        cast.event(incident, "threshold", **facts)
    page = text(alice.get(f"/incidents/{incident.id}"))
    assert "75 % du délai de prise en charge sont écoulés. Personnes avisées : 2." in page
    assert "Le délai de prise en charge est écoulé. Personnes avisées : 2." in page
