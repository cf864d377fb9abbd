"""Reports: the promise of §4, kept or broken, and the extended service for an invoice (§1.1)."""

from __future__ import annotations

from typing import Any

from api import shapes
from api.operation import Answer, Asked
from api.schema import Struct
from ivr.reports import costs, nights, period, prices, promises, service
from ivr.reports.period import Period


def promise_report(asked: Asked) -> Answer:
    """By week, client (its number), product, priority or hour of day."""
    scene, days = asked.scene, _days(asked)
    by = asked.query.get("by", "week")
    rows = promises.rows(scene.session, days, (by,), scene.now)[by]
    clients = promises.names_of(scene.session, rows) if by == "client" else {}
    items = [
        {
            "key": _key(row.key, clients),
            "causes": dict(row.causes),
            **{name: getattr(row, name) for name in ("calls", "incidents", "met", "late")},
            "pending": row.pending,
        }
        for row in rows
    ]
    return _report(shapes.PROMISES, days, items)


def service_report(asked: Asked) -> Answer:
    """Each intervention of the extended service, by client, as it began."""
    scene, days = asked.scene, _days(asked)
    found = service.interventions(scene.session, scene.policy, days, scene.now)
    names = ("incident_id", "reference", "product", "priority", "super_user", "opened_at",
             "first_at", "agents", "calls", "minutes")  # fmt: skip
    items = [
        {
            "client": {"number": each.client_number, "name": each.client_name},
            **{name: getattr(each, name) for name in names},
        }
        for each in found
    ]
    return _report(shapes.INTERVENTION, days, items)


def night_report(asked: Asked) -> Answer:
    """How long a P1 of the extended service waited after hours for a person, week by week."""
    scene, days = asked.scene, _days(asked)
    items = [
        {
            "week": monday,
            "answered_in_call": waits.in_call.total(),
            "answered_later": waits.later.total(),
            "never_answered": waits.never,
            "median_seconds": waits.within(0.5),
            "ninth_decile_seconds": waits.within(0.9),
            "longest_seconds": waits.longest,
        }
        for monday, waits in nights.by_week(scene.session, scene.policy, days).items()
    ]
    return _report(shapes.WAITS, days, items)


def cost_report(asked: Asked) -> Answer:
    """What Twilio's service cost by kind and by week, estimated; money as decimal text."""
    scene, days = asked.scene, _days(asked)
    list_ = prices.public().under(scene.policy.caps.prices)
    found = costs.costs(scene.session, list_, days, scene.now)
    shown = {
        "first": days.first,
        "last": days.last,
        "currency": list_.currency,
        "calls": found.calls,
        "total": f"{found.total:f}",
        "items": [
            {"kind": kind, "count": used.count, "units": used.units, "cost": f"{cost:f}"}
            for kind, (used, cost) in found.by_kind.items()
        ],
        "weeks": [
            {"week": monday, "calls": calls, "cost": f"{cost:f}"}
            for monday, (calls, cost) in found.by_week.items()
        ],
    }
    return Answer(shapes.COSTS.write(shown))


def _report(struct: Struct, days: Period, items: list[dict[str, Any]]) -> Answer:
    shown = {"first": days.first, "last": days.last, "items": items}
    return Answer(shapes.report_of(struct).write(shown))


def _days(asked: Asked) -> Period:
    """Raises `Refused` where the last day is before the first, or more than two years after it."""
    zone = asked.scene.policy.zone
    today = asked.scene.now.astimezone(zone).date()
    given = [
        day.isoformat() if (day := asked.query.get(name)) else "" for name in ("first", "last")
    ]
    return period.read(given[0], given[1], today, zone)


def _key(key: promises.Key, clients: dict[promises.Key, Any]) -> str | None:
    if key in clients:
        return str(clients[key].number)
    return None if key is None else str(key)
