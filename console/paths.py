"""Addresses of our own pages: where one is, and where one may be sent on to."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from flask import g, request, url_for


def local_path(wanted: str) -> str | None:
    """`wanted` where it is a path of this site, otherwise none: no open redirect."""
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return None
    elsewhere = parts.scheme or parts.netloc or wanted.startswith("//") or "\\" in wanted
    return wanted if wanted.startswith("/") and wanted.isprintable() and not elsewhere else None


def here(**changed: str) -> str:
    """This page's address, with changed parameters; of an act, the page that it belongs to."""
    arguments = {name: request.args[name] for name in request.args} | changed
    path = request.path if request.method in ("GET", "HEAD") else _page_of_act()
    joint = "&" if "?" in path else "?"
    return f"{path}{joint}{urlencode(arguments)}" if arguments else path


def _page_of_act() -> str:
    if page := g.get("here"):
        return str(page)
    if incident_id := (request.view_args or {}).get("incident_id"):
        return url_for("console.incident_page", incident_id=incident_id)
    if (request.endpoint or "").endswith("_outage"):
        return url_for("console.outages_page")
    return url_for("console.sign_in_page")
