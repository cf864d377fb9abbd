"""The knowledge base (§2.1.2): what solved a closed incident, found by product and words.

An article is found by an index of its folded words (ivr/folding.py), the same on every database;
the rarer a word is among all articles, the more it counts.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import joinedload

from ivr import folding, timeline, transcripts
from ivr.incidents import Refused
from ivr.models import Agent, Article, ArticleWord, Event, Incident
from ivr.reason import Reason
from ivr.scene import Scene
from ivr.working import begin, typed

TITLE, SOLUTION = 3, 1
"""How much a word counts, by where it stands."""
TITLE_LONGEST = 120
CANDIDATES = 5000
"""Pairs of article and word that one search looks at, at most."""


def write(scene: Scene, incident: Incident, agent: Agent, title: str, solution: str) -> Article:
    """An agent makes an article of what solved a closed incident. Raises `Refused`."""
    begin(scene, incident, "write_article", agent)
    title, solution = typed(title, "knowledge.no_title"), typed(solution, "knowledge.no_solution")
    if len(title) > TITLE_LONGEST:
        raise Refused(Reason("working.too_long", {"longest": TITLE_LONGEST}))
    if scene.session.scalar(select(exists().where(Article.incident_id == incident.id))):
        raise Refused(Reason("knowledge.written_already"))
    article = Article(
        product=incident.product,
        title=title,
        solution=solution,
        incident=incident,
        agent=agent,
        written_at=scene.now,
        words=_index(title, f"{solution} {incident.diagnosis}"),
    )
    scene.session.add(article)
    timeline.record(scene, incident, "article_written", agent, title=title)
    return article


def matching(scene: Scene, incident: Incident, limit: int = 5) -> Sequence[Article]:
    """The articles that match what is known of an incident; of its product alone, none."""
    return _best(scene, folding.words(text_of(scene, incident)), incident.product, limit, incident)


def search(
    scene: Scene, text: str, product: str | None = None, limit: int = 50
) -> Sequence[Article]:
    """The articles that hold words of `text`, best first; without words the newest."""
    if wanted := folding.words(text):
        return _best(scene, wanted, product, limit)
    newest = select(Article).order_by(Article.id.desc()).limit(limit)
    if product:
        newest = newest.where(Article.product == product)
    return scene.session.scalars(newest.options(joinedload(Article.agent))).all()


def text_of(scene: Scene, incident: Incident) -> str:
    """What is known of it in words: the caller's, if they were transcribed, and the agents'."""
    said = transcripts.text_of(scene, incident.call) if incident.call else ""
    notes = scene.session.scalars(
        select(Event.facts).where(Event.incident_id == incident.id, Event.kind == "note")
    )
    return " ".join((said, incident.diagnosis, *(str(facts.get("text", "")) for facts in notes)))


def _index(title: str, body: str) -> list[ArticleWord]:
    weights = Counter(dict.fromkeys(folding.words(title), TITLE))
    weights.update(dict.fromkeys(folding.words(body), SOLUTION))
    return [ArticleWord(word=word, weight=weight) for word, weight in sorted(weights.items())]


def _best(
    scene: Scene,
    wanted: frozenset[str],
    product: str | None,
    limit: int,
    apart_from: Incident | None = None,
) -> Sequence[Article]:
    """Ranked by the weight of the words that match, each the more the rarer it is."""
    rarity = _rarity(scene, wanted)
    if not rarity:
        return []
    found = select(ArticleWord.article_id, ArticleWord.word, ArticleWord.weight).join(Article)
    found = found.where(ArticleWord.word.in_(rarity), *_of(product, apart_from))
    scores: defaultdict[int, float] = defaultdict(float)
    newest_first = found.order_by(ArticleWord.article_id.desc()).limit(CANDIDATES)
    for article_id, word, weight in scene.session.execute(newest_first):
        scores[article_id] += weight * rarity[word]
    best = sorted(scores, key=lambda article_id: (-scores[article_id], -article_id))[:limit]
    with_agent = select(Article).where(Article.id.in_(best)).options(joinedload(Article.agent))
    articles = {article.id: article for article in scene.session.scalars(with_agent)}
    return [articles[article_id] for article_id in best]


def _of(product: str | None, apart_from: Incident | None) -> list[ColumnElement[bool]]:
    """Those of the product, and those of none in particular."""
    wanted: list[ColumnElement[bool]] = []
    if product:
        wanted.append(or_(Article.product == product, Article.product.is_(None)))
    if apart_from:
        wanted.append(Article.incident_id != apart_from.id)
    return wanted


def _rarity(scene: Scene, wanted: frozenset[str]) -> Mapping[str, float]:
    """The words that some article holds, and how much each tells: the logarithm of its rarity."""
    if not wanted:
        return {}
    total = scene.session.scalar(select(func.count()).select_from(Article)) or 0
    held = (
        select(ArticleWord.word, func.count())
        .where(ArticleWord.word.in_(sorted(wanted)[:200]))
        .group_by(ArticleWord.word)
    )
    rows: Sequence[Any] = scene.session.execute(held).all()
    return {word: math.log(1 + total / count) for word, count in rows}
