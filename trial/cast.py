"""Who there is in a simulated month: fictitious clinics and agents, drawn from the seed."""

from __future__ import annotations

from datetime import date
from random import Random

from commands.demo_data import Demo, DemoAgent, DemoClient, DemoSuperUser

CLIENTS = 12
DESK, ON_CALL = 4, 3
PRODUCTS = ("billing", "imaging", "medical")
"""In the menu's order, in which a caller hears them."""
STARTS = date(2026, 1, 5)
"""A Monday long before any month that is simulated: the rotations are under way."""


def cast(random: Random) -> Demo:
    """The centre and its clients. Numbers are of the ranges kept for fiction."""
    agents = _agents()
    on_call = [agent.email for agent in agents if agent.email.startswith("garde")]
    return Demo(
        sign_in=agents[0].email,
        clients=[_client(random, place) for place in range(CLIENTS)],
        agents=agents,
        rota=[_weekly("on_call", on_call), _weekly("manager", ["gestion@example.org"])],
        contacts=[],
        phones={},
    )


def _agents() -> list[DemoAgent]:
    desk = [
        DemoAgent(f"Bureau {n}", f"bureau{n}@example.org", f"+1450555011{n}", on_desk=True)
        for n in range(1, DESK + 1)
    ]
    on_call = [
        DemoAgent(f"Garde {n}", f"garde{n}@example.org", f"+1438555012{n}")
        for n in range(1, ON_CALL + 1)
    ]
    manager = DemoAgent("Gestion", "gestion@example.org", "+14385550115", role="manager")
    return [*desk, *on_call, manager]


def _client(random: Random, place: int) -> DemoClient:
    products = sorted(random.sample(PRODUCTS, random.choice((1, 1, 2, 3))))
    return DemoClient(
        number=f"{61000 + 37 * place}",
        name=f"Clinique {place + 1}",
        products=products,
        extended=[product for product in products if random.random() < 0.5],
        super_users=[
            _super_user(random, place, "days", f"+1819555{110 + place:04}"),
            _super_user(random, place, "nights weekends", f"+1418555{110 + place:04}"),
        ],
        other_environments=["test"] if random.random() < 0.3 else [],
    )


def _super_user(random: Random, place: int, shift: str, phone: str) -> DemoSuperUser:
    """Some have no e-mail: they are told by a call or not at all."""
    email = f"{shift.partition(' ')[0]}.{place}@example.org" if random.random() < 0.6 else ""
    language = "en" if random.random() < 0.2 else "fr"
    return DemoSuperUser(f"Responsable {place + 1}", phone, email, shift, language=language)


def _weekly(level: str, members: list[str]) -> dict[str, object]:
    return {
        "level": level,
        "name": level,
        "members": members,
        "rotation": "weekly",
        "weekday": "monday",
        "handover": "8:00",
        "anchor": STARTS,
        "starts": STARTS,
    }
