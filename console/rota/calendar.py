"""The rota by week and by month: who is on call when, what is missing, and what was entered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import abort, g, request

from console import page
from console.access import may
from console.rota import board, fields, frame
from console.rota.board import DAY, DAYS
from ivr.rota import entering, history, review, tables
from ivr.rota.gaps import Gap
from ivr.rota.labour import Finding
from ivr.rota.order import Level, levels_at
from ivr.rota.stretches import HORIZON, Change, next_change
from ivr.scene import Scene

VIEWS = ("week", "month")
WATCHED = timedelta(weeks=4)
"""How far ahead labour figures are looked at."""


@dataclass(frozen=True)
class Shown:
    """What is on view: its Monday, how many weeks, and where to go from there."""

    view: str
    day: date
    first: date
    weeks: int
    before: date
    after: date

    @property
    def month(self) -> int | None:
        return self.day.month if self.view == "month" else None


def rota_page() -> str:
    with page.looking() as scene:
        zone = scene.policy.zone
        shown = _shown(scene.now.astimezone(zone).date())
        start = board.midnight(shown.first, zone)
        end = board.midnight(shown.first + shown.weeks * DAYS * DAY, zone)
        rota = tables.read(scene.session, scene.policy, scene.line_number, start, end)
        on_duty = history.turns(scene, start, end)
        gaps = _gaps(scene, max(start, scene.now), end)
        ahead = scene.now + timedelta(days=scene.policy.doctor.rota_days)
        missing = _gaps(scene, scene.now, ahead)
        now, change = _now(scene)
        return frame.render(
            scene,
            "calendar.html",
            shown=shown,
            views=VIEWS,
            weeks=board.weeks(scene, shown.first, shown.weeks, rota, on_duty, gaps, shown.month),
            now=now,
            change=change,
            missing=missing,
            missing_now={gap.level for gap in missing if gap.start <= scene.now},
            strange=review.unknown_levels(scene, scene.now, ahead),
            days=scene.policy.doctor.rota_days,
            findings=_findings(scene),
            overrides=entering.standing_overrides(scene),
            shifts=entering.standing_shifts(scene) if may("change_rota") else (),
        )


def _shown(today: date) -> Shown:
    view, asked = request.args.get("view", "week"), request.args.get("day", "")
    day = fields.day(asked) if asked else today
    if view not in VIEWS or day is None:
        abort(404)
    if view == "week":
        first = board.monday(day)
        return Shown(view, day, first, 1, first - DAYS * DAY, first + DAYS * DAY)
    first = day.replace(day=1)
    after = (first + 31 * DAY).replace(day=1)
    begins = board.monday(first)
    weeks = ((after - DAY) - begins).days // DAYS + 1
    return Shown(view, day, begins, weeks, (first - DAY).replace(day=1), after)


def _now(scene: Scene) -> tuple[Sequence[Level], Change | None]:
    rota = tables.read(
        scene.session, scene.policy, scene.line_number, scene.now, scene.now + HORIZON
    )
    used = rota.in_use()
    levels = [level for level in levels_at(rota, scene.now) if level.name in used]
    return levels, next_change(rota, scene.now)


def _gaps(scene: Scene, start: datetime, end: datetime) -> Sequence[Gap]:
    return review.find_gaps(scene, start, end) if start < end else ()


def _findings(scene: Scene) -> Sequence[Finding]:
    """Who plans sees everybody's; others see their own."""
    found = review.find_labour(scene, scene.now, scene.now + WATCHED)
    return found if may("change_rota") else [one for one in found if one.agent == g.agent.id]
