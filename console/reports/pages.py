"""The pages of the reports: one question each, over one period, drawn and in numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from console import page
from console.figures import Figures
from console.language import language
from console.reports import drawing
from console.reports.asked import Asked, asked
from console.reports.drawing import Chart, Value
from console.reports.frame import in_time, render
from console.words import Words
from ivr.reports import costs, nights, prices, promises, service
from ivr.reports.nights import STEPS, Waits
from ivr.reports.promises import Row
from ivr.reports.usage import ITEM_OF
from ivr.scene import Scene

MOST = 50
"""Clients shown; the file has them all."""


@in_time
def reports_page() -> tuple[str, int]:
    """Calls, incidents and promises: by week, hour, priority and product, and why they broke."""
    wanted = asked()
    with page.looking() as scene:
        found = _rows(scene, wanted, "week", "hour", "priority", "product")
        heat = promises.calls_by_hour_of_week(scene.session, wanted.period)
    total = promises.total(found["week"])
    return render(
        "promises",
        wanted,
        total=total,
        weeks=found["week"],
        hours=found["hour"],
        priorities=found["priority"],
        products=found["product"],
        weeks_chart=_promises_chart(found["week"], "reports.bars.week"),
        hours_chart=_promises_chart(found["hour"], "reports.bars.hour"),
        causes=sorted(total.causes.items(), key=lambda cause: -cause[1]),
        most=max(total.causes.values(), default=0),
        share=drawing.share,
        heat=heat,
        levels=drawing.levels(heat),
    )


@in_time
def report_clients_page() -> tuple[str, int]:
    wanted = asked()
    with page.looking() as scene:
        rows = _rows(scene, wanted, "client")["client"]
        shown = rows[:MOST]
        names = promises.names_of(scene.session, shown)
    return render(
        "clients",
        wanted,
        rows=shown,
        names=names,
        left_out=len(rows) - len(shown),
        most=max((row.incidents for row in shown), default=0),
        share=drawing.share,
    )


@in_time
def report_nights_page() -> tuple[str, int]:
    wanted = asked()
    with page.looking() as scene:
        weeks = nights.by_week(scene.session, scene.policy, wanted.period)
    return render(
        "nights",
        wanted,
        weeks=weeks,
        total=sum(weeks.values(), Waits()),
        chart=_waits_chart(sum(weeks.values(), Waits())),
    )


@in_time
def report_service_page() -> tuple[str, int]:
    wanted = asked()
    with page.looking() as scene:
        found = service.interventions(scene.session, scene.policy, wanted.period, scene.now)
    accounts = service.accounts(found)
    return render(
        "service",
        wanted,
        accounts=accounts,
        interventions=found[:MOST],
        left_out=max(0, len(found) - MOST),
        minutes=sum(account.minutes for account in accounts),
        most=max((account.minutes for account in accounts), default=0),
        share=drawing.share,
        count=len(found),
    )


def report_costs_page() -> tuple[str, int]:
    return costs_page(asked())


@in_time
def costs_page(wanted: Asked) -> tuple[str, int]:
    """Also where the file of each call was asked for over too long a time."""
    with page.looking() as scene:
        list_ = prices.public().under(scene.policy.caps.prices)
        found = costs.costs(scene.session, list_, wanted.period, scene.now)
    figures = Figures(language())
    chart = drawing.chart(
        [
            Value(
                figures.day(monday),
                page.words()(
                    "reports.bars.cost",
                    week=figures.whole_day(monday),
                    cost=figures.money(cost, list_.currency),
                ),
                {"cost": round(cost)},
            )
            for monday, (_, cost) in found.by_week.items()
        ]
    )
    return render("costs", wanted, costs=found, prices=list_, chart=chart, item_of=ITEM_OF)


def _rows(scene: Scene, wanted: Asked, *by: promises.By) -> dict[promises.By, list[Row]]:
    return promises.rows(scene.session, wanted.period, by, scene.now)


# What is drawn -------------------------------------------------------------------------------


def _promises_chart(rows: Sequence[Row], words: str) -> Chart:
    t, figures = page.words(), Figures(language())
    return drawing.chart([_column(t, figures, row, words) for row in rows])


def _column(t: Words, figures: Figures, row: Row, words: str) -> Value:
    if isinstance(row.key, date):
        label, key = figures.day(row.key), figures.whole_day(row.key)
    else:
        label = key = figures.hour(int(row.key or 0))
    facts = {"incidents": row.incidents, "met": row.met, "late": row.late, "calls": row.calls}
    return Value(label, t(words, key=key, **facts), _parts(row))


def _parts(row: Row) -> Mapping[str, int]:
    return {"met": row.met, "late": row.late, "pending": row.pending}


def _waits_chart(waits: Waits) -> Chart:
    t = page.words()
    values = []
    for step, (in_call, later) in zip((*STEPS, None), waits.columns(), strict=True):
        label = _step(t, step)
        title = t("reports.bars.wait", step=label, in_call=in_call, later=later)
        values.append(Value(label, title, {"in_call": in_call, "later": later}))
    values.append(
        Value(
            t("reports.nights.never_short"),
            t("reports.bars.never", count=waits.never),
            {"never": waits.never},
        )
    )
    return drawing.chart(values)


def _step(t: Words, seconds: int | None) -> str:
    if seconds is None:
        return t("reports.nights.beyond")
    if seconds < 60:
        return t.seconds(seconds)
    return t("reports.nights.minutes", count=seconds // 60)
