"""The language of the pages: French unless the agent's file, or a choice made here, says other."""

from __future__ import annotations

from flask import g, request, session

from ivr.catalogue import LANGUAGES


def keep_language() -> None:
    """`?lang=` chooses, for this page even without a cookie, and from then on with one."""
    chosen = request.args.get("lang")
    if chosen in LANGUAGES:
        session["language"] = chosen
        g.language = chosen


def language() -> str:
    """The language of this request."""
    if chosen := g.get("language") or session.get("language"):
        return str(chosen)
    agent = g.get("agent")
    return agent.language if agent and agent.language in LANGUAGES else LANGUAGES[0]


def other_language() -> str:
    return next(known for known in LANGUAGES if known != language())
