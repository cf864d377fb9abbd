"""A known outage: switched on by a manager, told to callers before the menu, and whom it affects.

Whoever switches it on has it in hand: a person's explicit act (law 7), and the promise of §4 to
each caller on the list is met when the first letter is accepted. Nobody is woken for them; a
client whom no letter tells is called by the desk before the incident is due.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ivr import callbacks, callers, incidents, letters, local_time, timeline
from ivr.exchange import Turn
from ivr.incidents import Refused
from ivr.models import Agent, Call, Client, Incident, Outage, OutageNews
from ivr.reason import Reason
from ivr.rows import run
from ivr.scene import Scene
from ivr.speech import seconds

LONGEST = 10.0
"""Seconds of a manager's words in one language: a prompt's limit."""
BEFORE_DUE = timedelta(minutes=30)
"""So long before an affected client is due, the desk calls those whom no letter has told."""

_LIVE = select(Outage.id).where(Outage.live.is_(True))


@dataclass(frozen=True)
class Words:
    """What a manager says about an outage. `next_at` (UTC): the next update; none: the last."""

    french: str
    english: str
    next_at: datetime | None


# What a manager does -------------------------------------------------------------------------


def switch_on(scene: Scene, agent: Agent, products: Sequence[str], words: Words) -> Outage:
    """Callers hear it from now on; `products` empty: it concerns all of them.

    Raises `Refused` where one is on already, or the words will not do.
    """
    if current(scene):
        raise Refused(Reason("outages.already_on"))
    if unknown := set(products) - set(scene.policy.products):
        raise Refused(Reason("outages.unknown_product", {"product": sorted(unknown)[0]}))
    if words.next_at is None:
        raise Refused(Reason("outages.no_next"))
    outage = Outage(live=True, products=list(products), agent=agent, started_at=scene.now)
    _say(scene, outage, agent, words)
    try:
        with scene.session.begin_nested():
            scene.session.add(outage)
    except IntegrityError as error:  # another manager announced one in the same moment
        raise Refused(Reason("outages.already_on")) from error
    return outage


def update(scene: Scene, outage: Outage, agent: Agent, words: Words) -> None:
    """News for callers from now on, and by SMS and e-mail for everyone on the list.

    Without a next update it is the last one, and the outage is over. Raises `Refused` where it is
    over already, or the words will not do.
    """
    _check_on(outage)
    _say(scene, outage, agent, words)
    scene.session.flush()
    for incident in outage.incidents:
        write(scene, incident)
    if words.next_at is None:
        switch_off(scene, outage)


def switch_off(scene: Scene, outage: Outage) -> None:
    """Callers hear it no more; nobody is written to. Raises `Refused` where it is over already."""
    _check_on(outage)
    outage.live, outage.ended_at = None, scene.now


def is_overdue(scene: Scene, outage: Outage) -> bool:
    """The promised update has not come: managers are told so, and callers hear no old time."""
    next_at = outage.latest.next_at
    return next_at is not None and next_at <= scene.now


def _say(scene: Scene, outage: Outage, agent: Agent, words: Words) -> None:
    french, english = (" ".join(text.split()) for text in (words.french, words.english))
    for text in (french, english):
        if not text:
            raise Refused(Reason("outages.no_words"))
        if seconds(text) > LONGEST:
            raise Refused(Reason("outages.too_long", {"longest": round(LONGEST)}))
    if words.next_at is not None and words.next_at <= scene.now:
        raise Refused(Reason("outages.past"))
    outage.news.append(
        OutageNews(
            number=len(outage.news),
            at=scene.now,
            agent=agent,
            text_fr=french,
            text_en=english,
            next_at=words.next_at,
        )
    )


def _check_on(outage: Outage) -> None:
    if outage.live is None:
        raise Refused(Reason("outages.over"))


# What callers hear ---------------------------------------------------------------------------


def current(scene: Scene) -> Outage | None:
    """The outage that is on; one at a time is."""
    on = run(scene.session, _LIVE).scalar()
    return scene.session.get(Outage, on) if on else None


def told_to(scene: Scene, call: Call) -> Outage | None:
    """The outage that this caller is to hear of, before the client is known.

    All callers are, but those whose number is on file for clients whom it cannot concern.
    """
    outage = current(scene)
    if outage is None:
        return None
    known = callers.clients_of(scene, call.caller)
    return outage if not known or any(_concerns(outage, client) for client in known) else None


def wanted(turn: Turn) -> Outage | None:
    """The outage on whose list this caller wants to be, where it is still on."""
    answers = turn.call.answers
    if not answers.get("affected"):
        return None
    outage = turn.scene.session.get(Outage, answers["outage"])
    return outage if outage and outage.live else None


def concerned(outage: Outage, products: Iterable[str]) -> tuple[str, ...]:
    """Those of `products` that it concerns."""
    return tuple(name for name in products if not outage.products or name in outage.products)


def _concerns(outage: Outage, client: Client) -> bool:
    return bool(concerned(outage, (held.product for held in client.products)))


# Whom it affects -----------------------------------------------------------------------------


def affect(scene: Scene, outage: Outage, incident: Incident) -> None:
    """Puts the caller's incident on the list: in the manager's charge, and nobody is rung for it.

    Its impact is not asked, so that it counts as a call whose impact is not known.
    """
    incident.outage = outage
    incident.priority = scene.policy.routing.provisional
    incidents.recompute(scene, incident)
    timeline.record(scene, incident, "affected")
    incidents.take_in_charge(scene, incident, outage.agent, how="outage")
    incident.callback_at = max(incident.due_at - BEFORE_DUE, scene.now + BEFORE_DUE)
    write(scene, incident)


def can_be_told(scene: Scene, incident: Incident) -> bool:
    """Is there an address to which the news may go?"""
    return bool(letters.addresses(scene, incident))


def write(scene: Scene, incident: Incident) -> None:
    """The latest news to an affected client, once to each address."""
    if incident.outage is None or incident.state == "refused":
        return
    news, language = incident.outage.latest, incident.language
    facts = {"news": news.text(language), "next": _next(scene, news, language)}
    letters.write(scene, incident, f"outage_{news.number}", template="outage", **facts)


def informed(scene: Scene, incident: Incident) -> None:
    """A letter with the news was accepted: the client knows (§4), and no call was promised."""
    incidents.client_told(scene, incident, how="mail")
    callbacks.stop(incident)


def _next(scene: Scene, news: OutageNews, language: str) -> str:
    if news.next_at is None:
        return letters.CATALOGUE.text(language, "outage.last")
    at = local_time.written(news.next_at, scene.now, language, scene.policy.zone)
    return letters.CATALOGUE.text(language, "outage.next", at=at)
