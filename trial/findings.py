"""How a month went, judged from the stand-in's ledger: what rang, who talked, what was forgotten.

Our own tables say what was promised; whether a phone rang, and whether two people talked, is read
from the ledger alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr import cause_evidence, causes
from ivr.causes import Cause, Evidence, Found, Outage, Ring
from ivr.models import Agent, Call, Incident, Leg, PhoneTest
from ivr.scene import Scene
from ivr.spans import Span
from standin.entries import LegRecord
from standin.mailbox import text_of
from trial.product import Product

NO_PROMISE = ("refused",)
"""States in which nothing was promised."""


@dataclass(frozen=True)
class Promise:
    """One incident's promise of §4, and what became of it. Moments are aware UTC."""

    reference: str
    priority: str
    opened_at: datetime
    due_at: datetime
    met_at: datetime | None
    found: Found | None
    """Why it was not kept; none where it was, or where its time is not up."""
    forgotten: bool
    """Neither met, nor to be looked at again, nor left with a person who knows."""
    unproved: bool
    """Our tables say that the client was told, and nothing that the world saw says so."""

    @property
    def kept(self) -> bool:
        return self.met_at is not None and self.met_at <= self.due_at

    @property
    def pending(self) -> bool:
        return not self.kept and self.found is None

    @property
    def is_fault(self) -> bool:
        ours = self.found is not None and self.found.cause is Cause.NOT_CALLED
        return ours or self.forgotten or self.unproved


@dataclass(frozen=True)
class Findings:
    """All of it. `lost` are calls whose client was known, and that left no incident; `strays` those
    that we placed and know nothing of; `doubled` those that rang a client whom another call of
    ours was ringing, but for two that are paged; `errors` what Twilio's debugger
    would show, but for times of outage."""

    promises: Sequence[Promise]
    calls: int
    callbacks: int
    attempts: int
    clients_rung: int
    talks: int
    agent_minutes: int
    lost: int
    strays: int
    doubled: int
    errors: int
    outages: Sequence[Outage] = ()

    @property
    def faults(self) -> int:
        """What the product has to answer for: none is allowed."""
        ours = sum(promise.is_fault for promise in self.promises)
        return ours + self.lost + self.strays + self.doubled + self.errors


def judge(product: Product, outages: Sequence[Outage] = ()) -> Findings:
    """What became of each promise by now; `outages` are those of our own parts."""
    with product.session() as session:
        return _Judge(product, session, outages).findings()


