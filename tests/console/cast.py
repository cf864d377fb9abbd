"""Who is on stage in the console's tests, and a browser without a screen to look at it with."""

from __future__ import annotations

import html
import re
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from argon2 import PasswordHasher
from flask import Flask
from flask.sessions import SessionMixin
from sqlalchemy import select
from werkzeug.test import TestResponse

from ivr import sla
from ivr.database import reading
from ivr.models import (
    Agent,
    Call,
    Client,
    ClientProduct,
    Event,
    Incident,
    Recording,
    RotaLayer,
    RotaLayerMember,
    SuperUser,
)
from line import Line

TORONTO = ZoneInfo("America/Toronto")
MONDAY_9 = datetime(2026, 11, 30, 9, 0, tzinfo=TORONTO)
SATURDAY_2 = datetime(2026, 11, 28, 2, 0, tzinfo=TORONTO)
MINUTE = timedelta(minutes=1)
PASSWORD = "trois petits chats 42"
# As little work as argon2 allows: a test signs in often.
PASSWORD_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)

_numbers = count(1)


@dataclass
class StandingClock:
    """Stands still until a test moves it."""

    moment: datetime = MONDAY_9

    def __call__(self) -> datetime:
        return self.moment.astimezone(UTC)

    def passes(self, span: timedelta) -> None:
        self.moment += span


class Cast:
    """Alice and Bob are at the desk, Denis has left the centre; two clinics call them."""

    def __init__(self, line: Line) -> None:
        self.line = line
        with line.sessions.begin() as session:
            self.alice = _agent("Alice Roy", "alice@example.org", on_desk=True)
            self.bob = _agent("Bob Tremblay", "bob@example.org", on_desk=True)
            self.denis = _agent("Denis Parti", "denis@example.org", active=False)
            self.parc = Client(number="10452", name="Clinique du Parc", other_environments=["test"])
            self.parc.products = [
                ClientProduct(product="medical", extended=True),
                ClientProduct(product="billing"),
            ]
            self.night_user = SuperUser(
                client=self.parc, name="Nadia Nuit", phone="+15145550102", extension="330"
            )
            self.imaging = Client(number="20317", name="Imagerie Rive-Sud", other_environments=[])
            self.imaging.products = [ClientProduct(product="imaging")]
            session.add_all(
                [self.alice, self.bob, self.denis, self.parc, self.night_user, self.imaging]
            )
            session.flush()
            session.add(_rotation(self.bob, self.alice))

    def incident(
        self,
        priority: str = "P2",
        *,
        ago: timedelta = MINUTE,
        client: Client | None = None,
        **facts: Any,
    ) -> Incident:
        """An incident that was opened so long ago, due as §4 says."""
        number = next(_numbers)
        client = client or self.imaging
        opened = self.line.clock() - ago
        policy = self.line.policy
        facts = {
            "product": "imaging",
            "language": "fr",
            "callback_number": "+15145550199",
            **facts,
        }
        if facts.get("taken_at") and facts.get("told_at"):
            facts.setdefault("met_at", max(facts["taken_at"], facts["told_at"]))
        extended = policy.window() if facts.get("extended") else None
        incident = Incident(
            reference=f"{100000 + number}",
            client_id=client.id,
            priority=priority,
            claimed_priority=priority,
            opened_at=opened,
            due_at=sla.due(policy, priority, opened, extended).at,
            **facts,
        )
        incident.call = Call(
            sid=f"CA{number:032x}",
            caller="+15145550199",
            started_at=opened,
            touched_at=opened,
            ended_at=opened,
            step="promise",
            client_id=client.id,
        )
        with self.line.sessions.begin() as session:
            session.add(incident)
        return incident

    def event(
        self, incident: Incident, kind: str, agent: Agent | None = None, **facts: Any
    ) -> None:
        with self.line.sessions.begin() as session:
            session.add(
                Event(
                    incident_id=incident.id,
                    at=self.line.clock(),
                    kind=kind,
                    agent_id=agent and agent.id,
                    facts=facts,
                )
            )

    def recording(self, incident: Incident, **facts: Any) -> Recording:
        number = next(_numbers)
        facts = {"sid": f"RE{number:032x}", "seconds": 24, "status": "completed", **facts}
        recording = Recording(call_id=incident.call_id, recorded_at=self.line.clock(), **facts)
        with self.line.sessions.begin() as session:
            session.add(recording)
        return recording

    def now(self, incident: Incident) -> Incident:
        """The incident as the database has it now, with its holder."""
        with reading(self.line.sessions) as session:
            found = session.get_one(Incident, incident.id)
            assert found.holder is None or found.holder.name
            return found

    def kinds(self, incident: Incident) -> list[str]:
        with reading(self.line.sessions) as session:
            events = select(Event.kind).where(Event.incident_id == incident.id).order_by(Event.id)
            return list(session.scalars(events))

    def change(self, row: Any, **values: Any) -> None:
        with self.line.sessions.begin() as session:
            found = session.get_one(type(row), row.id)
            for name, value in values.items():
                setattr(found, name, value)


class Browser:
    """Follows links and sends forms as a browser does: with the page's own CSRF token."""

    def __init__(self, app: Flask, address: str = "203.0.113.7") -> None:
        self._client = app.test_client()
        self._address = {"REMOTE_ADDR": address}
        self.page: TestResponse

    def get(self, path: str, **headers: str) -> TestResponse:
        self.page = self._client.get(path, headers=headers, environ_base=self._address)
        return self.page

    def post(self, path: str, **form: str) -> TestResponse:
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.page.text)
        fields = {"csrf_token": token[1], **form} if token else form
        self.page = self._client.post(path, data=fields, environ_base=self._address)
        return self.page

    def upload(self, path: str, **files: tuple[bytes, str]) -> TestResponse:
        """Sends the page's form with files: what is in each, and its name."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.page.text)
        data: dict[str, Any] = {name: (BytesIO(held), of) for name, (held, of) in files.items()}
        data |= {"csrf_token": token[1]} if token else {}
        self.page = self._client.post(path, data=data, environ_base=self._address)
        return self.page

    def sign_in(self, email: str = "alice@example.org", password: str = PASSWORD) -> TestResponse:
        self.get("/sign-in")
        return self.post("/sign-in", email=email, password=password)

    def session(self) -> AbstractContextManager[SessionMixin]:
        """What the cookie says: it is signed, not secret."""
        return self._client.session_transaction(environ_overrides=self._address)

    def cookie(self) -> str | None:
        found = self._client.get_cookie("p1line")
        return found.value if found else None


def text(page: TestResponse) -> str:
    """What a reader sees: the page without its tags, in single spaces (no-break ones too)."""
    body = page.text.partition("<body>")[2]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body))).strip()


def references(page: TestResponse) -> list[str]:
    """The incidents that a list shows, in its order."""
    found = re.findall(r'class="reference"[^>]*>([^<]+)<', page.text)
    return [re.sub(r"\s", "", html.unescape(reference)) for reference in found]


def _rotation(*agents: Agent) -> RotaLayer:
    """They are on call a week each, from Mondays at 8:00."""
    members = [RotaLayerMember(position=n, agent_id=agent.id) for n, agent in enumerate(agents)]
    return RotaLayer(
        level="on_call",
        place=0,
        name="Garde",
        first_day=date(2026, 1, 5),
        handover=time(8),
        members=members,
        entered_at=MONDAY_9,
    )


def _agent(name: str, email: str, **facts: Any) -> Agent:
    return Agent(name=name, email=email, phone="+14505550111", password_hash=PASSWORD_HASH, **facts)
