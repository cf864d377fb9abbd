"""How worker and sweep begin: logs, settings, the parts."""

from __future__ import annotations

import copy
import logging
import os
import sys

import psycopg
from sqlalchemy.exc import OperationalError

from ivr.policy import PolicyError
from line import Line
from settings import Settings, SettingsError


class Formatter(logging.Formatter):
    """While the database is away all that fails tells so in a line, each second: an hour of
    tracebacks would fill a disk, and say no more."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, OperationalError) or not _is_away(error):
            return super().format(record)
        short = copy.copy(record)
        short.msg, short.args = f"{record.getMessage()}: {' '.join(str(error.orig).split())}", ()
        short.exc_info = short.exc_text = None
        return super().format(short)


def _is_away(error: OperationalError) -> bool:
    """Was there no connection, or did it break off? A statement that failed shows its place."""
    if error.connection_invalidated:
        return True
    if not isinstance(error.orig, psycopg.OperationalError):
        return False
    state = error.orig.sqlstate
    return state is None or state.startswith(("08", "57P"))  # of classes 08 and 57, PostgreSQL


def begin() -> Line:
    """The process's line; a wrong setting or policy ends the process with its sentence."""
    handler = logging.StreamHandler()
    handler.setFormatter(Formatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    try:
        return Line.build(Settings.from_environ(os.environ))
    except (SettingsError, PolicyError) as error:
        sys.exit(str(error))