class _Judge:
    def __init__(self, product: Product, session: Session, outages: Sequence[Outage]) -> None:
        line = product.line
        self._product, self._session, self._outages = product, session, outages
        self._ledger = product.twilio.ledger
        self._scene = Scene(session, line.policy, line.settings.line_number, product.now)
        agents = session.scalars(select(Agent)).all()
        self._agents = {agent.phone: agent.id for agent in agents}
        self._records = {leg.sid: leg for leg in self._ledger.legs()}

    def findings(self) -> Findings:
        owed = select(Incident).where(Incident.state.not_in(NO_PROMISE)).order_by(Incident.id)
        incidents = self._session.scalars(owed).all()
        legs = list(self._records.values())
        clients = [leg for leg in legs if self._is_clients(leg)]
        return Findings(
            [self._promise(incident) for incident in incidents],
            calls=sum(leg.direction == "inbound" for leg in legs),
            callbacks=sum(leg.created_by == "REST" for leg in legs),
            attempts=sum(incident.callback_attempts for incident in incidents),
            clients_rung=len(clients),
            talks=len(self._ledger.bridges()),
            agent_minutes=round(sum(bridge.seconds for bridge in self._ledger.bridges()) / 60),
            lost=len(self._session.scalars(_LOST).all()),
            strays=len(self._strays()),
            doubled=sum(not self._two_critical(*pair) for pair in _overlapping(clients)),
            errors=sum(not self._was_down(each.moment) for each in self._ledger.complaints()),
            outages=self._outages,
        )

    def _promise(self, incident: Incident) -> Promise:
        met_at = incident.met_at
        late = (met_at or self._product.now) > incident.due_at
        return Promise(
            incident.reference,
            incident.priority,
            incident.opened_at,
            incident.due_at,
            met_at,
            self._cause(incident) if late else None,
            forgotten=met_at is None and self._is_nobodys(self._root(incident)),
            unproved=incident.told_at is not None and not self._was_told(incident),
        )

    def _is_nobodys(self, incident: Incident) -> bool:
        """Nothing rings for it any more; where there is no number, whoever holds it knows so."""
        if incident.callback_at is not None:
            return False
        return incident.holder_id is None or incident.callback_number is not None

    def _cause(self, incident: Incident) -> Found:
        on_file = cause_evidence.of(self._scene, incident, self._outages)
        patience = cause_evidence.patience(self._scene.policy)
        return causes.cause(self._seen(incident, on_file), patience)

    def _seen(self, incident: Incident, on_file: Evidence) -> Evidence:
        """The same evidence, with what rang as the ledger knows it."""
        mine = self._legs_of(self._root(incident))
        number = incident.callback_number
        others = (leg for leg in self._records.values() if leg.sid not in mine)
        theirs = [self._span(leg) for leg in others if _far(leg) == number]
        rings = [
            Ring(leg.agent_id, *self._span(self._records[sid]), leg.accepted_at is not None)
            for sid, leg in mine.items()
            if sid in self._records
        ]
        return replace(on_file, rings=rings, busy=self._busy, client_busy=theirs)

    @cached_property
    def _busy(self) -> dict[int, list[Span]]:
        busy: dict[int, list[Span]] = {}
        for leg in self._records.values():
            if leg.to in self._agents:
                busy.setdefault(self._agents[leg.to], []).append(self._span(leg))
        return busy

    def _was_told(self, incident: Incident) -> bool:
        """Two people talked, a letter arrived, or an agent says by a click to have spoken."""
        root = self._root(incident)
        ways = {event.facts.get("how") for event in root.events if event.kind == "told"}
        if ways - {"call", "mail", "joined"} or (incident is root and "joined" in ways):
            return True
        return self._talked(root) or self._wrote(root)

    def _talked(self, incident: Incident) -> bool:
        mine = set(self._legs_of(incident)) | ({incident.call.sid} if incident.call else set())
        return any({bridge.parent, bridge.child} & mine for bridge in self._ledger.bridges())

    def _wrote(self, incident: Incident) -> bool:
        email = incident.super_user.email if incident.super_user else ""
        return any(
            incident.reference in re.sub(r"\s", "", text_of(delivery.letter))
            for delivery in self._product.mail.deliveries
            if email in delivery.recipients
        )

    def _legs_of(self, incident: Incident) -> dict[str, Leg]:
        legs = select(Leg).where(Leg.incident_id == incident.id, Leg.sid.is_not(None))
        return {leg.sid: leg for leg in self._session.scalars(legs) if leg.sid}

    def _root(self, incident: Incident) -> Incident:
        return incident.linked_to or incident

    def _two_critical(self, *legs: LegRecord) -> bool:
        """Of two P1 that are paged none waits for the other: the later finds the client engaged."""
        ours = select(Leg).where(Leg.sid.in_(leg.sid for leg in legs))
        found = {leg.incident_id: leg.incident for leg in self._session.scalars(ours)}
        return len(found) == len(legs) and all(one.priority == "P1" for one in found.values())

    def _strays(self) -> list[LegRecord]:
        known = {*self._session.scalars(select(Leg.sid)), *self._session.scalars(_TESTS)}
        placed = self._ledger.legs(created_by="REST")
        return [leg for leg in placed if leg.sid not in known and leg.answered is not None]

    def _was_down(self, moment: datetime) -> bool:
        return any(down.start <= moment <= down.end for down in self._outages)

    def _is_clients(self, leg: LegRecord) -> bool:
        return leg.direction != "inbound" and leg.to not in self._agents

    def _span(self, leg: LegRecord) -> Span:
        return leg.started, leg.ended or self._product.now


_TESTS = select(PhoneTest.sid)
_LOST = select(Call.id).where(Call.client_id.is_not(None), ~Call.incident.has())


def _far(leg: LegRecord) -> str:
    return leg.caller if leg.direction == "inbound" else leg.to


def _overlapping(legs: Sequence[LegRecord]) -> Iterator[tuple[LegRecord, LegRecord]]:
    """Those that rang a number while another one did, with that one."""
    for before, leg in pairwise(sorted(legs, key=lambda leg: (leg.to, leg.started))):
        if before.to == leg.to and (before.ended is None or leg.started < before.ended):
            yield before, leg
