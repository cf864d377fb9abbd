"""Reads TwiML, with a warning for whatever Twilio's schema does not know.

https://www.twilio.com/docs/api/errors/12100 and /12200
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from standin import verbs
from standin.schema import KNOWN_ELSEWHERE, SCHEMA, Schema
from standin.speech import Speaker
from standin.verbs import Document


class TwimlError(Exception):
    """Fatal for the document; `code` is Twilio's."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def parse(body: bytes | str, url: str | None, method: str = "POST") -> Document:
    """Raises `TwimlError` 12100 where the body is no TwiML document."""
    raw = body.encode() if isinstance(body, str) else body
    try:
        root = fromstring(raw, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise TwimlError(12100, f"Document parse failure: {error}") from error
    if root.tag != "Response":
        raise TwimlError(12100, f"Document parse failure: the root is <{root.tag}>")
    document = Document((), url, method)
    if _own_text(root):
        document.warnings.append("text outside a verb")
    document.verbs = tuple(_children(root, document))
    return document


def _children(parent: Element, document: Document) -> list[Any]:
    """The values of the elements inside `parent`, without those that have no place there."""
    found = []
    for element in parent:
        schema = SCHEMA.get(element.tag)
        if schema is not None and parent.tag in schema.inside:
            fields = _fields(element, schema, document)
            found.append(READERS[element.tag](element, fields, document))
        elif element.tag in KNOWN_ELSEWHERE:
            document.unplayed.append(f"<{element.tag}>")
        else:
            document.warnings.append(f"<{element.tag}> inside <{parent.tag}>")
    return found


def _fields(element: Element, schema: Schema, document: Document) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in element.attrib.items():
        rule = schema.attributes.get(name)
        if rule is None:
            document.warnings.append(f"attribute {name} of <{element.tag}>")
        elif not rule.values.fullmatch(value):
            document.warnings.append(f'{name}="{value}" of <{element.tag}>')
        elif not rule.played:
            document.unplayed.append(f"attribute {name} of <{element.tag}>")
        elif rule.convert is not None:
            fields[schema.fields.get(name, _snake(name))] = rule.convert(value)
    return fields


def _snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda letter: "_" + letter[0].lower(), name)


def _own_text(element: Element) -> str:
    parts = [element.text or "", *(child.tail or "" for child in element)]
    return "".join(parts).strip()


def _say(element: Element, fields: dict[str, Any], document: Document) -> verbs.Say:
    speaker = Speaker(element, document.warnings)
    return verbs.Say(speech=speaker.speech(), **fields)


def _play(element: Element, fields: dict[str, Any], document: Document) -> verbs.Play:
    url = (element.text or "").strip()
    if not url and not fields.get("digits"):
        document.warnings.append("<Play> without a URL")
    return verbs.Play(url=url, **fields)


def _gather(element: Element, fields: dict[str, Any], document: Document) -> verbs.Gather:
    return verbs.Gather(nested=tuple(_children(element, document)), **fields)


def _dial(element: Element, fields: dict[str, Any], document: Document) -> verbs.Dial:
    targets: Sequence[verbs.Number | verbs.Queue] = _children(element, document)
    if not targets and (text := _own_text(element)):
        targets = [verbs.Number(text)]
    if len(targets) > 10:
        document.warnings.append("more than 10 nouns in <Dial>")
    return verbs.Dial(targets=tuple(targets[:10]), **fields)


def _textual(make: Callable[..., Any], field: str) -> Callable[..., Any]:
    """A reader of an element whose text is its value."""

    def read(element: Element, fields: dict[str, Any], document: Document) -> Any:
        text = (element.text or "").strip()
        if not text:
            document.warnings.append(f"<{element.tag}> without text")
        return make(**{field: text}, **fields)

    return read


def _plain(make: Callable[..., Any]) -> Callable[..., Any]:
    """A reader of an element that is empty but for its attributes."""

    def read(element: Element, fields: dict[str, Any], document: Document) -> Any:
        if len(element) or _own_text(element):
            document.warnings.append(f"content inside <{element.tag}>")
        return make(**fields)

    return read


def _message(element: Element, fields: dict[str, Any], document: Document) -> verbs.Message:
    body = element.find("Body")
    text = (element if body is None else body).text or ""
    return verbs.Message(body=text.strip(), **fields)


READERS: dict[str, Callable[..., Any]] = {
    "Say": _say,
    "Play": _play,
    "Pause": _plain(verbs.Pause),
    "Gather": _gather,
    "Record": _plain(verbs.Record),
    "Dial": _dial,
    "Number": _textual(verbs.Number, "number"),
    "Queue": _textual(verbs.Queue, "name"),
    "Redirect": _textual(verbs.Redirect, "url"),
    "Hangup": _plain(verbs.Hangup),
    "Reject": _plain(verbs.Reject),
    "Leave": _plain(verbs.Leave),
    "Enqueue": _textual(verbs.Enqueue, "name"),
    "Message": _message,
}
