"""Takes in what was spooled while the database was away: each call in a transaction of its own."""

from __future__ import annotations

import logging
from itertools import groupby
from pathlib import Path

from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from ivr import spool, taken_in
from ivr.spool import Happened
from line import Line

log = logging.getLogger(__name__)
REFUSED = "refused-{}"
NOT_UNDERSTOOD = "call %s: what was spooled of it is not understood"


def take_in(line: Line) -> int:
    """How many calls were taken in. While the database is away all of it stays where it is."""
    folder = line.settings.fallback_dir
    if not spool.waiting(folder):
        return 0
    with spool.taking(folder) as alone:
        return sum(_take_file(line, path) for path in spool.take(folder)) if alone else 0


def _take_file(line: Line, path: Path) -> int:
    """A file that the disk does not give keeps no other waiting: it stays for the next look."""
    try:
        happened = sorted(spool.read(path), key=lambda each: (each.call, each.at))
    except OSError as error:
        log.error("%s cannot be read (%s)", path.name, error.strerror)
        return 0
    calls = groupby(happened, key=lambda each: each.call)
    taken = sum(_take_in(line, path, sid, list(lines)) for sid, lines in calls)
    spool.done(path)
    return taken


def _take_in(line: Line, path: Path, sid: str, happened: list[Happened]) -> bool:
    """A call that cannot be taken in keeps no other waiting: its lines stay for a person to see."""
    try:
        with line.scene() as scene:
            taken_in.take_in(scene, happened)
    except (IntegrityError, DataError):
        log.exception(NOT_UNDERSTOOD, sid)
        return _refuse(path, happened)
    except SQLAlchemyError:  # the database is away again: all of it stays where it is
        raise
    except Exception:
        log.exception(NOT_UNDERSTOOD, sid)
        return _refuse(path, happened)
    log.info("call %s: taken in from the spool", sid)
    return True


def _refuse(path: Path, happened: list[Happened]) -> bool:
    with path.with_name(REFUSED.format(path.name)).open("a", encoding="utf-8") as refused:
        refused.writelines(each.line() for each in happened)
    return False
