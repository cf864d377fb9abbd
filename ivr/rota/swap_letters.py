"""What is written about a swap: an SMS and an e-mail, by the outbox, after the commit.

Names, levels and moments: a swap tells nothing of any client. A note goes by e-mail alone.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path

from ivr import local_time, numbers, post
from ivr.catalogue import Catalogue
from ivr.models import Agent, Message, RotaSwap
from ivr.rota.wording import level_name
from ivr.scene import Scene

CATALOGUE = Catalogue(Path(__file__).parent.parent / "letters" / "swaps")
PREFIX = "swap_"
"""Of the purposes: "swap_12_asked"."""


def asked(scene: Scene, swap: RotaSwap) -> None:
    _tell(scene, swap, "asked", swap.other)


def accepted(scene: Scene, swap: RotaSwap) -> None:
    _tell(scene, swap, "accepted", swap.asker)
    _tell(scene, swap, "agreed", swap.other)


def declined(scene: Scene, swap: RotaSwap) -> None:
    _tell(scene, swap, "declined", swap.asker)


def withdrawn(scene: Scene, swap: RotaSwap) -> None:
    _tell(scene, swap, "withdrawn", swap.other)


def lapsed(scene: Scene, swap: RotaSwap) -> None:
    _tell(scene, swap, "lapsed", swap.asker)
    _tell(scene, swap, "missed", swap.other)


def is_of_swap(purpose: str) -> bool:
    return purpose.startswith(PREFIX)


def is_wanted(scene: Scene, message: Message) -> bool:
    """A question that has had its answer is not asked any more."""
    number, _, what = message.purpose.removeprefix(PREFIX).partition("_")
    swap = scene.session.get(RotaSwap, int(number))
    return swap is not None and (what != "asked" or swap.state == "asked")


def _tell(scene: Scene, swap: RotaSwap, what: str, to: Agent) -> None:
    words = _words(scene, swap, to.language)
    sms, subject, body = (
        CATALOGUE.text(to.language, f"{what}.{part}", **words)
        for part in ("sms", "subject", "mail")
    )
    send = partial(post.write, scene, None, f"{PREFIX}{swap.id}_{what}", agent=to)
    if numbers.dialable(to.phone, scene.policy.dialling, (scene.line_number,)) is None:
        send("sms", to.phone, body=sms)
    send("mail", to.email, subject=subject, body=body.strip())


def _words(scene: Scene, swap: RotaSwap, language: str) -> dict[str, str]:
    """What each sentence may name: `turn` is the asker's, `back` what comes in return."""

    def moment(at: datetime) -> str:
        return local_time.written(at, scene.now, language, scene.policy.zone)

    def turn(level: str, start: datetime, end: datetime) -> str:
        facts = {"level": level_name(level, language), "start": moment(start), "end": moment(end)}
        return CATALOGUE.text(language, "words.turn", **facts)

    back = CATALOGUE.text(language, "words.nothing")
    if swap.back_level and swap.back_starts_at and swap.back_ends_at:
        back = turn(swap.back_level, swap.back_starts_at, swap.back_ends_at)
    return {
        "asker": swap.asker.name,
        "other": swap.other.name,
        "turn": turn(swap.level, swap.starts_at, swap.ends_at),
        "back": back,
        "note": CATALOGUE.text(language, "words.note", note=swap.note) if swap.note else "",
        "link": f"{scene.public_url}/rota/swaps",
    }
