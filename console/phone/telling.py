"""A story as the page tells it: its chapter, the next thing to do, and how the page can do it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request, url_for
from sqlalchemy import select

from console.phone import guide, story
from console.phone.exchange import remote
from console.phone.shown import row
from console.phone.story import Call, Task, Told
from console.words import Words
from ivr.models import Incident, Leg
from ivr.scene import Scene
from ivr.words import PROMPTS
from standin.speech import named_keys


def told(
    scene: Scene, t: Words, seen: Mapping[str, Any], names: Mapping[str, str]
) -> dict[str, Any] | None:
    """The next thing to do in the story that the page is telling."""
    tale = guide.STORIES.get(request.args.get("story", ""))
    if tale is None or (cast := guide.cast(scene, tale)) is None:
        return None
    began = request.args.get("began", 0, type=int)
    calls = [call for call in seen["calls"] if call["nth"] >= began]
    own = story.own_call(cast, calls)
    call = row(scene, own["sid"]) if own else None
    incident = call.about if call else None
    callback_at = incident.callback_at if incident else None
    task = story.next_task(
        scene,
        Told(
            tale,
            cast,
            _of_the_story(scene, calls, own, incident),
            call.step if call else "",
            t.language == "en" and (call is None or call.language == "fr"),
            callback_at,
            t.named("handsets.sample", tale.name),
            (t("handsets.sample.agent"), t("handsets.sample.client")),
            _offered,
        ),
    )
    said = _task(t, task, tale, cast, names, t.moment(callback_at) if callback_at else "")
    if incident is None or task.name != "look":
        return {**said, "file": ""}
    return {**said, "file": url_for("console.incident_page", incident_id=incident.id)}


def _of_the_story(
    scene: Scene, calls: Sequence[Call], own: Call | None, incident: Incident | None
) -> list[Call]:
    """Without the calls of other incidents, which may be due on the same day."""
    if own is None:
        return []
    of_it = select(Leg.sid, Leg.number).where(Leg.incident_id == (incident.id if incident else 0))
    legs = scene.session.execute(of_it).all()
    sids = {own["sid"], *(leg.sid for leg in legs)}
    awaited = {leg.number for leg in legs if leg.sid is None}
    return [
        call
        for call in calls
        if call["sid"] in sids or call["parent"] == own["sid"] or call["to"] in awaited
    ]


def _offered(call: Call) -> list[str]:
    events = remote().follow(call["sid"], 0)["events"]
    heard = [event["text"] for event in events if event["kind"] == "heard"]
    return named_keys(heard[-1]) if heard else []


def _task(
    t: Words,
    task: Task,
    told: guide.Story,
    cast: guide.Cast,
    names: Mapping[str, str],
    moment: str,
) -> dict[str, Any]:
    number, other = task.facts.get("number", ""), task.facts.get("other", "")
    option = PROMPTS.text(t.language, task.option) if PROMPTS.has(task.option) else ""
    facts = {
        "caller": cast.caller.name,
        "clinic": cast.caller.client.name,
        "keys": task.facts.get("keys", ""),
        "option": option,
        "name": names.get(number) or t.phone(number),
        "moment": moment,
        "other": names.get(other) or t.phone(other),
    }
    return {
        "chapter": told.chapters.index(task.chapter),
        "text": t.named("handsets.task", task.name, **facts),
        "does": [{"path": act.path, "form": dict(act.form)} for act in task.does],
        "name": task.name,
        "numbers": [each for each in (number or cast.caller.phone, other) if each],
    }
