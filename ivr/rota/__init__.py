"""The rota: who is on call, at which level, in what order, and why.

Pure: `turns.py` counts turns, `scope.py` says for which callers a rule is, `rules.py` has layers,
shifts and overrides, `order.py` the question itself, `stretches.py` the same over time, `gaps.py`
and `labour.py` what is wrong with it. In the database: `tables.py` reads it, `history.py` tells
what has been, `layers.py` and `planning.py` enter rotations (`whatif.py` says what that would do),
`entering.py` overrides and shifts, `swaps.py` what agents agree on, `review.py` looks at it;
`standing.py` sees that nobody overwrites another. Of calendars: `feed.py`, `matching.py` and
`importing.py` bring one in, `calendars.py` writes one, `addresses.py` says who may read it.
"""

from ivr.rota.order import Level, Rota, levels_at, who
from ivr.rota.rules import Layer, Override, Shift
from ivr.rota.scope import Person, Scope
from ivr.rota.turns import RotaError, Turns

__all__ = [
    "Layer",
    "Level",
    "Override",
    "Person",
    "Rota",
    "RotaError",
    "Scope",
    "Shift",
    "Turns",
    "levels_at",
    "who",
]
