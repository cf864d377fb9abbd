"""The page of tokens and webhooks: shown once, made once, revoked at once, and only by admins."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

import api
from ivr import signing
from ivr.database import reading
from ivr.models import ApiToken, AuditLine, WebhookDelivery, WebhookTarget
from ivr.published import ALL
from tests.console.cast import Browser, Cast, text

WANTED = {
    "form": "a" * 32, "name": "Tableau de bord", "agent": "", "rights": "rota",
    "may_change": "", "days": "90", "per_minute": "300",
}  # fmt: skip
HOOK = {"form": "b" * 32, "name": "Clavardage", "url": "http://127.0.0.1:9/x",
        "types": "incident.taken"}  # fmt: skip


@pytest.fixture
def admin(cast: Cast, browser_of: Callable[[str], Browser]) -> Browser:
    """Bob, who administers here, with the page open."""
    cast.change(cast.bob, role="admin")
    browser = browser_of("bob")
    browser.get("/integrations")
    return browser


def made(cast: Cast) -> list[ApiToken]:
    with reading(cast.line.sessions) as session:
        return list(session.scalars(select(ApiToken)))


def targets(cast: Cast) -> list[WebhookTarget]:
    with reading(cast.line.sessions) as session:
        return list(session.scalars(select(WebhookTarget)))


def acts(cast: Cast) -> list[str]:
    with reading(cast.line.sessions) as session:
        lines = select(AuditLine.act).order_by(AuditLine.id)
        return [act for act in session.scalars(lines) if act.startswith(("token", "webhook"))]


@pytest.mark.parametrize("role", ["agent", "lead", "manager"])
def test_nobody_else_has_such_a_page(
    cast: Cast, browser_of: Callable[[str], Browser], role: str
) -> None:
    cast.change(cast.alice, role=role)
    alice = browser_of("alice")
    assert "/integrations" not in alice.page.text
    assert alice.get("/integrations").status_code == 403
    alice.get("/incidents")
    for path in ("/integrations/tokens", "/integrations/webhooks"):
        assert alice.post(path, **WANTED).status_code == 403
    assert made(cast) == []


class TestTokens:
    def test_it_is_shown_once_and_works(self, admin: Browser, cast: Cast, app: Flask) -> None:
        page = admin.post("/integrations/tokens", **WANTED)
        assert page.status_code == 200
        shown = re.search(r"p1line_[\w-]{43}", page.text)
        assert shown
        assert page.headers["Cache-Control"] == "no-store"
        assert shown[0] not in admin.get("/integrations").text
        bearer = {"Authorization": f"Bearer {shown[0]}"}
        assert app.test_client().get("/api/v1/me", headers=bearer).status_code == 200
        (token,) = made(cast)
        assert (token.created_by_id, token.rights) == (cast.bob.id, ["rota"])
        assert token.expires_at == cast.line.clock() + timedelta(days=90)
        admin.post(f"/integrations/tokens/{token.id}/revoke")
        assert app.test_client().get("/api/v1/me", headers=bearer).status_code == 401
        assert "1 jeton révoqué ou expiré" in text(admin.get("/integrations"))
        assert acts(cast) == ["token_made", "token_revoked"]

    def test_a_double_click_makes_one(self, admin: Browser, cast: Cast) -> None:
        admin.post("/integrations/tokens", **WANTED)
        again = admin.post("/integrations/tokens", **WANTED)
        assert (again.status_code, again.location) == (303, "/integrations")
        assert "existe déjà" in text(admin.get("/integrations"))
        assert len(made(cast)) == 1

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"name": " "}, "Donnez un nom"),
            ({"name": "x" * 81}, "au plus 80 caractères"),
            ({"rights": "people"}, "au moins un droit"),
            ({"days": "7"}, "Ce choix n'existe plus"),
            ({"per_minute": "1000000"}, "Ce choix n'existe plus"),
            ({"agent": "999"}, "Ce choix n'existe plus"),
            ({"agent": "1", "rights": "outages"}, "Un jeton ne peut pas plus"),
            ({"form": ""}, "Ce choix n'existe plus"),
        ],
    )
    def test_what_was_typed_is_kept_when_it_is_refused(
        self, admin: Browser, cast: Cast, wrong: dict[str, str], said: str
    ) -> None:
        page = admin.post("/integrations/tokens", **{**WANTED, **wrong})
        assert page.status_code == 409
        assert said in text(page)
        assert 'href="/integrations?lang=en"' in page.text
        if "name" not in wrong:
            assert 'value="Tableau de bord"' in page.text
        assert made(cast) == []

    def test_revoking_twice_does_no_harm(self, admin: Browser, cast: Cast) -> None:
        admin.post("/integrations/tokens", **WANTED)
        (token,) = made(cast)
        for _ in range(2):
            admin.get("/integrations")
            assert admin.post(f"/integrations/tokens/{token.id}/revoke").status_code == 303
        assert acts(cast) == ["token_made", "token_revoked"]
        admin.get("/integrations")
        assert admin.post("/integrations/tokens/999/revoke").status_code == 404

    def test_a_name_is_text_and_never_html(self, admin: Browser) -> None:
        page = admin.post("/integrations/tokens", **{**WANTED, "name": "<b>x</b>"})
        assert "<b>x" not in page.text


class TestWebhooks:
    def test_its_secret_is_shown_once(self, admin: Browser, cast: Cast) -> None:
        page = admin.post("/integrations/webhooks", **HOOK)
        assert page.status_code == 200
        (target,) = targets(cast)
        secret = signing.secret(cast.line.settings.secret_key, target.salt)
        assert secret in page.text.replace("&#43;", "+")
        assert secret not in admin.get(f"/integrations/webhooks/{target.id}").text
        again = admin.post("/integrations/webhooks", **HOOK)
        assert (again.status_code, len(targets(cast))) == (303, 1)
        assert "Clavardage" in text(admin.get("/integrations"))

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"url": "https://10.0.0.1/"}, "réseau privé"),
            ({"url": "http://example.org/"}, "doit commencer par https"),
            ({"url": "nonsense"}, "ne convient pas"),
            ({"types": "incident.nonsense"}, "au moins un événement"),
        ],
    )
    def test_what_is_refused(
        self, admin: Browser, cast: Cast, wrong: dict[str, str], said: str
    ) -> None:
        page = admin.post("/integrations/webhooks", **{**HOOK, **wrong})
        assert page.status_code == 409
        assert said in text(page)
        assert 'value="Clavardage"' in page.text
        assert targets(cast) == []

    def test_each_act(self, admin: Browser, cast: Cast) -> None:
        admin.post("/integrations/webhooks", **HOOK)
        (target,) = targets(cast)
        where = f"/integrations/webhooks/{target.id}"
        for act in ("test", "pause", "resume"):
            admin.get(where)
            assert admin.post(f"{where}/{act}").location == where
        assert "en attente" in text(admin.get(where)).lower()
        page = admin.post(f"{where}/rotate", seen=target.salt[:16])
        assert "whsec_" in page.text
        assert "secret d'avant" in text(page)
        late = admin.post(f"{where}/rotate", seen=target.salt[:16])
        assert (late.status_code, "entre-temps" in text(late)) == (409, True)
        assert admin.post(f"{where}/resend").status_code == 409
        assert admin.post(f"{where}/remove").location == "/integrations"
        assert admin.get(where).status_code == 404
        assert acts(cast) == [
            "webhook_made",
            "webhook_tested",
            "webhook_paused",
            "webhook_resumed",
            "webhook_secret_changed",
            "webhook_removed",
        ]

    def test_what_was_given_up_is_shown_and_sent_again(self, admin: Browser, cast: Cast) -> None:
        admin.post("/integrations/webhooks", **HOOK)
        (target,) = targets(cast)
        now = cast.line.clock()
        with cast.line.sessions.begin() as session:
            lost = WebhookDelivery(
                target_id=target.id, type="incident.taken", created_at=now, attempts=28,
                incident_id=cast.incident().id, failure="unreachable",
            )  # fmt: skip
            session.add(lost)
        assert "1 message abandonné" in text(admin.get("/integrations"))
        where = f"/integrations/webhooks/{target.id}"
        assert "28 essais · personne ne répond" in text(admin.get(where))
        assert admin.post(f"{where}/resend").status_code == 303
        assert "En attente : 1. Abandonnés : 0." in text(admin.get(where))
        assert acts(cast) == ["webhook_made", "webhook_resent"]


class TestDocumentation:
    @pytest.mark.parametrize("language", ["fr", "en"])
    def test_it_is_for_everybody_and_names_everything(
        self, visitor: Browser, language: str
    ) -> None:
        page = visitor.get(f"/api-docs?lang={language}")
        assert page.status_code == 200
        assert f'<html lang="{language}">' in page.text
        for operation in api.OPERATIONS:
            assert f'id="{operation.name}"' in page.text
        for type_ in ALL:
            assert type_ in page.text
        assert 'id="changed"' in page.text

    def test_a_problems_type_leads_to_it(self, visitor: Browser) -> None:
        assert visitor.get("/api/v1/docs").location == "/api-docs"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_each_page_in_each_language(admin: Browser, cast: Cast, language: str) -> None:
    admin.post("/integrations/tokens", **WANTED)
    admin.post("/integrations/webhooks", **HOOK)
    (target,) = targets(cast)
    for path in ("/integrations", f"/integrations/webhooks/{target.id}"):
        page = admin.get(f"{path}?lang={language}")
        assert (page.status_code, f'<html lang="{language}">' in page.text) == (200, True)
