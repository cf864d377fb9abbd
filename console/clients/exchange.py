"""The form of §5 as files: exported; imported with a preview, then one confirmation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import abort, flash, g, make_response, redirect, request, url_for
from sqlalchemy.orm import selectinload
from werkzeug.wrappers import Response

from console import page
from console.clients import shown
from console.language import language
from console.session import the_line
from console.words import Words
from ivr.clients import exporting, files, find, importing, sheet
from ivr.clients.form import Plan
from ivr.incidents import Refused
from ivr.models import Agent, Client, ClientImport
from ivr.reason import Reason
from ivr.scene import Scene

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


# Out ------------------------------------------------------------------------------------------


def export_clients(kind: str) -> Response:
    """Those that the list shows: the same words and product."""
    words, product = request.args.get("q", ""), request.args.get("product", "")
    with the_line().scene() as scene:
        chosen = product if product in scene.policy.products else None
        query = find.matching(words, chosen).options(selectinload(Client.super_users))
        return _file(scene, scene.session.scalars(query).all(), kind)


def export_client(client_id: int, kind: str) -> Response:
    with the_line().scene() as scene:
        client = files.find(scene, client_id) or abort(404)
        return _file(scene, [client], kind)


def _file(scene: Scene, clients: Sequence[Client], kind: str) -> Response:
    agent = scene.session.get_one(Agent, g.agent.id)
    response = make_response(exporting.export(scene, agent, clients, kind, language()))
    response.content_type = TYPES[kind]
    name = exporting.file_name(scene, clients, kind, language())
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


# In -------------------------------------------------------------------------------------------


def import_page() -> str:
    return _import_page(None)


def import_one_page(client_id: int) -> str:
    return _import_page(client_id)


def take_file() -> Response | tuple[str, int]:
    return _take(None)


def take_one_file(client_id: int) -> Response | tuple[str, int]:
    """The form of this client alone: its rows need not name it."""
    return _take(client_id)


def _take(client_id: int | None) -> Response | tuple[str, int]:
    """Reads the file; nothing is written to any client before the preview is confirmed."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return _import_page(client_id, Reason("clients.file_none")), 409
    data = file.stream.read(sheet.LARGEST + 1)
    try:
        with the_line().scene() as scene:
            client = None if client_id is None else files.find(scene, client_id) or abort(404)
            agent = scene.session.get_one(Agent, g.agent.id)
            import_id = importing.take(scene, agent, file.filename, data, client).id
    except sheet.Unreadable as unreadable:
        return _import_page(client_id, unreadable.reason), 409
    return redirect(url_for("console.preview_page", import_id=import_id), code=303)


def _import_page(client_id: int | None, refusal: Reason | None = None) -> str:
    g.here = request.path
    with page.looking() as scene:
        client = None if client_id is None else files.find(scene, client_id) or abort(404)
        return page.render(
            "clients/import.html",
            client=client,
            refusal=refusal,
            rows=sheet.ROWS,
            largest=sheet.LARGEST,
        )


# The preview ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """What happens to one person, in words."""

    kind: str
    place: str
    name: str
    fields: Sequence[shown.Field]
    warning: Reason | None


def preview_page(import_id: int) -> str:
    return _preview(import_id)


def confirm_import(import_id: int) -> Response | tuple[str, int]:
    """Writes all of it, once, or shows the preview anew with the reason why not."""
    try:
        with the_line().scene() as scene:
            agent = scene.session.get_one(Agent, g.agent.id)
            taken = importing.find(scene, import_id, agent, lock=True) or abort(404)
            importing.write(scene, taken, agent, request.form.get("stamp", ""))
            client_id = taken.client_id
    except Refused as refused:
        g.here = url_for("console.preview_page", import_id=import_id)
        return _preview(import_id, refused.reason), 409
    flash("import_written")
    if client_id is None:
        return redirect(url_for("console.clients_page"), code=303)
    return redirect(url_for("console.client_page", client_id=client_id), code=303)


def _preview(import_id: int, refusal: Reason | None = None) -> str:
    with page.looking() as scene:
        agent = scene.session.get_one(Agent, g.agent.id)
        taken = importing.find(scene, import_id, agent) or abort(404)
        preview = None if taken.written_at else importing.preview(scene, taken)
        t = page.words()
        return page.render(
            "clients/preview.html",
            taken=taken,
            preview=preview,
            plans=[(plan, _changes(t, plan)) for plan in preview.changed] if preview else [],
            counts=_counts(preview) if preview else {},
            refusal=refusal,
            again=_again(taken),
        )


def _again(taken: ClientImport) -> str:
    """Where another file is chosen."""
    if taken.client_id is None:
        return url_for("console.import_page")
    return url_for("console.import_one_page", client_id=taken.client_id)


def _counts(preview: importing.Preview) -> dict[str, int]:
    changes = [change.kind for plan in preview.plans for change in plan.changed]
    return {kind: changes.count(kind) for kind in ("added", "changed", "left")}


def _changes(t: Words, plan: Plan) -> list[Shown]:
    return [
        Shown(
            change.kind,
            change.place,
            change.user.name if change.user else change.person.name,
            [] if change.kind == "left" else shown.fields(t, change.facts, change.kind),
            change.warning,
        )
        for change in plan.changed
    ]
