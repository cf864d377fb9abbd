"""Everybody's own account: the way in beyond the password, and what one may change of oneself."""

from __future__ import annotations

from console.access import ID, Route
from console.account import code, factor, links, oidc, own

_SESSION = f"/account/sessions/<{ID}:session_id>"

ROUTES: tuple[Route, ...] = (
    Route("/sign-in/code", "GET", code.code_page, None),
    Route("/sign-in/code", "POST", code.give_code, None),
    Route("/sign-in/forgotten", "GET", links.forgotten_page, None),
    Route("/sign-in/forgotten", "POST", links.send_forgotten, None),
    Route("/sign-in/oidc", "GET", oidc.oidc_start, None),
    Route("/sign-in/oidc/back", "GET", oidc.oidc_back, None),
    Route("/password/<token>", "GET", links.link_page, None),
    Route("/password/<token>", "POST", links.use_link, None),
    Route("/account", "GET", own.account_page, "own_account"),
    Route("/account", "POST", own.change_account, "own_account"),
    Route("/account/password", "POST", own.change_password, "own_account"),
    Route(f"{_SESSION}/end", "POST", own.end_session, "own_account"),
    Route("/account/sessions/end", "POST", own.end_other_sessions, "own_account"),
    Route("/account/second-factor", "GET", factor.second_factor_page, "own_account"),
    Route("/account/second-factor", "POST", factor.begin_factor, "own_account"),
    Route("/account/second-factor/confirm", "POST", factor.confirm_factor, "own_account"),
    Route("/account/second-factor/codes", "POST", factor.renew_codes, "own_account"),
    Route("/account/second-factor/off", "POST", factor.factor_off, "own_account"),
)
