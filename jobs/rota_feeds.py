"""Reads the calendars of ROTA_FEEDS again, so that a shift that is swapped there is swapped here.

No log and no row holds an address: it is most often the calendar's only secret.
"""

from __future__ import annotations

import logging

from ivr.catalogue import LANGUAGES
from ivr.policy import Policy
from ivr.rota import feed, importing, rereading
from ivr.rota.refusal import Refused
from ivr.rota.scope import Scope
from jobs.fetch_calendar import NotFetched, fetch, name_of
from line import Line
from settings import RotaFeed

log = logging.getLogger(__name__)


def read_again(line: Line) -> None:
    """Each calendar whose time has come; one that fails keeps no other waiting."""
    for named in line.settings.rota_feeds:
        name = name_of(named.url)
        with line.scene() as scene:
            ours = rereading.claim(scene, name)
        if ours:
            _read(line, named, name)


def is_known(named: RotaFeed, policy: Policy) -> bool:
    """Does the policy have the level, the products and the languages that it is for?"""
    return (
        named.level in policy.rota.levels
        and named.products <= set(policy.products)
        and named.languages <= set(LANGUAGES)
    )


def _read(line: Line, named: RotaFeed, name: str) -> None:
    if not is_known(named, line.policy):
        _failed(line, name, "level")
        return
    try:
        data = fetch(named.url)
        with line.scene() as scene:
            read = feed.read(data, scene.policy.zone, scene.now, scene.now + importing.AHEAD)
            scope = Scope(named.products, named.languages)
            shown = rereading.enter(scene, read, name, named.level, scope)
    except NotFetched as error:
        _failed(line, name, error.why)
    except Refused as refused:
        _failed(line, name, refused.reason.key.removeprefix("rota."))
    else:
        if shown.added or shown.removed:
            counts = len(shown.added), len(shown.removed)
            log.info("calendar %s: %s shifts entered, %s taken out", name, *counts)


def _failed(line: Line, name: str, why: str) -> None:
    log.warning("calendar %s: not read again (%s), what it gave stays", name, why)
    with line.scene() as scene:
        rereading.failed(scene, name, why)
