"""Every operation of the API, in the order in which its document names them."""

from __future__ import annotations

from collections.abc import Mapping

from api import (
    clients,
    contracts,
    incidents,
    others,
    outages,
    recordings,
    reports,
    rota,
    shapes,
)
from api.incident_acts import BODIES, REPEATABLE
from api.operation import Operation
from api.schema import (
    Choice,
    Day,
    Flag,
    Kind,
    ListOf,
    Member,
    Moment,
    Optional,
    Struct,
    Text,
    Whole,
)
from console.acts import ACTS
from ivr import finding, listing, states
from ivr.clients import contract, find, window
from ivr.clients.shifts import PLACES, SHIFTS
from ivr.reports import promises

_ID: Mapping[str, Kind] = {"id": Whole(1)}
_NAME = Text(80)
_LANGUAGE = Choice(("fr", "en"))
_MINE: Mapping[str, Kind] = {"product": _NAME, "language": _LANGUAGE}

_INCIDENTS = (
    Operation(
        "listIncidents", "GET", "/incidents", incidents.list_incidents, "incidents", "incidents",
        shapes.page_of(shapes.INCIDENT),
        query={
            "view": Choice(listing.VIEWS),
            "holder": Text(10, 1, r"^(me|nobody|[1-9][0-9]{0,8})$"),
            "priority": Choice(tuple(states.NEEDED)),
            "product": _NAME,
            "state": Choice(states.STATES),
            "client": shapes.NUMBER,
            "q": Text(finding.LONGEST),
            "after": Text(60, 1, r"^[0-8]_[0-9]{8}T[0-9]{6}\.[0-9]{6}Z_[1-9][0-9]{0,17}$"),
        },
    ),
    Operation(
        "getIncident", "GET", "/incidents/{id}", incidents.get_incident, "incidents", "incidents",
        shapes.INCIDENT, path_kinds=_ID, tagged=True,
    ),
    Operation(
        "listEvents", "GET", "/incidents/{id}/events", incidents.list_events, "incidents",
        "incidents", shapes.page_of(shapes.EVENT), path_kinds=_ID,
        query={"after": Whole()},
    ),
    Operation(
        "listActs", "GET", "/incidents/{id}/acts", incidents.list_acts, "incidents", "incidents",
        ListOf(Choice((*BODIES, "note"))), path_kinds=_ID,
    ),
    Operation(
        "note", "POST", "/incidents/{id}/acts/note", incidents.add_note, "incidents", "incidents",
        shapes.INCIDENT, path_kinds=_ID, body=Struct({"text": Member(Text(4000))}), tagged=True,
    ),
    *(
        Operation(
            name, "POST", f"/incidents/{{id}}/acts/{name}", incidents.act(name), "incidents",
            "incidents", shapes.INCIDENT, path_kinds=_ID, body=body, person=True,
            guarded=name not in REPEATABLE, tagged=True,
        )
        for name, body in BODIES.items()
        if name in ACTS
    ),
)  # fmt: skip

_RECORDING: Mapping[str, Kind] = {**_ID, "recording": Whole(1)}
_RECORDINGS = (
    Operation(
        "listRecordings", "GET", "/incidents/{id}/recordings", recordings.list_recordings,
        "recordings", "incidents", ListOf(shapes.RECORDING), path_kinds=_ID,
    ),
    Operation(
        "playRecording", "GET", "/incidents/{id}/recordings/{recording}/sound", recordings.play,
        "recordings", "incidents", None, path_kinds=_RECORDING, person=True, media="audio/*",
    ),
    Operation(
        "readTranscript", "GET", "/incidents/{id}/recordings/{recording}/transcript",
        recordings.read_transcript, "recordings", "incidents", shapes.TRANSCRIPT,
        path_kinds=_RECORDING, person=True,
    ),
)  # fmt: skip

