"""The audit trail: every line, the newest first, by filter, and as a file that leaves a line."""

from __future__ import annotations

import ast
import csv
import io
import re
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import select

import console
from console.words import catalogue
from ivr import audit, people_links
from ivr.database import reading
from ivr.models import AuditLine
from line import Line
from tests.console.cast import Browser, Cast, StandingClock, text

ROOT = Path(console.__file__).parent.parent


@pytest.fixture
def manager(cast: Cast, browser_of) -> Browser:  # type: ignore[no-untyped-def]
    cast.change(cast.alice, role="manager")
    browser: Browser = browser_of("alice")
    return browser


def note(cast: Cast, act: str, subject: str = "", who: str = "bob", **facts: object) -> None:
    with cast.line.scene() as scene:
        agent = scene.session.merge(getattr(cast, who)) if who else None
        audit.note(scene, agent, act, subject, **facts)


def subjects(page: str) -> list[str]:
    return re.findall(r"<td>([^<]*)</td>\s*</tr>", page)


def test_lines_are_shown_the_newest_first(manager: Browser, cast: Cast) -> None:
    note(cast, "person_disabled", "Denis Parti")
    note(cast, "role_changed", "Bob Tremblay", was="agent", role="lead")
    note(cast, "an_act_of_tomorrow", "quelque chose", who="")
    page = manager.get("/audit")
    assert subjects(page.text)[:3] == ["quelque chose", "Bob Tremblay", "Denis Parti"]
    assert "Système an_act_of_tomorrow" in text(page)
    assert "Bob Tremblay Rôle changé : Agent → Chef d'équipe" in text(page)


def test_facts_that_are_odd_break_nothing(manager: Browser, cast: Cast) -> None:
    note(cast, "signed_in", "<b>x</b>", way=None)
    note(cast, "signed_in", "y", way=["a", 3], t=1, key="k", group="g", name="n")
    note(cast, "person_changed", "{subject}", fields={"a": 1})
    page = manager.get("/audit")
    assert page.status_code == 200
    assert "&lt;b&gt;x" in page.text


def test_pages_go_by_key(manager: Browser, cast: Cast) -> None:
    for number in range(120):
        note(cast, "person_changed", f"n{number:03}", fields=[])
    shown: list[str] = []
    path = "/audit?act=person_changed"
    while path:
        page = manager.get(path)
        shown += subjects(page.text)
        note(cast, "person_changed", "meanwhile", fields=[])
        found = re.search(r'href="([^"]+)" rel="next"', page.text)
        path = found[1].replace("&amp;", "&") if found else ""
    assert shown == [f"n{number:03}" for number in reversed(range(120))]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("agent={bob}", ["b", "a"]),
        ("act=person_enabled", ["b"]),
        ("subject=A", ["a"]),
        ("subject=%25", []),
        ("agent=x&since=hier&until=2026-13-01", ["c", "b", "a"]),
        ("since=2026-12-01", ["c"]),
        ("until=2026-11-30", ["b", "a"]),
        ("agent=99999999999999", ["c", "b", "a"]),
    ],
)
def test_filters(
    manager: Browser, cast: Cast, clock: StandingClock, query: str, wanted: list[str]
) -> None:
    note(cast, "person_disabled", "a")
    clock.moment = clock.moment.replace(hour=23, minute=59)  # still the same day in Québec
    note(cast, "person_enabled", "b")
    clock.passes(timedelta(minutes=2))
    note(cast, "person_disabled", "c", who="denis")
    manager.sign_in()
    page = manager.get(f"/audit?{query.format(bob=cast.bob.id)}")
    assert [each for each in subjects(page.text) if each in ("a", "b", "c")] == wanted


def test_the_export_holds_what_the_filter_says_and_leaves_a_line(
    manager: Browser, cast: Cast, line: Line
) -> None:
    note(cast, "person_disabled", "=HYPERLINK(1)")
    note(cast, "person_enabled", "Denis Parti", who="")
    for number in range(600):  # more than are read at once
        note(cast, "person_changed", f"n{number}", fields=["name"])
    manager.get("/audit")
    page = manager.post("/audit.csv", act="person_disabled")
    assert page.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert page.headers["Content-Disposition"].startswith('attachment; filename="audit-2026')
    head, *rows = csv.reader(io.StringIO(page.text.removeprefix("\ufeff")), delimiter=";")
    assert head[:4] == ["Date et heure", "Par", "Acte", "Sujet"]
    assert [row[1:5] for row in rows] == [
        ["Bob Tremblay", "Personne désactivée", "'=HYPERLINK(1)", "person_disabled"]
    ]
    with reading(line.sessions) as session:
        last = session.scalars(select(AuditLine).order_by(AuditLine.id.desc())).first()
    assert last is not None
    assert (last.act, last.agent_id) == ("audit_exported", cast.alice.id)
    assert last.facts == {"filters": {"act": "person_disabled"}}
    manager.get("/audit")
    all_of_it = manager.post("/audit.csv").text
    assert len(list(csv.reader(io.StringIO(all_of_it), delimiter=";"))) > 602


def test_an_export_is_no_link_that_a_page_elsewhere_could_open(manager: Browser) -> None:
    assert manager.get("/audit.csv").status_code == 405


def test_nothing_in_the_product_changes_or_deletes_a_line() -> None:
    for folder in ("ivr", "console", "jobs", "webhooks", "commands", "api"):
        for path in (ROOT / folder).rglob("*.py"):
            source = path.read_text(encoding="utf-8")
            assert not re.search(r"\b(update|delete)\(AuditLine", source), path


@cache
def acts_noted() -> set[str]:
    """The acts that the product's code notes; of one that is made of parts, nothing."""
    found: set[str] = set()
    for folder in ("ivr", "console", "jobs", "webhooks", "commands", "api"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr == "note"
                    and getattr(node.func.value, "id", "") == "audit"
                    and isinstance(act := node.args[2], ast.Constant)
                ):
                    found.add(str(act.value))
    return found


@pytest.mark.parametrize("act", sorted(acts_noted()))
def test_every_act_has_words(act: str) -> None:
    assert catalogue().has(f"audit.acts.{act}")


@pytest.mark.parametrize("kind", people_links.LIVES)
def test_the_acts_that_are_made_of_parts_have_words(kind: str) -> None:
    """ivr/people.py names them by the link's kind."""
    assert catalogue().has(f"audit.acts.{kind}_sent")
    assert catalogue().has(f"audit.facts.{kind}")


def test_the_acts_were_read() -> None:
    assert {"signed_in", "person_added", "audit_exported"} <= acts_noted()
