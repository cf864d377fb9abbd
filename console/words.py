"""Everything that a page says, in one language, at one moment: the templates' `t`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from console.urgency import Urgency
from ivr import local_time, numbers, reference
from ivr.catalogue import Catalogue
from ivr.explain import explain
from ivr.local_time import unbroken
from ivr.models import Client, Incident
from ivr.reason import Reason
from ivr.words import PROMPTS

NOTHING = "—"
_DIALABLE = re.compile(r"\+[1-9]\d{6,14}")
# Twilio's StirVerstat, compared exactly and never by prefix (Twilio, "SHAKEN/STIR").
_ATTESTED = {f"TN-Validation-Passed-{level}": level for level in "ABC"}


@cache
def catalogue() -> Catalogue:
    """Of the frame and the incidents, and of each section of the console."""
    folder = Path(__file__).parent / "catalogues"
    return Catalogue(folder, *sorted(path.parent for path in folder.glob("*/en.toml")))


@dataclass(frozen=True)
class Words:
    """`now` is the moment from which "today" and "tomorrow" are told; `zone` is the centre's."""

    language: str
    now: datetime
    zone: ZoneInfo

    def __call__(self, key: str, /, **facts: Any) -> str:
        return catalogue().text(self.language, key, **facts)

    def named(self, group: str, name: str | None, /, **facts: Any) -> str:
        """The words for one of a group of names; a name that has none stands for itself.

        Steps, kinds of event and outcomes are other parts' data: a new one stays readable.
        """
        if not name:
            return NOTHING
        key = f"{group}.{name}"
        if not catalogue().has(key):
            return name
        return self(key, **dict.fromkeys(catalogue().facts_of(key), NOTHING) | facts)

    def counted(self, key: str, count: int) -> str:
        """The sentence for one, or for so many."""
        return self.named(key, "one" if count == 1 else "many", count=count)

    # Moments --------------------------------------------------------------------------------

    def moment(self, at: datetime) -> str:
        """ "aujourd'hui à 16 h 10", "lundi à 9 h", "le lundi 4 janvier à 9 h"."""
        return unbroken(local_time.said(at, self.now, self.language, self.zone))

    def until(self, at: datetime) -> str:
        """The same, and nothing but the hour where it is still today."""
        if self.local(at).date() == self.local(self.now).date():
            return local_time.hour_written(at, self.language, self.zone)
        return self.moment(at)

    def clock(self, at: datetime) -> str:
        """To the second, as phones ring for 20 of them."""
        return self.local(at).strftime("%H:%M:%S")

    def day(self, day: date) -> str:
        return local_time.day_written(day, self.local(self.now).date(), self.language)

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)

    def lasting(self, duration: timedelta) -> str:
        return unbroken(local_time.lasting(duration, self.language))

    def seconds(self, length: int) -> str:
        """The length of a sound."""
        minutes, seconds = divmod(length, 60)
        if minutes:
            return self("app.minutes", minutes=minutes, seconds=seconds)
        return self("app.seconds", seconds=seconds)

    # Names and numbers ----------------------------------------------------------------------

    def phone(self, number: str | None, extension: str = "") -> str:
        """A number as Québec writes it, with its extension; no line ends within it."""
        if not number:
            return NOTHING
        written = unbroken(numbers.written(number))
        if not extension:
            return written
        return self("phone.with_extension", number=written, extension=extension)

    def dialable(self, number: str | None) -> bool:
        """May a link be made of it? What a caller's side sent is never trusted with one."""
        return bool(number and _DIALABLE.fullmatch(number))

    def reference(self, digits: str) -> str:
        """Two groups of three, as it is said on the phone."""
        return "\u00a0".join(reference.groups(digits))

    def product(self, name: str | None) -> str:
        """As the phone names it: one name everywhere."""
        key = f"products.{name}"
        return PROMPTS.text(self.language, key) if PROMPTS.has(key) else name or NOTHING

    def caller(self, incident: Incident) -> str:
        """The super user's name; of others, how far they are known."""
        if incident.super_user:
            return incident.super_user.name
        known = {"line": "list.clinic_line", "pin": "list.client_pin"}
        return self(known.get(incident.recognised_by or "", "list.not_recognised"))

    def attestation(self, verdict: str) -> str:
        """What the carrier vouches for; only A vouches for the number (A31)."""
        if verdict in ("", "NULL", "No-TN-Validation"):
            return self("attestations.none")
        return self.named("attestations", _ATTESTED.get(verdict, "failed"))

    def beta(self, client: Client) -> str:
        if client.go_live_on is None:
            return self("facts.beta_undated")
        return self("facts.beta", date=self.day(client.go_live_on))

    def urgency(self, urgency: Urgency) -> str:
        """The time left, or how late it is or was."""
        level = f"{urgency.level}_open" if urgency.pauses else urgency.level
        return self.named("urgency", level, duration=self.lasting(urgency.span))

    # Reasons --------------------------------------------------------------------------------

    def reason(self, reason: Reason) -> str:
        """Why a rule decided so; a reason without words is named by its key."""
        try:
            return explain(reason, self.language, self.zone, self.now)
        except KeyError:
            return reason.key

    def closed(self, why: Reason) -> str:
        """Why the line is closed, in a word or two."""
        name = str(why.facts.get(f"name_{self.language}", NOTHING))
        return self.named("strip.why", why.key.removeprefix("hours."), name=name)

    def refusal(self, reason: Reason) -> str:
        """Why an act was refused, in a sentence."""
        name = reason.key.removeprefix("console.")
        if catalogue().has(f"refusals.{name}"):
            return self.named("refusals", name)
        said = self.reason(reason)
        return self("refusals.other") if said == reason.key else said
