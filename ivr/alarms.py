"""What managers are told at once, by SMS and e-mail, and once a day of the centre's at most."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from pathlib import Path

from sqlalchemy.exc import IntegrityError

from ivr import numbers, post, staff
from ivr.catalogue import Catalogue
from ivr.models import Agent, Alarm
from ivr.scene import Scene

CATALOGUE = Catalogue(Path(__file__).parent / "letters" / "alarms")


def is_raised(scene: Scene, kind: str, day: date) -> bool:
    return scene.session.get(Alarm, (kind, day)) is not None


def raise_once(scene: Scene, kind: str, day: date, facts: Mapping[str, str]) -> bool:
    """Tells the managers of `kind`, with `facts` for its words; false where it was told today."""
    if is_raised(scene, kind, day):
        return False
    try:
        with scene.session.begin_nested():
            scene.session.add(Alarm(kind=kind, day=day, at=scene.now))
    except IntegrityError:  # another worker raised it in the same moment
        return False
    for manager in staff.of_role(scene, "manager"):
        _tell(scene, manager, kind, day, facts)
    return True


def _tell(scene: Scene, manager: Agent, kind: str, day: date, facts: Mapping[str, str]) -> None:
    link = f"{scene.public_url}/incidents"
    sms, subject, mail = (
        CATALOGUE.text(manager.language, f"{kind}.{part}", **facts, link=link)
        for part in ("sms", "subject", "mail")
    )
    send = partial(post.write, scene, None, f"alarm_{kind}_{day:%Y%m%d}", agent=manager)
    if numbers.dialable(manager.phone, scene.policy.dialling, (scene.line_number,)) is None:
        send("sms", manager.phone, body=sms)
    send("mail", manager.email, subject=subject, body=mail.strip())
