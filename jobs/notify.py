"""Sends one message: claimed, sent, recorded; tried again, or given up, when that fails."""

from __future__ import annotations

import logging

from ivr import letters, outbox, people_links
from ivr.models import Message
from ivr.people_vault import Vault
from jobs import mail
from jobs.failure import Failure
from jobs.look_up import CLOCKS_DIFFER
from line import Line

log = logging.getLogger(__name__)


def send(line: Line, message_id: int) -> None:
    """Sends the message, where it is due and nobody else does; twice does no harm.

    An SMS that may have gone out already is looked up first; a letter keeps its Message-ID.
    """
    with line.scene() as scene:
        message = outbox.claim(scene, message_id)
        if message is None:
            return
        if not letters.is_wanted(scene, message):
            outbox.dropped(scene, message)
            return
    try:
        sid = _text(line, message) if message.channel == "sms" else _letter(line, message)
    except Failure as failure:
        log.warning("incident %s, message %s: %s", message.incident_id, message_id, failure)
        _not_sent(line, message_id, failure)
        return
    with line.scene() as scene:
        if waiting := outbox.waiting(scene, message_id):
            outbox.sent(scene, waiting, sid)


def _text(line: Line, message: Message) -> str:
    if message.attempts > 1:
        since = message.created_at - CLOCKS_DIFFER
        if sid := line.phone.find_text(message.to, message.body, since):
            return sid
    status_url = f"{line.settings.public_url}/sms/status?message={message.id}"
    return line.phone.text(message.to, message.body, status_url=status_url)


def _letter(line: Line, message: Message) -> str:
    settings = line.settings
    if not settings.smtp_url:
        raise mail.MailError("no mail server is set (SMTP_URL)", permanent=True)
    written = mail.letter(
        sender=settings.mail_from,
        to=message.to,
        subject=message.subject,
        body=people_links.filled(Vault(settings.secret_key), message.body),
        number=message.id,
        written_at=message.created_at,
    )
    mail.send(settings.smtp_url, written)
    return str(written["Message-ID"])


def _not_sent(line: Line, message_id: int, failure: Failure) -> None:
    with line.scene() as scene:
        if waiting := outbox.waiting(scene, message_id):
            settle = outbox.failed if failure.permanent else outbox.again
            settle(scene, waiting, str(failure))