_NUMBER: Mapping[str, Kind] = {"number": shapes.NUMBER}
_SUPER_USER = Struct(
    {
        "id": Member(Whole(1), required=False),
        "name": Member(Text(200)),
        "function": Member(Text(200), required=False),
        "phone": Member(Text(60)),
        "extension": Member(Text(10, 0, r"^[0-9]{0,10}$"), required=False),
        "email": Member(Text(254), required=False),
        "language": Member(_LANGUAGE, required=False),
        "shifts": Member(ListOf(Choice(SHIFTS), len(SHIFTS))),
    }
)
_HOURS = {day: Member(Text(window.LONGEST), required=False) for day in window.DAYS}
_PRODUCT = Struct(
    {
        "product": Member(_NAME),
        "extended": Member(Flag(), required=False),
        "window": Member(Optional(Struct(_HOURS)), required=False),
    }
)
_CONTRACT = Struct(
    {
        "number": Member(Text(5, 5, r"^[0-9]{5}$")),
        "name": Member(Text(200)),
        "products": Member(ListOf(_PRODUCT, 50)),
        "other_environments": Member(ListOf(Choice(contract.ENVIRONMENTS)), required=False),
        "beta_site": Member(Flag(), required=False),
        "go_live_on": Member(Optional(Day()), required=False),
        "lines": Member(ListOf(Text(60), contract.LINES), required=False),
    }
)
_CLIENTS = (
    Operation(
        "listClients", "GET", "/clients", clients.list_clients, "clients", "clients",
        shapes.page_of(shapes.CLIENT),
        query={"q": Text(find.LONGEST), "product": _NAME, "after": Whole(1)},
    ),
    Operation(
        "getClient", "GET", "/clients/{number}", clients.get_client, "clients", "clients",
        shapes.CLIENT, path_kinds=_NUMBER, tagged=True,
    ),
    Operation(
        "createClient", "POST", "/clients", contracts.create, "change_clients", "clients",
        shapes.CLIENT, body=_CONTRACT, status=201,
    ),
    Operation(
        "saveContract", "PUT", "/clients/{number}/contract", contracts.save, "change_clients",
        "clients", shapes.CLIENT, path_kinds=_NUMBER, guarded=True, tagged=True, body=_CONTRACT,
    ),
    Operation(
        "saveSuperUsers", "PUT", "/clients/{number}/super-users", clients.save_super_users,
        "change_clients", "clients", shapes.CLIENT, path_kinds=_NUMBER, guarded=True, tagged=True,
        body=Struct(
            {
                "service_centre": Member(Text(200), required=False),
                "super_users": Member(ListOf(_SUPER_USER, len(SHIFTS) * PLACES)),
            }
        ),
    ),
    Operation(
        "removeSuperUser", "POST", "/clients/{number}/super-users/{id}/remove",
        clients.remove_super_user, "change_clients", "clients", shapes.CLIENT,
        path_kinds={**_NUMBER, **_ID}, guarded=True, tagged=True,
        body=Struct({"reason": Member(Text(500))}),
    ),
)  # fmt: skip

_OVERRIDE = Struct(
    {
        "agent": Member(Whole(1)),
        "replaces": Member(Optional(Whole(1)), required=False),
        "level": Member(Optional(_NAME), required=False),
        "start": Member(Moment()),
        "end": Member(Moment()),
        "note": Member(Text(500), required=False),
    }
)
_ROTA = (
    Operation(
        "onCall", "GET", "/rota/on-call", rota.on_call, "rota", "rota", shapes.ON_CALL,
        query={"at": Moment(), **_MINE},
    ),
    Operation(
        "rota", "GET", "/rota", rota.over_time, "rota", "rota", shapes.ROTA,
        query={"from": Moment(), "days": Whole(1, rota.MOST_DAYS), **_MINE},
    ),
    Operation(
        "listOverrides", "GET", "/rota/overrides", rota.list_overrides, "rota", "rota",
        ListOf(shapes.OVERRIDE, 10_000),
    ),
    Operation(
        "addOverride", "POST", "/rota/overrides", rota.add_override, "change_rota", "rota",
        shapes.OVERRIDE, body=_OVERRIDE, status=201,
    ),
    Operation(
        "getOverride", "GET", "/rota/overrides/{id}", rota.get_override, "rota", "rota",
        shapes.OVERRIDE, path_kinds=_ID,
    ),
    Operation(
        "withdrawOverride", "DELETE", "/rota/overrides/{id}", rota.withdraw_override,
        "change_rota", "rota", shapes.OVERRIDE, path_kinds=_ID,
    ),
)  # fmt: skip

