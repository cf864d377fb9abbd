"""What was read, played, exported or changed, and by whom: lines that nothing edits or deletes.

An incident's own timeline tells of its own; this tells of what concerns no single incident.
"""

from __future__ import annotations

from typing import Any

from ivr.models import Agent, AuditLine
from ivr.scene import Scene


def note(scene: Scene, agent: Agent | None, act: str, subject: str = "", **facts: Any) -> None:
    """A line, in the transaction of its cause. `act` has words in the console's catalogues
    (`audit.acts`); `subject` is a client number, a reference or an agent's name; `agent` none: by
    the command line or an integration, which `facts` name."""
    agent_id = agent.id if agent else None
    line = AuditLine(at=scene.now, agent_id=agent_id, act=act, subject=subject, facts=facts)
    scene.session.add(line)
