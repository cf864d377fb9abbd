"""Every reason that the rules give has a sentence in both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ivr import numbers, sla
from ivr.explain import explain
from ivr.hours import ALWAYS, Hours
from ivr.local_time import WORDS
from ivr.policy import Policy
from ivr.reason import Reason

Local = Callable[[str], datetime]
TORONTO = ZoneInfo("America/Toronto")
IVR = Path(sla.__file__).parent
RULES = ("open_time", "hours", "sla", "numbers", "routing", "actions/through")
RULES += ("incidents", "outages", "call_now")
RULES += ("states", "working", "resolving", "closing", "knowledge")
RULES += tuple(f"rota/{name}" for name in ("rules", "order", "gaps", "labour", "review"))
RULES += tuple(f"rota/{name}" for name in ("planning", "entering", "feed", "matching"))
RULES += tuple(f"rota/{name}" for name in ("swaps", "whatif"))
RULES += tuple(f"../console/rota/{name}" for name in ("entries", "fields", "layers"))
KEY = re.compile(
    r"(hours|sla|rota|dialling|routing|incidents|outages|call_now|states|working|closing"
    r"|knowledge)\.[a-z_0-9]+"
)


def keys_named_in(module: str) -> set[str]:
    tree = ast.parse((IVR / f"{module}.py").read_text(encoding="utf-8"))
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return {text for text in texts if isinstance(text, str) and KEY.fullmatch(text)}


@pytest.mark.parametrize("module", RULES)
def test_each_key_has_a_sentence(module: str) -> None:
    keys = keys_named_in(module)
    assert keys, f"{module} names no reason: this test reads nothing"
    assert keys <= WORDS.keys()


def test_no_sentence_of_ours_is_left_over() -> None:
    named = {key for module in RULES for key in keys_named_in(module)}
    assert {key for key in sorted(WORDS.keys()) if KEY.fullmatch(key)} == named


def every_reason(policy: Policy, local: Local) -> list[Reason]:
    lunch = Hours(TORONTO, {0: [(time(8), time(12)), (time(13), time(17))]})
    evenings = policy.window({"weekdays": ["16:30-22:00"]})
    moments = ("2026-11-23 07:00", "2026-11-23 12:30", "2026-11-24 10:00", "2026-11-28 10:00")
    found = [
        hours.opening_at(local(at)).why
        for hours in (policy.hours, policy.window(), evenings, lunch, ALWAYS, Hours(TORONTO, {}))
        for at in (*moments, "2026-12-25 10:00", "2026-11-24 20:00")
    ]
    for priority in policy.priorities:
        found += sla.due(policy, priority, local("2026-12-24 15:30"), policy.window()).why
    for number in ("911", "x", "+19005550101", "+33612345678", "+18005550100"):
        reason = numbers.dialable(number, policy.dialling, ["+18005550100"])
        assert reason
        found.append(reason)
    return found


def test_each_reason_gives_the_facts_that_its_sentence_asks_for(
    policy: Policy, local: Local
) -> None:
    now = local("2026-11-24 10:00")
    reasons = every_reason(policy, local)
    for reason in reasons:
        for language in ("fr", "en"):
            sentence = explain(reason, language, TORONTO, now)
            assert sentence.endswith(".")
            assert "{" not in sentence
            assert not re.search(r"\d{4}-\d\d-\d\d", sentence), "a moment was not put into words"
    assert len({reason.key for reason in reasons}) >= 20


@pytest.mark.parametrize(
    ("at", "french", "english"),
    [
        (
            "2026-12-25 10:00",
            "Fermé le vendredi 25 décembre : Jour de Noël. Ouverture le lundi 28 décembre à 8 h.",
            "Closed on Friday, December 25: Christmas Day. Opens on Monday, December 28 at 8 AM.",
        ),
        (
            "2026-12-26 02:00",
            "Fermé : fin de semaine. Ouverture le lundi 28 décembre à 8 h.",
            "Closed: weekend. Opens on Monday, December 28 at 8 AM.",
        ),
        (
            "2026-12-24 10:00",
            "Ouvert jusqu'au jeudi 24 décembre à 16 h 30.",
            "Open until Thursday, December 24 at 4:30 PM.",
        ),
    ],
)
def test_sentences(policy: Policy, local: Local, at: str, french: str, english: str) -> None:
    why = policy.hours.opening_at(local(at)).why
    spoken = {
        language: explain(why, language, TORONTO, local(at)).replace("\u00a0", " ")
        for language in ("fr", "en")
    }
    assert spoken == {"fr": french, "en": english}