_WORDS = {"text_fr": Member(Text(600)), "text_en": Member(Text(600))}
_OUTAGES = (
    Operation(
        "listOutages", "GET", "/outages", outages.list_outages, "outages", "outages",
        shapes.page_of(shapes.OUTAGE), query={"after": Whole(1)},
    ),
    Operation(
        "getOutage", "GET", "/outages/{id}", outages.get_outage, "outages", "outages",
        shapes.OUTAGE, path_kinds=_ID,
    ),
    Operation(
        "announceOutage", "POST", "/outages", outages.announce, "outages", "outages",
        shapes.OUTAGE, status=201, person=True,
        body=Struct(
            {
                **_WORDS,
                "next_at": Member(Moment()),
                "products": Member(ListOf(_NAME, 20, distinct=True), required=False),
            }
        ),
    ),
    Operation(
        "tellOutage", "POST", "/outages/{id}/news", outages.tell, "outages", "outages",
        shapes.OUTAGE, path_kinds=_ID, person=True,
        body=Struct({**_WORDS, "next_at": Member(Optional(Moment()), required=False)}),
    ),
    Operation(
        "endOutage", "POST", "/outages/{id}/end", outages.end, "outages", "outages",
        shapes.OUTAGE, path_kinds=_ID, person=True, body=Struct({}),
    ),
)  # fmt: skip

_DAYS: Mapping[str, Kind] = {"first": Day(), "last": Day()}
_REPORTS = (
    Operation(
        "promiseReport", "GET", "/reports/promises", reports.promise_report, "reports", "reports",
        shapes.report_of(shapes.PROMISES), query={"by": Choice(promises.BY), **_DAYS},
        exports="promises",
    ),
    Operation(
        "serviceReport", "GET", "/reports/extended-service", reports.service_report, "reports",
        "reports", shapes.report_of(shapes.INTERVENTION), query=_DAYS, exports="service",
    ),
    Operation(
        "nightReport", "GET", "/reports/nights", reports.night_report, "reports", "reports",
        shapes.report_of(shapes.WAITS), query=_DAYS, exports="nights",
    ),
    Operation(
        "costReport", "GET", "/reports/costs", reports.cost_report, "reports", "reports",
        shapes.COSTS, query=_DAYS, exports="costs",
    ),
)  # fmt: skip

_OTHERS = (
    Operation(
        "listArticles", "GET", "/articles", others.list_articles, "articles", "articles",
        ListOf(shapes.ARTICLE), query={"q": Text(200), "product": _NAME},
    ),
    Operation(
        "getArticle", "GET", "/articles/{id}", others.get_article, "articles", "articles",
        shapes.ARTICLE, path_kinds=_ID, tagged=True,
    ),
    Operation(
        "listAgents", "GET", "/agents", others.list_agents, "rota", "agents",
        ListOf(shapes.STAFF, 10_000),
    ),
    Operation("me", "GET", "/me", others.me, None, "me", shapes.ME),
)  # fmt: skip

OPERATIONS: tuple[Operation, ...] = (
    *_INCIDENTS,
    *_RECORDINGS,
    *_CLIENTS,
    *_ROTA,
    *_OUTAGES,
    *_REPORTS,
    *_OTHERS,
)
