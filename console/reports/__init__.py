"""The reports: promises, clients, nights, the extended service and costs, drawn and as CSV."""

from __future__ import annotations

from console.access import Route
from console.reports import exports, pages

ROUTES: tuple[Route, ...] = (
    Route("/reports", "GET", pages.reports_page, "reports"),
    Route("/reports/clients", "GET", pages.report_clients_page, "reports"),
    Route("/reports/nights", "GET", pages.report_nights_page, "reports"),
    Route("/reports/service", "GET", pages.report_service_page, "reports"),
    Route("/reports/costs", "GET", pages.report_costs_page, "reports"),
    Route(
        f"/reports/<any({', '.join(exports.EXPORTS)}):name>.csv",
        "GET",
        exports.report_csv,
        "reports",
    ),
)
