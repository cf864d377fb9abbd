"""A simulated call, as machines and as people read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from babel.numbers import format_decimal

from commands.wording import WORDS
from ivr import speech
from ivr.local_time import unbroken, written
from ivr.policy import Policy
from ivr.reason import Reason
from ivr.rota.wording import in_words, level_name
from ivr.simulate import Simulation
from ivr.simulate.story import Exchange, Rung
from ivr.words import PROMPTS

ROUTES = {
    "ring_desk": "simulate.ring_desk",
    "ring_on_call": "simulate.ring_on_call",
    "call_back": "simulate.call_back",
}
ENDS = {"ended": "simulate.ended", "hung_up": "simulate.hung_up", "waits": "simulate.waits"}
ANSWERS = {
    "keys": "simulate.keys",
    "words": "simulate.spoken",
    "silence": "simulate.silence",
    "hang_up": "simulate.hangs_up",
}
STATES = {
    "new": "simulate.new",
    "taken": "simulate.taken",
    "refused": "simulate.refused",
}
LOCALES = {"fr": "fr_CA", "en": "en_CA"}


# For machines --------------------------------------------------------------------------------


def facts(told: Simulation, policy: Policy, language: str) -> dict[str, Any]:
    def local(moment: datetime | None) -> str | None:
        return moment.astimezone(policy.zone).isoformat() if moment else None

    def why(reasons: Sequence[Reason]) -> list[dict[str, Any]]:
        return [
            reason.as_json() | {"text": in_words(reason, {}, language, policy.zone, told.at)}
            for reason in reasons
        ]

    incident = told.incident
    return {
        "at": local(told.at),
        "client": told.client,
        "caller": told.caller,
        "super_user": told.super_user,
        "end": told.end,
        "exchanges": [_exchange(each, local(each.at)) for each in told.exchanges],
        "routes": [{"kind": route.kind, "why": why(route.why)} for route in told.routes],
        "on_call": [
            {"level": level.level, "agents": list(level.agents), "why": why(level.why)}
            for level in told.on_call
        ],
        "rings": [asdict(rung) | {"at": local(rung.at)} for rung in told.rings],
        "callbacks": [asdict(rung) | {"at": local(rung.at)} for rung in told.callbacks],
        "incident": incident
        and asdict(incident)
        | {
            "due_at": local(incident.due_at),
            "due_why": why(incident.due_why),
            "callback_at": local(incident.callback_at),
        },
        "totals": {
            "keys": told.keys,
            "speech_seconds": round(told.speech_seconds, 1),
            "seconds_to_ring": _rounded(told.seconds_to_ring),
        },
    }


def _exchange(each: Exchange, at: str | None) -> dict[str, Any]:
    return {
        "at": at,
        "step": each.step,
        "said": [
            asdict(said) | {"seconds": round(speech.seconds(said.text), 1)} for said in each.said
        ],
        "seconds": round(each.seconds, 1),
        "answer": each.answer and asdict(each.answer),
        "outcome": each.outcome,
        "rings": [rung.agent for rung in each.rings],
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)


# For people ----------------------------------------------------------------------------------


class Story:
    def __init__(self, told: Simulation, policy: Policy, language: str) -> None:
        self.told, self.policy, self.language = told, policy, language

    def lines(self) -> Iterator[str]:
        told = self.told
        yield self._say(
            "simulate.title",
            moment=written(told.at, told.at, self.language, self.policy.zone),
            caller=told.super_user or told.caller or self._say("simulate.unknown_caller"),
        )
        for each in told.until_ring:
            yield from self._exchange(each)
        yield from self._why()
        yield from self._who()
        if told.nobody_accepts:
            yield "\n" + self._say("simulate.nobody_accepts")
            for each in told.nobody_accepts:
                yield from self._exchange(each)
        yield self._say(ENDS[told.end])
        yield from self._incident()
        yield from self._totals()

    def _exchange(self, each: Exchange) -> Iterator[str]:
        for said in each.said:
            if said.text:
                seconds = self._seconds(speech.seconds(said.text))
                yield f"  {seconds:>7}  {said.language}  {said.text}"
        if each.answer:
            doing = self._say(ANSWERS[each.answer.kind], text=each.answer.text)
            yield f"{'':11}→ {doing}  ({each.step}: {each.outcome})"
        for rung in each.rings:
            yield f"{'':11}☎ {self._rung(rung)}"

    def _rung(self, rung: Rung) -> str:
        at = written(rung.at, self.told.at, self.language, self.policy.zone)
        return self._say("simulate.rings", agent=rung.agent, number=rung.number, at=at)

    def _why(self) -> Iterator[str]:
        for route in self.told.routes:
            yield "\n" + self._say(ROUTES[route.kind])
            yield from self._reasons(route.why)

    def _who(self) -> Iterator[str]:
        rings = self.told.rings
        if rings:
            yield self._say("simulate.order")
            for place, rung in enumerate(rings, 1):
                yield f"  {place}. {rung.agent}"
        else:
            yield self._say("simulate.nobody_rings")
        for level in self.told.on_call:
            name = level_name(level.level, self.language)
            names = ", ".join(level.agents)
            yield self._say("simulate.on_call", level=name, names=names)
            yield from self._reasons(level.why)
        if not self.told.on_call:
            yield self._say("simulate.nobody")

    def _incident(self) -> Iterator[str]:
        incident = self.told.incident
        if incident is None:
            yield "\n" + self._say("simulate.no_incident")
            return
        yield "\n" + self._say(
            "simulate.incident",
            priority=incident.priority,
            product=self._product(incident.product),
            state=self._say(STATES[incident.state]),
        )
        yield from self._reasons(incident.due_why)
        if incident.callback_at and self.told.end != "waits":
            at = written(incident.callback_at, self.told.at, self.language, self.policy.zone)
            rung = self.told.callbacks
            key = "simulate.called_back" if rung else "simulate.called_back_by_nobody"
            yield self._say(key, at=at)
            for each in rung:
                yield f"  ☎ {self._rung(each)}"

    def _totals(self) -> Iterator[str]:
        told = self.told
        facts = {"keys": told.keys, "speech": self._seconds(told.speech_seconds)}
        if told.seconds_to_ring is None:
            yield "\n" + self._say("simulate.totals", **facts)
        else:
            seconds = self._seconds(told.seconds_to_ring)
            yield "\n" + self._say("simulate.until_ring", seconds=seconds, **facts)

    def _product(self, product: str | None) -> str:
        if product is None:
            return self._say("simulate.no_product")
        return PROMPTS.text(self.language, f"products.{product}")

    def _reasons(self, reasons: Sequence[Reason]) -> Iterator[str]:
        for reason in reasons:
            yield "  – " + in_words(reason, {}, self.language, self.policy.zone, self.told.at)

    def _seconds(self, seconds: float) -> str:
        return unbroken(f"{format_decimal(seconds, '0.0', locale=LOCALES[self.language])} s")

    def _say(self, key: str, **facts: Any) -> str:
        return WORDS.text(self.language, key, **facts)
