"""One exchange with a caller: what came back, and the turn in which we act on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ivr.models import Call, Client, Incident
from ivr.scene import Scene


@dataclass(frozen=True)
class Given:
    """What came back from the caller's side, in our words."""

    keys: str = ""
    recording_sid: str = ""
    recording_seconds: int = 0
    dialled: str = ""
    """How the leg that we rang ended, in Twilio's word."""
    bridged: bool | None = None
    """Whether Twilio says that the two were joined; none: it does not say."""
    over: bool = False
    """The caller has hung up: what came back is kept, and nobody hears the answer."""


@dataclass
class Turn:
    """The call, what came back, and the scene in which we act on it."""

    scene: Scene
    call: Call
    given: Given
    chosen: str = ""
    """The option behind the key, where the step is a choice."""
    found: Incident | None = None
    """What an action has found to speak of: held here, so that no sentence looks it up again."""

    @property
    def incident(self) -> Incident:
        """What is spoken of: the call's own incident, or the known file that it is about."""
        if (incident := self.call.about) is None:
            raise LookupError(f"call {self.call.sid} has no incident yet")
        return incident

    @property
    def client(self) -> Client:
        if self.call.client is None:
            raise LookupError(f"call {self.call.sid} has no client yet")
        return self.call.client

    def remember(self, **answers: Any) -> None:
        self.call.answers = {**self.call.answers, **answers}
