"""What Alembic runs: the connection is given by `migrations/__init__.py`, never a URL."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from ivr.database import UtcDateTime
from migrations import METADATA


def _render(kind: str, thing: Any, _context: AutogenContext) -> str | Literal[False]:
    """A migration never changes with our code: our own column type is written as what it stores."""
    if kind == "type" and isinstance(thing, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite cannot alter a column: the table is copied
    render_item=_render,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
