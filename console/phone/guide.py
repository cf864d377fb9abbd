"""Three stories that show the line at work, and what to press at each moment of them.

What comes next is read off the calls and the incident as they are, not off a script: whoever goes
another way, or has played the story before, is still told what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from console.phone import moments
from ivr.hours import Hours
from ivr.menu import MENU
from ivr.models import Client, ClientProduct, SuperUser
from ivr.scene import Scene
from ivr.steps import Choose

MOST_USERS = 500


@dataclass(frozen=True)
class Story:
    """`extended`: the clinic has the extended service for the product, or has not; None: either.

    `back`: nobody is put through; the line calls back when the centre opens again.
    """

    name: str
    moment: Callable[[datetime, Hours], datetime]
    shift: str
    impact: str
    extended: bool | None
    back: bool = False

    @property
    def chapters(self) -> tuple[str, ...]:
        return ("call", "menu", *(("wait", "callback") if self.back else ("agent",)), "look")


def _saturday_night(now: datetime, hours: Hours) -> datetime:
    return moments.next_weekday(now, hours, moments.SATURDAY, moments.NIGHT)


def _saturday_forenoon(now: datetime, hours: Hours) -> datetime:
    return moments.next_weekday(now, hours, moments.SATURDAY, moments.FORENOON)


STORIES: Mapping[str, Story] = {
    story.name: story
    for story in (
        Story("night", _saturday_night, "nights", "P1", extended=True),
        Story("weekend", _saturday_forenoon, "weekends", "P3", extended=False, back=True),
        Story("desk", moments.in_hours, "days", "P2", extended=None),
    )
}


@dataclass(frozen=True)
class Cast:
    """Who calls in a story, and about what."""

    caller: SuperUser
    product: str


def cast(scene: Scene, story: Story) -> Cast | None:
    """The first super user of the story's shift whose clinic has such a product."""
    users = (
        select(SuperUser, ClientProduct)
        .join(Client, Client.id == SuperUser.client_id)
        .join(ClientProduct, ClientProduct.client_id == Client.id)
        .options(joinedload(SuperUser.client).selectinload(Client.products))
        .where(SuperUser.removed_at.is_(None))
        .order_by(SuperUser.language.desc(), SuperUser.id, ClientProduct.product)
        .limit(MOST_USERS)
    )
    if story.extended is not None:
        users = users.where(ClientProduct.extended.is_(story.extended))
    found = [
        Cast(user, product.product)
        for user, product in scene.session.execute(users)
        if story.shift in user.shift.split()
    ]
    # A clinic that has the service for nothing at all shows best what it is to have none.
    bare = [each for each in found if not any(p.extended for p in each.caller.client.products)]
    return next(iter((story.extended is False and bare) or found), None)


def keys(scene: Scene, story: Story, cast: Cast) -> Mapping[str, tuple[str, str]]:
    """Of each step that asks the caller something: what to press, and the option that it means.

    Of a step that is not named, as of a prompt that wants no key, the answer is to listen.
    """
    held = {product.product for product in cast.caller.client.products}
    offered = [product for product in scene.policy.products if product in held]
    product = str(offered.index(cast.product) + 1) if cast.product in offered else ""
    chosen = {
        "outage": "other",
        "confirm_client": "yes",
        "join": "other",
        "about": "other",
        "impact": story.impact,
        "more": "go_on",
        "callback_number": "yes",
    }
    return {
        "client_number": (cast.caller.client.number, ""),
        "product": (product, f"products.{cast.product}"),
        "environment": ("1", "environment.options.production"),
        **{
            step: (_key(step, option), f"{step}.options.{option}")
            for step, option in chosen.items()
        },
    }


def _key(name: str, option: str) -> str:
    step = MENU[name]
    assert isinstance(step, Choose)
    return str(step.options.index(option) + 1)
