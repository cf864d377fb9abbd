"""The rota's reasons in words: agents and levels by their names, moments local."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from ivr.catalogue import LANGUAGES
from ivr.explain import explain
from ivr.local_time import WORDS
from ivr.reason import Fact, Reason

_AGENTS = ("agent", "replaced")


def in_words(
    reason: Reason, names: Mapping[int, str], language: str, zone: ZoneInfo, now: datetime
) -> str:
    """The reason's sentence, with the agents' `names` in it in the place of their ids."""
    facts: dict[str, Fact] = dict(reason.facts)
    for key in _AGENTS:
        if isinstance(agent := facts.get(key), int):
            facts[key] = names.get(agent, f"n° {agent}")
    return explain(Reason(reason.key, facts), language, zone, now)


def level_facts(key: str, level: str) -> dict[str, Fact]:
    """The level as facts of a reason: its own name under `key`, and what each language calls it."""
    facts: dict[str, Fact] = {f"{key}_{one}": level_name(level, one) for one in LANGUAGES}
    return {key: level, **facts}


def level_name(level: str, language: str) -> str:
    """ "garde", "gestion"; a level that has no name in the catalogue has policy.toml's."""
    key = f"rota.level.{level}"
    return WORDS.text(language, key) if WORDS.has(key) else level
