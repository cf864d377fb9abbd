"""The rota: a calendar to read and to edit, swaps, each agent's own calendar, the on-call log."""

from __future__ import annotations

from console.access import ID, Route
from console.rota import address, calendar, entries, layers, log, swaps, turn

_OVERRIDE, _SHIFT = f"/rota/overrides/<{ID}:override_id>", f"/rota/shifts/<{ID}:shift_id>"
_LAYER = f"/rota/layers/<{ID}:layer_id>"

ROUTES = (
    Route("/rota", "GET", calendar.rota_page, "rota"),
    Route("/rota/turn", "GET", turn.turn_page, "rota"),
    Route("/rota/new", "GET", turn.new_rota_entry_page, "change_rota"),
    Route("/rota/new", "POST", entries.enter_in_rota, "change_rota"),
    Route(f"{_OVERRIDE}/withdraw", "POST", entries.withdraw_override, "change_rota"),
    Route(f"{_OVERRIDE}/move", "POST", entries.move_override, "change_rota"),
    Route(f"{_SHIFT}/move", "POST", entries.move_shift, "change_rota"),
    Route(f"{_SHIFT}/remove", "POST", entries.remove_shift, "change_rota"),
    Route("/rota/swaps", "GET", swaps.swaps_page, "swap_shifts"),
    Route("/rota/swaps", "POST", swaps.ask_swap, "swap_shifts"),
    Route(
        f"/rota/swaps/<{ID}:swap_id>/<any({', '.join(swaps.ACTS)}):act>",
        "POST",
        swaps.answer_swap,
        "swap_shifts",
    ),
    Route("/rota/address", "GET", address.calendar_address_page, "rota"),
    Route("/rota/address", "POST", address.make_calendar_address, "rota"),
    Route("/rota/address/revoke", "POST", address.revoke_calendar_address, "rota"),
    Route("/rota/<secret>.ics", "GET", address.own_calendar, None),
    Route("/rota/log", "GET", log.on_call_log, "rota"),
    Route("/rota/layers", "GET", layers.layers_page, "change_rota"),
    Route("/rota/layers/new", "GET", layers.new_layer_page, "change_rota"),
    Route("/rota/layers/new", "POST", layers.add_layer, "change_rota"),
    Route(_LAYER, "GET", layers.layer_page, "change_rota"),
    Route(_LAYER, "POST", layers.change_layer, "change_rota"),
)
