"""`p1line outage`: a known outage that callers hear of before the menu, from the terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import click
from sqlalchemy import func, select

from commands import environment
from commands.moments import Moment, aware
from commands.wording import json_option, language_option, refuse, say
from ivr import local_time, outages
from ivr.explain import explain
from ivr.incidents import Refused
from ivr.models import Agent, Outage
from ivr.scene import Scene
from line import Line

by_option = click.option("--by", "email", required=True, help="The manager's e-mail, who says so.")
french_option = click.option("--fr", "french", required=True, help="What is said in French.")
english_option = click.option("--en", "english", required=True, help="What is said in English.")


@click.group()
def command() -> None:
    """A known outage: announce it, give news of it, end it, show it.

    Callers hear it before the menu; one key puts them on the list of those affected, who get each
    update by SMS and e-mail. Words last 10 seconds at most in each language.
    """


@command.command()
@by_option
@french_option
@english_option
@click.option("--next", "next_at", type=Moment(), required=True, help="When the next update comes.")
@click.option("--product", "products", multiple=True, help="Again for each; none: all products.")
@json_option
@language_option
def on(
    email: str,
    french: str,
    english: str,
    next_at: datetime,
    products: tuple[str, ...],
    as_json: bool,
    language: str,
) -> None:
    """Announce an outage: whoever announces it holds what those affected report."""
    with _acting(language) as scene:
        words = outages.Words(french, english, aware(next_at, scene.policy.zone, language))
        outage = outages.switch_on(scene, _manager(scene, email, language), products, words)
        _print(scene, outage, as_json, language)


@command.command()
@by_option
@french_option
@english_option
@click.option("--next", "next_at", type=Moment(), help="When the next update comes.")
@click.option("--last", is_flag=True, help="It is the last update: the outage is over.")
@json_option
@language_option
def tell(
    email: str,
    french: str,
    english: str,
    next_at: datetime | None,
    last: bool,
    as_json: bool,
    language: str,
) -> None:
    """Give news to callers, and by SMS and e-mail to everyone on the list."""
    if last == (next_at is not None):
        raise click.UsageError("Give either --next or --last.")
    with _acting(language) as scene:
        outage = _current(scene, language)
        zone = scene.policy.zone
        moment = aware(next_at, zone, language) if next_at else None
        words = outages.Words(french, english, moment)
        outages.update(scene, outage, _manager(scene, email, language), words)
        _print(scene, outage, as_json, language)


@command.command()
@json_option
@language_option
def off(as_json: bool, language: str) -> None:
    """End it without a word: callers hear it no more."""
    with _acting(language) as scene:
        outage = _current(scene, language)
        outages.switch_off(scene, outage)
        _print(scene, outage, as_json, language)


@command.command()
@json_option
@language_option
def show(as_json: bool, language: str) -> None:
    """Show the outage that callers hear of now, and how many calls are on the list."""
    with _acting(language) as scene:
        _print(scene, outages.current(scene), as_json, language)


@contextmanager
def _acting(language: str) -> Iterator[Scene]:
    """One transaction; what a rule refuses ends the command with its sentence, exit 1."""
    line = Line.build(environment.settings())
    try:
        with line.scene() as scene:
            yield scene
    except Refused as refused:
        zone, now = line.policy.zone, line.clock()
        raise click.ClickException(explain(refused.reason, language, zone, now)) from refused


def _manager(scene: Scene, email: str, language: str) -> Agent:
    wanted = func.lower(Agent.email) == email.strip().lower()
    agent = scene.session.scalar(select(Agent).where(wanted, Agent.active))
    if agent is None or agent.role != "manager":
        refuse(language, "outage.no_manager", email=email)
    return agent


def _current(scene: Scene, language: str) -> Outage:
    return outages.current(scene) or refuse(language, "outage.none")


def _print(scene: Scene, outage: Outage | None, as_json: bool, language: str) -> None:
    if as_json:
        facts = {"on": outage is not None and bool(outage.live)}
        click.echo(json.dumps(facts | _facts(scene, outage), ensure_ascii=False))
    elif outage is None:
        say(language, "outage.none")
    else:
        _say(scene, outage, language)


def _say(scene: Scene, outage: Outage, language: str) -> None:
    say(language, "outage.on" if outage.live else "outage.off", text=outage.latest.text(language))
    if outage.live and outage.latest.next_at:
        key = "outage.overdue" if outages.is_overdue(scene, outage) else "outage.next"
        zone = scene.policy.zone
        say(language, key, at=local_time.said(outage.latest.next_at, scene.now, language, zone))
    say(language, "outage.affected", count=len(outage.incidents))


def _facts(scene: Scene, outage: Outage | None) -> dict[str, Any]:
    if outage is None:
        return {}
    latest = outage.latest
    return {
        "products": outage.products or list(scene.policy.products),
        "since": outage.started_at.isoformat(),
        "until": outage.ended_at.isoformat() if outage.ended_at else None,
        "fr": latest.text_fr,
        "en": latest.text_en,
        "next": latest.next_at.isoformat() if latest.next_at else None,
        "overdue": bool(outage.live) and outages.is_overdue(scene, outage),
        "updates": latest.number,
        "affected": [incident.reference for incident in outage.incidents],
    }
