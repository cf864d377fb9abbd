"""What a person is told of the clocks that run out: one SMS and one e-mail for all of it.

On a Monday at 8:00 forty incidents may reach a threshold at once: that is one digest for each
person, with the most urgent first, and the next no sooner than policy.toml's `together` after it.
What is overdue, and a P1, does not wait for that. The rows are the queue.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased, joinedload

from ivr import local_time, numbers, post, reference, states
from ivr.catalogue import Catalogue
from ivr.models import Agent, Incident, Message, Reminder
from ivr.scene import Scene

CATALOGUE = Catalogue(Path(__file__).parent / "letters" / "reminders")
PURPOSE = "reminder_"
MOST = 50
"""Lines of a letter; the list on screen has the rest."""
LATE = timedelta(minutes=10)
BREACH = 100


def due(session: Session, now: datetime, together: timedelta) -> Sequence[int]:
    """The agents whose digest is to be written now."""
    told = aliased(Reminder)
    lately = exists().where(told.agent_id == Reminder.agent_id, told.told_at > now - together)
    urgent = or_(Reminder.percent >= BREACH, Incident.priority == "P1")
    return session.scalars(
        select(Reminder.agent_id)
        .join(Incident)
        .where(Reminder.digest.is_(None), or_(urgent, ~lately))
        .distinct()
        .order_by(Reminder.agent_id)
    ).all()


def write(scene: Scene, agent_id: int) -> None:
    """The digest of all that waits for this agent, in one transaction; twice does no harm."""
    agent = scene.session.get_one(Agent, agent_id)
    reminders = _claim(scene, agent)
    owed = sorted(filter(is_owed, reminders), key=_urgency)
    if not owed:
        return
    for reminder in reminders:
        reminder.told_at = scene.now
    first, language = owed[0], agent.language
    purpose = f"{PURPOSE}{first.digest}"
    send = partial(post.write, scene, first.incident, purpose, agent=agent)
    one = len(owed) == 1
    facts = {"count": len(owed), "what": _line(scene, first, language), "link": _link(scene, owed)}
    if numbers.dialable(agent.phone, scene.policy.dialling, (scene.line_number,)) is None:
        send("sms", agent.phone, body=_text(language, "sms", one, **facts))
    lines = "\n".join(_line_of_letter(scene, reminder, language) for reminder in owed[:MOST])
    subject = _text(language, "subject", one, **facts)
    body = CATALOGUE.text(language, "mail", lines=lines, link=f"{scene.public_url}/incidents")
    send("mail", agent.email, subject=subject, body=body.strip())


def is_owed(reminder: Reminder) -> bool:
    """Is what it warns of still to be done?"""
    incident = reminder.incident
    if incident.state not in states.RECORDED or incident.state == "closed":
        return False
    match reminder.clock:
        case "response":
            return incident.met_at is None
        case "correction":
            return incident.correction_due_at is not None
        case _:
            return incident.update_due_at == reminder.due_at


def is_wanted(scene: Scene, message: Message) -> bool:
    """May the digest still go out? One that is late, only if some of it is still to be done."""
    if scene.now - message.created_at < LATE:
        return True
    digest = int(message.purpose.removeprefix(PURPOSE))
    told = select(Reminder).where(Reminder.digest == digest, Reminder.agent_id == message.agent_id)
    return any(is_owed(reminder) for reminder in scene.session.scalars(told))


def _claim(scene: Scene, agent: Agent) -> Sequence[Reminder]:
    """Those that wait for the agent: ours, by one UPDATE that only the first to come makes."""
    mine = Reminder.agent_id == agent.id
    waiting = select(func.max(Reminder.id)).where(mine, Reminder.digest.is_(None))
    number = scene.session.scalar(waiting)
    if number is None:
        return []
    scene.session.execute(
        update(Reminder)
        .where(mine, Reminder.digest.is_(None), Reminder.id <= number)
        .values(digest=number)
        .execution_options(synchronize_session=False)
    )
    return scene.session.scalars(
        select(Reminder)
        .where(mine, Reminder.digest == number, Reminder.told_at.is_(None))
        .options(joinedload(Reminder.incident).joinedload(Incident.client))
        .execution_options(populate_existing=True)
    ).all()


def _urgency(reminder: Reminder) -> tuple[bool, bool, datetime, int]:
    """P1 first, then what is overdue, then what is due first."""
    not_p1 = reminder.incident.priority != "P1"
    return not_p1, reminder.percent < BREACH, reminder.due_at, reminder.id


def _line(scene: Scene, reminder: Reminder, language: str) -> str:
    incident = reminder.incident
    no_client = CATALOGUE.text(language, "no_client")
    return CATALOGUE.text(
        language,
        "line.breach" if reminder.percent >= BREACH else "line.threshold",
        priority=incident.priority,
        reference=local_time.unbroken(" ".join(reference.groups(incident.reference))),
        client=incident.client.name if incident.client else no_client,
        clock=CATALOGUE.text(language, f"clock.{reminder.clock}"),
        percent=reminder.percent,
        due=local_time.written(reminder.due_at, scene.now, language, scene.policy.zone),
    )


def _line_of_letter(scene: Scene, reminder: Reminder, language: str) -> str:
    holder = reminder.incident.holder
    held = CATALOGUE.text(language, "held", agent=holder.name) if holder else ""
    unheld = CATALOGUE.text(language, "unheld")
    link = f"{scene.public_url}/incidents/{reminder.incident_id}"
    return f"- {_line(scene, reminder, language)} {held or unheld}\n  {link}"


def _link(scene: Scene, owed: Sequence[Reminder]) -> str:
    own = f"/{owed[0].incident_id}" if len(owed) == 1 else ""
    return f"{scene.public_url}/incidents{own}"


def _text(language: str, part: str, one: bool, **facts: object) -> str:
    return CATALOGUE.text(language, f"{part}.{'one' if one else 'many'}", **facts)
