"""What was typed into a form, beside what it had shown: so that nothing of others is undone."""

from __future__ import annotations

import json
from collections.abc import Mapping

from flask import request

_OWN = ("csrf_token", "seen", "was", "more")


def typed() -> dict[str, str]:
    """The form's fields as they were sent."""
    form = request.form
    return {name: form[name].replace("\r\n", "\n") for name in form if name not in _OWN}


def seen() -> int | None:
    """The version of the file that the form showed; none where it does not say."""
    text = request.form.get("seen", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def merged(now: Mapping[str, str]) -> dict[str, str]:
    """What is there now, with what was typed where somebody has typed something."""
    sent, shown = typed(), was()
    touched = {name for name in {*sent, *shown} if sent.get(name, "") != shown.get(name, "")}
    return {**now, **{name: sent.get(name, "") for name in touched}}


def was() -> dict[str, str]:
    """What the form had shown, as it says itself."""
    try:
        shown = json.loads(request.form.get("was", "{}"))
    except (ValueError, RecursionError):
        return {}
    if not isinstance(shown, dict):
        return {}
    return {str(name): text for name, text in shown.items() if isinstance(text, str)}
