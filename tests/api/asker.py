"""Who asks the API: a token and a client without cookies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

V1 = "/api/v1"


@dataclass
class Asker:
    app: Flask
    token: str

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        return self.ask("POST", path, json={} if body is None else body, **headers)

    def ask(self, method: str, path: str, *, json: Any = None, **headers: str) -> TestResponse:
        """Headers by their names with `_` for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        bearer = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        client = self.app.test_client(use_cookies=False)
        return client.open(V1 + path, method=method, json=json, headers={**bearer, **named})

    def etag(self, path: str) -> str:
        found = self.get(path)
        assert found.status_code == 200, found.text
        return found.headers["ETag"]
