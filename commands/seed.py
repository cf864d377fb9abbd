"""`p1line seed --demo`: the demo's clinics and agents; run again, it puts them back as they are."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from commands import demo_data, environment
from commands.demo_data import Demo, DemoAgent, DemoClient, DemoSuperUser
from commands.moments import refusals
from commands.wording import json_option, language_option, refuse, say
from ivr import contacts
from ivr.database import connect, sessions
from ivr.models import Agent, Base, Client, ClientLine, ClientProduct, SuperUser
from ivr.policy import Policy
from ivr.rota import layers, planning
from ivr.rota.layers import LayerPlan

Row = TypeVar("Row", bound=Base)


@click.command()
@click.option("--demo", is_flag=True, required=True, help="The demo of README.md (demo.toml).")
@json_option
@language_option
def command(demo: bool, as_json: bool, language: str) -> None:
    """Fill the database of a stand-in Twilio with the demo's fictitious clinics and agents.

    The agents' password is P1LINE_DEMO_PASSWORD, which `make run` draws for each install.
    Refused where TWILIO_API_BASE_URL is not on the loopback.
    """
    settings = environment.settings()
    if not settings.local:
        refuse(language, "seed.not_local")
    password = environment.load().get("P1LINE_DEMO_PASSWORD")
    if not password:
        refuse(language, "seed.no_password")
    data = demo_data.read()
    engine = connect(settings.database_url)
    with refusals(), sessions(engine).begin() as session:
        policy = Policy.read(settings.policy_file)
        seed(session, data, password, settings.clock()(), policy.zone, policy)
    engine.dispose()
    counts = {"clients": len(data.clients), "agents": len(data.agents)}
    if as_json:
        click.echo(json.dumps(counts))
    else:
        say(language, "seed.done", **counts)


def seed(
    session: Session,
    demo: Demo,
    password: str,
    now: datetime,
    zone: ZoneInfo,
    policy: Policy | None = None,
) -> None:
    """Puts the demo into the database; `zone` says which day it is, for the go-live dates.

    `policy` names the levels of the rota; by default it is the centre's own.
    """
    today = now.astimezone(zone).date()
    for client in demo.clients:
        days = client.go_live_in_days
        go_live_on = None if days is None else today + timedelta(days=days)
        _seed_client(session, client, go_live_on=go_live_on)
    for agent in demo.agents:
        _seed_agent(session, agent, password)
    policy = policy or Policy.read()
    for contact in demo.contacts:
        contacts.put(session, policy, "", contact)
    _seed_rota(session, layers.from_data(demo.rota, policy), now)


def _seed_client(session: Session, demo: DemoClient, **more: Any) -> None:
    client = _put(
        session,
        Client,
        {"number": demo.number},
        name=demo.name,
        other_environments=demo.other_environments,
        beta_site=demo.beta_site,
        **more,
    )
    session.flush()
    mine = {"client_id": client.id}
    session.execute(delete(ClientProduct).filter_by(**mine))
    session.execute(delete(ClientLine).filter_by(**mine))
    for product in demo.products:
        extended = product in demo.extended
        session.add(ClientProduct(**mine, product=product, extended=extended))
    for phone in demo.lines:
        session.add(ClientLine(**mine, phone=phone))
    for user in demo.super_users:
        _seed_super_user(session, client, user)


def _seed_super_user(session: Session, client: Client, demo: DemoSuperUser) -> None:
    """Whoever has this number now, else the last who had it: a form may have named others since."""
    mine = select(SuperUser).filter_by(client_id=client.id, phone=demo.phone)
    latest = mine.order_by(SuperUser.removed_at.is_(None).desc(), SuperUser.id.desc()).limit(1)
    user = session.scalars(latest).one_or_none()
    if user is None:
        user = SuperUser(client_id=client.id)
        session.add(user)
    for name, value in asdict(demo).items():
        setattr(user, name, value)
    user.removed_at, user.removed_reason = None, ""


def _seed_agent(session: Session, demo: DemoAgent, password: str) -> None:
    values = asdict(demo)
    agent = _put(session, Agent, {"email": values.pop("email")}, active=True, **values)
    agent.password_hash = _hash(agent.password_hash, password)
    session.flush()


def _seed_rota(session: Session, plans: list[LayerPlan], now: datetime) -> None:
    """As if it had been known since it began: the demo gives no warning of its own."""
    known = min((plan.starts_at for plan in plans if plan.starts_at), default=now)
    planning.enter(session, planning.compare(session, plans, now), now, min(known, now))


def _put(session: Session, kind: type[Row], key: dict[str, Any], **values: Any) -> Row:
    """The row with this key, changed to these values, or a new one."""
    row = session.scalars(select(kind).filter_by(**key)).one_or_none()
    if row is None:
        row = kind(**key)
        session.add(row)
    for name, value in values.items():
        setattr(row, name, value)
    return row


def _hash(known: str | None, password: str) -> str:
    """The hash that is there where it is of this password: seeding again changes nothing."""
    return known if known and _is_of(known, password) else _hash_of_all(password)


@cache
def _is_of(known: str, password: str) -> bool:
    try:
        return PasswordHasher().verify(known, password)
    except VerifyMismatchError:
        return False


@cache
def _hash_of_all(password: str) -> str:
    """One for all agents, who share the password anyway: hashing is slow on purpose."""
    return PasswordHasher().hash(password)
