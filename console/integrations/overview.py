"""The page of both: tokens that ask, and addresses that are told."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from flask import g, request, url_for
from sqlalchemy import select

from console import page
from console.session import the_line
from ivr import deliveries, published, targets, tokens
from ivr.models import Agent, ApiToken
from ivr.reason import Reason
from ivr.rights import RANKS


@dataclass(frozen=True)
class Typed:
    """The form that was refused, "token" or "webhook", with what was typed into it."""

    form: str = ""

    def of(self, form: str) -> Mapping[str, str]:
        return request.form if form == self.form else {}

    def chosen(self, form: str, name: str) -> list[str]:
        return request.form.getlist(name) if form == self.form else []


def integrations_page() -> str:
    return show()


def show(*, refusal: Reason | None = None, typed: str = "", token: ApiToken | None = None,
         text: str = "") -> str:  # fmt: skip
    """`text`: of the token that was made just now, shown this once."""
    g.here = url_for("console.integrations_page")
    with page.looking() as scene:
        agents = scene.session.scalars(select(Agent).where(Agent.active).order_by(Agent.name)).all()
        known = tokens.known(scene.session)
        return page.render(
            "integrations/integrations.html",
            live=[one for one in known if tokens.is_live(one, scene.now)],
            dead=[one for one in known if not tokens.is_live(one, scene.now)],
            targets=targets.known(scene.session),
            counts=deliveries.counts(scene.session),
            agents=sorted(agents, key=lambda agent: (-RANKS.get(agent.role, 0), agent.name)),
            scopes=tokens.SCOPES,
            days=tokens.DAYS,
            rates=tokens.RATES,
            types=published.ALL,
            told=targets.RIGHTS,
            demo=the_line().settings.local,
            form=secrets.token_hex(16),
            refusal=refusal,
            typed=Typed(typed),
            made=token,
            text=text,
        )
