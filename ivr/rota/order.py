"""Who is on call at a moment, at each level, in the order in which they are rung, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from ivr.reason import Reason
from ivr.rota.rules import Layer, Override, Place, Shift, once
from ivr.rota.scope import Fit, Person, Scope
from ivr.rota.turns import RotaError
from ivr.rota.wording import level_facts


@dataclass(frozen=True)
class Rota:
    """All that says who is on call. `everyone` names the level that is every agent, if one is.

    Of one level: overrides go over shifts, shifts over layers, a later layer over an earlier one,
    each only where it has somebody who can be rung. What stands at a level that `levels` does not
    name is not rung.
    """

    levels: tuple[str, ...]
    people: Mapping[int, Person] = field(default_factory=dict)
    layers: tuple[Layer, ...] = ()
    shifts: tuple[Shift, ...] = ()
    overrides: tuple[Override, ...] = ()
    """In the order in which they were entered: a later one goes over an earlier one."""
    everyone: str = ""

    @property
    def dated(self) -> tuple[Shift | Override, ...]:
        """The rules that hold for one stretch of time."""
        return *self.shifts, *self.overrides

    def usable(self, agent: int) -> bool:
        return agent in self.people and self.people[agent].usable

    def in_use(self) -> tuple[str, ...]:
        """The levels that should have somebody: the first, and those with a layer or a shift."""
        used = {layer.level for layer in self.layers} | {shift.level for shift in self.shifts}
        used.update(self.levels[:1])
        return tuple(level for level in self.levels if level in used and level != self.everyone)


@dataclass(frozen=True)
class Level:
    """A level at a moment. `why` has a reason for each agent, and for each who is passed over."""

    name: str
    standing: tuple[Place, ...]
    """All who stand there and can be rung, in order."""
    places: tuple[Place, ...]
    """The same without those who stand at a level above, where they are rung already."""
    why: tuple[Reason, ...]

    @property
    def agents(self) -> tuple[int, ...]:
        """Whom to ring, in order."""
        return tuple(place.agent for place in self.places)

    @property
    def duty(self) -> tuple[int, ...]:
        """Who is on call here: whose turn or shift it is, without the backups."""
        return tuple(place.agent for place in self.standing if place.duty)


def who(
    rota: Rota, at: datetime, product: str | None = None, language: str | None = None
) -> tuple[Level, ...]:
    """The levels that have somebody, in order: an empty one is skipped, so that the next rings.

    Nobody is at two levels. Of a product or language that is not known, the rules made for one of
    them come after those for all. Raises `RotaError` where `at` has no time zone.
    """
    return tuple(level for level in levels_at(rota, at, product, language) if level.places)


def levels_at(
    rota: Rota, at: datetime, product: str | None = None, language: str | None = None
) -> tuple[Level, ...]:
    """Each level in order, the empty ones too, with the reason why they are."""
    if at.tzinfo is None:
        raise RotaError(f"{at.isoformat()} has no time zone")
    found: list[Level] = []
    for name in rota.levels:
        above = {agent for level in found for agent in level.agents}
        found.append(_level(rota, name, _Moment(at, product, language), above))
    return tuple(found)


@dataclass(frozen=True)
class _Moment:
    at: datetime
    product: str | None
    language: str | None


def _level(rota: Rota, name: str, moment: _Moment, above: set[int]) -> Level:
    overrides = [override for override in rota.overrides if override.holds(moment.at, name)]
    formal, idle = _formal(rota, name, moment, overrides)
    places, notes = _overridden(rota, formal, overrides)
    absent = [place.agent for place in (*idle, *places) if not rota.usable(place.agent)]
    notes += [Reason("rota.skipped", {"agent": agent}) for agent in dict.fromkeys(absent)]
    standing = _with_duty([place for place in places if rota.usable(place.agent)])
    there = [place.agent for place in standing if place.agent in above]
    notes += [Reason("rota.already", {"agent": agent}) for agent in there]
    if name == rota.everyone:
        standing += _everyone(rota, standing)
    kept = tuple(place for place in standing if place.agent not in above)
    if not kept:
        notes.append(Reason("rota.empty", level_facts("level", name)))
    return Level(name, standing, kept, (*notes, *(place.why for place in kept)))


def _formal(
    rota: Rota, name: str, moment: _Moment, overrides: Sequence[Override]
) -> tuple[tuple[Place, ...], list[Place]]:
    """Who stands there by shifts and layers, and whoever would but cannot be rung.

    Those for this call come first, then those for others that nothing above them covers.
    """
    now: list[Place] = []
    later: list[Place] = []
    idle: list[Place] = []
    over: list[Scope] = []
    for scope, places in _stack(rota, name, moment):
        fit = scope.fit(moment.product, moment.language)
        covered = any(higher.covers(scope) for higher in over)
        if fit is Fit.NEVER or covered or (fit is Fit.NOW and now):
            continue
        if not _somebody(rota, places, overrides):
            idle += places
            continue
        over.append(scope)
        if fit is Fit.NOW:
            now += places
        else:
            later += [_later(place) for place in places]
    return once([*now, *later]), idle


def _stack(rota: Rota, name: str, moment: _Moment) -> Iterator[tuple[Scope, tuple[Place, ...]]]:
    """The shifts and then the layers of a level, whatever goes over the others first.

    Of shifts at one moment those for some products or languages go over those for all.
    """
    active = [
        shift
        for shift in rota.shifts
        if shift.level == name and shift.span[0] <= moment.at < shift.span[1]
    ]
    for scope, rank in sorted({(shift.scope, shift.rank) for shift in active}, key=_height):
        mine = [shift for shift in active if (shift.scope, shift.rank) == (scope, rank)]
        mine.sort(key=lambda shift: (shift.span[0], shift.id))
        yield scope, once([shift.place() for shift in mine])
    for layer in reversed(rota.layers):
        if layer.level == name:
            places = layer.places(moment.at, moment.language, rota.people)
            if places:
                yield layer.scope, places


_Height = tuple[bool, bool, int, int, int, list[str], list[str]]


def _height(shifts: tuple[Scope, int]) -> _Height:
    """At the same rank the narrower goes first, then by name: every process rings the same."""
    scope, rank = shifts
    products, languages = sorted(scope.products), sorted(scope.languages)
    wide = len(products), len(languages)
    return not products, not languages, -rank, *wide, products, languages


def _somebody(rota: Rota, places: tuple[Place, ...], overrides: Sequence[Override]) -> bool:
    """Whether one of them, or of those who replace them by name, can be rung."""
    for override in overrides:
        if override.replaces is not None and rota.usable(override.agent):
            places = override.over(places)
    return any(rota.usable(place.agent) for place in places)


def _overridden(
    rota: Rota, places: tuple[Place, ...], overrides: Sequence[Override]
) -> tuple[tuple[Place, ...], list[Reason]]:
    """The places after the overrides; one whose agent cannot be rung changes nothing."""
    passed = []
    for override in overrides:
        if not override.concerns(places):
            continue
        if rota.usable(override.agent):
            places = override.over(places)
        else:
            passed.append(Reason("rota.override_skipped", {"agent": override.agent}))
    return places, passed


def _everyone(rota: Rota, places: Sequence[Place]) -> tuple[Place, ...]:
    there = {place.agent for place in places}
    return tuple(
        Place(agent, Reason("rota.everyone", {"agent": agent}), "everyone", duty=False)
        for agent in sorted(rota.people)
        if agent not in there and rota.usable(agent)
    )


def _later(place: Place) -> Place:
    if not place.duty:
        return place
    start, end = (moment.isoformat() for moment in place.span)
    why = Reason("rota.later", {"agent": place.agent, "start": start, "end": end})
    return replace(place, why=why)


def _with_duty(places: list[Place]) -> tuple[Place, ...]:
    """Where whose turn it is cannot be rung, the first who comes next is on call instead."""
    if places and not any(place.duty for place in places):
        places = [replace(places[0], duty=True), *places[1:]]
    return tuple(places)
