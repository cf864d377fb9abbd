"""The knowledge base: every article, found by words and product."""

from __future__ import annotations

from flask import abort, request

from console import page
from ivr import knowledge
from ivr.models import Article

LONGEST = 200


def articles_page() -> str:
    """The best matches first; without words the newest."""
    words = request.args.get("q", "")[:LONGEST]
    product = request.args.get("product", "")
    with page.looking() as scene:
        products = scene.policy.products
        chosen = product if product in products else None
        return page.render(
            "articles.html",
            articles=knowledge.search(scene, words, chosen),
            q=words,
            product=chosen,
            products=products,
        )


def article_page(article_id: int) -> str:
    with page.looking() as scene:
        article = scene.session.get(Article, article_id) or abort(404)
        return page.render("article.html", article=article)
