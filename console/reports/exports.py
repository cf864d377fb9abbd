"""The same numbers as files for a spreadsheet; each one that is given leaves a line of audit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from flask import Response, abort, g

from console import page
from console.language import language
from console.reports.asked import Asked, asked
from console.reports.frame import in_time
from console.reports.pages import costs_page
from console.session import the_line
from console.words import Words
from ivr import audit, csv_text
from ivr.csv_text import Cell
from ivr.models import Agent
from ivr.reason import Reason
from ivr.reports import call_costs, costs, nights, prices, promises, service
from ivr.reports.promises import By, Row
from ivr.reports.usage import ITEM_OF, KINDS
from ivr.scene import Scene

CALLS_AT_MOST = 31
"""Days of which the calls are given one by one."""
COUNTS = ("calls", "incidents", "met", "late", "pending", "kept")


@dataclass(frozen=True)
class Sheet:
    """`header`: names of columns, whose words are `reports.csv.{name}`."""

    header: Sequence[str]
    rows: Iterable[Sequence[Cell]]


@in_time
def report_csv(name: str) -> Response | tuple[str, int]:
    """The file `name` of `EXPORTS`."""
    wanted = asked()
    if wanted.refusal:
        abort(400)
    if name == "calls" and wanted.period.days > CALLS_AT_MOST:
        why = Reason("reports.calls_too_long", {"days": CALLS_AT_MOST})
        return costs_page(replace(wanted, refusal=why))
    t = page.words()
    with page.looking() as scene:
        sheet = EXPORTS[name](scene, wanted, t)
        header = [t(f"reports.csv.{column}") for column in sheet.header]
        text = csv_text.written(header, sheet.rows, language())
    _note(name, wanted)
    file = f"{name}_{wanted.period.first}_{wanted.period.last}.csv"
    return Response(
        text.encode(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{file}"'},
    )


def _note(name: str, wanted: Asked) -> None:
    with the_line().scene() as scene:
        agent = scene.session.get_one(Agent, g.agent.id)
        audit.note(scene, agent, "report_exported", name, **wanted.address)


# Calls, incidents and promises ---------------------------------------------------------------


def _by(by: By) -> Callable[[Scene, Asked, Words], Sheet]:
    def sheet(scene: Scene, wanted: Asked, t: Words) -> Sheet:
        rows = promises.rows(scene.session, wanted.period, (by,), scene.now)[by]
        return Sheet((by, *_PROMISES), ([_name(t, by, row), *_counts(row)] for row in rows))

    return sheet


_PROMISES = (*COUNTS, *promises.CAUSES, promises.UNKNOWN)


def _counts(row: Row) -> list[Cell]:
    kept = None if row.kept is None else Decimal(f"{100 * row.kept:.1f}")
    causes = (row.causes.get(cause, 0) for cause in (*promises.CAUSES, promises.UNKNOWN))
    return [row.calls, row.incidents, row.met, row.late, row.pending, kept, *causes]


def _name(t: Words, by: By, row: Row) -> str:
    if by == "product":
        return t.product(str(row.key)) if row.key else t("reports.no_product")
    if row.key is None:
        return t("reports.no_incident")
    return str(row.key)


def _clients(scene: Scene, wanted: Asked, t: Words) -> Sheet:
    rows = promises.rows(scene.session, wanted.period, ("client",), scene.now)["client"]
    names = promises.names_of(scene.session, rows)

    def cells() -> Iterator[Sequence[Cell]]:
        for row in rows:
            client = names.get(row.key)
            number, name = (client.number, client.name) if client else ("", t("list.no_client"))
            yield [number, name, *_counts(row)]

    return Sheet(("client", "name", *_PROMISES), cells())


# Nights and the extended service -------------------------------------------------------------


def _nights(scene: Scene, wanted: Asked, _: Words) -> Sheet:
    weeks = nights.by_week(scene.session, scene.policy, wanted.period)
    header = ("week", "night_calls", "in_call", "later", "never", "median", "ninetieth", "longest")
    rows: Iterable[Sequence[Cell]] = (
        [
            monday.isoformat(),
            waits.calls,
            waits.in_call.total(),
            waits.later.total(),
            waits.never,
            waits.within(0.5),
            waits.within(0.9),
            waits.longest,
        ]
        for monday, waits in weeks.items()
    )
    return Sheet(header, rows)


def _service(scene: Scene, wanted: Asked, _: Words) -> Sheet:
    found = service.interventions(scene.session, scene.policy, wanted.period, scene.now)
    header = ("client", "name", "first_day", "last_day", "interventions", "accepted", "minutes")
    first, last = wanted.period.first.isoformat(), wanted.period.last.isoformat()
    rows: Iterable[Sequence[Cell]] = (
        [each.client_number, each.client_name, first, last, each.interventions, each.calls,
         each.minutes]
        for each in service.accounts(found)
    )  # fmt: skip
    return Sheet(header, rows)


def _interventions(scene: Scene, wanted: Asked, t: Words) -> Sheet:
    found = service.interventions(scene.session, scene.policy, wanted.period, scene.now)
    header = ("client", "name", "reference", "opened", "product", "priority", "super_user")
    rows: Iterable[Sequence[Cell]] = (
        [
            each.client_number,
            each.client_name,
            each.reference,
            _moment(t, each.opened_at),
            t.product(each.product),
            each.priority,
            each.super_user,
            _moment(t, each.first_at),
            ", ".join(each.agents),
            each.calls,
            each.minutes,
        ]
        for each in found
    )
    return Sheet((*header, "first_at", "agents", "accepted", "minutes"), rows)


def _moment(t: Words, at: datetime) -> str:
    """As spreadsheets read it, on the centre's clock."""
    return t.local(at).strftime("%Y-%m-%d %H:%M")


