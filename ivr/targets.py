"""Addresses that are told what happens to incidents: made, tried, paused and removed."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from ivr import audit, published, signing
from ivr.incidents import Refused
from ivr.models import Agent, WebhookDelivery, WebhookSubscription, WebhookTarget
from ivr.reason import Reason
from ivr.scene import Scene
from ivr.tokens import named

RIGHTS = ("incidents", "clients")
"""What a target may be told beyond references and moments (ivr/published.py)."""
LONGEST_URL = 500
OVERLAP = timedelta(days=1)
"""So long the secret before is signed with as well."""


@dataclass(frozen=True)
class Wanted:
    """What an administrator asks for."""

    form: str
    name: str
    url: str
    types: Collection[str]
    rights: Collection[str]


def make(scene: Scene, by: Agent, wanted: Wanted, *, demo: bool) -> WebhookTarget:
    """A new target. `demo`: an address on this machine will do. Raises `Refused`."""
    name, url = named(wanted.name), address(wanted.url, demo=demo)
    types = [type_ for type_ in published.ALL if type_ in wanted.types]
    if not types:
        raise Refused(Reason("integrations.no_type"))
    target = WebhookTarget(
        form=wanted.form,
        name=name,
        url=url,
        rights=[right for right in RIGHTS if right in wanted.rights],
        salt=signing.salt(),
        salted_at=scene.now,
        created_at=scene.now,
        created_by=by,
        subscriptions=[WebhookSubscription(type=type_) for type_ in types],
    )
    scene.session.add(target)
    host = urlsplit(url).hostname
    audit.note(scene, by, "webhook_made", name, host=host, rights=target.rights)
    return target


def rotate(scene: Scene, target: WebhookTarget, by: Agent, seen: str) -> None:
    """A new secret; the old one is signed with for a day more. `seen`: the salt's beginning, as
    the page showed it: a double click changes it once. Raises `Refused`."""
    _check_there(target)
    if not target.salt.startswith(seen) or len(seen) < 8:
        raise Refused(Reason("integrations.changed"))
    target.old_salt, target.salt, target.salted_at = target.salt, signing.salt(), scene.now
    audit.note(scene, by, "webhook_secret_changed", target.name)


def salts(scene: Scene, target: WebhookTarget) -> list[str]:
    """Of the secrets to sign with now, the newest first."""
    fresh = scene.now - target.salted_at < OVERLAP
    return [target.salt, target.old_salt] if target.old_salt and fresh else [target.salt]


def pause(scene: Scene, target: WebhookTarget, by: Agent | None, why: str = "asked") -> None:
    """It is told nothing from now on; `why`: "asked", or "gone" where its own answer was 410."""
    _check_there(target)
    if target.paused_at is None:
        target.paused_at, target.paused_why = scene.now, why
        audit.note(scene, by, "webhook_paused", target.name, why=why)


def resume(scene: Scene, target: WebhookTarget, by: Agent) -> None:
    """It is told what happens from now on, and what had waited."""
    _check_there(target)
    if target.paused_at is not None:
        target.paused_at, target.paused_why = None, ""
        audit.note(scene, by, "webhook_resumed", target.name)


def remove(scene: Scene, target: WebhookTarget, by: Agent) -> None:
    """It is told nothing more, and what waits for it is dropped; twice does no harm."""
    if target.removed_at is not None:
        return
    target.removed_at = scene.now
    scene.session.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.target_id == target.id, WebhookDelivery.send_at.is_not(None))
        .values(send_at=None, claimed_until=None, failure="removed")
        .execution_options(synchronize_session=False)
    )
    audit.note(scene, by, "webhook_removed", target.name)


def test(scene: Scene, target: WebhookTarget, by: Agent) -> None:
    """A message that tells of nothing, to see that it arrives. Raises `Refused`."""
    _check_there(target)
    if target.paused_at is not None:
        raise Refused(Reason("integrations.paused"))
    scene.session.add(
        WebhookDelivery(target=target, type=published.TEST, created_at=scene.now, send_at=scene.now)
    )
    audit.note(scene, by, "webhook_tested", target.name)


def known(session: Session) -> Sequence[WebhookTarget]:
    """Those that are not removed, the newest first."""
    query = select(WebhookTarget).where(WebhookTarget.removed_at.is_(None))
    return session.scalars(
        query.order_by(WebhookTarget.id.desc()).options(
            selectinload(WebhookTarget.subscriptions), joinedload(WebhookTarget.created_by)
        )
    ).all()


def address(url: str, *, demo: bool) -> str:
    """The address, where something may be sent to it: https, a name or a public number.

    What the name leads to is looked at each time something is sent (jobs/post_out.py).
    Raises `Refused`.
    """
    url = url.strip()
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, 0, urlsplit("")
    odd = parts.username is not None or parts.fragment or port == 0 or not _is_plain(url)
    if not host or odd or len(url) > LONGEST_URL:
        raise Refused(Reason("integrations.bad_address"))
    if demo and _is_loopback(host) and parts.scheme in ("http", "https"):
        return url
    if parts.scheme != "https":
        raise Refused(Reason("integrations.not_https"))
    if _is_private(host):
        raise Refused(Reason("integrations.private_address"))
    return url


def _is_plain(url: str) -> bool:
    return url.isascii() and url.isprintable() and " " not in url and "\\" not in url


def _is_loopback(host: str) -> bool:
    return host == "localhost" or is_loopback(host)


def is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _is_private(host: str) -> bool:
    """By its looks alone: a number that is not public, or a name that is of this network."""
    if (
        host == "localhost"
        or host.endswith((".localhost", ".local", ".internal"))
        or "." not in host
    ):
        return ":" not in host or not is_public(host)
    looks_numeric = host.rpartition(".")[2].isdigit() or host.rpartition(".")[2].startswith("0x")
    return looks_numeric and not is_public(host)


_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
"""NAT64 (RFC 6052): the last four bytes are an IPv4 address."""


def is_public(address: str) -> bool:
    """Is the number one of the public internet, and nothing that leads back into a network?"""
    try:
        number = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(number, ipaddress.IPv6Address):
        within = number.ipv4_mapped or number.sixtofour
        if number in _TRANSLATED:
            within = ipaddress.IPv4Address(int(number) & 0xFFFFFFFF)
        if within is not None:
            return is_public(str(within))
        if number.teredo is not None:
            return False
    return number.is_global and not number.is_multicast and not number.is_reserved


def _check_there(target: WebhookTarget) -> None:
    if target.removed_at is not None:
        raise Refused(Reason("integrations.removed"))
