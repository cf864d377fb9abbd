"""Text messages: those the REST API sends, those a phone sends to the line.

https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from standin import webhooks
from standin.entries import Complaint, Text
from standin.scheduler import Fetch, Sleep, Steps
from standin.transport import Request, Response
from standin.twiml import TwimlError
from standin.verbs import Document, Message
from standin.webhooks import Target

if TYPE_CHECKING:
    from standin.switch import StandIn

STOP_WORDS = frozenset({"stop", "arret", "arrêt", "unsubscribe", "cancel", "end", "quit"})
START_WORDS = frozenset({"start", "unstop", "yes"})
SEGMENT = 153
"""Characters of a segment of a long message in Twilio's plain alphabet."""
SENDING_SECONDS = 0.3
DELIVERY_SECONDS = 2.0


@dataclass
class SentText:
    """A message as the REST API shows it."""

    sid: str
    caller: str
    to: str
    body: str
    direction: str
    created: datetime
    callback: str = ""
    status: str = "queued"
    error_code: int | None = None
    sent: datetime | None = None
    updated: datetime | None = None

    @property
    def segments(self) -> int:
        return max(1, -(-len(self.body) // SEGMENT))


class Messages:
    def __init__(self, switch: StandIn) -> None:
        self._switch = switch
        self.all: dict[str, SentText] = {}

    def send(self, caller: str, to: str, body: str, callback: str = "") -> SentText:
        """What `messages.create` does, once its arguments are found good."""
        with self._switch.scheduler.lock:
            text = self._keep(caller, to, body, "outbound-api", callback)
            self._switch.scheduler.spawn(self._deliver(text), f"text {text.sid}")
            return text

    def receive(self, caller: str, to: str, body: str) -> SentText:
        """A phone texts the line: STOP and START are Twilio's own, everything goes to SmsUrl."""
        with self._switch.scheduler.lock:
            phone = self._switch.devices.phone(caller)
            word = body.strip().lower()
            if word in STOP_WORDS:
                phone.opted_out = True
            elif word in START_WORDS:
                phone.opted_out = False
            text = self._keep(caller, to, body, "inbound", "")
            self._progress(text, "received")
            self._switch.scheduler.spawn(self._tell_line(text), f"text {text.sid}")
            return text

    def _keep(self, caller: str, to: str, body: str, direction: str, callback: str) -> SentText:
        switch = self._switch
        sid = switch.sids.new("SM")
        text = SentText(sid, caller, to, body, direction, switch.now(), callback)
        self.all[sid] = text
        self._progress(text, "queued")
        return text

    def _deliver(self, text: SentText) -> Steps[None]:
        """Twilio tells of queued, sent and the final status; not of sending."""
        phone = self._switch.devices.phone(text.to)
        final, code = phone.texting
        yield from self._tell(text)
        yield Sleep(SENDING_SECONDS)
        self._progress(text, "sending")
        if final != "failed":
            yield Sleep(SENDING_SECONDS)
            self._progress(text, "sent")
            yield from self._tell(text)
        yield Sleep(DELIVERY_SECONDS)
        text.error_code = code
        self._progress(text, final)
        if final == "delivered":
            phone.inbox.append(text.body)
        yield from self._tell(text)

    def _progress(self, text: SentText, status: str) -> None:
        now = self._switch.now()
        text.status, text.updated = status, now
        if status == "sent":
            text.sent = now
        self._switch.ledger.add(
            Text(now, text.sid, text.caller, text.to, text.body, status, text.error_code)
        )

    def _tell(self, text: SentText) -> Steps[None]:
        if not text.callback:
            return
        params = self._params(text) | {
            "MessageStatus": text.status,
            "SmsStatus": text.status,
        }
        if text.error_code is not None:
            params["ErrorCode"] = str(text.error_code)
        if text.status in ("delivered", "undelivered"):
            params["RawDlrDoneDate"] = self._switch.now().strftime("%y%m%d%H%M")
        fault = self._switch.faults.for_callback(f"message {text.status}", text)
        yield Sleep(fault.delay)
        for _ in range(fault.copies):
            response = yield from self._post(text, "message status", text.callback, "POST", params)
            if not response.ok:
                self._complain(text, 15003, "status callback failed", text.callback)

    def _tell_line(self, text: SentText) -> Steps[None]:
        own = self._switch.numbers[text.to]
        if not own.sms_url:
            return
        params = self._params(text) | {
            "SmsStatus": "received",
            "SmsMessageSid": text.sid,
            "Body": text.body,
            "NumMedia": "0",
            "NumSegments": str(text.segments),
            **webhooks.place(text.caller, "From"),
            **webhooks.place(text.to, "To"),
        }
        for url, method in (
            (own.sms_url, own.sms_method),
            (own.sms_fallback_url, own.sms_fallback_method),
        ):
            if not url:
                return
            response = yield from self._post(text, "message", url, method, params)
            try:
                self._answer(text, webhooks.read(response, Target(url, method)))
            except TwimlError as error:
                self._complain(text, error.code, str(error), url)
                params |= {"ErrorCode": str(error.code), "ErrorUrl": url}
            else:
                return

    def _answer(self, text: SentText, document: Document) -> None:
        """Sends what the line answers to a text."""
        for warning in document.warnings:
            message = f"Schema validation warning: {warning}"
            self._complain(text, 12200, message, document.url or "")
        for verb in document.verbs:
            if isinstance(verb, Message):
                self.send(text.to, verb.to or text.caller, verb.body)

    def _params(self, text: SentText) -> dict[str, str]:
        return {
            "AccountSid": self._switch.account_sid,
            "ApiVersion": webhooks.API_VERSION,
            "From": text.caller,
            "To": text.to,
            "MessageSid": text.sid,
            "SmsSid": text.sid,
        }

    def _post(
        self, text: SentText, purpose: str, url: str, method: str, params: dict[str, str]
    ) -> Steps[Response]:
        signed = webhooks.signer(self._switch, params)
        response: Response = yield Fetch(Request(text.sid, purpose, url, method, params, signed))
        return response

    def _complain(self, text: SentText, code: int, message: str, url: str) -> None:
        self._switch.ledger.add(Complaint(self._switch.now(), text.sid, code, message, url))
