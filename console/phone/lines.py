"""What happened, as a phone's screen tells it: one line for each event, in the reader's words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from console.words import Words

Event = Mapping[str, Any]
Name = Callable[[str], str]
"""The name of whoever has a number."""
STATUSES = ("ringing", "in-progress", "completed", "busy", "no-answer", "failed", "canceled")
RECEIVED = ("delivered", "received")
TEXTS = ("texted", "texting")
SPEAKERS = ("line", "other", "you", "key", *TEXTS)


def lines(
    t: Words, events: list[Event], far: Mapping[str, str], name: Name, own_url: str
) -> Iterator[dict[str, Any]]:
    """`far`: the number at the far end of each call, by its sid. Lines of other calls are left out.

    `own_url` is ours: what the line plays from there the browser can play, too.
    """
    for event in events:
        for sid, line in _lines(t, event, far, name, own_url):
            number = far.get(sid, sid)
            if sid in far or line["kind"] in TEXTS:
                at = t.clock(datetime.fromisoformat(event["moment"]))
                who = t.named("handsets.who", line["kind"]) if line["kind"] in SPEAKERS else ""
                yield {"number": number, "sid": sid, "at": at, "who": who, **line}


def _lines(
    t: Words, event: Event, far: Mapping[str, str], name: Name, own_url: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The line of each phone that has one; a text's "sid" is the number of the phone."""
    match event["kind"]:
        case "heard":
            yield event["sid"], _heard(t, event, own_url)
        case "spoke":
            yield event["sid"], _spoke(t, event)
        case "pressed":
            note = t("handsets.who.lost") if event["lost"] else ""
            yield event["sid"], {"kind": "key", "text": event["key"], "note": note}
        case "placed":
            began = "dials" if event["direction"] == "inbound" else "rung"
            yield event["sid"], {"kind": "began", "text": t.named("handsets.began", began)}
        case "progress" if event["status"] in STATUSES:
            status = event["status"].replace("-", "_")
            yield event["sid"], _note(t.named("handsets.status", status), status)
        case "bridged":
            for sid, other in (
                (event["parent"], event["child"]),
                (event["child"], event["parent"]),
            ):
                yield sid, _note(t("handsets.with", name=name(far.get(other, ""))), "joined")
        case "parted":
            for sid in (event["parent"], event["child"]):
                yield sid, _note(t("handsets.parted"), "parted")
        case "text" if event["status"] in RECEIVED:
            mine = event["status"] == "received"
            number = event["caller"] if mine else event["to"]
            yield number, {"kind": TEXTS[mine], "text": event["body"]}


def _heard(t: Words, event: Event, own_url: str) -> dict[str, Any]:
    """A sentence of the line or of the other party; or a sound, with where it can be had."""
    text = event["text"]
    if event["speaker"] != "line":
        return {"kind": "other", "text": text}
    if text.startswith("[") and text.endswith("]"):
        return {"kind": "sound", "text": t("handsets.sound"), "sound": _own(text[1:-1], own_url)}
    return {"kind": "line", "text": text, "lang": event["language"][:2]}


def _own(url: str, own_url: str) -> str:
    """The path of what is ours; "" of anything else."""
    if not url.startswith(f"{own_url}/"):
        return ""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _spoke(t: Words, event: Event) -> dict[str, Any]:
    if event["seconds"]:
        return _you(t("handsets.voice", seconds=max(1, round(event["seconds"]))))
    return _you(event["text"])


def _you(text: str) -> dict[str, Any]:
    return {"kind": "you", "text": text}


def _note(text: str, about: str) -> dict[str, Any]:
    return {"kind": "note", "text": text, "about": about}
