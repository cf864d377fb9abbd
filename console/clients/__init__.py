"""Clients: their contracts, the form of §5, and its exchange as files."""

from __future__ import annotations

from console.access import ID, Route
from console.clients import acts, contract, exchange, form, pages

_CLIENT = f"/clients/<{ID}:client_id>"
_IMPORT = f"/clients/imports/<{ID}:import_id>"
_KIND = "<any(csv, xlsx):kind>"

ROUTES: tuple[Route, ...] = (
    Route("/clients", "GET", pages.clients_page, "clients"),
    Route("/clients/new", "GET", contract.new_client_page, "change_clients"),
    Route("/clients/new", "POST", contract.create_client, "change_clients"),
    Route(_CLIENT, "GET", pages.client_page, "clients"),
    Route(f"{_CLIENT}/contract", "GET", contract.contract_page, "change_clients"),
    Route(f"{_CLIENT}/contract", "POST", contract.save_contract, "change_clients"),
    Route(f"{_CLIENT}/form", "GET", form.form_page, "change_clients"),
    Route(f"{_CLIENT}/form", "POST", form.save_form, "change_clients"),
    Route(f"{_CLIENT}/removal", "POST", acts.remove_super_user, "change_clients"),
    Route(f"{_CLIENT}/pin", "POST", acts.set_pin, "change_clients"),
    Route(f"{_CLIENT}/pin/removal", "POST", acts.remove_pin, "change_clients"),
    Route(f"/clients/export/{_KIND}", "GET", exchange.export_clients, "exchange_clients"),
    Route(f"{_CLIENT}/export/{_KIND}", "GET", exchange.export_client, "exchange_clients"),
    Route("/clients/import", "GET", exchange.import_page, "exchange_clients"),
    Route("/clients/import", "POST", exchange.take_file, "exchange_clients"),
    Route(f"{_CLIENT}/import", "GET", exchange.import_one_page, "exchange_clients"),
    Route(f"{_CLIENT}/import", "POST", exchange.take_one_file, "exchange_clients"),
    Route(_IMPORT, "GET", exchange.preview_page, "exchange_clients"),
    Route(f"{_IMPORT}/confirmation", "POST", exchange.confirm_import, "exchange_clients"),
)
