"""What answers when the database, or all of us, is gone: is it there, is it as of today?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urljoin

import requests
from requests.exceptions import RequestException

from ivr import last_rota
from jobs.doctor.finding import Finding, wrong
from jobs.doctor.stranger import get
from jobs.publish import PUBLIC
from line import Line

OLD = timedelta(minutes=10)
"""The sweep publishes each half minute: one that is older is not kept any more."""


def fallback(line: Line) -> Iterator[Finding]:
    """The last rota is kept, somebody would ring by it, and a fixed number rings last."""
    folder, now = line.settings.fallback_dir, line.clock()
    age = last_rota.age(folder, now)
    if age is None:
        yield wrong("fallback.never")
    elif age > OLD.total_seconds():
        yield wrong("fallback.old", age=round(age))
    elif not last_rota.Reader(folder).read().chain(now):
        yield wrong("fallback.nobody")
    if not (line.settings.fallback_duty or line.policy.fallback.duty):
        yield wrong("fallback.no_duty")


def static_host(line: Line, url: str) -> Iterator[Finding]:
    """Each document that we publish is on the static host, word for word; `url` is the menu's."""
    for path in sorted((line.settings.fallback_dir / PUBLIC).glob("*.xml")):
        try:
            answer = get(line, urljoin(url, path.name))
        except RequestException as error:
            yield wrong("fallback.host_away", error=type(error).__name__)
            return
        if answer.status_code != requests.codes.ok:
            yield wrong("fallback.missing", document=path.name, status=answer.status_code)
            return
        if not _is_same(path, answer):
            yield wrong("fallback.differs", document=path.name)
            return


def _is_same(path: Path, answer: requests.Response) -> bool:
    return path.read_bytes().split() == answer.content.split()
