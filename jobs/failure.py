"""The one error of everything that we send: with the one bit that its caller needs."""

from __future__ import annotations


class Failure(Exception):
    """It was not sent. `permanent`: the same again will never work, for this number or address.

    The sentence is for logs: it holds no number, no address and no name.
    """

    def __init__(self, sentence: str, *, permanent: bool) -> None:
        super().__init__(sentence)
        self.permanent = permanent
