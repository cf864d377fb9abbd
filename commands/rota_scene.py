"""What the commands on the rota share: the scene, moments, agents, and how they are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import click
from requests.exceptions import RequestException
from sqlalchemy import select

from commands import environment
from commands.moments import Moment, aware, refusals
from commands.wording import WORDS, refuse
from ivr.database import connect, reading, sessions
from ivr.local_time import written
from ivr.models import Agent
from ivr.policy import Policy
from ivr.reason import Reason
from ivr.rota.refusal import Refused
from ivr.rota.wording import in_words, level_name
from ivr.scene import Scene

NOW = "now"


class When(click.ParamType[datetime | None]):
    """A moment, or the word "now", which is None: whoever asks knows what time it is."""

    name = "moment"

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime | None:
        return None if value == NOW else Moment().convert(value, param, ctx)


def when_option(name: str, text: str, **more: Any) -> Callable[..., Any]:
    """A moment that may be "now", which is the default unless `required`; None in the command."""
    return click.option(name, type=When(), metavar="T", help=text, **more)


@dataclass
class Desk:
    """A command's scene with the language it speaks, and the names of the agents."""

    scene: Scene
    language: str
    agents: Mapping[int, Agent]
    host: str

    @property
    def names(self) -> dict[int, str]:
        return {agent.id: agent.name for agent in self.agents.values()}

    def moment(self, given: datetime | None) -> datetime:
        """The UTC moment meant by an option; None is now."""
        if given is None:
            return self.scene.now
        return aware(given, self.scene.policy.zone, self.language)

    def words(self, reason: Reason) -> str:
        zone, now = self.scene.policy.zone, self.scene.now
        return in_words(reason, self.names, self.language, zone, now)

    def reason(self, reason: Reason) -> dict[str, Any]:
        return {**reason.as_json(), "text": self.words(reason)}

    def local(self, moment: datetime) -> str:
        """ISO 8601 with the offset of the centre's zone, for machines."""
        return moment.astimezone(self.scene.policy.zone).isoformat()

    def person(self, agent_id: int) -> dict[str, Any]:
        agent = self.agents[agent_id]
        return {"id": agent.id, "name": agent.name, "email": agent.email, "phone": agent.phone}

    def level(self, name: str) -> str:
        words = level_name(name, self.language)
        return words[:1].upper() + words[1:]

    def say(self, key: str, **facts: Any) -> None:
        """Prints a sentence of the commands' catalogue; moments among `facts` in words."""
        shown = {
            name: self._moment_in_words(fact) if isinstance(fact, datetime) else fact
            for name, fact in facts.items()
        }
        click.echo(WORDS.text(self.language, key, **shown))

    def tell(self, as_json: bool, key: str) -> None:
        """A sentence beside what machines read: on standard error there."""
        click.echo(WORDS.text(self.language, key), err=as_json)

    def _moment_in_words(self, moment: datetime) -> str:
        return written(moment, self.scene.now, self.language, self.scene.policy.zone)


@contextmanager
def rota_desk(language: str, *, writes: bool = False) -> Iterator[Desk]:
    """The database of the settings, committed at the end where the command `writes`.

    What cannot be done ends the command with its sentence, exit 1, and writes nothing.
    """
    settings = environment.settings()
    with refusals():
        policy = Policy.read(settings.policy_file)
    try:
        now = settings.clock()()
    except RequestException:
        refuse(language, "rota.no_clock", url=settings.twilio_api_base_url)
    engine = connect(settings.database_url)
    maker = sessions(engine)
    try:
        with maker.begin() if writes else reading(maker) as session:
            scene = Scene(session, policy, settings.line_number, now)
            agents = {agent.id: agent for agent in session.scalars(select(Agent))}
            desk = Desk(scene, language, agents, urlsplit(settings.public_url).hostname or "")
            try:
                with refusals():
                    yield desk
            except Refused as refused:
                raise click.ClickException(desk.words(refused.reason)) from refused
    finally:
        engine.dispose()
