"""Two requests tell of one recording at the same moment: it is kept once, and told once."""

from __future__ import annotations

from sqlalchemy import func, select

from ivr import recordings
from ivr.models import Call, Event, Incident, Recording
from ivr.scene import Scene
from tests.jobs.cast import owe_in
from tests.jobs.conftest import Database
from tests.jobs.test_interleaved import while_another_acts

SID = "RE" + "4" * 32


def test_of_two_at_the_same_moment_the_second_finds_what_the_first_kept(
    database: Database,
) -> None:
    """The answer to <Record> and its status callback: Twilio sends both as soon as it ends."""
    with database.scene() as scene:
        call = owe_in(scene).call
        assert call

    def keep(scene: Scene, seconds: int) -> Recording:
        return recordings.keep(scene, scene.session.get_one(Call, call.id), SID, seconds)

    kept = while_another_acts(database, lambda scene: keep(scene, 0), lambda scene: keep(scene, 14))
    assert kept.seconds == 14, "whoever knows how long it is says so"
    with database.scene() as scene:
        assert scene.session.scalars(select(Recording)).one().seconds == 14
        told = select(func.count()).select_from(Event).where(Event.kind == "recorded")
        assert scene.session.scalar(told.join(Incident)) == 1
