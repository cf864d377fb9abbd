"""Both languages, whole: every key that is used exists, and no sentence stands outside them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, nodes
from markupsafe import Markup

import console
from console.timeline import _VARIANT
from console.words import catalogue
from ivr.listing import VIEWS
from ivr.menu import MENU
from ivr.steps import ways
from tests.console.cast import Browser, Cast, text

ROOT = Path(console.__file__).parent.parent
TEMPLATES = ROOT / "console" / "templates"
NAMES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))
ENVIRONMENT = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
KEYS = sorted(catalogue().keys())
OUTCOMES = ("again", "silence", "lost", "began", "person", "repeat", "english", "ring_next")


def parsed(name: str) -> nodes.Template:
    assert ENVIRONMENT.loader
    source, _, _ = ENVIRONMENT.loader.get_source(ENVIRONMENT, name)
    return ENVIRONMENT.parse(source)


def keys_used(name: str) -> Iterator[str]:
    """The keys that a template asks for; of a key made of parts, its constant beginning."""
    for call in parsed(name).find_all(nodes.Call):
        function = call.node
        if not call.args:
            continue
        if isinstance(function, nodes.Name) and function.name == "t":
            yield from beginnings(call.args[0])
        elif isinstance(function, nodes.Getattr) and function.attr in ("named", "counted"):
            yield from (key + "." for key in beginnings(call.args[0]))


def beginnings(node: nodes.Expr) -> Iterator[str]:
    match node:
        case nodes.Const(value=str(value)):
            yield value
        case nodes.CondExpr(expr1=left, expr2=right):
            yield from beginnings(left)
            if right is not None:
                yield from beginnings(right)
        case nodes.Concat(nodes=[nodes.Const(value=str(value)), *_]):
            yield value
        case _:
            raise AssertionError(f"a key that nobody can check: {node}")


def keys_used_in_python() -> set[str]:
    """The strings in the console's code that have the shape of a key, or of its beginning."""
    found: set[str] = set()
    for path in (ROOT / "console").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= {node.value} if re.fullmatch(r"[a-z_]+\.[a-z_.]*", node.value) else set()
            if isinstance(node, ast.Call) and _called(node.func) in ("named", "counted"):
                found |= {str(a.value) + "." for a in node.args[:1] if isinstance(a, ast.Constant)}
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_key_that_a_template_uses_exists(name: str) -> None:
    for key in keys_used(name):
        if key.endswith("."):
            assert any(known.startswith(key) for known in KEYS), key
        else:
            assert catalogue().has(key), key


def test_no_key_is_left_over() -> None:
    used = {key for name in NAMES for key in keys_used(name)} | keys_used_in_python()
    groups = tuple(key for key in used if key.endswith("."))
    left_over = [key for key in KEYS if key not in used and not key.startswith(groups)]
    assert left_over == []


@pytest.mark.parametrize("name", NAMES)
def test_no_template_holds_a_sentence(name: str) -> None:
    """What a reader sees or hears is in the catalogues: text, and attributes that are read out."""
    source = "".join(
        node.data if isinstance(node, nodes.TemplateData) else "\N{OBJECT REPLACEMENT CHARACTER}"
        for output in parsed(name).find_all(nodes.Output)
        for node in output.nodes
    )
    for attribute in re.findall(r'(?:aria-label|title|alt|placeholder)="([^"]*)"', source):
        assert not re.search(r"[^\W\d_]", attribute), attribute
    visible = re.sub(r"<[^>]*>", " ", re.sub(r"<!doctype html>", "", source))
    outside = Markup(visible).unescape()
    tags_cut = re.sub(r'[a-z-]+="[^"]*$|^[^<]*">', " ", outside, flags=re.M)
    assert not re.search(r"[^\W\d_]{2,}", tags_cut), tags_cut.split()


