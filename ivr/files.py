"""Files that are never half-written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

PRIVATE, PUBLIC = 0o600, 0o644


def write(path: Path, text: str, mode: int = PRIVATE) -> None:
    """Replaces the file in one step, also over a power cut. Raises `OSError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), mode)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
