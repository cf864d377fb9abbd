"""Which agents an event of a calendar means: by e-mail address, then by name; never by a guess."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from ivr.reason import Reason
from ivr.rota.feed import FeedEvent, emails_in


@dataclass(frozen=True)
class Known:
    """An agent as calendars may name one."""

    id: int
    name: str
    email: str
    usable: bool = True


def match(event: FeedEvent, agents: Sequence[Known]) -> tuple[int, ...] | Reason:
    """The agents whose shift it is, in the event's order; a reason where nobody can be sure.

    Several people who attend an event share it. In its title or description only one may stand:
    who replaces whom is not for us to say.
    """
    found = _by_email(agents, event.emails)
    if not found:
        for stated in (
            _by_email(agents, emails_in(event.summary)),
            _by_email(agents, emails_in(event.description)),
        ):
            if len(stated) > 1:
                return Reason("rota.event_several")
            found = found or stated
    found = found or _by_name(agents, event.names)
    if not found:
        stated = _named_in(agents, event.summary) or _by_user_name(agents, event.summary)
        if len(stated) > 1:
            return Reason("rota.event_several")
        found = stated
    if not found:
        return Reason("rota.event_nobody")
    if gone := [agent for agent in found if not agent.usable]:
        return Reason("rota.event_unusable", {"agent": gone[0].id})
    return tuple(dict.fromkeys(agent.id for agent in found))


def _by_email(agents: Sequence[Known], emails: Sequence[str]) -> list[Known]:
    return [agent for email in emails for agent in agents if agent.email.lower() == email]


def _by_name(agents: Sequence[Known], names: Sequence[str]) -> list[Known]:
    return [agent for name in names for agent in agents if _plain(agent.name) == _plain(name)]


def _named_in(agents: Sequence[Known], text: str) -> list[Known]:
    """Those whose whole name stands in the text, less those inside a longer name ("Anne Roy")."""
    plain = _plain(text)
    found = [agent for agent in agents if _stands_in(_plain(agent.name), plain)]
    return [
        agent
        for agent in found
        if not any(
            _plain(agent.name) != _plain(other.name)
            and _stands_in(_plain(agent.name), _plain(other.name))
            for other in found
        )
    ]


def _by_user_name(agents: Sequence[Known], text: str) -> list[Known]:
    """A title that is a user name: what stands before the @ of one agent's address."""
    return [agent for agent in agents if agent.email.split("@")[0].lower() == text.strip().lower()]


def _stands_in(name: str, text: str) -> bool:
    return bool(name) and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def _plain(text: str) -> str:
    """Without accents, case, or more than one space between words."""
    decomposed = unicodedata.normalize("NFKD", text)
    letters = "".join(one for one in decomposed if not unicodedata.combining(one))
    return " ".join(letters.casefold().split())
