"""Each page and form is closed to the role below the one that may: told by hand, asked for all.

Whoever loosens a route's right, or adds a route, says so here too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from flask import Flask
from werkzeug.routing import Rule

from console import access
from ivr import rights
from tests.console.cast import Browser, Cast

BELOW = {"lead": "agent", "manager": "lead", "admin": "manager"}
CLOSED: Mapping[str, str] = {
    "lead": """
        add_layer change_layer confirm_import contract_page create_client enter_in_rota
        export_client export_clients form_page import_one_page import_page layer_page layers_page
        move_override move_shift new_client_page new_layer_page new_rota_entry_page preview_page
        remove_pin remove_shift remove_super_user report_clients_page report_costs_page report_csv
        report_nights_page report_service_page reports_page save_contract save_form set_pin
        take_file take_one_file withdraw_override""",
    "manager": """
        announce_outage audit_page end_outage export_audit outages_page people_page person_page
        tell_outage""",
    "admin": """
        act_on_person add_person change_person change_webhook integrations_page make_token
        make_webhook new_person_page revoke_token webhook_page""",
}


@pytest.mark.parametrize("role", CLOSED)
def test_it_is_closed_to_the_role_below(
    role: str, app: Flask, cast: Cast, browser_of: Callable[[str], Browser]
) -> None:
    cast.change(cast.alice, role=BELOW[role])
    alice = browser_of("alice")
    assert [name for name in CLOSED[role].split() if not _is_refused(alice, app, name)] == []


def test_all_that_is_closed_is_told_above(app: Flask) -> None:
    told = {name: role for role, names in CLOSED.items() for name in names.split()}
    laid_down = {
        rule.endpoint.removeprefix("console."): rights.RIGHTS[right]
        for rule in app.url_map.iter_rules()
        if (right := access.right_of(rule.endpoint)) and rights.RIGHTS[right] != rights.LOWEST
    }
    assert laid_down == told


def _is_refused(browser: Browser, app: Flask, name: str) -> bool:
    [rule] = app.url_map.iter_rules(f"console.{name}")
    asked = browser.post if "POST" in (rule.methods or ()) else browser.get
    return asked(_path(app, rule)).status_code == 403


def _path(app: Flask, rule: Rule) -> str:
    """Its address, with the first of its words, or a number: nobody has to be there."""
    choices = {part: getattr(rule._converters[part], "items", [1]) for part in rule.arguments}
    with app.test_request_context():
        values = {part: min(words) for part, words in choices.items()}
        return app.url_for(rule.endpoint, **values, _external=False)
