"""The page itself: everything that moves on it comes by `phone_state`."""

from __future__ import annotations

from console import page
from console.phone import guide, people
from console.phone.clock import PRESETS
from standin.behaviours import BEHAVIOURS

SHOWN_PRESETS = ("saturday", "monday", "now")
BY_ITSELF = ("manual", "accept", "decline", "no-answer", "busy", "voicemail")

STRANGER = "+15145550199"
"""Of the numbers that are kept for fiction; no client's."""


def phone_page() -> str:
    with page.looking() as scene:
        return page.render(
            "phone/phone.html",
            clinics=people.clinics(scene),
            stories=[
                story for story in guide.STORIES.values() if guide.cast(scene, story) is not None
            ],
            stranger=STRANGER,
            presets=[name for name in SHOWN_PRESETS if name in PRESETS],
            does=[name for name in BY_ITSELF if name in BEHAVIOURS],
        )
