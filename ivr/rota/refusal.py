"""What cannot be entered into the rota, with the sentence that says why."""

from __future__ import annotations

from ivr.reason import Fact, Reason


class Refused(Exception):
    """`reason` names a sentence of `ivr/reasons/`; nothing has been written."""

    def __init__(self, key: str, **facts: Fact) -> None:
        super().__init__(key)
        self.reason = Reason(key, facts)
