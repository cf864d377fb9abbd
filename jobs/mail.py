"""Sends one letter by SMTP (RFC 5321): the address of the server is SMTP_URL.

smtp://user:password@host:port, or smtps:// where the server speaks TLS from the first byte; over
smtp:// TLS begins as soon as the server offers it.
"""

from __future__ import annotations

import smtplib
import ssl
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from functools import cache
from urllib.parse import unquote, urlsplit

from jobs.failure import Failure

TIMEOUT = 10.0  # seconds, for each step of the conversation
NOOP_DONE = 250
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class MailError(Failure):
    """The mail server did not take the letter."""


def letter(
    *, sender: str, to: str, subject: str, body: str, number: int, written_at: datetime
) -> EmailMessage:
    """The letter number `number`; sent again it is the same letter, by its Message-ID.

    Raises `MailError` where the address makes no letter.
    """
    mail = EmailMessage()
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    try:
        mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    except ValueError as error:
        raise MailError("the address makes no letter", permanent=True) from error
    mail["Date"] = format_datetime(written_at)
    mail["Message-ID"] = f"<p1line-{number}-{int(written_at.timestamp())}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notes in return
    mail.set_content(body)
    return mail


def send(smtp_url: str, mail: EmailMessage) -> None:
    """Hands the letter to the server. Raises `MailError` unless the server accepts it."""
    try:
        with _connected(smtp_url) as server:
            server.send_message(mail)
    except smtplib.SMTPRecipientsRefused as error:
        code = max((code for code, _ in error.recipients.values()), default=550)
        raise MailError(f"the address is refused: {code}", permanent=code >= 500) from error
    except smtplib.SMTPNotSupportedError as error:
        raise MailError("the server does not take such an address", permanent=True) from error
    except smtplib.SMTPDataError as error:
        permanent = error.smtp_code >= 500
        raise MailError(f"the letter is refused: {error.smtp_code}", permanent=permanent) from error
    except smtplib.SMTPResponseException as error:  # sign-in, sender: ours to put right
        raise MailError(f"the server answers {error.smtp_code}", permanent=False) from error
    except (smtplib.SMTPException, OSError) as error:
        raise MailError(f"no mail server: {type(error).__name__}", permanent=False) from error


def reach(smtp_url: str) -> None:
    """Connects, signs in and says NOOP (RFC 5321, 4.1.1.9), as before a letter.

    Raises `MailError` where the server does not take it.
    """
    try:
        with _connected(smtp_url) as server:
            code, _ = server.noop()
    except smtplib.SMTPResponseException as error:
        raise MailError(f"the server answers {error.smtp_code}", permanent=False) from error
    except (smtplib.SMTPException, OSError) as error:
        raise MailError(f"no mail server: {type(error).__name__}", permanent=False) from error
    if code != NOOP_DONE:
        raise MailError(f"the server answers {code}", permanent=False)


def _connected(smtp_url: str) -> smtplib.SMTP:
    url = urlsplit(smtp_url)
    host, context = url.hostname or "localhost", _trusted()
    secure = url.scheme == "smtps"
    if secure:
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, url.port or 465, timeout=TIMEOUT, context=context
        )
    else:
        server = smtplib.SMTP(host, url.port or 25, timeout=TIMEOUT)
    try:
        server.ehlo_or_helo_if_needed()
        if not secure and server.has_extn("starttls"):
            server.starttls(context=context)
            secure = True
        if url.username:
            if not secure and host not in LOOPBACK:
                raise MailError("no password is sent without TLS", permanent=False)
            server.login(unquote(url.username), unquote(url.password or ""))
    except BaseException:
        server.close()
        raise
    return server


@cache
def _trusted() -> ssl.SSLContext:
    """Whom this machine trusts: read once, as reading takes longer than sending a letter."""
    return ssl.create_default_context()
