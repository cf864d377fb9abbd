"""How the pages of the rota say things: agents and levels by their names, days and hours short."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from babel.dates import format_date
from sqlalchemy import select

from console.page import words
from console.words import Words
from ivr import local_time
from ivr.models import Agent
from ivr.reason import Reason
from ivr.rota.wording import in_words, level_name
from ivr.scene import Scene

HUES = 8
_LOCALES = {"fr": "fr_CA", "en": "en_CA"}


@dataclass(frozen=True)
class Said:
    """The templates' `r`."""

    t: Words
    agents: Mapping[int, Agent]

    @classmethod
    def of(cls, scene: Scene) -> Said:
        return cls(words(), {one.id: one for one in scene.session.scalars(select(Agent))})

    def name(self, agent_id: int) -> str:
        return self._names.get(agent_id, "")

    def names(self, agents: Iterable[int]) -> str:
        return ", ".join(self.name(one) for one in agents) or self.t("rota.nobody")

    def initials(self, agent_id: int) -> str:
        """Two letters, beside the colour that tells one person from another."""
        parts = self.name(agent_id).replace("-", " ").split()
        return "".join(part[0] for part in (parts[0], parts[-1])).upper() if parts else ""

    def hue(self, agent_id: int) -> int:
        return agent_id % HUES

    def level(self, name: str) -> str:
        said = level_name(name, self.t.language)
        return said[:1].upper() + said[1:]

    def why(self, reason: Reason) -> str:
        names, t = self._names, self.t
        return local_time.unbroken(in_words(reason, names, t.language, t.zone, t.now))

    def at(self, moment: datetime) -> str:
        """ "lundi 30 novembre à 8 h": a day stays itself, however near it is."""
        return local_time.written(moment, self.t.now, self.t.language, self.t.zone)

    def hour(self, moment: datetime) -> str:
        return local_time.hour_written(moment, self.t.language, self.t.zone)

    def weekday(self, day: date) -> str:
        return self._date(day, "rota.pattern.weekday")

    def weekday_name(self, day: date) -> str:
        return self._date(day, "rota.pattern.weekday_name")

    def wall(self, clock: time) -> str:
        """A time of day on the centre's clocks, whatever the day."""
        noon = datetime.combine(self.t.local(self.t.now).date(), clock)
        return self.hour(noon.replace(tzinfo=self.t.zone))

    def month(self, day: date) -> str:
        said = self._date(day, "rota.pattern.month")
        return said[:1].upper() + said[1:]

    def number(self, day: date) -> str:
        """ "30", and the month with the first of it."""
        return self._date(day, "rota.pattern.first" if day.day == 1 else "rota.pattern.number")

    def field(self, moment: datetime | None) -> str:
        """As a `datetime-local` field holds it, on the centre's clocks."""
        return f"{self.t.local(moment):%Y-%m-%dT%H:%M}" if moment else ""

    @property
    def _names(self) -> dict[int, str]:
        return {number: agent.name for number, agent in self.agents.items()}

    def _date(self, day: date, pattern: str) -> str:
        locale = _LOCALES[self.t.language]
        return local_time.unbroken(format_date(day, self.t(pattern), locale=locale))
