"""The database's shape over time: brings it to the newest migration, compares it to the models.

A new migration: `p1line db revise "what changes"`, read it, mend it by hand, `p1line db check`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, event, text

from ivr.database import connect
from ivr.models import Base

HERE = Path(__file__).parent
METADATA = Base.metadata
LOCK = 0x70316C696E65  # "p1line": the advisory lock that only one migrating process holds

FORMATTED = {
    "hooks": "ruff",
    "ruff.type": "module",
    "ruff.module": "ruff",
    "ruff.options": "format --quiet REVISION_SCRIPT_FILENAME",
}


class MigrationError(Exception):
    """A migration left rows that point at nothing; nothing of it was kept."""


def migrate(url: str) -> None:
    """Brings the database to the newest migration, in one transaction; two at once do no harm."""
    with _migrating(url) as connection:
        command.upgrade(_config(connection), "head")
        if connection.dialect.name == "sqlite":
            orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if orphans:
                raise MigrationError(f"rows that point at nothing: {orphans[:5]}")


def differences(url: str) -> list[str]:
    """What the database lacks or has too much of, beside the models; empty where they agree."""
    engine = connect(url)
    try:
        with engine.execution_options(p1line_reads=True).connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            newest = ScriptDirectory.from_config(_config(connection)).get_current_head()
            found = context.get_current_revision()
            behind = [] if found == newest else [f"at migration {found}, newest is {newest}"]
            return behind + [_in_words(change) for change in compare_metadata(context, METADATA)]
    finally:
        engine.dispose()


def revise(url: str, message: str) -> Path:
    """Writes a migration from what the database at `url` has to what the models want."""
    with _migrating(url) as connection:
        config = _config(connection)
        number = len(list((HERE / "versions").glob("[0-9]*.py"))) + 1
        script: Any = command.revision(
            config, message=message, autogenerate=True, rev_id=f"{number:04}"
        )
    path = Path(script.path)
    path.write_text(re.sub(r"\n*\n +# ### [^\n]*", "", path.read_text()))
    return path


@contextmanager
def _migrating(url: str) -> Iterator[Connection]:
    """One transaction that nobody else migrates in, with SQLite's foreign keys off.

    SQLite changes a table by copying it and dropping the old one, and would delete the rows that
    point at it; the switch does nothing inside a transaction, so it is set as the connection opens.
    """
    engine: Engine = connect(url, limited=False)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _without_foreign_keys)
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
            yield connection
    finally:
        engine.dispose()


def _without_foreign_keys(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA foreign_keys=OFF")


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    for key, value in FORMATTED.items():
        config.set_section_option("post_write_hooks", key, value)
    return config


def _in_words(change: Any) -> str:
    """One line for one of Alembic's changes, which are tuples or lists of tuples."""
    if isinstance(change, list):
        return "; ".join(_in_words(part) for part in change)
    return " ".join(str(part) for part in change if part is not None)
