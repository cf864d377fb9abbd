"""The phone in the browser: the line, tried and learnt at a desk without a telephone.

For a demo and for training. It calls nobody: it holds the phones of the stand-in for Twilio, and
beside anything else its addresses do not exist.
"""

from __future__ import annotations

from flask.blueprints import BlueprintSetupState

from console import access
from line import Line

__all__ = ["add_beside_the_stand_in"]


def add_beside_the_stand_in(state: BlueprintSetupState) -> None:
    """Called as the console is registered; `KeyError` where there is no line yet."""
    line: Line = state.app.extensions["line"]
    if not line.settings.stands_in:
        return
    from console.phone.routes import ROUTES  # a production never loads the stand-in

    for route in ROUTES:
        access.add_to(state, route)
