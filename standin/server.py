"""Serves the stand-in's APIs over HTTP, in threads of its own."""

from __future__ import annotations

import contextlib
import functools
import socket
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from standin import (
    control,
    control_calls,
    control_watch,
    rest,
    rest_calls,
    rest_messages,
    rest_queues,
    rest_resources,
)
from standin.switch import StandIn

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ROUTES = (rest_calls, rest_messages, rest_queues, rest_resources, control_calls,
          control_watch)  # fmt: skip
"""Each adds its routes to `rest.api`, those of the control API to `control.control`."""


def create_app(standin: StandIn) -> WSGIApplication:
    """The REST API and the control API of one stand-in: each request says whose it is."""

    def application(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        environ[rest.STANDIN] = standin
        return _routes()(environ, start)

    return application


@functools.cache
def _routes() -> Flask:
    """The same for all stand-ins of a process: a test has its own, and routes are slow to make."""
    app = Flask(__name__)
    app.register_blueprint(rest.api)
    app.register_blueprint(control.control)
    app.register_error_handler(rest.RestError, rest.show_error)
    return app


class QuietHandler(WSGIRequestHandler):
    """Keeps connections open, and numbers and digits out of the log."""

    protocol_version = "HTTP/1.1"
    connections: set[socket.socket]

    def setup(self) -> None:
        super().setup()
        self.connections.add(self.connection)

    def finish(self) -> None:
        self.connections.discard(self.connection)
        super().finish()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


class Server:
    """On `host` and `port` (0: a free one) from `start` to `stop`."""

    def __init__(self, standin: StandIn, host: str = "127.0.0.1", port: int = 0) -> None:
        self._connections: set[socket.socket] = set()
        handler = type("Handler", (QuietHandler,), {"connections": self._connections})
        self._server: BaseWSGIServer = make_server(
            host, port, create_app(standin), threaded=True, request_handler=handler
        )
        self.url = f"http://{host}:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """From then on nobody is answered, not on an open connection either."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)
        for connection in list(self._connections):
            with contextlib.suppress(OSError):  # it went by itself in the meantime
                connection.shutdown(socket.SHUT_RDWR)
