"""What each act on an incident wants to know: the fields of the page's form, as JSON.

The acts themselves, and their rules, are those of the pages (console/acts.py).
"""

from __future__ import annotations

from collections.abc import Mapping

from api.schema import Choice, Flag, Kind, Member, Struct, Text, Whole
from console.acts import HOURS_LONGEST
from ivr import closing, escalation, resolving, states
from ivr.knowledge import TITLE_LONGEST

_TEXT = Text(4000)
_REASON: Mapping[str, Kind] = {"reason": _TEXT}


def _body(wanted: Mapping[str, Kind], **more: Kind) -> Struct:
    """`more` may be left out."""
    members = {name: Member(kind) for name, kind in wanted.items()}
    members |= {name: Member(kind, required=False) for name, kind in more.items()}
    return Struct(members)


_FINDINGS = _body(
    {},
    nature=Choice(states.NATURES),
    diagnosis=_TEXT,
    solution=_TEXT,
    workaround=_TEXT,
    version=_TEXT,
    backlog=Flag(),
)

BODIES: Mapping[str, Struct] = {
    "take": _body({}),
    "told": _body({}),
    "start": _body({}),
    "hand_over": _body({"to": Whole(1)}),
    "wait": _body(_REASON),
    "resume": _body({}),
    "agree_updates": _body({"every": Whole(0, HOURS_LONGEST)}),
    "update_given": _body({}),
    "change_priority": _body({"priority": Choice(tuple(states.NEEDED)), **_REASON}),
    "mark_security": _body({}),
    "lift_security": _body(_REASON),
    "document": _FINDINGS,
    "resolve": _FINDINGS,
    "message_left": _body({"channel": Choice(resolving.CHANNELS)}),
    "replied": _body({}),
    "follow_up": _body({}),
    "approve": _body({}, close=Flag()),
    "close": _body({"how": Choice(closing.HOWS)}, reason=_TEXT),
    "reopen": _body(_REASON),
    "write_article": _body({"title": Text(TITLE_LONGEST), "solution": _TEXT}),
    "escalate": _body({"to": Choice(escalation.TARGETS), **_REASON}),
    "step_in": _body(_REASON),
    "record_escalation": _body(
        {"level": Whole(1, 3), "how": Choice(escalation.HOWS)}, service=Text(80)
    ),
    "call_now": _body({}),
}
"""By the act. A note is an operation of its own (api/incidents.py): an integration may add one."""

DOCUMENTING = ("document", "resolve")
"""These keep what they do not name."""
REPEATABLE = ("take", "told", "call_now")
"""Doing them again, or after somebody else, changes nothing that was there: no version is asked."""
