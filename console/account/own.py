"""One's own account: phone and language, password, and the browsers in which one is signed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import flash, g, redirect, request, url_for
from werkzeug.wrappers import Response

from console import failures, page, passwords, session
from console.account import browsers
from ivr import (
    audit,
    people,
    people_factor,
    people_letters,
    people_links,
    people_passwords,
    people_sessions,
)
from ivr.incidents import Refused
from ivr.models import Agent
from ivr.reason import Reason
from ivr.scene import Scene

PROOF = "own_password"
"""The kind of tries that are counted where the current password is asked for."""

Act = Callable[[Scene, Agent], str | None]
"""Does it, and names the notice; none: there was nothing to do."""


def account_page() -> str:
    return _page()


def change_account() -> Response | tuple[str, int]:
    def act(scene: Scene, agent: Agent) -> str | None:
        typed = (request.form.get(name, "") for name in ("phone", "language", "seen"))
        done = people.change_own(scene, agent, *typed)
        return "account_changed" if done else None

    answer = _act("own", act)
    session.forget_language()
    return answer


def change_password() -> Response | tuple[str, int]:
    """This session goes on, every other one ends. Sent twice, it is done once."""
    password = request.form.get("password", "")

    def act(scene: Scene, agent: Agent) -> str | None:
        if passwords.matches(agent.password_hash, password):
            return "password_changed"  # sent twice
        people_passwords.put(agent, password)
        people_links.withdraw(scene, agent)
        people_sessions.goes_on(scene, agent, g.console_session.id)
        audit.note(scene, agent, "password_changed", agent.name)
        people_letters.changed(scene, agent, "password")
        return "password_changed"

    try:
        if not is_proved(password):
            raise Refused(Reason("people.wrong_password"))
        if password != request.form.get("again", ""):
            raise Refused(Reason("people.not_the_same"))
    except Refused as refused:
        return _page("password", refused.reason, request.form), 409
    return _act("password", act)


def end_session(session_id: int) -> Response | tuple[str, int]:
    """One of one's own; twice does no harm."""

    def act(scene: Scene, agent: Agent) -> str | None:
        return "session_ended" if people_sessions.end(scene, agent.id, session_id) else None

    return _act("sessions", act)


def end_other_sessions() -> Response | tuple[str, int]:
    def act(scene: Scene, agent: Agent) -> str | None:
        but = g.console_session.id
        return "sessions_ended" if people_sessions.end_all(scene, agent, but) else None

    return _act("sessions", act)


def prove() -> None:
    """Whoever sits at an open session may not be its owner (ASVS 7.5.1). Raises `Refused`.

    Its tries are counted in transactions of their own: call it outside any other.
    """
    if not is_proved():
        raise Refused(Reason("people.wrong_password"))


def is_proved(*more: str) -> bool:
    """Is what was typed as the current password right, or one of `more`? Raises `Refused` where
    there were too many tries."""
    key = failures.key_of(g.agent.email)
    if failures.count_one(key, PROOF):
        raise Refused(Reason("people.too_many_passwords"))
    given = (request.form.get("current", ""), *more)
    if any(passwords.matches(g.agent.password_hash, password) for password in given):
        failures.forget(key, PROOF)
        return True
    return False


def _act(part: str, act: Act) -> Response | tuple[str, int]:
    """Acts as whoever is signed in; a refusal shows the page with what was typed."""
    try:
        with session.the_line().scene() as scene:
            notice = act(scene, scene.session.get_one(Agent, g.agent.id))
    except Refused as refused:
        if refused.reason.key == people.CHANGED.key:  # shows what is on file now
            return _page(refusal=refused.reason), 409
        return _page(part, refused.reason, request.form), 409
    if notice:
        flash(notice)
    return redirect(url_for("console.account_page"), code=303)


def _page(
    part: str = "", refusal: Reason | None = None, typed: Mapping[str, str] | None = None
) -> str:
    """`part`: where what was refused stands."""
    g.here = url_for("console.account_page")
    with page.looking() as scene:
        factor = people_factor.of(scene, g.agent)
        return page.render(
            "account/account.html",
            factor=factor,
            needed=g.agent.role in scene.policy.access.second_factor,
            codes_left=people_factor.codes_left(scene, g.agent) if factor else 0,
            sessions=people_sessions.live(scene, g.agent, session.times()),
            this_session=g.console_session,
            refused_part=part,
            refusal=refusal,
            typed=typed or {},
            seen=people.mark(g.agent),
            shortest=people_passwords.SHORTEST,
            access=scene.policy.access,
            browser=browsers.named,
        )
