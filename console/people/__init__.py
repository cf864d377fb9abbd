"""The people of the centre, and what was done: managers read it, administrators change people."""

from __future__ import annotations

from console.access import ID, Route
from console.people import audit_trail, directory, person

_PERSON = f"/people/<{ID}:agent_id>"

ROUTES: tuple[Route, ...] = (
    Route("/people", "GET", directory.people_page, "people"),
    Route("/people/new", "GET", person.new_person_page, "change_people"),
    Route("/people/new", "POST", person.add_person, "change_people"),
    Route(_PERSON, "GET", person.person_page, "people"),
    Route(_PERSON, "POST", person.change_person, "change_people"),
    Route(f"{_PERSON}/<any({', '.join(person.ACTS)}):act>", "POST", person.act_on_person,
          "change_people"),
    Route("/audit", "GET", audit_trail.audit_page, "audit"),
    Route("/audit.csv", "POST", audit_trail.export_audit, "audit"),
)  # fmt: skip
