"""The stand-in is a Twilio: it knows nothing of the product that calls it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCT = {"app", "clock", "commands", "console", "ivr", "jobs", "line", "migrations", "runner"}
PRODUCT |= {"settings", "webhooks"}


@pytest.mark.parametrize(
    "path", sorted((ROOT / "standin").glob("*.py")), ids=lambda path: path.stem
)
def test_it_imports_nothing_of_the_product(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        assert not {name.partition(".")[0] for name in names} & PRODUCT
