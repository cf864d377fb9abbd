"""How often the line calls clients in a day, and at what cost (policy.toml's [caps]).

What a cap holds back is not lost: it stays owed, is placed when the next day opens, and is handed
to a person meanwhile: who holds it, or the desk, is told, and the list shows it in red. A P1 rings
agents whatever a day costs; a client's own number is spared all the same, and the agent told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, func, select

from ivr import alarms, alerts, callbacks, local_time, spend, staff, timeline
from ivr.models import Agent, Call, Incident, Leg, Message
from ivr.ordering import FIRST
from ivr.policy_parts import Caps
from ivr.reason import Reason
from ivr.scene import Scene
from ivr.spend import Talk
from ivr.zones import instant

SPENT = "spend_limit"
"""The alarm that says that the day's limit is reached: no callback but a P1's until tomorrow."""
KINDS = ("agent", "client")
"""The legs of callbacks: what the line itself decides to place."""
FREE = ("no_answer", "busy", "failed", "stale")
"""How a call ends that nobody answered, and nobody bills."""


@dataclass(frozen=True)
class Placed:
    """The calls of the day so far."""

    to_number: int
    to_client: int
    in_all: int


def cap_of(caps: Caps, placed: Placed, *, critical: bool, spent: bool) -> str | None:
    """The cap that is reached: "number", "client", "day" or "spend"; none: there is room.

    `critical`: a P1, which neither the day's calls nor its cost (`spent`) hold back.
    """
    if placed.to_number >= caps.calls_per_number:
        return "number"
    if placed.to_client >= caps.calls_per_client:
        return "client"
    if critical:
        return None
    if placed.in_all >= caps.calls_per_day:
        return "day"
    return "spend" if spent else None


def reached(scene: Scene, incident: Incident) -> str | None:
    """The cap for which no agent is rung now; a P1 always rings them."""
    return None if incident.priority == FIRST else of_client(scene, incident)


def of_client(scene: Scene, incident: Incident) -> str | None:
    """The cap for which the client's phone is not rung."""
    return cap_of(
        scene.policy.caps,
        _placed(scene, incident),
        critical=incident.priority == FIRST,
        spent=alarms.is_raised(scene, SPENT, today(scene)),
    )


def hold_back(scene: Scene, incident: Incident, cap: str) -> Reason:
    """The line tries again when the next day opens; a person is told, who may call before."""
    at = callbacks.counted_time(scene, incident).next_open(_midnight(scene, days=1))
    incident.callback_at, incident.callback_claimed_until = at, None
    incident.callback_capped = cap
    why = Reason(f"caps.{cap}", {"limit": limit(scene, cap), "at": at.isoformat()})
    timeline.record(scene, incident, "callback_capped", why=why.as_json())
    _tell(scene, incident, at)
    if cap != "spend":  # of which the managers know already
        alarms.raise_once(scene, f"cap_{cap}", today(scene), {"limit": limit(scene, cap)})
    return why


def watch(scene: Scene) -> None:
    """What the day has cost so far: the managers are told at the alarm, and at the limit."""
    caps, spent = scene.policy.caps, spent_today(scene)
    for kind, limit in (("spend_alarm", caps.spend_alarm), (SPENT, caps.spend_limit)):
        if spent >= limit:
            facts = {"spent": _money(scene, spent), "limit": _money(scene, limit)}
            alarms.raise_once(scene, kind, today(scene), facts)


def spent_today(scene: Scene) -> float:
    """Estimated, in the currency of the policy's prices; ringing counts where a call was answered,
    since nobody tells us when it was."""
    since = _midnight(scene)
    rung = select(Leg.rang_at, Leg.ended_at).where(
        Leg.kind.in_(("hunt", "level", *KINDS)),
        Leg.created_at >= since,
        Leg.rang_at.is_not(None),
        func.coalesce(Leg.outcome, "").not_in(FREE),
    )
    called_in = select(Call.started_at, Call.ended_at).where(Call.started_at >= since)
    texts = select(Message.body).where(Message.channel == "sms", Message.sent_at >= since)
    return spend.cost(
        scene.policy.caps.prices,
        _talks(scene, rung),
        _talks(scene, called_in),
        scene.session.scalars(texts),
    )


def _talks(scene: Scene, query: Select[Any, Any]) -> list[Talk]:
    found = scene.session.execute(query)
    return [Talk(start, end or max(start, scene.now)) for start, end in found]


def _tell(scene: Scene, incident: Incident, at: datetime) -> None:
    """Whoever holds it, or the desk, is to call by hand; once a day."""
    agents: Sequence[Agent] = [incident.holder] if incident.holder else staff.desk(scene)
    purpose = f"{alerts.CAPPED}_{today(scene):%Y%m%d}"
    for agent in agents:
        moment = local_time.said(at, scene.now, agent.language, scene.policy.zone)
        alerts.alert(scene, incident, [agent], purpose, at=moment)


def _placed(scene: Scene, incident: Incident) -> Placed:
    placed = select(func.count()).select_from(Leg).where(Leg.created_at >= _midnight(scene))
    to_clients = placed.where(Leg.kind == "client")
    to_number = to_clients.where(Leg.number == incident.callback_number)
    to_client = to_clients.join(Incident).where(Incident.client_id == incident.client_id)
    return Placed(
        scene.session.scalar(to_number) or 0,
        (scene.session.scalar(to_client) or 0) if incident.client_id else 0,
        scene.session.scalar(placed.where(Leg.kind.in_(KINDS))) or 0,
    )


def limit(scene: Scene, cap: str) -> str:
    """The cap itself, as it is said: so many calls, or an amount."""
    caps = scene.policy.caps
    limits: Mapping[str, str] = {
        "number": str(caps.calls_per_number),
        "client": str(caps.calls_per_client),
        "day": str(caps.calls_per_day),
        "spend": _money(scene, caps.spend_limit),
    }
    return limits[cap]


def _money(scene: Scene, amount: float) -> str:
    return f"{amount:.2f} {scene.policy.caps.prices.currency}"


# The day, on the centre's clock ---------------------------------------------------------------


def today(scene: Scene) -> date:
    return scene.now.astimezone(scene.policy.zone).date()


def _midnight(scene: Scene, days: int = 0) -> datetime:
    day = today(scene) + timedelta(days=days)
    return instant(datetime.combine(day, time()), scene.policy.zone)
