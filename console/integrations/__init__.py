"""What other machines may ask and are told: tokens of the API, and addresses that are written to.

Administrators make and revoke them; the API's documentation is for whoever writes the machines.
"""

from __future__ import annotations

from console.access import ID, Route
from console.integrations import documentation, overview, token_forms, webhooks

_WEBHOOK = f"/integrations/webhooks/<{ID}:target_id>"

ROUTES: tuple[Route, ...] = (
    Route("/integrations", "GET", overview.integrations_page, "integrations"),
    Route("/integrations/tokens", "POST", token_forms.make_token, "integrations"),
    Route(
        f"/integrations/tokens/<{ID}:token_id>/revoke", "POST", token_forms.revoke_token,
        "integrations",
    ),
    Route("/integrations/webhooks", "POST", webhooks.make_webhook, "integrations"),
    Route(_WEBHOOK, "GET", webhooks.webhook_page, "integrations"),
    Route(
        f"{_WEBHOOK}/<any({', '.join(webhooks.ACTS)}):act>", "POST", webhooks.change_webhook,
        "integrations",
    ),
    Route("/api-docs", "GET", documentation.api_docs_page, None),
)  # fmt: skip
