"""The policy as it is in force, the line's words, and a call that does not take place."""

from __future__ import annotations

from console.access import Route
from console.policy import prompts, rules, simulation

ROUTES: tuple[Route, ...] = (
    Route("/policy", "GET", rules.policy_page, "policy"),
    Route("/policy/prompts", "GET", prompts.prompts_page, "policy"),
    Route("/policy/simulation", "GET", simulation.simulation_page, "policy"),
)
