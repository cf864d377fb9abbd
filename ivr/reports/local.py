"""Local days, weeks and hours within SQL, the same on SQLite and PostgreSQL.

The offsets of the zone are ours (ivr/zones.py), so that no database's own table of zones decides;
what remains is whole-number arithmetic on seconds since 1970.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, case
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from ivr.reports.period import Period
from ivr.zones import even_stretches

MINUTE, HOUR, DAY = 60, 3600, 86400
_EPOCH = date(1970, 1, 1)
_SINCE_MONDAY = 3  # 1 January 1970 was a Thursday


class epoch(FunctionElement[int]):  # noqa: N801  (a function of SQL)
    """Whole seconds since 1970 of a moment."""

    inherit_cache = True
    type = BigInteger()


@compiles(epoch, "sqlite")
def _sqlite(element: epoch, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST(strftime('%s', {compiler.process(element.clauses, **kw)}) AS INTEGER)"


@compiles(epoch, "postgresql")
def _postgresql(element: epoch, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST(FLOOR(EXTRACT(EPOCH FROM {compiler.process(element.clauses, **kw)})) AS BIGINT)"


def week(moment: Any, period: Period) -> ColumnElement[int]:
    """The number of the local week; `monday_of` says which that is."""
    return (_local(moment, period) // DAY + _SINCE_MONDAY) // 7


def weekday(moment: Any, period: Period) -> ColumnElement[int]:
    """0 for Monday."""
    return (_local(moment, period) // DAY + _SINCE_MONDAY) % 7


def hour(moment: Any, period: Period) -> ColumnElement[int]:
    """0 to 23, as the clock on the wall shows: in autumn one hour has twice its calls."""
    return _local(moment, period) % DAY // HOUR


def monday_of(number: int) -> date:
    return _EPOCH + timedelta(days=7 * number - _SINCE_MONDAY)


def minutes(seconds: ColumnElement[int]) -> ColumnElement[int]:
    """Each minute that has begun counts whole, and there is always one."""
    return case((seconds <= MINUTE, 1), else_=(seconds + MINUTE - 1) // MINUTE)


def _local(moment: Any, period: Period) -> ColumnElement[int]:
    """Seconds since 1970 as the wall clock counts them, for a moment inside the period."""
    stretches = list(even_stretches(period.zone, period.start, period.end))
    *before, (_, _, last) = stretches
    if not before:
        return epoch(moment) + _seconds(last)
    offset = case(
        *((moment < until, _seconds(offset)) for _, until, offset in before),
        else_=_seconds(last),
    )
    return epoch(moment) + offset


def _seconds(offset: timedelta) -> int:
    return int(offset.total_seconds())
