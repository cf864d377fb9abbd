"""A slow, plain model of the rota, written apart from it: it watches a wall clock tick.

It knows nothing of turns' numbers, spans or indexes: a layer's turn moves on when the clock shows
its handover, and all else is a list that is filtered. Times are on quarters of an hour.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from tests.rota.cast import TORONTO

TICK = timedelta(minutes=15)


@dataclass
class SlowLayer:
    level: str
    members: list[int]
    first_day: date
    days: int
    handover: time
    windows: dict[int, list[tuple[int, int]]] | None
    """By weekday, from and to in minutes since midnight."""
    starts: datetime | None
    ends: datetime | None
    products: set[str]
    languages: set[str]
    backups: int | None
    language_first: bool
    turn: int = 0


@dataclass
class SlowShift:
    level: str
    agent: int
    start: datetime
    end: datetime
    rank: int
    products: set[str]
    languages: set[str]


@dataclass
class SlowOverride:
    agent: int
    start: datetime
    end: datetime
    replaces: int | None
    level: str | None


@dataclass
class SlowRota:
    levels: list[str]
    languages: dict[int, str]
    gone: set[int]
    layers: list[SlowLayer] = field(default_factory=list)
    shifts: list[SlowShift] = field(default_factory=list)
    overrides: list[SlowOverride] = field(default_factory=list)


def ticks(start: datetime, count: int) -> Iterator[datetime]:
    """UTC moments, a quarter of an hour apart."""
    for n in range(count):
        yield start + n * TICK


def walk(rota: SlowRota, start: datetime, count: int) -> Iterator[datetime]:
    """Each tick from `start`, with every layer's turn moved on to it from long before."""
    begin = min(layer.first_day for layer in rota.layers) if rota.layers else start.date()
    now = datetime.combine(begin, time(), TORONTO).astimezone(UTC)
    assert now <= start
    for layer in rota.layers:
        layer.turn = -1
    handed_over: set[tuple[int, date]] = set()
    while now < start + count * TICK:
        for number, layer in enumerate(rota.layers):
            today = now.astimezone(TORONTO).date()
            if (number, today) not in handed_over and _hands_over(layer, now):
                handed_over.add((number, today))
                layer.turn += 1
        if now >= start:
            yield now
        now += TICK


def _hands_over(layer: SlowLayer, now: datetime) -> bool:
    """On a day of handover, when the clock shows the time; on a day without it, as late as it."""
    local = now.astimezone(TORONTO)
    if (local.date() - layer.first_day).days % layer.days:
        return False
    if local.time() == layer.handover:
        return True
    midnight = datetime.combine(local.date(), time(), TORONTO).astimezone(UTC)
    if local.hour > 4 or now - midnight != timedelta(
        hours=layer.handover.hour, minutes=layer.handover.minute
    ):
        return False  # clocks change before five
    shown = {(midnight + n * TICK).astimezone(TORONTO).time() for n in range(24 * 4)}
    return layer.handover not in shown


def ring(
    rota: SlowRota, now: datetime, product: str | None, language: str | None
) -> dict[str, list[int]]:
    """Whom each level rings, in order; the levels that ring nobody are left out."""
    answer: dict[str, list[int]] = {}
    rung: set[int] = set()
    for level in rota.levels:
        agents = [a for a in _level(rota, level, now, product, language) if a not in rung]
        if agents:
            answer[level] = agents
        rung.update(agents)
    return answer


def _level(
    rota: SlowRota, level: str, now: datetime, product: str | None, language: str | None
) -> list[int]:
    overrides = [
        o
        for o in rota.overrides
        if o.start <= now < o.end and o.level in (None, level) and o.agent not in rota.gone
    ]
    blocks = [*_shift_blocks(rota, level, now), *_layer_blocks(rota, level, now, language)]
    first: list[tuple[int, bool]] = []
    rest: list[tuple[int, bool]] = []
    above: list[tuple[set[str], set[str]]] = []
    for products, languages, places in blocks:
        if product and products and product not in products:
            continue
        if any(_wider(p, products) and _wider(q, languages) for p, q in above):
            continue
        suits = (not products or product in products) and (not languages or language in languages)
        if suits and first:
            continue
        named = [a for a, _ in places]
        for o in overrides:
            if o.replaces is not None:
                named = [o.agent if a == o.replaces else a for a in named]
        if all(a in rota.gone for a in named):
            continue
        above.append((products, languages))
        (first if suits else rest).extend(places)
    places = _once(first + rest)
    for o in overrides:
        whom = o.replaces
        if whom is None:
            whom = next((a for a, duty in places if duty), None)
            if whom is None:
                places = [(o.agent, True)]
                continue
        places = _once([(o.agent if a == whom else a, duty) for a, duty in places])
    return [a for a, _ in places if a not in rota.gone]


def _wider(mine: set[str], theirs: set[str]) -> bool:
    return not mine or (bool(theirs) and theirs.issubset(mine))


Block = tuple[set[str], set[str], list[tuple[int, bool]]]


def _shift_blocks(rota: SlowRota, level: str, now: datetime) -> list[Block]:
    found: dict[tuple[bool, bool, int, str], Block] = {}
    running = [s for s in rota.shifts if s.level == level and s.start <= now < s.end]
    for s in sorted(running, key=lambda s: s.start):
        name = f"{len(s.products)}{len(s.languages)}{sorted(s.products)}{sorted(s.languages)}"
        key = (not s.products, not s.languages, -s.rank, name)
        block = found.setdefault(key, (s.products, s.languages, []))
        block[2].append((s.agent, True))
    return [found[key] for key in sorted(found)]


def _layer_blocks(rota: SlowRota, level: str, now: datetime, language: str | None) -> list[Block]:
    found: list[Block] = []
    for layer in rota.layers[::-1]:
        if layer.level != level or not _in_force(layer, now):
            continue
        count = len(layer.members)
        order = [layer.members[(layer.turn + n) % count] for n in range(count)]
        places = _once([(a, n == 0) for n, a in enumerate(order)])
        if layer.backups is not None:
            places = places[: layer.backups + 1]
        if layer.language_first and language:
            speaks = [p for p in places if rota.languages[p[0]] == language]
            places = speaks + [p for p in places if p not in speaks]
        found.append((layer.products, layer.languages, places))
    return found


def _in_force(layer: SlowLayer, now: datetime) -> bool:
    if (layer.starts and now < layer.starts) or (layer.ends and now >= layer.ends):
        return False
    if layer.windows is None:
        return True
    local = now.astimezone(TORONTO)
    minutes = local.hour * 60 + local.minute
    return any(a <= minutes < b for a, b in layer.windows.get(local.weekday(), []))


def _once(places: list[tuple[int, bool]]) -> list[tuple[int, bool]]:
    agents = list(dict.fromkeys(agent for agent, _ in places))
    return [(agent, any(d for a, d in places if a == agent)) for agent in agents]
