"""What an agent can do to an incident: each act, the form behind it, and what others did meanwhile.

Which acts a page offers is decided by ivr/states.py alone; the same rules decide when one is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from sqlalchemy import select

from console import escalation
from ivr import call_now, incidents, knowledge, resolving, states, working
from ivr.incidents import Refused
from ivr.models import Agent, Event, Incident
from ivr.reason import Reason
from ivr.resolving import Findings
from ivr.scene import Scene

NOT_TAKEN, CHANGED = Reason("console.not_taken"), Reason("console.changed")
HOURS_LONGEST = 400
"""Hours between two updates, at most: more is a slip of the finger."""

Form = Mapping[str, str]
Act = Callable[[Scene, Incident, Agent, Form], None]


def _take(scene: Scene, incident: Incident, agent: Agent, _: Form) -> None:
    incidents.take_in_charge(scene, incident, agent, how="click")


def _told(scene: Scene, incident: Incident, agent: Agent, _: Form) -> None:
    if incident.state not in states.HELD:
        raise Refused(Reason("incidents.refused") if incident.state == "refused" else NOT_TAKEN)
    if may_tell(incident):
        incidents.client_told(scene, incident, how="spoken", agent=agent)


def may_tell(incident: Incident) -> bool:
    """The client was not spoken with yet: a letter tells, but a call is still owed."""
    return incident.told_at is None or incident.callback_at is not None


def _hand_over(scene: Scene, incident: Incident, agent: Agent, form: Form) -> None:
    number = form.get("to", "")
    to = scene.session.get(Agent, int(number)) if number.isdecimal() and len(number) < 10 else None
    working.hand_over(scene, incident, agent, to)


def _agree_updates(scene: Scene, incident: Incident, agent: Agent, form: Form) -> None:
    hours = form.get("every", "")
    whole = int(hours) if hours.isascii() and hours.isdecimal() and len(hours) < 4 else -1
    every = timedelta(hours=whole if whole <= HOURS_LONGEST else -1)
    working.agree_updates(scene, incident, agent, every)


def _found(form: Form) -> Findings:
    texts = {name: form.get(name, "") for name in ("diagnosis", "solution", "workaround")}
    return Findings(
        nature=form.get("nature") or None,
        version=form.get("version", ""),
        backlog=form.get("backlog") == "1",
        **texts,
    )


def _approve(scene: Scene, incident: Incident, agent: Agent, form: Form) -> None:
    """The client has approved: then the incident is closed, unless told otherwise (§2.1.5)."""
    resolving.approve(scene, incident, agent)
    if form.get("close") == "1":
        resolving.close(scene, incident, agent, "approval")


ACTS: Mapping[str, Act] = {
    "take": _take,
    "told": _told,
    "call_now": lambda scene, incident, agent, _: call_now.ask(scene, incident, agent),
    "start": lambda scene, incident, agent, _: working.start(scene, incident, agent),
    "hand_over": _hand_over,
    "wait": lambda s, i, a, form: working.wait(s, i, a, form.get("reason", "")),
    "resume": lambda s, i, a, _: working.resume(s, i, a),
    "note": lambda s, i, a, form: working.note(s, i, a, form.get("text", "")),
    "agree_updates": _agree_updates,
    "update_given": lambda s, i, a, _: working.give_update(s, i, a),
    "change_priority": lambda s, i, a, form: working.change_priority(
        s, i, a, form.get("priority", ""), form.get("reason", "")
    ),
    "mark_security": lambda s, i, a, _: working.mark_security(s, i, a),
    "lift_security": lambda s, i, a, form: working.lift_security(s, i, a, form.get("reason", "")),
    "document": lambda s, i, a, form: resolving.document(s, i, a, _found(form)),
    "resolve": lambda s, i, a, form: resolving.resolve(s, i, a, _found(form)),
    "message_left": lambda s, i, a, form: resolving.message_left(s, i, a, form.get("channel", "")),
    "replied": lambda s, i, a, _: resolving.replied(s, i, a),
    "follow_up": lambda s, i, a, _: resolving.follow_up(s, i, a),
    "approve": _approve,
    "close": lambda s, i, a, form: resolving.close(
        s, i, a, form.get("how", ""), form.get("reason", "")
    ),
    "reopen": lambda s, i, a, form: resolving.reopen(s, i, a, form.get("reason", "")),
    "write_article": lambda s, i, a, form: _article(s, i, a, form),
    **escalation.ACTS,
}


def _article(scene: Scene, incident: Incident, agent: Agent, form: Form) -> None:
    knowledge.write(scene, incident, agent, form.get("title", ""), form.get("solution", ""))


def allowed(incident: Incident, agent: Agent, *, has_article: bool) -> list[str]:
    """What this state and this role allow; everything else is absent."""
    doer = incidents.doer(incident, agent)
    off = {
        "told": not may_tell(incident),
        "mark_security": incident.security,
        "lift_security": not incident.security,
        "write_article": has_article or not (incident.solution or incident.workaround),
        "step_in": incident.holder_id == agent.id,
        "reopen": incident.live_reference is None or incident.closed_how == "joined",
    }
    return [
        act
        for act in ACTS
        if not off.get(act) and states.refusal(act, incident.state, doer) is None
    ]


# What two agents do at once -------------------------------------------------------------------

KINDS: Mapping[str, str] = {
    "call_now": "call_asked",
    "start": "started",
    "hand_over": "handed_over",
    "wait": "waiting",
    "resume": "resumed",
    "note": "note",
    "agree_updates": "update_agreed",
    "update_given": "update_given",
    "change_priority": "priority_set",
    "mark_security": "security_marked",
    "lift_security": "security_lifted",
    "document": "documented",
    "resolve": "resolved",
    "message_left": "message_left",
    "replied": "replied",
    "follow_up": "follow_up",
    "approve": "approved",
    "close": "closed",
    "reopen": "reopened",
    "write_article": "article_written",
    **escalation.KINDS,
}
"""The event that each act records; taking and telling are safe to repeat as they are."""
CHANGES = frozenset((*KINDS.values(), "taken", "handed_back"))
"""What somebody did that a colleague who looks at the incident should know of."""
_HARMLESS = ("note", "call_asked")
"""What nobody decides against for not knowing of it."""
_WHAT: Mapping[str, tuple[str, str]] = {
    "note": ("text", "text"),
    "message_left": ("channel", "channel"),
    "change_priority": ("priority", "priority"),
    "record_escalation": ("level", "level"),
    "write_article": ("title", "title"),
}
"""Acts that one may do twice on purpose: the field that tells them apart, the event's fact."""


def is_repeated(
    scene: Scene, incident: Incident, agent: Agent, act: str, form: Form, seen: int | None
) -> bool:
    """Was this very act done since the page was made, by the same agent: a double click?

    Raises `Refused` where a colleague did something else since: it was decided without knowing of
    it. A note changes nothing, and is never refused for that.
    """
    if act not in KINDS or seen is None:
        return False
    since = select(Event).where(
        Event.incident_id == incident.id, Event.id > seen, Event.kind.in_(CHANGES)
    )
    done = [event for event in scene.session.scalars(since) if event.agent_id is not None]
    mine = [event for event in done if event.agent_id == agent.id]
    if any(event.kind == KINDS[act] and _is_same(act, form, event) for event in mine):
        return True
    theirs = [event for event in done if event not in mine and event.kind not in _HARMLESS]
    if theirs and act not in ("note", "call_now"):
        raise Refused(CHANGED)
    return False


def _is_same(act: str, form: Form, event: Event) -> bool:
    """Does the event tell of what this form says?"""
    if act not in _WHAT:
        return True
    field, fact = _WHAT[act]
    typed = form.get(field, "").replace("\r\n", "\n").strip()
    return typed == str(event.facts.get(fact, ""))
