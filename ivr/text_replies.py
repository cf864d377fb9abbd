"""An agent answers an alert by SMS: its own code, from the agent's own phone, takes that incident.

That agent calls the client: the caller who still holds is put through to that phone and nobody
else's; where the caller has gone, the callback goes there at once. All other phones stop ringing.
Whatever else comes changes nothing, and is answered with a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from ivr import alerts, attempts, callbacks, incidents, reference
from ivr.gsm import gsm
from ivr.models import Agent, Incident, Leg, Message
from ivr.scene import Scene
from ivr.words import PROMPTS

WRONG = "text_code"
WRONG_IN_AN_HOUR = 10
"""More from one number are not read and not answered: a sender can be forged, and two machines
would answer one another for ever."""
_NUMBER = re.compile(r"[0-9]+")


def agents_of(scene: Scene, sender: str) -> Sequence[Agent]:
    """Whose phone it is (E.164)."""
    own = select(Agent).where(Agent.phone == sender, Agent.active)
    return scene.session.scalars(own.order_by(Agent.id)).all()


def answer(scene: Scene, agents: Sequence[Agent], body: str) -> str:
    """What the one who texted `body` is told, in that agent's language; "" after too much."""
    sender = agents[0].phone
    if attempts.count(scene, WRONG, key=sender, since=timedelta(hours=1)) >= WRONG_IN_AN_HOUR:
        return ""
    alert = _alert(scene, agents, body)
    if alert is None or alert.agent is None or alert.incident is None:
        attempts.note(scene, WRONG, sender)
        return gsm(PROMPTS.text(agents[0].language, "text.unknown"))
    agent, incident = alert.agent, alert.incident
    if alert.created_at <= scene.now - alerts.CODE_LIVES:
        return gsm(PROMPTS.text(agent.language, "text.old"))
    return _said(incident, agent, _take(scene, incident, agent))


def _alert(scene: Scene, agents: Sequence[Agent], body: str) -> Message | None:
    """The SMS whose code stands alone among the words; two numbers are a guess."""
    codes = _NUMBER.findall(body)
    if len(codes) != 1:
        return None
    ids = [agent.id for agent in agents]
    return scene.session.scalar(
        select(Message)
        .where(Message.agent_id.in_(ids), Message.channel == "sms", Message.code == codes[0])
        .order_by(Message.id.desc())
        .limit(1)
    )


def _take(scene: Scene, incident: Incident, agent: Agent) -> str:
    """What came of it, as the sentence is named."""
    if incident.holder_id == agent.id:
        return "yours"
    try:
        incidents.take_in_charge(scene, incident, agent, how="text")
    except incidents.Refused:
        return "others" if incident.holder else "closed"
    _stop_other_phones(scene, incident, agent)
    if incident.call is None or incident.call.ended_at is not None:
        callbacks.at_once(scene, incident)
    return "taken"


def _stop_other_phones(scene: Scene, incident: Incident, agent: Agent) -> None:
    """Over REST; where that fails they ring out, and whoever picks up hears that it is taken."""
    ringing = select(Leg).where(
        Leg.incident_id == incident.id,
        Leg.agent_id.is_not(None),
        Leg.agent_id != agent.id,
        Leg.ended_at.is_(None),
        Leg.accepted_at.is_(None),
    )
    for leg in scene.session.scalars(ringing):
        scene.nudge("hang_up", leg.id)


def _said(incident: Incident, agent: Agent, what: str) -> str:
    said = PROMPTS.text(
        agent.language,
        f"text.{what}",
        reference=" ".join(reference.groups(incident.reference)),
        agent=incident.holder.name if incident.holder else "",
    )
    return gsm(said)
