"""Articles, agents, and who asks."""

from __future__ import annotations

from sqlalchemy import select

from api import shapes, versions
from api.operation import Answer, Asked
from api.problems import Problem
from ivr import knowledge, tokens
from ivr.models import Agent, Article


def list_articles(asked: Asked) -> Answer:
    """The best matches first; without words the newest. Never more than fifty."""
    query = asked.query
    found = knowledge.search(asked.scene, query.get("q", ""), query.get("product"))
    return Answer([shapes.ARTICLE.write(row) for row in found])


def get_article(asked: Asked) -> Answer:
    row = asked.scene.session.get(Article, asked.path["id"])
    if row is None:
        raise Problem("not_found")
    return versions.tagged(shapes.ARTICLE.write(row), row.id)


def list_agents(asked: Asked) -> Answer:
    """Those who work here, by name: to whom an incident can be handed over."""
    rows = asked.scene.session.scalars(select(Agent).where(Agent.active).order_by(Agent.name))
    return Answer([shapes.STAFF.write(row) for row in rows])


def me(asked: Asked) -> Answer:
    """What this token may, and as whom."""
    token = asked.token
    granted = [right for right in tokens.SCOPES if tokens.may(token, right)]
    names = ("name", "may_change", "expires_at", "per_minute")
    shown = {name: getattr(token, name) for name in names}
    return Answer(shapes.ME.write({**shown, "rights": granted, "acts_as": token.agent}))