# Costs ---------------------------------------------------------------------------------------


def _costs(scene: Scene, wanted: Asked, t: Words) -> Sheet:
    list_ = prices.public().under(scene.policy.caps.prices)
    found = costs.costs(scene.session, list_, wanted.period, scene.now)
    rows: Iterable[Sequence[Cell]] = (
        [
            t(f"reports.kinds.{kind}"),
            used.count,
            used.units,
            t(f"reports.units.{list_.prices[ITEM_OF[kind]].unit}"),
            list_.prices[ITEM_OF[kind]].amount,
            _cents(cost),
            list_.currency,
        ]
        for kind, (used, cost) in found.by_kind.items()
    )
    return Sheet(("kind", "count", "units", "unit", "price", "cost", "currency"), rows)


def _calls(scene: Scene, wanted: Asked, t: Words) -> Sheet:
    list_ = prices.public().under(scene.policy.caps.prices)
    found = call_costs.each(scene.session, list_, wanted.period, scene.now)
    rows: Iterable[Sequence[Cell]] = (
        [
            _moment(t, each.started_at),
            each.sid,
            each.client,
            each.reference,
            *(each.used[kind].units if kind in each.used else 0 for kind in _IN_CALL),
            _cents(each.cost),
            list_.currency,
        ]
        for each in found
    )
    kinds = (f"units_{kind}" for kind in _IN_CALL)
    return Sheet(("started", "sid", "client", "reference", *kinds, "cost", "currency"), rows)


_IN_CALL = tuple(kind for kind in KINDS if kind != "test")


def _cents(cost: Decimal) -> Decimal:
    """To a hundredth of a cent: a short call costs a few cents, and sums shall agree."""
    return cost.quantize(Decimal("0.0001"))


EXPORTS: Mapping[str, Callable[[Scene, Asked, Words], Sheet]] = {
    "weeks": _by("week"),
    "hours": _by("hour"),
    "clients": _clients,
    "products": _by("product"),
    "priorities": _by("priority"),
    "nights": _nights,
    "service": _service,
    "interventions": _interventions,
    "costs": _costs,
    "calls": _calls,
}
