"""Setting a password by the link of a letter: an invitation, or a forgotten password."""

from __future__ import annotations

from flask import flash, g, redirect, request, url_for
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from console import failures, session
from console.entering import vault
from console.page import looking, render
from ivr import audit, people_links, people_passwords
from ivr.incidents import Refused
from ivr.models import Agent
from ivr.reason import Reason

FORGOTTEN = "forgotten"
_LONGEST_EMAIL = 254


def forgotten_page() -> str:
    return render("account/forgotten.html", sent=False, too_many=False)


def send_forgotten() -> str | tuple[str, int]:
    """One answer for whoever asks, so that nobody learns who has an account (ASVS 6.3.8)."""
    email = request.form.get("email", "").strip().lower()[:_LONGEST_EMAIL]
    if failures.count_one(failures.key_of(email), FORGOTTEN):
        return render("account/forgotten.html", sent=False, too_many=True), 429
    with session.the_line().scene() as scene:
        agent = scene.session.scalar(select(Agent).where(func.lower(Agent.email) == email))
        if agent and people_links.send(scene, agent):
            audit.note(scene, None, "password_forgotten", agent.name)
    return render("account/forgotten.html", sent=True, too_many=False)


def link_page(token: str) -> str | tuple[str, int]:
    """Shows the form and changes nothing: mail programs open links by themselves."""
    return _page(token)


def use_link(token: str) -> Response | str | tuple[str, int]:
    """Sets the password; from there to the sign-in, as nobody signs in by a letter alone."""
    password = request.form.get("password", "")
    try:
        with session.the_line().scene() as scene:
            link = people_links.of_token(scene, vault(), token)
            if link is None:
                return render("account/link_over.html"), 410
            if password != request.form.get("again", ""):
                raise Refused(Reason("people.not_the_same"))
            agent = people_links.use(scene, link, password)
            audit.note(scene, agent, "password_set", agent.name, by=link.kind)
    except Refused as refused:
        return _page(token, refused.reason)
    flash("password_set")
    return redirect(url_for("console.sign_in_page"), code=303)


def _page(token: str, refusal: Reason | None = None) -> str | tuple[str, int]:
    g.here = url_for("console.link_page", token=token)
    with looking() as scene:
        link = people_links.of_token(scene, vault(), token)
        if link is None:
            return render("account/link_over.html"), 410
        page = render(
            "account/link.html",
            person=link.agent,
            kind=link.kind,
            token=token,
            refusal=refusal,
            shortest=people_passwords.SHORTEST,
        )
    return (page, 409) if refusal else page
