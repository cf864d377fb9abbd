"""The reports: counted by hand here, by the database there, on both kinds of database."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from psycopg.errors import QueryCanceled
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from console.figures import Figures
from console.reports import drawing
from console.reports.drawing import Value
from ivr import breaches, csv_text, downtime, incidents
from ivr.causes import Cause
from ivr.database import reading
from ivr.incidents import Refused
from ivr.models import (
    Agent,
    AuditLine,
    Call,
    CallTurn,
    Downtime,
    Incident,
    Leg,
    Message,
    PhoneTest,
    PresenceChange,
    Recording,
)
from ivr.policy import Policy
from ivr.reports import call_costs, costs, nights, period, prices, promises, service
from ivr.reports.period import Period
from ivr.scene import Scene
from jobs.breaches import find_causes
from jobs.heart import beat, note_silence
from tests.console.cast import MINUTE, TORONTO, Browser, Cast, StandingClock, text

SECOND = timedelta(seconds=1)
BOTH = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
_legs = count(1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TORONTO)


def over(first: str, last: str) -> Period:
    return Period(date.fromisoformat(first), date.fromisoformat(last), TORONTO)


def opened(cast: Cast, moment: str, priority: str = "P2", **facts: Any) -> Incident:
    """An incident opened at a local moment; its call began 20 seconds before."""
    when = at(moment)
    incident = cast.incident(priority, ago=cast.line.clock() - when, **facts)
    with cast.line.sessions.begin() as session:
        call = session.get_one(Call, incident.call_id)
        call.started_at = when - 20 * SECOND
        call.ended_at = when + 100 * SECOND
    return incident


def met(cast: Cast, moment: str, priority: str = "P2", **facts: Any) -> Incident:
    incident = opened(cast, moment, priority, **facts)
    cast.change(incident, met_at=incident.due_at)
    return incident


def late(cast: Cast, moment: str, cause: str | None, **facts: Any) -> Incident:
    incident = opened(cast, moment, **facts)
    cast.change(incident, met_at=incident.due_at + SECOND, breach_cause=cause)
    return incident


def leg(
    cast: Cast,
    incident: Incident,
    agent: Agent | None,
    *,
    rang: timedelta = 30 * SECOND,
    accepted: timedelta | None = None,
    ended: timedelta = 5 * MINUTE,
    **facts: Any,
) -> None:
    """Of the phone that rang so long after the incident was opened."""
    start = incident.opened_at
    facts = {"kind": "hunt", "outcome": "talked" if accepted else "no_answer", **facts}
    with cast.line.sessions.begin() as session:
        session.add(
            Leg(
                incident_id=incident.id,
                agent_id=agent and agent.id,
                number="+14505550111",
                sid=f"CA{next(_legs):032d}",
                created_at=start + rang,
                rang_at=start + rang,
                accepted_at=start + accepted if accepted else None,
                ended_at=start + ended,
                **facts,
            )
        )


def counted(cast: Cast, over: Period, *by: promises.By) -> dict[promises.By, list[promises.Row]]:
    with reading(cast.line.sessions) as session:
        return promises.rows(session, over, by, cast.line.clock())


class TestPeriod:
    def test_the_usual_one_is_this_week_and_the_seven_before(self) -> None:
        usual = period.usual(date(2026, 12, 3), TORONTO)
        assert (usual.first, usual.last) == (date(2026, 10, 12), date(2026, 12, 3))
        assert len(usual.weeks) == 8
        assert usual.weeks[-1] == date(2026, 11, 30)

    def test_the_last_month_is_whole(self) -> None:
        last = period.last_month(date(2026, 3, 31), TORONTO)
        assert (last.first, last.last) == (date(2026, 2, 1), date(2026, 2, 28))

    def test_its_days_are_the_centres(self) -> None:
        """The clocks go back on 1 November 2026: that day has 25 hours."""
        one = over("2026-11-01", "2026-11-01")
        assert one.end - one.start == timedelta(hours=25)

    @pytest.mark.parametrize(
        ("first", "last", "why"),
        [
            ("2026-13-01", "", "reports.no_date"),
            ("9999-01-01", "", "reports.no_date"),
            ("hier", "", "reports.no_date"),
            ("2026-11-10", "2026-11-09", "reports.backwards"),
            ("2024-01-01", "2026-11-09", "reports.too_long"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, first: str, last: str, why: str) -> None:
        with pytest.raises(Refused) as refused:
            period.read(first, last, date(2026, 11, 30), TORONTO)
        assert refused.value.reason.key == why

    def test_two_years_are_the_most(self) -> None:
        given = period.read("2024-11-30", "2026-11-30", date(2026, 11, 30), TORONTO)
        assert given.days == 731


@BOTH
class TestPromises:
    def test_by_week(self, cast: Cast) -> None:
        met(cast, "2026-11-16T00:00:20")  # its call in the first moment of a Monday
        met(cast, "2026-11-22T23:59:59")  # the last of that week
        late(cast, "2026-11-23T09:00", "all_busy")
        late(cast, "2026-11-23T10:00", "all_busy")
        late(cast, "2026-11-23T11:00", None)
        opened(cast, "2026-11-30T08:59")  # due at 10:59
        opened(cast, "2026-11-15T23:59:59")  # before the period
        found = counted(cast, over("2026-11-16", "2026-11-30"), "week")["week"]
        assert [row.key for row in found] == [
            date(2026, 11, 16),
            date(2026, 11, 23),
            date(2026, 11, 30),
        ]
        first, second, third = found
        assert (first.calls, first.incidents, first.met, first.late, first.pending) == (
            2,
            2,
            2,
            0,
            0,
        )
        assert first.kept == 1.0
        assert (second.met, second.late, second.kept) == (0, 3, 0.0)
        assert second.causes == {"all_busy": 2, "unknown": 1}
        assert (third.met, third.late, third.pending, third.kept) == (0, 0, 1, None)

    def test_a_promise_is_met_at_the_due_moment_itself(self, cast: Cast) -> None:
        met(cast, "2026-11-24T09:00")
        late(cast, "2026-11-24T09:00", "all_busy")
        (row,) = counted(cast, over("2026-11-23", "2026-11-29"), "week")["week"]
        assert (row.met, row.late, row.kept) == (1, 1, 0.5)

    def test_an_open_one_is_late_once_its_time_is_up(self, cast: Cast) -> None:
        opened(cast, "2026-11-27T09:00")
        (row,) = counted(cast, over("2026-11-23", "2026-11-29"), "week")["week"]
        assert (row.late, row.causes) == (1, {"unknown": 1})

    def test_hours_are_those_on_the_wall_when_clocks_change(self, cast: Cast) -> None:
        """1:30 comes twice on 1 November 2026, and 8:30 is 8:30 on both sides of it."""
        for moment in ("2026-10-30T08:30", "2026-11-02T08:30", "2026-11-01T01:30"):
            met(cast, moment)
        second = at("2026-11-01T01:30").replace(fold=1)
        incident = cast.incident(ago=cast.line.clock() - second)
        cast.change(incident, met_at=incident.due_at)
        found = counted(cast, over("2026-10-26", "2026-11-08"), "hour", "week")
        hours = {row.key: row.incidents for row in found["hour"] if row.incidents}
        assert hours == {8: 2, 1: 2}
        assert len(found["hour"]) == 24
        assert [row.incidents for row in found["week"]] == [3, 1]

    def test_by_client_product_and_priority(self, cast: Cast) -> None:
        met(cast, "2026-11-24T09:00", "P1", client=cast.parc, product="medical")
        late(cast, "2026-11-24T10:00", "no_number", client=cast.parc, product=None)
        met(cast, "2026-11-24T11:00")
        with cast.line.sessions.begin() as session:  # one who hung up before anything was known
            began = at("2026-11-24T12:00")
            session.add(Call(sid="CA" + "f" * 32, started_at=began, touched_at=began, step="x"))
        found = counted(cast, over("2026-11-23", "2026-11-29"), "client", "product", "priority")
        clients = [(row.key, row.calls, row.incidents, row.late) for row in found["client"]]
        assert clients == [(cast.parc.id, 2, 2, 1), (cast.imaging.id, 1, 1, 0), (None, 1, 0, 0)]
        products = {row.key: (row.calls, row.incidents) for row in found["product"]}
        assert products == {"medical": (1, 1), "imaging": (1, 1), None: (2, 1)}
        assert [(row.key, row.incidents) for row in found["priority"]] == [
            ("P1", 1), ("P2", 2), (None, 0),
        ]  # fmt: skip
        assert promises.total(found["client"]).calls == 4

    def test_what_promised_nothing_is_a_call_alone(self, cast: Cast) -> None:
        opened(cast, "2026-11-24T09:00", state="refused")
        opened(cast, "2026-11-24T09:00", state="closed", closed_how="joined")
        met(cast, "2026-11-24T09:00", state="closed", closed_how="approval")
        (row,) = counted(cast, over("2026-11-23", "2026-11-29"), "week")["week"]
        assert (row.calls, row.incidents, row.met) == (3, 1, 1)

    def test_calls_by_hour_of_the_week(self, cast: Cast) -> None:
        opened(cast, "2026-11-24T09:00:20")  # a Tuesday; its call began at 9:00:00
        opened(cast, "2026-11-24T09:00:19")
        with reading(cast.line.sessions) as session:
            heat = promises.calls_by_hour_of_week(session, over("2026-11-23", "2026-11-29"))
        assert {(day, hour): heat[day][hour] for day in range(7) for hour in range(24)
                if heat[day][hour]} == {(1, 9): 1, (1, 8): 1}  # fmt: skip


@BOTH
class TestNights:
    SERVED: dict[str, Any] = {"extended": True, "after_hours": True}  # noqa: RUF012

    def waits(self, cast: Cast) -> nights.Waits:
        with reading(cast.line.sessions) as session:
            weeks = nights.by_week(session, cast.line.policy, over("2026-11-23", "2026-11-29"))
        assert list(weeks) == [date(2026, 11, 23)]
        return weeks[date(2026, 11, 23)]

    def test_from_the_lines_first_word_to_the_first_who_accepts(self, cast: Cast) -> None:
        one = opened(cast, "2026-11-28T02:00", "P1", **self.SERVED)
        leg(cast, one, cast.bob)  # did not answer
        leg(cast, one, cast.alice, accepted=40 * SECOND)
        leg(cast, one, cast.bob, accepted=9 * MINUTE, kind="agent")
        two = opened(cast, "2026-11-28T03:00", "P1", **self.SERVED)
        leg(cast, two, cast.bob)
        leg(cast, two, cast.bob, accepted=10 * MINUTE, kind="agent")
        three = opened(cast, "2026-11-28T04:00", "P1", **self.SERVED)
        leg(cast, three, cast.bob)
        waits = self.waits(cast)
        assert (waits.in_call, waits.later, waits.never) == ({60: 1}, {620: 1}, 1)
        assert (waits.calls, waits.longest) == (3, 620)
        assert (waits.within(0.5), waits.within(0.9)) == (60, 620)
        assert waits.columns() == [(0, 0), (0, 0), (1, 0), (0, 0), (0, 0), (0, 1), (0, 0)]

    def test_only_what_is_to_ring_at_night_counts(self, cast: Cast) -> None:
        opened(cast, "2026-11-24T10:00", "P1", extended=True)
        day = opened(cast, "2026-11-24T11:00", "P1")
        leg(cast, day, cast.bob, accepted=MINUTE)
        opened(cast, "2026-11-28T02:00", "P1", after_hours=True)  # no service: called on Monday
        opened(cast, "2026-11-28T02:00", "P3", **self.SERVED)
        assert self.waits(cast).calls == 0
        duty = opened(cast, "2026-11-28T05:00", "P1", after_hours=True)  # rang all the same
        leg(cast, duty, cast.bob, accepted=MINUTE)
        assert self.waits(cast).in_call == {80: 1}


def test_a_quantile_is_a_wait_that_somebody_had() -> None:
    assert nights.quantile({}, 0.5) is None
    assert nights.quantile({10: 1}, 0.9) == 10
    assert nights.quantile({10: 5, 20: 4, 30: 1}, 0.5) == 10
    assert nights.quantile({10: 5, 20: 4, 30: 1}, 0.9) == 20
    assert nights.quantile({10: 5, 20: 4, 30: 1}, 0.91) == 30


@BOTH
class TestService:
    SERVED: dict[str, Any] = {"extended": True, "after_hours": True}  # noqa: RUF012

    def found(self, cast: Cast) -> list[service.Intervention]:
        with reading(cast.line.sessions) as session:
            return service.interventions(
                session, cast.line.policy, over("2026-11-23", "2026-11-30"), cast.line.clock()
            )

    def test_each_is_rounded_up_to_the_minute(self, cast: Cast) -> None:
        night = opened(cast, "2026-11-28T02:00", "P1", client=cast.parc,
                       super_user_id=cast.night_user.id, **self.SERVED)  # fmt: skip
        leg(cast, night, cast.alice, accepted=MINUTE, ended=2 * MINUTE)
        leg(cast, night, cast.bob, accepted=5 * MINUTE, ended=5 * MINUTE + SECOND, kind="agent")
        leg(cast, night, None, accepted=5 * MINUTE, ended=60 * MINUTE, kind="client")
        (one,) = self.found(cast)
        assert (one.calls, one.time, one.minutes) == (2, 61 * SECOND, 2)
        assert (one.agents, one.super_user) == (("Alice Roy", "Bob Tremblay"), "Nadia Nuit")
        assert one.first_at == night.opened_at + MINUTE

    def test_what_falls_within_regular_hours_is_not_of_the_service(self, cast: Cast) -> None:
        dawn = opened(cast, "2026-11-27T07:50", "P1", client=cast.parc, **self.SERVED)
        leg(cast, dawn, cast.alice, accepted=5 * MINUTE, ended=30 * MINUTE)  # 7:55 to 8:20
        leg(cast, dawn, cast.alice, accepted=2 * 60 * MINUTE, ended=3 * 60 * MINUTE, kind="agent")
        (one,) = self.found(cast)
        assert (one.calls, one.minutes) == (1, 5)

    def test_by_client(self, cast: Cast) -> None:
        for moment in ("2026-11-28T02:00", "2026-11-29T02:00"):
            night = opened(cast, moment, "P1", client=cast.parc, **self.SERVED)
            leg(cast, night, cast.alice, accepted=MINUTE, ended=MINUTE + SECOND)
        other = opened(cast, "2026-11-28T02:00", "P1", client=cast.imaging, **self.SERVED)
        leg(cast, other, cast.bob, accepted=MINUTE, ended=11 * MINUTE)
        accounts = service.accounts(self.found(cast))
        assert [(a.client_number, a.interventions, a.calls, a.minutes) for a in accounts] == [
            ("10452", 2, 2, 2),
            ("20317", 1, 1, 10),
        ]

    def test_what_is_none(self, cast: Cast) -> None:
        for facts in (
            {"extended": False, "after_hours": True},
            {"extended": True, "after_hours": False},
            {**self.SERVED, "priority": "P3"},
            {**self.SERVED, "state": "refused"},
            {**self.SERVED, "state": "closed", "closed_how": "joined"},
        ):
            incident = opened(cast, "2026-11-28T02:00", **{"priority": "P1", **facts})
            leg(cast, incident, cast.alice, accepted=MINUTE)
        nobody = opened(cast, "2026-11-28T02:00", "P1", **self.SERVED)
        leg(cast, nobody, cast.alice)
        assert self.found(cast) == []

    def test_a_call_that_lasts_counts_until_now(self, cast: Cast, clock: StandingClock) -> None:
        clock.moment = at("2026-11-28T02:31")
        night = opened(cast, "2026-11-28T02:00", "P1", **self.SERVED)
        leg(cast, night, cast.alice, accepted=MINUTE)
        with cast.line.sessions.begin() as session:
            session.scalars(select(Leg)).one().ended_at = None
        (one,) = self.found(cast)
        assert one.minutes == 30


@BOTH
class TestCosts:
    def used(self, cast: Cast) -> costs.Costs:
        with reading(cast.line.sessions) as session:
            return costs.costs(
                session, prices.public(), over("2026-11-23", "2026-11-30"), cast.line.clock()
            )

    def a_call(self, cast: Cast) -> Incident:
        """120 s to the line; 150 s and 60 s to phones, one that rang out; 61 s of recording."""
        incident = opened(cast, "2026-11-24T09:00")
        leg(cast, incident, cast.bob, outcome="no_answer", ended=90 * SECOND)
        leg(cast, incident, cast.alice, accepted=40 * SECOND, ended=180 * SECOND)
        leg(cast, incident, None, kind="client", outcome="talked", ended=90 * SECOND)
        cast.recording(incident, seconds=61)
        sent = incident.opened_at
        with cast.line.sessions.begin() as session:
            session.query(Recording).update({"recorded_at": sent})
            for number, (channel, length) in enumerate((("sms", 160), ("sms", 161), ("mail", 9))):
                session.add(
                    Message(incident_id=incident.id, purpose=f"x{number}", channel=channel,
                            to="x", body="x" * length, created_at=sent, sent_at=sent)
                )  # fmt: skip
            reply = {"say": [["fr", "x" * 150]], "notice": [["fr", "x" * 51]], "listen": None}
            session.add(
                CallTurn(call_id=incident.call_id, number=1, at=sent, step="greeting",
                         outcome="began", reply=reply)
            )  # fmt: skip
        return incident

    def test_each_leg_by_the_minute_that_has_begun(self, cast: Cast) -> None:
        self.a_call(cast)
        found = self.used(cast)
        used = {kind: (used.count, used.units) for kind, (used, _) in found.by_kind.items()}
        assert {kind: each for kind, each in used.items() if each != (0, 0)} == {
            "line": (1, 2),
            "hunt": (1, 3),
            "client": (1, 1),
            "recording": (1, 2),
            "text": (2, 3),
            "speech": (1, 3),
        }
        wanted = Decimal("0.022") * 2 + Decimal("0.014") * 4 + Decimal("0.0025") * 2
        wanted += Decimal("0.0083") * 3 + Decimal("0.0032") * 3
        assert found.total == found.per_call == wanted
        assert found.by_week == {
            date(2026, 11, 23): (1, wanted),
            date(2026, 11, 30): (0, Decimal()),
        }

    def test_the_same_by_call(self, cast: Cast) -> None:
        self.a_call(cast)
        with reading(cast.line.sessions) as session:
            (one,) = call_costs.each(
                session, prices.public(), over("2026-11-23", "2026-11-30"), cast.line.clock()
            )
        assert one.cost == self.used(cast).total

    def test_calls_are_read_a_few_at_a_time_and_each_once(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(call_costs, "AT_A_TIME", 2)
        made = [opened(cast, "2026-11-24T09:00").call_id for _ in range(5)]
        with reading(cast.line.sessions) as session:
            found = list(
                call_costs.each(
                    session, prices.public(), over("2026-11-23", "2026-11-30"), cast.line.clock()
                )
            )
            sids = session.scalars(select(Call.sid).where(Call.id.in_(made)).order_by(Call.id))
            assert [each.sid for each in found] == list(sids)

    def test_a_test_call_counts_where_it_was_answered(self, cast: Cast) -> None:
        start = at("2026-11-24T10:00")
        with cast.line.sessions.begin() as session:
            for number, outcome in enumerate(("accepted", "no_key", "no_answer", "busy")):
                session.add(
                    PhoneTest(agent_id=cast.bob.id, number="x", code="1", sid=f"CA{number}",
                              outcome=outcome, created_at=start, ended_at=start + 30 * SECOND)
                )  # fmt: skip
        assert self.used(cast).by_kind["test"][0] == costs.Used(2, 2)


class TestPrices:
    def test_the_policys_own_go_before_the_list(self) -> None:
        own = Policy.read().caps.prices
        assert prices.public().under(own) == prices.public()  # as it is shipped, they agree
        dearer = prices.public().under(type(own)("CAD", 0.02, own.line_minute, own.text_segment))
        assert dearer.currency == "CAD"
        assert dearer.prices["call"].amount == Decimal("0.02")
        assert dearer.prices["call"].source == ""
        assert dearer.prices["line"] == prices.public().prices["line"]


class TestCsv:
    def test_nothing_runs_when_it_is_opened(self) -> None:
        odd = ["=1+1", "+1", "-1", "@x", "\t=1", "  =1", "＝1", "plain", 'a "b"; c,d']
        for language, delimiter in (("fr", ";"), ("en", ",")):
            written = csv_text.written(["a"] * len(odd), [odd], language)
            assert written.startswith("\ufeff")
            _, row = csv.reader(io.StringIO(written[1:]), delimiter=delimiter)
            assert row == [f"'{each}" for each in odd[:7]] + odd[7:]

    def test_numbers_stay_numbers(self) -> None:
        row = [-5, 1.5, Decimal("0.0200"), None]
        assert csv_text.written(["a"], [row], "fr").splitlines()[1] == '"-5";"1,5";"0,0200";""'
        assert csv_text.written(["a"], [row], "en").splitlines()[1] == '"-5","1.5","0.0200",""'


class TestDrawing:
    @pytest.mark.parametrize(
        ("highest", "scale"),
        [
            (0, [1, 0]),
            (1, [1, 0]),
            (4, [4, 3, 2, 1, 0]),
            (5, [6, 4, 2, 0]),
            (37, [40, 30, 20, 10, 0]),
            (41, [60, 40, 20, 0]),
            (1999, [2000, 1500, 1000, 500, 0]),
        ],
    )
    def test_a_scale_has_round_steps(self, highest: int, scale: list[int]) -> None:
        assert drawing.chart([Value("", "", {"met": highest})]).scale == scale

    def test_parts_stand_on_one_another(self) -> None:
        (column,) = drawing.chart([Value("", "", {"met": 2, "late": 1, "pending": 0})]).columns
        met, late = column.pieces
        assert (met.kind, late.kind) == ("met", "late")
        assert met.y + met.height == pytest.approx(100)
        assert late.y + late.height == pytest.approx(met.y)

    @pytest.mark.parametrize("columns", [1, 8, 24, 53, 106])
    def test_labels_do_not_crowd(self, columns: int) -> None:
        shown = [each.shown for each in drawing.chart([Value("", "", {})] * columns).columns]
        assert shown[0] == "always"
        assert shown.count("always") <= 5
        assert len([each for each in shown if each != "never"]) <= 13


def test_a_rate_is_never_rounded_up_to_all_of_it() -> None:
    assert Figures("fr").part(0.9999) == "99,9\u00a0%"
    assert Figures("en").part(0.9999) == "99.9%"
    assert Figures("en").part(1.0) == "100%"
    assert Figures("fr").part(None) == "—"


def test_the_first_of_a_month_is_the_1er() -> None:
    assert Figures("fr").whole_day(date(2026, 11, 1)) == "1er\u00a0novembre\u00a02026"
    assert Figures("fr").whole_day(date(2026, 11, 2)) == "2\u00a0novembre\u00a02026"
    assert Figures("en").whole_day(date(2026, 11, 1)) == "November\u00a01, 2026"


# The pages -----------------------------------------------------------------------------------


@pytest.fixture
def lead(cast: Cast, browser_of: Callable[[str], Browser]) -> Browser:
    cast.change(cast.bob, role="lead")
    return browser_of("bob")


PAGES = ("", "/clients", "/nights", "/service", "/costs")
FILES = ("weeks", "hours", "clients", "products", "priorities", "nights", "service")
FILES += ("interventions", "costs", "calls")


@pytest.mark.parametrize("path", [*PAGES, "/weeks.csv"])
def test_reports_are_for_leads(alice: Browser, cast: Cast, path: str) -> None:
    assert "/reports" not in alice.page.text
    assert alice.get(f"/reports{path}").status_code == 403
    assert audited(cast) == []


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_page_shows_with_and_without_numbers(
    lead: Browser, cast: Cast, path: str, language: str
) -> None:
    assert lead.get(f"/reports{path}?lang={language}").status_code == 200
    night = opened(
        cast, "2026-11-28T02:00", "P1", client=cast.parc, extended=True, after_hours=True
    )
    leg(cast, night, cast.alice, accepted=MINUTE)
    late(cast, "2026-11-24T10:00", "all_busy")
    page = lead.get(f"/reports{path}?lang={language}")
    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text


def test_the_page_of_promises_tells_what_was_counted(lead: Browser, cast: Cast) -> None:
    met(cast, "2026-11-24T10:00")
    late(cast, "2026-11-24T11:00", "all_busy")
    shown = text(lead.get("/reports"))
    assert "Du 12 octobre 2026 au 30 novembre 2026" in shown
    assert "Taux tenu 50 %" in shown
    assert "Tous les agents au téléphone 1" in shown
    assert "23 novembre 2026 2 2 1 1 0 50 %" in shown
    drawn = html.unescape(lead.page.text).replace("\u00a0", " ")
    assert "Semaine du 23 novembre 2026. Incidents : 2; promesses tenues : 1, non" in drawn


def test_a_period_that_makes_no_sense_is_told(lead: Browser) -> None:
    page = lead.get("/reports?from=2026-11-30&to=2026-11-01")
    assert page.status_code == 400
    assert "La fin de la période vient avant son début." in text(page)
    assert lead.get("/reports/weeks.csv?from=x").status_code == 400


def sheet(page: TestResponse, delimiter: str = ";") -> list[list[str]]:
    assert page.status_code == 200
    assert page.content_type == "text/csv; charset=utf-8"
    body = page.data.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(body), delimiter=delimiter))


def audited(cast: Cast) -> list[AuditLine]:
    with reading(cast.line.sessions) as session:
        lines = select(AuditLine).where(AuditLine.act == "report_exported")
        return list(session.scalars(lines.order_by(AuditLine.id)))


@pytest.mark.parametrize("name", FILES)
def test_every_file_has_as_many_cells_as_columns(lead: Browser, cast: Cast, name: str) -> None:
    cast.change(cast.parc, name="=cmd|' /C calc'!A0; fin")
    night = opened(
        cast, "2026-11-28T02:00", "P1", client=cast.parc, extended=True, after_hours=True
    )
    leg(cast, night, cast.alice, accepted=MINUTE)
    page = lead.get(f"/reports/{name}.csv?from=2026-11-16&to=2026-11-30")
    header, *rows = sheet(page)
    assert rows
    assert {len(row) for row in rows} == {len(header)}
    assert all(header)
    assert "\n=" not in page.text
    assert not any(cell.startswith("=") for row in rows for cell in row)
    assert f'filename="{name}_2026-11-16_2026-11-30.csv"' in page.headers["Content-Disposition"]
    (line,) = audited(cast)
    assert (line.agent_id, line.subject) == (cast.bob.id, name)
    assert line.facts == {"from": "2026-11-16", "to": "2026-11-30"}


def test_a_file_speaks_the_readers_language(lead: Browser, cast: Cast) -> None:
    late(cast, "2026-11-24T11:00", "all_busy")
    met(cast, "2026-11-24T11:00")
    met(cast, "2026-11-24T11:00")
    header, row = sheet(lead.get("/reports/weeks.csv?from=2026-11-23&to=2026-11-29"))
    assert (header[0], row[0], row[6]) == ("Semaine du", "2026-11-23", "66,7")
    page = lead.get("/reports/weeks.csv?from=2026-11-23&to=2026-11-29&lang=en")
    header, row = sheet(page, ",")
    assert (header[0], row[0], row[6]) == ("Week of", "2026-11-23", "66.7")


def test_the_invoice_and_its_annex(lead: Browser, cast: Cast) -> None:
    night = opened(cast, "2026-11-28T02:00", "P1", client=cast.parc, product="medical",
                   super_user_id=cast.night_user.id, extended=True, after_hours=True)  # fmt: skip
    leg(cast, night, cast.alice, accepted=MINUTE, ended=9 * MINUTE)
    _, invoice = sheet(lead.get("/reports/service.csv?from=2026-11-01&to=2026-11-30"))
    assert invoice == ["10452", "Clinique du Parc", "2026-11-01", "2026-11-30", "1", "1", "8"]
    _, annex = sheet(lead.get("/reports/interventions.csv?from=2026-11-01&to=2026-11-30"))
    assert annex == [
        "10452", "Clinique du Parc", night.reference, "2026-11-28 02:00", "Médical", "P1",
        "Nadia Nuit", "2026-11-28 02:01", "Alice Roy", "1", "8",
    ]  # fmt: skip


def test_each_call_is_given_for_a_month_at_most(lead: Browser, cast: Cast) -> None:
    page = lead.get("/reports/calls.csv?from=2026-10-30&to=2026-11-30")
    assert page.status_code == 400
    assert "31 jours au plus" in text(page)
    assert audited(cast) == []
    assert lead.get("/reports/calls.csv?from=2026-10-31&to=2026-11-30").status_code == 200


def test_no_such_file(lead: Browser) -> None:
    assert lead.get("/reports/secrets.csv").status_code == 404


def test_no_such_period_is_counted_for_ever(lead: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL gives a statement up after some seconds: the page asks for less."""

    def slow(*_: object, **__: object) -> None:
        raise OperationalError("SELECT", {}, QueryCanceled())

    monkeypatch.setattr(promises, "rows", slow)
    for path in ("", "/clients", "/weeks.csv"):
        page = lead.get(f"/reports{path}?from=2025-01-01&to=2026-11-01")
        assert page.status_code == 400
        assert "choisissez une période plus courte" in text(page)
        assert 'value="2025-01-01"' in page.text


