"""The laws of the house that a test can read from the source."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OUTSIDE = {"flask", "rq", "redis", "twilio", "requests", "smtplib", "gunicorn", "prometheus_client"}
EDGES = {"webhooks", "jobs", "console", "standin", "commands", "app", "line", "settings", "clock"}
EDGES |= {"trial", "api"}
PURE = ("hours", "sla", "routing", "menu", "steps", "reply", "policy", "numbers", "speech")
PURE += ("causes", "promise", "verdict")
PURE += ("ordering", "spend")
PURE += ("states", "closing", "folding")
PURE += tuple(f"rota/{name}" for name in ("turns", "scope", "rules", "order", "stretches"))
PURE += tuple(f"rota/{name}" for name in ("gaps", "labour", "feed", "matching"))


def imports(path: Path) -> set[str]:
    """The top-level names of the modules that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def python(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", python("ivr"), ids=short)
def test_ivr_decides_and_knows_no_edge(path: Path) -> None:
    """Law 1."""
    assert not imports(path) & (OUTSIDE | EDGES)


@pytest.mark.parametrize("name", PURE)
def test_pure_rules_know_no_sql(name: str) -> None:
    assert "sqlalchemy" not in imports(ROOT / "ivr" / f"{name}.py")


@pytest.mark.parametrize("path", python("webhooks"), ids=short)
def test_twiml_is_written_in_one_place(path: Path) -> None:
    writes = "twilio.twiml" in path.read_text(encoding="utf-8")
    assert writes == (path.name == "twiml.py")


@pytest.mark.parametrize(
    "path",
    [p for folder in ("ivr", "webhooks", "jobs", "console", "api") for p in python(folder)],
    ids=short,
)
def test_nobody_asks_a_clock_but_the_injected_one(path: Path) -> None:
    """Law 4: the moment is an argument."""
    asked = {
        node.attr
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
    }
    assert not asked & {"utcnow", "today"}
    source = path.read_text(encoding="utf-8")
    assert ".now()" not in source.replace("scene.now", "").replace("page.now", "")


@pytest.mark.parametrize("path", python("standin"), ids=short)
def test_the_stand_in_is_a_twilio_and_knows_nothing_of_us(path: Path) -> None:
    ours = {"ivr", "webhooks", "jobs", "console", "api", "settings", "app", "line"}
    assert not imports(path) & ours
