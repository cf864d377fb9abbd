"""What can be made to go wrong, on purpose: the REST API and the status callbacks.

Deterministic: a fault holds for the next `times` that its predicate is true of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from standin.leg import Leg
    from standin.messages import SentText
    from standin.transport import Request

RestPredicate = Callable[[str, str, Mapping[str, str]], bool]
"""Of a REST request's method, path and form."""
CallbackPredicate = Callable[[str, Any], bool]
"""Of a callback's event and its leg or message. Events: those of a leg ("answered"), "recording
completed" and the like, "message delivered" and the like."""
WebhookPredicate = Callable[["Request"], bool]


@dataclass(frozen=True)
class RestFault:
    """`status` to answer instead; or, with `lost`, do it and drop the connection; or `hang` for
    so many real seconds before dropping it, without doing anything.
    """

    status: int = 0
    lost: bool = False
    hang: float = 0.0


@dataclass(frozen=True)
class CallbackFault:
    """`delay` in seconds of the stand-in's time; `copies` 0 drops it, 2 sends it twice;
    `overtaken` (of a leg): the next callback arrives before it.
    """

    delay: float = 0.0
    copies: int = 1
    overtaken: bool = False


@dataclass
class _Armed:
    fault: RestFault | CallbackFault | int
    times: int
    when: Callable[..., bool]

    def fires(self, *of: object) -> bool:
        if self.times <= 0 or not self.when(*of):
            return False
        self.times -= 1
        return True


def _always(*of: object) -> bool:
    return True


class Faults:
    def __init__(self) -> None:
        self._rest: list[_Armed] = []
        self._callbacks: list[_Armed] = []
        self._webhooks: list[_Armed] = []

    def rest(self, fault: RestFault, times: int = 1, when: RestPredicate = _always) -> None:
        self._rest.append(_Armed(fault, times, when))

    def callbacks(
        self, fault: CallbackFault, times: int = 1, when: CallbackPredicate = _always
    ) -> None:
        self._callbacks.append(_Armed(fault, times, when))

    def webhooks_twice(self, times: int = 1, when: WebhookPredicate = _always) -> None:
        """The same request again, as a retry whose first answer was lost: the second one counts."""
        self._webhooks.append(_Armed(2, times, when))

    def clear(self) -> None:
        self.__init__()  # type: ignore[misc]

    def for_rest(self, method: str, path: str, form: Mapping[str, str]) -> RestFault:
        found = _first(self._rest, method, path, form)
        return found if isinstance(found, RestFault) else RestFault()

    def for_callback(self, event: str, subject: Leg | SentText) -> CallbackFault:
        found = _first(self._callbacks, event, subject)
        return found if isinstance(found, CallbackFault) else CallbackFault()

    def for_webhook(self, request: Request) -> int:
        """How often the webhook is sent."""
        found = _first(self._webhooks, request)
        return found if isinstance(found, int) else 1


def _first(armed: list[_Armed], *of: object) -> RestFault | CallbackFault | int | None:
    return next((each.fault for each in armed if each.fires(*of)), None)
