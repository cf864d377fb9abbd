"""One call, played turn by turn on the real dialogue: what Twilio would do is done here."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr import callback_legs, callbacks, calls, legs, level_ring, speech
from ivr.calls import Answered
from ivr.exchange import Given
from ivr.models import Call, CallTurn, Incident, Leg
from ivr.policy import Policy
from ivr.reply import Keys, Queued, Ring, Voice
from ivr.scene import Scene
from ivr.simulate.story import Answer, Exchange, Rung

LONGEST = 100
"""Exchanges after which a call is taken for one that never ends."""

MOST, LOOKS = 12, 40
"""Of a callback's rings so many are told; so often it is looked at."""

Reflex = Callable[[Scene, Call], Answer]
"""What the caller does where no answer was laid down."""


class Endless(Exception):
    """The dialogue goes round in circles."""


@dataclass
class Rehearsal:
    """The call of `caller` from `now` on, in `session`, whose owner rolls everything back.

    Time passes as the line speaks, waits, records and rings; keys take none.
    """

    session: Session
    policy: Policy
    line_number: str
    caller: str
    now: datetime
    laid_down: deque[Answer]
    reflex: Reflex
    keeps_to_script: bool
    """The call stops where the answers laid down are used up, until a phone has rung."""

    def __post_init__(self) -> None:
        self.sid = f"CA{secrets.token_hex(16)}"
        self.exchanges: list[Exchange] = []
        self.end: Literal["ended", "hung_up", "waits"] = "ended"

    @property
    def scene(self) -> Scene:
        return Scene(self.session, self.policy, self.line_number, self.now)

    @property
    def call(self) -> Call:
        return self.session.scalars(select(Call).where(Call.sid == self.sid)).one()

    def play(self) -> None:
        """To the end of the call. Raises `Endless`."""
        answered: Answered | None = calls.begin(self.scene, self.sid, self.caller, "")
        while answered is not None:
            if len(self.exchanges) >= LONGEST:
                raise Endless(f"the call does not end in {LONGEST} exchanges")
            answered = self._exchange(answered)
        if self.end != "waits":
            calls.settle(self.scene, self.sid)
            self._forget()

    def call_back(self) -> list[Rung]:
        """Whom the worker would ring for the callback, in order, while nobody accepts: the first
        few, up to the due time.
        """
        rings: list[Rung] = []
        for _ in range(LOOKS):
            incident = self.call.incident
            if incident is None or incident.callback_at is None or len(rings) >= MOST:
                break
            self.now = max(self.now, _looked_at(incident, incident.callback_at))
            if self.now > incident.due_at:
                break
            claimed = callbacks.claim(self.scene, incident.id)
            leg = callback_legs.ring_next(self.scene, claimed) if claimed else None
            if leg:
                seconds = self.policy.callbacks.agent_ring_seconds
                rings.append(self._rung(leg, seconds))
                self._pass(seconds)
                callback_legs.over(self.scene, leg, "no_answer")
            self._forget()
        return rings

    def _exchange(self, answered: Answered) -> Answered | None:
        """What was said is heard, then answered; none where the call is over."""
        reply = answered.reply
        heard = Exchange(self.now, answered.step, (*reply.notice, *reply.say))
        self._pass(heard.seconds)
        if reply.listen is None:
            self.exchanges.append(heard)
            return None
        if isinstance(reply.listen, Ring | Queued):
            return self._ring(heard, answered.number)
        answer = self._next_answer()
        if answer is None:
            self.end = "waits"
            self.exchanges.append(heard)
            return None
        assert isinstance(reply.listen, Keys | Voice)
        return self._answer(heard, answer, reply.listen, answered.number)

    def _ring(self, heard: Exchange, number: int) -> Answered | None:
        """One phone, or a level's at once: they ring out."""
        seconds = self.policy.ringing.seconds
        ringing = select(Leg).where(Leg.call_id == self.call.id, Leg.ended_at.is_(None))
        live = self.session.scalars(ringing.order_by(Leg.id)).all()
        rings = tuple(self._rung(leg, seconds) for leg in live)
        for leg in live:
            legs.progress(self.scene, leg, "ringing", f"CA{secrets.token_hex(16)}")
        self._pass(seconds)
        for leg in live:
            if leg.kind == level_ring.KIND:  # the other kind ends with the caller's own request
                legs.end(self.scene, leg, "no_answer")
        return self._take(replace(heard, rings=rings), Given(dialled="no-answer"), number)

    def _rung(self, leg: Leg, seconds: int) -> Rung:
        return Rung(leg.agent.name if leg.agent else "", leg.number, self.now, seconds)

    def _next_answer(self) -> Answer | None:
        if self.laid_down:
            return self.laid_down.popleft()
        rang = any(each.rings for each in self.exchanges)
        if self.keeps_to_script and not rang:
            return None
        return self.reflex(self.scene, self.call)

    def _answer(
        self, heard: Exchange, answer: Answer, listen: Keys | Voice, number: int
    ) -> Answered | None:
        if answer.kind == "hang_up":
            self.end = "hung_up"
            self._take(replace(heard, answer=answer), Given(over=True), number)
            return None
        if isinstance(listen, Keys):
            given, used = self._keyed(answer, listen)
        else:
            given, used = self._recorded(answer, listen)
        return self._take(replace(heard, answer=used), given, number)

    def _keyed(self, answer: Answer, keys: Keys) -> tuple[Given, Answer]:
        """As many keys as the prompt takes; those left over are for the next."""
        if answer.kind != "keys":  # words are no keys: the line hears nothing
            self._pass(keys.first_key)
            return Given(), answer
        typed = answer.text[: keys.count]
        if keys.finish and keys.finish in typed:
            typed = typed[: typed.index(keys.finish) + 1]
        rest = answer.text[len(typed) :]
        if len(typed) == keys.count and keys.finish and rest.startswith(keys.finish):
            rest = rest[1:]  # typed out of habit, when the entry had ended by itself
        if rest:
            self.laid_down.appendleft(Answer("keys", rest))
        return Given(keys=typed.removesuffix(keys.finish or "\n")), Answer("keys", typed)

    def _recorded(self, answer: Answer, voice: Voice) -> tuple[Given, Answer]:
        if answer.kind != "words":  # a key or a silence ends it before a word is said
            self._pass(voice.silence if answer.kind == "silence" else 0)
            return Given(), answer
        lasts = min(speech.seconds(answer.text), voice.longest)
        self._pass(lasts + voice.silence)
        sid = f"RE{secrets.token_hex(16)}"
        return Given(recording_sid=sid, recording_seconds=max(1, round(lasts))), answer

    def _take(self, exchange: Exchange, given: Given, number: int) -> Answered | None:
        answered = calls.answer(self.scene, self.sid, number, given)
        self._forget()
        taken = self.session.get_one(CallTurn, (self.call.id, number))
        self.exchanges.append(replace(exchange, outcome=taken.outcome))
        return answered

    def _forget(self) -> None:
        """Each turn begins from the rows, as a request of its own does."""
        self.session.flush()
        self.session.expire_all()

    def _pass(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def _looked_at(incident: Incident, planned: datetime) -> datetime:
    """When the callback is looked at: when it is due, and nobody's claim holds it."""
    return max(planned, incident.callback_claimed_until or planned)
