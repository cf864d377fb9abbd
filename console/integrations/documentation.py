"""The API's documentation, for people: made of the document that machines read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import abort, current_app

from console import page
from console.language import language
from console.session import the_line
from ivr import published

Document = Mapping[str, Any]
FILE = "openapi.json"
HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


@dataclass(frozen=True)
class Field:
    """One thing that a request holds. `kind` is a name of JSON's, or of a shape."""

    name: str
    place: str
    kind: str
    required: bool


@dataclass(frozen=True)
class Shown:
    """One operation, as a reader needs it."""

    name: str
    method: str
    path: str
    summary: str
    description: str
    fields: list[Field]
    answer: str
    statuses: list[str]


def api_docs_page() -> str:
    """For whoever writes an integration: it holds nothing of any client."""
    made = current_app.extensions.get("openapi") or abort(404)
    document = made(language(), the_line().settings.public_url)
    tags = {tag["name"]: tag["description"] for tag in document["tags"]}
    shown = {tag: list(_operations(document, tag)) for tag in tags}
    return page.render(
        "integrations/docs.html",
        document=document,
        tags=tags,
        operations=shown,
        shapes={name: _members(shape) for name, shape in document["components"]["schemas"].items()},
        problems=document["components"]["responses"],
        types=published.ALL,
        server=document["servers"][0]["url"],
        file=FILE,
        headers=HEADERS,
    )


def _operations(document: Document, tag: str) -> Iterator[Shown]:
    for path, methods in document["paths"].items():
        for method, one in methods.items():
            if tag in one["tags"]:
                yield Shown(
                    one["operationId"],
                    method.upper(),
                    path,
                    one["summary"],
                    one["description"],
                    list(_fields(one)),
                    _answer(one),
                    sorted(one["responses"]),
                )


def _fields(one: Document) -> Iterator[Field]:
    for each in one["parameters"]:
        yield Field(each["name"], each["in"], kind(each["schema"]), each["required"])
    if "requestBody" in one:
        body = one["requestBody"]["content"]["application/json"]["schema"]
        for field in _members(body):
            yield Field(field.name, "body", field.kind, field.required)


def _members(shape: Document) -> list[Field]:
    needed = shape.get("required", ())
    members = shape.get("properties", {})
    return [Field(name, "", kind(each), name in needed) for name, each in members.items()]


def _answer(one: Document) -> str:
    good = next(answer for status, answer in one["responses"].items() if status.startswith("2"))
    (media, content), *_ = good.get("content", {"": {}}).items()
    return kind(content["schema"]) if "schema" in content else media


def kind(schema: Document) -> str:
    """A schema in a few characters, for people: "Incident | null", "[Event]", "P1 | P2"."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(kind(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(f'"{word}"' for word in schema["enum"])
    if schema["type"] == "array":
        return f"[{kind(schema['items'])}]"
    return str(schema.get("format", schema["type"]))
