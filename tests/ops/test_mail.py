"""The demo's mail server, spoken to as the line's own mailer does: by SMTP."""

from __future__ import annotations

import os
import smtplib
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from standin.mail import MailServer, pages
from tests.ops.processes import eventually
from tests.servers import free_port


@pytest.fixture
def server() -> Iterator[MailServer]:
    started = MailServer().start()
    yield started
    started.stop()


def send(port: int, subject: str = "Réf. 412 736", text: str = "Nous vous rappellerons.") -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "p1@example.org", "vous@example.org", subject
    letter.set_content(text)
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
        client.send_message(letter)


def test_a_letter_is_kept_as_it_was_sent(server: MailServer) -> None:
    send(server.port)
    [letter] = server.letters
    assert letter["Subject"] == "Réf. 412 736"
    assert letter.get_content().strip() == "Nous vous rappellerons."
    assert server.deliveries[0].recipients == ("vous@example.org",)
    assert server.deliveries[0].sender == "p1@example.org"


def test_refusals_come_once_each_and_in_order(server: MailServer) -> None:
    server.refuse("450 4.2.0 later", times=2)
    server.refuse("550 5.1.1 unknown")
    codes = []
    for _ in range(3):
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            send(server.port)
        codes.append(refused.value.recipients["vous@example.org"][0])
    assert codes == [450, 450, 550]
    send(server.port)
    assert len(server.letters) == 1


@pytest.mark.parametrize(("at", "kept"), [("MAIL", 0), ("RCPT", 0), ("DATA", 0), ("accepted", 1)])
def test_a_lost_connection(server: MailServer, at: str, kept: int) -> None:
    server.drop(at=at)  # type: ignore[arg-type]
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(server.port)
    assert len(server.letters) == kept


def test_the_server_can_go_away_and_come_back_with_its_letters(server: MailServer) -> None:
    send(server.port)
    server.stop()
    with pytest.raises(ConnectionRefusedError):
        send(server.port)
    server.start()
    send(server.port)
    assert len(server.letters) == 2


def test_letters_survive_in_their_folder(tmp_path: Path) -> None:
    for subject in ("première", "deuxième"):
        server = MailServer(tmp_path).start()
        send(server.port, subject)
        server.stop()
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["000001.eml", "000002.eml"]
    assert [letter["Subject"] for letter in MailServer(tmp_path).letters] == [
        "première",
        "deuxième",
    ]


def test_people_read_the_newest_first_and_nothing_runs(server: MailServer) -> None:
    send(server.port, "première")
    send(server.port, "<script>alert(1)</script>")
    client = pages(server).test_client()
    page = client.get("/").text
    assert page.index("&lt;script&gt;") < page.index("première")
    assert "<script>" not in page
    assert [each["subject"] for each in client.get("/letters").get_json()] == [
        "première",
        "<script>alert(1)</script>",
    ]


def test_without_letters_the_page_says_so(server: MailServer) -> None:
    assert "Aucune lettre" in pages(server).test_client().get("/").text


def test_as_a_process_it_shows_its_letters_and_stops_cleanly(tmp_path: Path) -> None:
    ports = {"SMTP_PORT": free_port(), "MAIL_PORT": free_port()}
    environ = {**os.environ, "MAIL_FOLDER": str(tmp_path)}
    environ |= {name: str(port) for name, port in ports.items()}
    process = subprocess.Popen([sys.executable, "-m", "standin.mail"], env=environ)
    try:
        eventually(lambda: answers(ports["MAIL_PORT"]))
        send(ports["SMTP_PORT"], "Bonjour")
        assert b"Bonjour" in answers(ports["MAIL_PORT"])
    finally:
        process.terminate()
    assert process.wait(10) == 0


def answers(port: int) -> bytes:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
            body: bytes = answer.read()
            return body
    except OSError:
        return b""
