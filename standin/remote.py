"""A stand-in in another process, through its control API."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import requests

PATIENCE = 40.0
"""Real seconds for an answer: longer than any wait that is asked for."""


class RemoteError(Exception):
    """It refused; `code` is the control API's, "unreachable" or "no_standin"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Remote:
    """What a person can do with a stand-in; raises `RemoteError`."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False  # it is on the loopback: no proxy has a say

    def clock(self) -> str:
        """Its moment, ISO 8601 UTC."""
        return str(self._get("clock")["now"])

    def set_clock(self, moment: str) -> str:
        return str(self._post("clock", set=moment)["now"])

    def advance_clock(self, seconds: float) -> str:
        return str(self._post("clock", advance=seconds)["now"])

    def dial(self, caller: str, to: str | None, hidden: bool, **more: Any) -> dict[str, Any]:
        """`more`: "alone" and "patience", see the control API."""
        return self._post("calls", **{"from": caller, "to": to, "hidden": hidden, **more})

    def watch(self, since: int | None, run: str, last: int) -> dict[str, Any]:
        """All phones: see the control API."""
        return self._get("watch", since=since, run=run, last=last)

    def live_calls(self, number: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._get("calls", number=number, live=1)["calls"]
        return found

    def follow(
        self, sid: str, since: int, wait: float = 0, waits: int | None = None
    ) -> dict[str, Any]:
        """The call, its events from `since` on, and `next`; see the control API."""
        asked = {"since": since, "wait": wait} | ({} if waits is None else {"waits": waits})
        return self._get(f"calls/{sid}", **asked)

    def does(self, sid: str, what: str, **facts: Any) -> dict[str, Any]:
        """Something done at the far end: keys, words, speaks, answer, decline, hang-up, hurry."""
        return self._post(f"calls/{sid}/{what}", **facts)

    def sound(self, sid: str, file: bytes) -> dict[str, Any]:
        """What was said at the far end, as a WAV file of `recordings`' kind."""
        headers = {"Content-Type": "audio/wav"}
        return self._ask("POST", f"calls/{sid}/sound", data=file, headers=headers)

    def text(self, caller: str, body: str) -> dict[str, Any]:
        """A phone texts the line."""
        return self._post("messages", **{"from": caller, "body": body})

    def phone(self, number: str) -> dict[str, Any]:
        return self._get(f"phones/{quote(number)}")

    def set_phone(self, number: str, *does: str) -> dict[str, Any]:
        return self._ask("PUT", f"phones/{quote(number)}", json={"does": list(does)})

    def _get(self, path: str, **query: Any) -> dict[str, Any]:
        return self._ask("GET", path, params=query)

    def _post(self, path: str, **body: Any) -> dict[str, Any]:
        return self._ask("POST", path, json=body)

    def _ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        try:
            answer = self._session.request(
                method, f"{self.url}/standin/{path}", timeout=PATIENCE, **more
            )
            body = answer.json()
        except requests.exceptions.JSONDecodeError as error:
            raise RemoteError("no_standin") from error
        except requests.RequestException as error:
            raise RemoteError("unreachable") from error
        if not answer.ok:
            raise RemoteError(body.get("error", "no_standin"))
        return dict(body)
