"""`p1line sla check` and `recompute`: what is stored, and what the events say (law 11)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import click

from commands import environment
from commands.wording import WORDS, json_option, language_option, refuse, say
from ivr import callbacks, clocks, incidents, local_time, reference
from ivr.models import Incident
from ivr.scene import Scene
from line import Line

COLUMNS = {
    "due_at": "sla.due_at",
    "met_at": "sla.met_at",
    "promised_at": "sla.promised_at",
    "correction_due_at": "sla.correction_due_at",
    "update_every": "sla.update_every",
    "update_due_at": "sla.update_due_at",
    "warn_at": "sla.warn_at",
}


@click.command("check")
@language_option
@json_option
def check(language: str, as_json: bool) -> None:
    """Derive all due times of the open incidents anew and compare them; exit 1 where any differs.

    They differ after a change of calendar or contract, until `p1line sla recompute`.
    """
    line = Line.build(environment.settings())
    found, seen = [], 0
    with line.scene() as scene:
        ids = clocks.open_ids(scene)
    for incident_id in ids:
        with line.scene() as scene:
            incident = scene.session.get_one(Incident, incident_id)
            seen += 1
            for name, stored, derived in clocks.differences(scene, incident):
                found.append(_difference(scene, incident, name, stored, derived, language))
    if as_json:
        click.echo(json.dumps({"ok": not found, "seen": seen, "differences": found}))
    else:
        for each in found:
            click.echo(each["text"])
        if not found:
            say(language, "sla.agrees", seen=seen)
    if found:
        refuse(language, "sla.differs", count=len(found))


@click.command("recompute")
@language_option
@json_option
def recompute(language: str, as_json: bool) -> None:
    """Store all due times of the open incidents anew, after a change of calendar or contract.

    What a client was told never moves later. A callback that is due sooner is placed sooner.
    """
    line = Line.build(environment.settings())
    moved: list[dict[str, Any]] = []
    with line.scene() as scene:
        ids = clocks.open_ids(scene)
    for incident_id in ids:
        with line.scene() as scene:
            incident = scene.session.get_one(Incident, incident_id)
            incidents.lock(scene, incident)
            before = incident.due_at
            bound = clocks.store(scene, incident).is_bound
            callbacks.sooner(scene, incident)
            if before != incident.due_at or bound:
                moved.append(_moved(scene, incident, before, bound, language))
    if as_json:
        click.echo(json.dumps({"seen": len(ids), "moved": moved}, ensure_ascii=False))
        return
    for each in moved:
        click.echo(each["text"])
    say(language, "sla.recomputed", seen=len(ids))


def _difference(
    scene: Scene, incident: Incident, name: str, stored: Any, derived: Any, language: str
) -> dict[str, Any]:
    text = WORDS.text(
        language,
        "sla.difference",
        reference=_reference(incident),
        column=WORDS.text(language, COLUMNS[name]),
        stored=_shown(scene, stored, language),
        derived=_shown(scene, derived, language),
    )
    values = {"stored": _json(stored), "derived": _json(derived)}
    return {"reference": incident.reference, "column": name, **values, "text": text}


def _moved(
    scene: Scene, incident: Incident, before: datetime, bound: bool, language: str
) -> dict[str, Any]:
    text = WORDS.text(
        language,
        "sla.bound" if bound else "sla.moved",
        reference=_reference(incident),
        before=_shown(scene, before, language),
        due=_shown(scene, incident.due_at, language),
    )
    values = {"before": _json(before), "due": _json(incident.due_at), "bound": bound}
    return {"reference": incident.reference, **values, "text": text}


def _reference(incident: Incident) -> str:
    return " ".join(reference.groups(incident.reference))


def _shown(scene: Scene, value: Any, language: str) -> str:
    if isinstance(value, datetime):
        return local_time.written(value, scene.now, language, scene.policy.zone)
    return WORDS.text(language, "sla.none") if value is None else str(value)


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