def test_no_table_is_read_whole(lead: Browser, cast: Cast) -> None:
    """Each count finds its rows by an index, of the period or of the incident."""
    engine = cast.line.sessions.kw["bind"]
    asked: list[tuple[str, Any]] = []
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))
    for path in (*PAGES, "/calls.csv"):
        lead.get(f"/reports{path}?from=2026-11-16&to=2026-11-30")
    counts = [each for each in asked if "started_at" in each[0] or "opened_at" in each[0]
              or "sent_at >=" in each[0] or "recorded_at" in each[0]]  # fmt: skip
    assert len(counts) > 15
    with engine.connect() as connection:
        for statement, given in counts:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)
            for step in (row[3] for row in plan):
                assert not re.match("SCAN (incidents|calls|legs|messages|recordings)", step), (
                    statement, step,
                )  # fmt: skip


# The causes of broken promises ------------------------------------------------------------------


class TestBreaches:
    """A job finds them once what was tried before the due time is over."""

    def cause(self, cast: Cast, incident: Incident) -> str | None:
        find_causes(cast.line)
        return cast.now(incident).breach_cause

    def test_nobody_was_there(self, cast: Cast) -> None:
        for agent in (cast.alice, cast.bob):
            cast.change(agent, on_desk=False)
        incident = opened(cast, "2026-11-27T09:00")
        assert self.cause(cast, incident) == "nobody_present"

    def test_nobody_accepted(self, cast: Cast) -> None:
        for agent in (cast.alice, cast.bob):
            cast.change(agent, on_desk=False)
        incident = opened(cast, "2026-11-27T09:00")
        leg(cast, incident, cast.bob, kind="agent", ended=MINUTE)
        assert self.cause(cast, incident) == "nobody_accepted"

    @pytest.mark.parametrize(
        ("silent", "cause"),
        [(("worker", "sweep"), "outage"), (("worker",), "not_called"), ((), "not_called")],
    )
    def test_nothing_of_ours_could_ring_anybody(
        self, cast: Cast, clock: StandingClock, silent: tuple[str, ...], cause: str
    ) -> None:
        """Of worker and sweep each does what the other cannot: both were away."""
        incident = opened(cast, "2026-11-27T09:00")
        there = [PresenceChange(agent_id=each.id, at=at("2026-11-27T08:00"), present=True)
                 for each in (cast.alice, cast.bob)]  # fmt: skip
        with cast.line.sessions.begin() as session:
            session.add_all(there)
        for part in ("worker", "sweep"):
            clock.moment = incident.opened_at - MINUTE
            beat(cast.line, part)
            clock.moment = incident.due_at + MINUTE
            if part in silent:
                note_silence(cast.line, part)
            beat(cast.line, part)
        clock.passes(5 * MINUTE)
        for part in ("worker", "sweep"):
            beat(cast.line, part)
        assert self.cause(cast, incident) == cause

    def test_what_is_silent_still_has_rung_nobody(self, cast: Cast, clock: StandingClock) -> None:
        """The sweep is there again and looks for causes; the worker is not yet."""
        incident = opened(cast, "2026-11-27T09:00")
        for part in ("worker", "sweep"):
            clock.moment = incident.opened_at - MINUTE
            beat(cast.line, part)
        clock.moment = incident.due_at + 10 * MINUTE
        note_silence(cast.line, "sweep")
        beat(cast.line, "sweep")
        assert self.cause(cast, incident) == "outage"

    def test_a_new_version_that_is_started_is_no_outage(
        self, cast: Cast, clock: StandingClock
    ) -> None:
        beat(cast.line, "worker")
        clock.passes(downtime.LEAST - SECOND)
        note_silence(cast.line, "worker")
        beat(cast.line, "worker")
        with reading(cast.line.sessions) as session:
            assert session.scalars(select(Downtime)).all() == []

    def test_what_was_met_or_may_still_be_has_none(self, cast: Cast, clock: StandingClock) -> None:
        kept = met(cast, "2026-11-27T09:00")
        running = opened(cast, "2026-11-30T08:59")
        refused = opened(cast, "2026-11-27T09:00", state="refused")
        clock.moment = running.due_at + 5 * MINUTE - SECOND  # a phone may still be ringing
        assert [self.cause(cast, each) for each in (kept, running, refused)] == [None] * 3
        clock.passes(SECOND)
        assert self.cause(cast, running) is not None

    def test_what_is_found_stays(self, cast: Cast) -> None:
        incident = late(cast, "2026-11-27T09:00", "outage")
        assert self.cause(cast, incident) == "outage"

    def test_a_due_time_that_moves_is_looked_at_anew(self, cast: Cast) -> None:
        incident = late(cast, "2026-11-27T09:00", "outage")
        with cast.line.scene() as scene:
            found = scene.session.get_one(Incident, incident.id)
            found.priority = "P4"
            incidents.recompute(scene, found)
        assert cast.now(incident).breach_cause is None

    def test_a_cause_of_another_due_time_is_not_kept(self, cast: Cast) -> None:
        incident = opened(cast, "2026-11-27T09:00")
        with cast.line.scene() as scene:
            stale = incident.due_at - MINUTE
            assert not breaches.keep(scene, incident.id, stale, Cause.OUTAGE)
            assert breaches.keep(scene, incident.id, incident.due_at, Cause.OUTAGE)
            assert not breaches.keep(scene, incident.id, incident.due_at, Cause.ALL_BUSY)
        assert cast.now(incident).breach_cause == "outage"

    def test_one_whose_evidence_is_unsound_keeps_no_other_waiting(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        unsound, sound = (opened(cast, f"2026-11-27T0{hour}:00") for hour in (8, 9))
        found = breaches.cause_of

        def cause_of(scene: Scene, incident: Incident) -> Cause:
            if incident.id == unsound.id:
                raise LookupError("no such agent")
            return found(scene, incident)

        monkeypatch.setattr(breaches, "cause_of", cause_of)
        assert self.cause(cast, sound) is not None
        assert cast.now(unsound).breach_cause is None


@pytest.mark.parametrize(
    ("moment", "after_hours"),
    [("2026-11-27T16:29:59", False), ("2026-11-27T16:30", True), ("2026-12-25T10:00", True)],
)
def test_an_incident_knows_whether_it_was_opened_after_hours(
    cast: Cast, moment: str, after_hours: bool
) -> None:
    incident = cast.incident(ago=cast.line.clock() - at(moment))
    with cast.line.scene() as scene:
        incidents.recompute(scene, scene.session.get_one(Incident, incident.id))
    assert cast.now(incident).after_hours is after_hours
