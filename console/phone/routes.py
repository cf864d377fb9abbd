"""The addresses of the phone in the browser; all of them need one right."""

from __future__ import annotations

from console.access import Route
from console.phone import clock, page, phones, state

RIGHT = "try_the_phone"
SID = "string(length=34)"

ROUTES = (
    Route("/phone", "GET", page.phone_page, RIGHT),
    Route("/phone/state", "GET", state.phone_state, RIGHT),
    Route("/phone/stories", "POST", clock.phone_story, RIGHT),
    Route("/phone/clock", "POST", clock.phone_clock, RIGHT),
    Route("/phone/calls", "POST", phones.phone_dial, RIGHT),
    Route(f"/phone/calls/<{SID}:sid>/sound", "POST", phones.phone_sound, RIGHT),
    Route(f"/phone/calls/<{SID}:sid>/<act>", "POST", phones.phone_act, RIGHT),
    Route("/phone/does", "POST", phones.phone_does, RIGHT),
    Route("/phone/texts", "POST", phones.phone_text, RIGHT),
)
