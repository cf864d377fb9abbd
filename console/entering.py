"""From whoever is known to be an agent to a session: over the second factor, where there is one."""

from __future__ import annotations

from datetime import datetime

from flask import redirect, url_for
from werkzeug.wrappers import Response

from clock import system_clock
from console import session
from ivr import audit, people_factor
from ivr.models import Agent
from ivr.people_vault import Vault
from ivr.scene import Scene


def enter(
    scene: Scene, agent: Agent, way: str, wanted: str | None, *, verified: bool = False
) -> Response:
    """`verified`: a second factor was given elsewhere; otherwise one that is set is asked for."""
    if not verified and people_factor.of(scene, agent):
        session.start(scene, agent, way=way, awaits_code=True)
        return redirect(url_for("console.code_page", next=wanted), code=303)
    session.start(scene, agent, way=way, verified=verified)
    audit.note(scene, agent, "signed_in", agent.name, way=way)
    return redirect(wanted or url_for("console.incident_list"), code=303)


def vault() -> Vault:
    return Vault(session.the_line().settings.secret_key)


def real_time() -> datetime:
    """What telephones that show codes go by: they know nothing of a demo's clock."""
    line = session.the_line()
    return system_clock() if line.settings.start else line.clock()
