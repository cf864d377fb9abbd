"""What a voice makes of words: how long it speaks, in which language, and which keys it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from standin.schema import SSML
from standin.verbs import Speech

WORDS_PER_SECOND = 2.6
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
DEFAULT_LANGUAGE = "en-US"
LONGEST = 3000
"""Characters that a Polly voice says in one <Say>; a longer one is an error at Twilio."""

VOICE_LANGUAGES = {
    "Chantal": "fr-CA",
    "Gabrielle": "fr-CA",
    "Liam": "fr-CA",
    "Joanna": "en-US",
    "Matthew": "en-US",
}
"""Of the Polly voices that the product's kind of caller hears; Google's names hold the language."""


def seconds(text: str) -> float:
    """How long the words take; a digit is a word of its own."""
    digits = sum(character.isdigit() for character in text)
    words = sum(1 for word in re.findall(r"\w+", text) if not word.isdigit())
    return (digits + words) / WORDS_PER_SECOND


class Speaker:
    """Reads one <Say> with its SSML; appends to `warnings` what Twilio would complain about."""

    def __init__(self, say: Element, warnings: list[str]) -> None:
        self._say = say
        self._warnings = warnings
        self._language = say.get("language") or DEFAULT_LANGUAGE
        self._check_voice(say.get("voice", ""))

    def speech(self) -> tuple[Speech, ...]:
        """The words, one value for each stretch in one language."""
        merged: list[Speech] = []
        for part in self._parts(self._say, self._language):
            if merged and merged[-1].language == part.language:
                last = merged.pop()
                part = Speech(last.text + part.text, part.language, last.pause + part.pause)
            merged.append(part)
        tidy = [Speech(" ".join(p.text.split()), p.language, p.pause) for p in merged]
        spoken = tuple(part for part in tidy if part.text or part.pause)
        if not any(part.text for part in spoken):
            self._warnings.append("<Say> without words")
        if sum(len(part.text) for part in spoken) > LONGEST:
            self._warnings.append(f"<Say> of more than {LONGEST} characters")
        return spoken

    def _parts(self, element: Element, language: str) -> Iterator[Speech]:
        text = element.text or ""
        if element.get("interpret-as") in {"digits", "characters", "spell-out", "telephone"}:
            text = " ".join(character for character in text if not character.isspace())
        yield Speech(element.get("alias") or text, language)
        for child in element:
            yield from self._child(child, language)
            yield Speech(child.tail or "", language)

    def _child(self, child: Element, language: str) -> Iterator[Speech]:
        if child.tag not in SSML:
            self._warnings.append(f"<{child.tag}> inside <Say>")
            return
        for name in child.attrib.keys() - SSML[child.tag]:
            self._warnings.append(f"attribute {name} of <{child.tag}>")
        if child.tag == "break":
            yield Speech(" ", language, _break_seconds(child))
        else:
            yield from self._parts(child, child.get(XML_LANG) or language)

    def _check_voice(self, voice: str) -> None:
        provider, _, name = voice.partition(".")
        if provider == "Polly":
            expected = VOICE_LANGUAGES.get(name.split("-")[0])
        elif provider == "Google":
            expected = "-".join(name.split("-")[:2])
        else:
            expected = None
        if expected is not None and expected != self._language:
            self._warnings.append(f"voice {voice} does not speak {self._language}")


def _break_seconds(element: Element) -> float:
    found = re.fullmatch(r"([\d.]+)(ms|s)", element.get("time", ""))
    if found is None:
        return {"none": 0.0, "x-weak": 0.1, "weak": 0.25, "strong": 0.75, "x-strong": 1.0}.get(
            element.get("strength", "medium"), 0.5
        )
    return float(found[1]) / (1000 if found[2] == "ms" else 1)


NAMED = {
    "étoile": "*",
    "star": "*",
    "carré": "#",
    "pound": "#",
    "zéro": "0",
    "zero": "0",
}
KEY = r"(?:[0-9](?:[\s-]*[0-9])*|[*#]|" + "|".join(NAMED) + r")"
OPTION = re.compile(
    r"(?:faites|composez|appuyez sur|press|dial|enter)\s+(?:le\s+|la\s+|l['’]|the\s+)?"
    rf"({KEY})(?![\w])",
    re.IGNORECASE,
)


def named_keys(text: str) -> list[str]:
    """The keys that a sentence offers, in its order: "faites le 4 7" names 47."""
    found = [match[1].lower() for match in OPTION.finditer(text)]
    return [NAMED.get(name) or re.sub(r"[\s-]", "", name) for name in found]
