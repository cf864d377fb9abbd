"""The pages of the policy."""

from __future__ import annotations

TABS = {
    "rules": "console.policy_page",
    "prompts": "console.prompts_page",
    "simulation": "console.simulation_page",
}
"""Their words are `policy.tabs.{name}`."""
