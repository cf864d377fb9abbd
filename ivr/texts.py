"""What the line answers to a text: an agent's is read, anybody else is told where to phone."""

from __future__ import annotations

from datetime import timedelta

from ivr import attempts, numbers, text_replies
from ivr.catalogue import LANGUAGES
from ivr.scene import Scene
from ivr.words import PROMPTS

ONCE_IN = timedelta(hours=1)


def answer(scene: Scene, sender: str, body: str) -> str:
    """One sentence, to strangers in both languages; "" to a stranger who had it within the hour.

    Two machines that answer one another would otherwise never end.
    """
    if agents := text_replies.agents_of(scene, sender):
        return text_replies.answer(scene, agents, body)
    if numbers.withheld(sender) or attempts.count(scene, "text", key=sender, since=ONCE_IN):
        return ""
    attempts.note(scene, "text", sender)
    phone = numbers.written(scene.line_number)
    return " ".join(PROMPTS.text(language, "text.answer", line=phone) for language in LANGUAGES)
