"""Which product, how bad, where, and in the caller's own words (§2.1.1, §4)."""

from __future__ import annotations

from ivr import incidents, outages, recordings, timeline
from ivr.exchange import Turn


def products(turn: Turn) -> str:
    """Asked only where there is a choice; of somebody affected, among what the outage concerns."""
    if _is_untouched(turn):
        turn.remember(affected=False)
        return "untouched"
    offered = offered_products(turn)
    if len(offered) > 1:
        return "several"
    incidents.set_product(turn.scene, turn.incident, offered[0] if offered else None)
    return _after_product(turn, "one")


def set_product(turn: Turn) -> str:
    incidents.set_product(turn.scene, turn.incident, turn.chosen)
    return _after_product(turn, "chosen")


def offered_products(turn: Turn) -> tuple[str, ...]:
    """The client's products, in the menu's order; of somebody affected, those concerned."""
    held = {product.product for product in turn.client.products}
    offered = tuple(product for product in turn.scene.policy.products if product in held)
    outage = outages.wanted(turn)
    return outages.concerned(outage, offered) if outage else offered


def _is_untouched(turn: Turn) -> bool:
    """Wanted to be on the list of an outage that concerns none of the client's products."""
    return outages.wanted(turn) is not None and not offered_products(turn)


def _after_product(turn: Turn, outcome: str) -> str:
    return "affected" if outages.wanted(turn) else outcome


def set_impact(turn: Turn) -> str:
    incidents.set_priority(turn.scene, turn.incident, turn.chosen, claimed=turn.chosen)
    urgent = turn.chosen in ("P1", "P2")
    return "ask" if urgent and turn.client.other_environments else "set"


def client_environments(turn: Turn) -> tuple[str, ...]:
    return ("production", *turn.client.other_environments)


def set_environment(turn: Turn) -> str:
    """§2.1.1: no P1 or P2 on a test or training environment, except a Beta site's at risk."""
    turn.incident.environment = turn.chosen
    if turn.chosen == "production":
        return "production"
    today = turn.scene.now.astimezone(turn.scene.policy.zone).date()
    client = turn.client
    if client.beta_site and client.go_live_on and client.go_live_on > today:
        return "beta"
    return _lower(turn)


def confirm_beta(turn: Turn) -> str:
    if turn.chosen == "no":
        return _lower(turn)
    timeline.record(turn.scene, turn.incident, "beta_confirmed")
    return "kept"


def _lower(turn: Turn) -> str:
    claimed = turn.incident.claimed_priority or turn.incident.priority
    incidents.set_priority(turn.scene, turn.incident, "P3", claimed=claimed)
    return "lowered"


def keep_reason(turn: Turn) -> str:
    if turn.given.recording_sid:
        recordings.keep(
            turn.scene, turn.call, turn.given.recording_sid, turn.given.recording_seconds
        )
    return "kept"


ACTIONS = (products, set_product, set_impact, set_environment, confirm_beta, keep_reason)
