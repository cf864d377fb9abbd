"""All that the line says, step by step in the menu's order, in both languages, with the keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from console import page
from console.policy.tabs import TABS
from console.words import Words
from ivr import callback_words, phone_tests, speech, static_route, words
from ivr.catalogue import LANGUAGES, Catalogue
from ivr.menu import MENU
from ivr.steps import Choose, Decide, Step, Tell, ways
from ivr.words import PROMPTS

SOURCES = {"*products": "product", "*environments": "environment"}
_SHAPES = ("option", "another")


@dataclass(frozen=True)
class Line:
    """One sentence; `texts` by language, or in the one that all hear. The words of `part` say when
    it is heard (`policy.parts.{part}`); empty: that goes without saying."""

    part: str
    texts: dict[str, str]

    @property
    def seconds(self) -> float:
        """Of the longest."""
        return max(speech.seconds(text) for text in self.texts.values())


@dataclass(frozen=True)
class Key:
    """A key that a step offers, as it is heard, and the step it leads to, if it is always one."""

    number: int
    option: str
    texts: dict[str, str]
    leads_to: str | None


@dataclass(frozen=True)
class Heard:
    """A step, or a group of sentences that belongs to no single one."""

    name: str
    kind: str
    lines: Sequence[Line]
    keys: Sequence[Key] = ()


def prompts_page() -> str:
    t = page.words()
    return page.render(
        "policy/prompts.html",
        tabs=TABS,
        tab="prompts",
        steps=list(_steps(t)),
        others=list(_others(t)),
    )


def _steps(t: Words) -> Iterator[Heard]:
    """Those at which something is heard."""
    for step in MENU:
        if isinstance(step, Decide):
            continue
        own = [key for key in PROMPTS if key.startswith(f"{step.name}.")]
        parts = [key for key in own if key.count(".") == 1 and not key.endswith(_SHAPES)]
        lines = [_in_its_language(step, line) for line in _lines(t, PROMPTS, parts)]
        keys = list(_keys(step))
        if lines or keys:
            yield Heard(step.name, type(step).__name__.lower(), lines, keys)


def _others(t: Words) -> Iterator[Heard]:
    """What belongs to no step of the menu: to callers who wait, to agents whose phone rings."""
    for group in ("common", "waiting", "whisper", "trouble", "text"):
        keys = [key for key in PROMPTS if key.startswith(f"{group}.")]
        yield Heard(group, "", list(_lines(t, PROMPTS, keys, told=False)))
    for name, catalogue in (
        ("callback", callback_words.PROMPTS),
        ("phone_test", phone_tests.PROMPTS),
        ("fallback", static_route.WORDS),
    ):
        yield Heard(name, "", list(_lines(t, catalogue, list(catalogue), told=False)))


def _lines(
    t: Words, catalogue: Catalogue, keys: Sequence[str], *, told: bool = True
) -> Iterator[Line]:
    """`told`: with when each is heard."""
    for key in keys:
        texts = {language: _text(t, catalogue, language, key) for language in LANGUAGES}
        if any(texts.values()):
            yield Line(key.rpartition(".")[2] if told else "", texts)


def _in_its_language(step: Step, line: Line) -> Line:
    """A part of which the menu says the language is heard in it by all."""
    named = step.parts if isinstance(step, Tell) else ()
    for part in named:
        language, _, name = part.rpartition(":")
        if language and name == line.part:
            return Line(line.part, {language: line.texts[language]})
    return line


def _text(t: Words, catalogue: Catalogue, language: str, key: str) -> str:
    """What is filled in is named between brackets, in the language of the sentence."""
    named = Words(language, t.now, t.zone)
    facts = {fact: f"‹{named.named('policy.facts', fact)}›" for fact in catalogue.facts_of(key)}
    return catalogue.text(language, key, **facts)


def _keys(step: Step) -> Iterator[Key]:
    if not isinstance(step, Choose):
        return
    leads = ways(step)
    for number, option in enumerate(_options(step), 1):
        texts = {one: words.option(one, step.name, option, number) for one in LANGUAGES}
        yield Key(number, option, texts, leads.get(option) or _only(step))


def _options(step: Choose) -> tuple[str, ...]:
    """By client, where the menu names a source: all that there can be, in the catalogue's order."""
    if not isinstance(step.options, str):
        return step.options
    prefix = f"{SOURCES[step.options]}.options."
    return tuple(key.removeprefix(prefix) for key in PROMPTS if key.startswith(prefix))


def _only(step: Choose) -> str | None:
    """Where all of its outcomes lead to one step."""
    targets = set(step.then.values())
    return targets.pop() if len(targets) == 1 else None
