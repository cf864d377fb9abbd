"""The stand-in as a whole: one account, its numbers, its calls, and the clock they run on."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from standin import calls, dial
from standin.behaviours import Behaviour, Unforeseen
from standin.callbacks import Callback
from standin.clock import ClockError, RealTime
from standin.devices import Devices
from standin.entries import ClockMoved, Webhook
from standin.faults import Faults
from standin.handset import Handset
from standin.ledger import Ledger
from standin.leg import Leg
from standin.messages import Messages
from standin.numbers import OwnNumber
from standin.players import PLAYERS
from standin.queues import WaitingLine
from standin.recordings import Recording
from standin.scheduler import Scheduler
from standin.sids import Sids
from standin.transport import Http, Request, Response, Transport
from standin.verbs import Speech
from standin.watching import Watch
from standin.webhooks import Target

if TYPE_CHECKING:
    from standin.server import Server

WORDS = Path(__file__).parent / "words" / "twilio.toml"

CATCH_UP_SECONDS = 10.0
"""Real seconds that moving the clock may take; the rest then happens behind its back."""


@dataclass(frozen=True)
class Manners:
    """What Twilio does not document, taken one way or the other, and its limits.

    `refused_whisper_status`: DialCallStatus when a whisper hangs up. `rings_on_in_whisper`: the
    other numbers of a <Dial> ring on while the first hears its whisper. `calls_per_second`: of
    the REST API; further calls wait in the queue.
    """

    refused_whisper_status: str = "completed"
    dial_action_after_hangup: bool = True
    rings_on_in_whisper: bool = False
    calls_per_second: float = 1.0


class StandIn:
    """A local Twilio. In virtual time (the default) it moves only when it is told to; `live` runs
    it in real time. `start` is an aware moment. Two runs of one `seed` are the same.
    """

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        number: str,
        voice_url: str,
        start: datetime,
        *,
        voice_fallback_url: str = "",
        status_callback: str = "",
        sms_url: str = "",
        live: bool = False,
        seed: str = "0",
        manners: Manners | None = None,
        transport: Transport | None = None,
        default_device: Behaviour | None = None,
        ledger_file: Path | None = None,
    ) -> None:
        self.account_sid = account_sid
        self.auth_token = auth_token
        self.is_live = live
        self.manners = manners or Manners()
        self.sids = Sids(seed)
        self.ledger = Ledger(ledger_file)
        self.faults = Faults()
        self.transport: Transport = transport or Http()
        self.scheduler = (RealTime if live else Scheduler)(start, self._perform)
        self.devices = Devices(self, default_device or Unforeseen())
        self.messages = Messages(self)
        self.watch = Watch(self)
        self.words = _words()
        self.players = PLAYERS
        self.legs: dict[str, Leg] = {}
        self.live: dict[str, Leg] = {}
        self.recordings: dict[str, Recording] = {}
        self.waiting_lines: dict[str, WaitingLine] = {}
        self.verified_callers: set[str] = set()
        self.url = "https://api.twilio.com"
        self.number = OwnNumber(
            self.sids.new("PN"),
            number,
            start,
            voice_url=voice_url,
            voice_fallback_url=voice_fallback_url,
            status_callback=status_callback,
            sms_url=sms_url,
        )
        self.numbers = {number: self.number}
        self._next_placing = start
        self._server: Server | None = None

    def now(self) -> datetime:
        """The clock's moment, in UTC."""
        return self.scheduler.now

    def in_seconds(self, seconds: float) -> datetime:
        return self.now() + timedelta(seconds=seconds)

    def dial_line(self, caller: str, to: str | None = None) -> Handset:
        """A phone calls the line; `caller` is the number, or "anonymous" where it is withheld."""
        with self.scheduler.lock:
            own = self.numbers[to or self.number.number]
            callback = None
            if own.status_callback:
                callback = Callback(own.status_callback, own.status_callback_method)
            fallback = None
            if own.voice_fallback_url:
                fallback = Target(own.voice_fallback_url, own.voice_fallback_method)
            leg = Leg(self, caller, own.number, "inbound", "caller", None, callback, fallback)
            leg.extra_params = {"CallToken": self.sids.new("")}
            if verstat := self.devices.phone(caller).stir_verstat:
                leg.extra_params["StirVerstat"] = verstat
            leg.ring()
            steps = calls.inbound(leg, Target(own.voice_url, own.voice_method))
            leg.task = self.scheduler.spawn(steps, f"inbound {leg.sid}")
            return leg.handset

    def place_call(
        self,
        caller: str,
        to: str,
        target: Target,
        *,
        callback: Callback | None = None,
        fallback: Target | None = None,
        timeout: float = 60,
        time_limit: float = 14400,
        send_digits: str = "",
    ) -> Leg:
        """What `calls.create` does; more than Twilio's calls a second wait in its queue."""
        with self.scheduler.lock:
            leg = Leg(self, caller, to, "outbound-api", "REST", None, callback, fallback)
            leg.time_limit = time_limit
            start = max(self.now(), self._next_placing)
            self._next_placing = start + timedelta(seconds=1 / self.manners.calls_per_second)
            queued = (start - self.now()).total_seconds()
            steps = calls.outbound(leg, target, queued, timeout, send_digits)
            leg.task = self.scheduler.spawn(steps, f"outbound {leg.sid}")
            return leg

    def waiting_line(self, name: str) -> WaitingLine:
        """The queue of that name, made where there is none yet."""
        if name not in self.waiting_lines:
            self.waiting_lines[name] = WaitingLine(self.sids.new("QU"), name, self.now())
        return self.waiting_lines[name]

    def recording_url(self, sid: str) -> str:
        return f"{self.url}/2010-04-01/Accounts/{self.account_sid}/Recordings/{sid}"

    def can_be_dialled(self, number: str) -> bool:
        return dial.E164.fullmatch(number) is not None

    def leg_changed(self, leg: Leg) -> None:
        """Somebody may be watching what the leg does."""
        self.watch.changed()

    def set_clock(self, moment: datetime) -> None:
        """Puts the clock there; raises `ClockError` for a way back while anything is under way."""
        if isinstance(self.scheduler, RealTime):
            self.scheduler.set(moment)
            self.scheduler.catch_up(CATCH_UP_SECONDS)
        elif moment < self.now():
            raise ClockError("virtual time does not go back")
        else:
            self.run_until(moment)
        real = datetime.now(UTC).isoformat() if self.is_live else ""
        self.ledger.add(ClockMoved(self.now(), real))

    def advance_clock(self, seconds: float) -> None:
        self.set_clock(self.in_seconds(seconds))

    def next_event(self) -> datetime | None:
        return self.scheduler.next_event()

    def run_for(self, seconds: float) -> None:
        self.scheduler.run_until(self.in_seconds(seconds))

    def run_until(self, moment: datetime) -> None:
        self.scheduler.run_until(moment)

    def run_until_idle(self) -> None:
        self.scheduler.run_until_idle()

    def serve(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Serves the REST and control APIs (port 0: a free one); answers, and keeps, the `url`."""
        from standin.server import Server

        self._server = Server(self, host, port)
        self._server.start()
        self.url = self._server.url
        if isinstance(self.scheduler, RealTime):
            self.scheduler.start()
        return self.url

    def close(self) -> None:
        if self._server is not None:
            self._server.stop()
        if isinstance(self.scheduler, RealTime):
            self.scheduler.stop()
        if isinstance(self.transport, Http):
            self.transport.close()
        self.ledger.close()

    def _perform(self, request: Request) -> Response:
        """Sends a webhook and keeps what came of it; called without the lock."""
        for _ in range(self.faults.for_webhook(request)):
            response = self.transport(request)
            self._note(request, response)
        return response

    def _note(self, request: Request, response: Response) -> None:
        with self.scheduler.lock:
            seconds = response.seconds if self.is_live else 0.0
            self.ledger.add(
                Webhook(
                    self.now(),
                    request.sid,
                    request.purpose,
                    request.url,
                    request.method,
                    request.params,
                    response.status,
                    seconds,
                    response.error,
                )
            )


def _words() -> dict[str, Speech]:
    table = tomllib.loads(WORDS.read_text(encoding="utf-8"))
    return {key: Speech(entry["text"], entry["language"]) for key, entry in table.items()}
