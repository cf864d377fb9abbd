"""The demo's mail: `python -m standin.mail` takes letters on SMTP_PORT and shows them on MAIL_PORT.

They are kept as .eml files in MAIL_FOLDER. Nothing is ever delivered to anybody.
"""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

from flask import Flask, Response, jsonify, render_template_string
from werkzeug.serving import WSGIRequestHandler, make_server

from standin.mailbox import MailServer

__all__ = ["MailServer", "pages"]

PAGE = Path(__file__).with_name("mail.html")


def pages(server: MailServer) -> Flask:
    """The letters for people, newest first, and at /letters for machines."""
    app = Flask(__name__)

    @app.get("/")
    def page() -> str:
        template = PAGE.read_text(encoding="utf-8")
        newest = [delivery.as_json() for delivery in reversed(server.deliveries)]
        return render_template_string(template, letters=newest)

    @app.get("/letters")
    def letters() -> Response:
        return jsonify([delivery.as_json() for delivery in server.deliveries])

    return app


class _Quiet(WSGIRequestHandler):
    """Says nothing of each request: the page asks again every ten seconds."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def main() -> None:
    server = MailServer(Path(os.environ["MAIL_FOLDER"]), int(os.environ["SMTP_PORT"])).start()
    web = make_server(
        "127.0.0.1",
        int(os.environ["MAIL_PORT"]),
        pages(server),
        threaded=True,
        request_handler=_Quiet,
    )
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=web.shutdown).start())
    try:
        web.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.stop()


if __name__ == "__main__":
    main()
