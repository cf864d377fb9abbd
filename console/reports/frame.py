"""What all pages of the reports share: their tabs, the period, a count that takes too long."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import request
from sqlalchemy.exc import SQLAlchemyError

from console import page
from console.figures import Figures
from console.language import language
from console.reports.asked import Asked, asked, choices
from ivr.database import took_too_long
from ivr.reason import Reason

TABS = {
    "promises": "console.reports_page",
    "clients": "console.report_clients_page",
    "nights": "console.report_nights_page",
    "service": "console.report_service_page",
    "costs": "console.report_costs_page",
}
"""Their words are `reports.tabs.{name}`."""
Given = ParamSpec("Given")
Shown = TypeVar("Shown")


def render(tab: str, wanted: Asked, *, template: str = "", **facts: Any) -> tuple[str, int]:
    """The page of a tab."""
    body = page.render(
        f"reports/{template or tab}.html",
        figures=Figures(language()),
        asked=wanted,
        choices=choices(wanted.period),
        tabs=TABS,
        tab=tab,
        page=TABS[tab],
        **facts,
    )
    return body, wanted.status


def in_time(view: Callable[Given, Shown]) -> Callable[Given, Shown | tuple[str, int]]:
    """What `view` shows; where the database gives up counting, a page that asks for less."""

    @wraps(view)
    def shown(*args: Given.args, **kwargs: Given.kwargs) -> Shown | tuple[str, int]:
        try:
            return view(*args, **kwargs)
        except SQLAlchemyError as error:
            if not took_too_long(error):
                raise
            why = Reason("reports.too_slow")
            return render(_tab(), replace(asked(), refusal=why), template="frame")

    return shown


def _tab() -> str:
    """That of the address; a file has none, and gets the first."""
    found = (tab for tab, endpoint in TABS.items() if endpoint == request.endpoint)
    return next(found, next(iter(TABS)))
