"""Known outages: announced, given news of, ended."""

from __future__ import annotations

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload

from api import shapes
from api.operation import Answer, Asked
from api.problems import Problem
from ivr import outages
from ivr.models import Outage, OutageNews
from ivr.outages import Words

PAGE = 50


def list_outages(asked: Asked) -> Answer:
    """The newest first; at most one of them is on."""
    query = _whole().order_by(Outage.id.desc()).limit(PAGE + 1)
    if after := asked.query.get("after"):
        query = query.where(Outage.id < after)
    rows = asked.scene.session.scalars(query).all()
    shown = rows[:PAGE]
    following = str(shown[-1].id) if len(rows) > PAGE else None
    return Answer({"items": [shapes.OUTAGE.write(row) for row in shown], "next": following})


def get_outage(asked: Asked) -> Answer:
    row = asked.scene.session.scalar(_whole().where(Outage.id == asked.path["id"]))
    if row is None:
        raise Problem("not_found")
    return Answer(shapes.OUTAGE.write(row))


def announce(asked: Asked) -> Answer:
    """Callers hear it from now on."""
    body = asked.body
    words = Words(body["text_fr"], body["text_en"], body["next_at"])
    outage = outages.switch_on(asked.scene, asked.agent, body.get("products", []), words)
    asked.scene.session.flush()
    location = f"/api/v1/outages/{outage.id}"
    return Answer(shapes.OUTAGE.write(outage), status=201, location=location)


def tell(asked: Asked) -> Answer:
    """News; without a next one it is the last, and the outage is over."""
    outage, body = _locked(asked), asked.body
    words = Words(body["text_fr"], body["text_en"], body.get("next_at"))
    outages.update(asked.scene, outage, asked.agent, words)
    return Answer(shapes.OUTAGE.write(outage))


def end(asked: Asked) -> Answer:
    """Without a word."""
    outage = _locked(asked)
    outages.switch_off(asked.scene, outage)
    return Answer(shapes.OUTAGE.write(outage))


def _locked(asked: Asked) -> Outage:
    """Of two at once, the second sees what the first has said."""
    outage = asked.scene.session.get(Outage, asked.path["id"], with_for_update=True)
    if outage is None:
        raise Problem("not_found")
    return outage


def _whole() -> Select[Outage]:
    news = selectinload(Outage.news).joinedload(OutageNews.agent)
    return select(Outage).options(joinedload(Outage.agent), news)