def kinds_of_events() -> set[str]:
    """The kinds that the product's code puts on a timeline."""
    kinds = set()
    for folder in ("ivr", "jobs", "webhooks", "console"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and _called(node.func) in ("record", "_done"):
                    kinds |= {a.value for a in node.args if isinstance(a, ast.Constant)}
    return {kind for kind in kinds if isinstance(kind, str)}


def _called(function: ast.expr) -> str:
    return getattr(function, "attr", getattr(function, "id", ""))


def test_every_kind_of_event_has_words() -> None:
    kinds = kinds_of_events()
    assert {"opened", "taken", "message_sent", "recording_played"} <= kinds
    for kind in kinds:
        key = f"events.{kind}"
        has_words = catalogue().has(key) or any(k.startswith(f"{key}.") for k in KEYS)
        assert has_words, kind


@pytest.mark.parametrize(
    ("kind", "variants"),
    [
        ("identified", ("number", "line", "keyed", "pin")),
        ("routed", ("ring_desk", "ring_on_call", "call_back")),
        ("leg_ended", ("talked", "declined", "no_answer", "busy", "failed", "hung_up", "stale")),
        ("taken", ("key", "click", "joined", "outage")),
        ("told", ("call", "mail", "spoken", "joined")),
        ("client_missed", ("voicemail", "no_answer", "busy", "failed", "declined", "hung_up")),
        ("recovered", ("spool", "list")),
        ("threshold", ("response", "correction", "update")),
        ("breached", ("response", "correction", "update")),
        ("message_sent", ("moved", "reminder")),
        ("message_failed", ("moved", "reminder")),
        ("message_dropped", ("moved", "reminder")),
        ("aside", ("entered", "critical", "rang", "rang_duty", "missed")),
        ("aside", ("accepted", "accepted_duty", "static")),
        ("message_sent", ("recorded", "taken", "joined", "outage")),
        ("message_failed", ("recorded", "taken", "joined", "outage")),
        ("message_dropped", ("recorded", "taken", "joined", "outage")),
    ],
)
def test_every_variant_of_an_event_has_words(kind: str, variants: tuple[str, ...]) -> None:
    assert kind in _VARIANT
    for variant in variants:
        assert catalogue().has(f"events.{kind}.{variant}")


def test_every_step_and_outcome_of_the_menu_has_words() -> None:
    for step in MENU:
        assert catalogue().has(f"steps.{step.name}"), step.name
        for outcome in (*ways(step), *OUTCOMES):
            own = catalogue().has(f"answers.{step.name}.{outcome}")
            assert own or catalogue().has(f"outcomes.{outcome}"), (step.name, outcome)


def test_words_of_steps_that_are_none_are_left_over() -> None:
    steps = {key.split(".")[1] for key in KEYS if key.startswith(("steps.", "answers."))}
    assert steps - {step.name for step in MENU} == set()


def test_french_follows_the_usage_of_quebec() -> None:
    """A no-break space before a colon and inside guillemets, none before ; ! and ?"""
    for key in KEYS:
        sentence = catalogue()._texts["fr"][key]
        plain = re.sub(r"\{[^}]*\}", "x", sentence)
        assert not re.search(r"(?<!\u00a0):", plain), key
        assert not re.search(r"\s[;!?]", plain), key
        assert not re.search(r"«(?!\u00a0)|(?<!\u00a0)»", plain), key
        assert "dièse" not in plain.lower(), key
        assert plain == plain.strip(), key


@pytest.mark.parametrize(("view", "language"), list(product(VIEWS, ("fr", "en"))))
def test_each_list_can_be_shown_in_each_language(
    alice: Browser, cast: Cast, view: str, language: str
) -> None:
    now = cast.line.clock()
    cast.incident()
    cast.incident(state="refused")
    cast.incident(state="taken", holder_id=cast.bob.id, taken_at=now, told_at=now)
    page = alice.get(f"/incidents?view={view}&lang={language}")
    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text


class TestChoice:
    def test_french_comes_first(self, visitor: Browser) -> None:
        assert '<html lang="fr">' in visitor.get("/sign-in").text

    def test_the_link_chooses_and_the_session_remembers(self, visitor: Browser) -> None:
        page = visitor.get("/sign-in")
        link = re.search(r'href="([^"]*lang=en[^"]*)"', page.text)
        assert link
        assert "Sign in" in text(visitor.get(link[1].replace("&amp;", "&")))
        assert "Sign in" in text(visitor.get("/sign-in"))
        visitor.sign_in()
        assert "To do" in text(visitor.get("/incidents"))
        assert "À traiter" in text(visitor.get("/incidents?lang=fr"))
        visitor.post("/sign-out")
        assert "Connexion" in text(visitor.get("/sign-in"))

    def test_it_works_without_a_cookie(self, app: object, cast: Cast) -> None:
        client = app.test_client(use_cookies=False)  # type: ignore[attr-defined]
        assert "Sign in" in client.get("/sign-in?lang=en").text

    def test_it_keeps_ones_place(self, alice: Browser) -> None:
        page = alice.get("/incidents?view=all&refresh=off")
        assert 'href="/incidents?view=all&amp;refresh=off&amp;lang=en"' in page.text

    def test_an_agents_own_language_is_the_first(self, visitor: Browser, cast: Cast) -> None:
        cast.change(cast.bob, language="en")
        visitor.sign_in("bob@example.org")
        assert "To do" in text(visitor.get("/incidents"))

    @pytest.mark.parametrize("odd", ["de", "", "../en", "fr<script>"])
    def test_another_language_is_french(self, visitor: Browser, odd: str) -> None:
        page = visitor.get(f"/sign-in?lang={odd}")
        assert '<html lang="fr">' in page.text
        assert "<script" not in page.text

    def test_an_unsound_choice_on_file_is_french(self, alice: Browser, cast: Cast) -> None:
        cast.change(cast.alice, language="xx")
        assert '<html lang="fr">' in alice.get("/incidents").text
