"""The parts of the console, in the order in which every page names them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from flask import current_app, request, url_for

from console.access import may


class Section(NamedTuple):
    """Its words are `nav.{name}`; its first page is `endpoint`."""

    name: str
    endpoint: str
    right: str


SECTIONS = (
    Section("incidents", "console.incident_list", "incidents"),
    Section("rota", "console.rota_page", "rota"),
    Section("articles", "console.articles_page", "articles"),
    Section("clients", "console.clients_page", "clients"),
    Section("outages", "console.outages_page", "outages"),
    Section("policy", "console.policy_page", "policy"),
    Section("reports", "console.reports_page", "reports"),
    Section("phone", "console.phone_page", "try_the_phone"),
    Section("integrations", "console.integrations_page", "integrations"),
    Section("people", "console.people_page", "people"),
    Section("audit", "console.audit_page", "audit"),
)


class Entry(NamedTuple):
    name: str
    url: str
    current: bool


def entries() -> Iterator[Entry]:
    """Those that whoever is signed in may open."""
    for section in SECTIONS:
        if may(section.right) and section.endpoint in current_app.view_functions:
            url = url_for(section.endpoint)
            yield Entry(section.name, url, f"{request.path}/".startswith(f"{url}/"))
