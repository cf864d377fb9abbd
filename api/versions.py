"""The version of what was shown: an ETag that says whether it is still so, and since when.

It has a hash of what was shown and a number from which on changes count: of an incident its last
event, of a client the version of its file. The hash alone decides; the number lets us tell whoever
comes too late what has changed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from api.operation import Answer, Asked
from api.problems import Problem

_TAG = re.compile(r'"([0-9a-f]{16})-(\d{1,18})"', re.ASCII)


def etag(shown: Any, number: int) -> str:
    return f'"{_hash(shown)}-{number}"'


def tagged(shown: Any, number: int) -> Answer:
    return Answer(shown, etag=etag(shown, number))


def check(
    asked: Asked, shown: Any, number: int, changes: Callable[[int], list[dict[str, Any]]]
) -> None:
    """Raises `Problem` "changed" where what If-Match names is no longer what `shown` is.

    `changes` tells what was done after a number. Whoever names nothing, or "*", has seen nothing.
    """
    wanted = asked.headers.get("If-Match", "*")
    if wanted == "*":
        return
    seen = [(hash_, int(number)) for hash_, number in _TAG.findall(wanted)]
    if any(hash_ == _hash(shown) for hash_, _ in seen):
        return
    since = changes(max(number for _, number in seen)) if seen else []
    headers = {"ETag": etag(shown, number)}
    raise Problem("changed", headers=headers, current=shown, changes=since)


def is_same(if_none_match: str, tag: str) -> bool:
    """Has whoever asks got it already? The hashes decide here, too."""
    current = _TAG.search(tag)
    if if_none_match == "*":
        return True
    return current is not None and any(
        hash_ == current[1] for hash_, _ in _TAG.findall(if_none_match)
    )


def _hash(shown: Any) -> str:
    text = json.dumps(shown, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
