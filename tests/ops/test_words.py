"""Each sentence of the operator's commands and of the runner is used, and each one used exists."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from commands import wording
from ivr.rota.planning import ChangeKind
from runner import welcome
from settings import HERE

CHANGES = {f"rota.layer.{kind}" for kind in get_args(ChangeKind)}
COMMANDS, RUNNER = wording.WORDS.keys(), welcome.WORDS.keys()


def code(folder: str) -> str:
    paths = sorted(Path(HERE, folder).glob("*.py"))
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def test_the_commands_words() -> None:
    tables = "|".join({key.partition(".")[0] for key in COMMANDS})
    named = set(re.findall(rf'"((?:{tables})\.[a-z_]+)"', code("commands")))
    assert named | CHANGES == COMMANDS


def test_the_runners_refusals() -> None:
    used = {f"refused.{key}" for key in re.findall(r'refusal\("(\w+)"', code("runner"))}
    assert used == {key for key in RUNNER if key.startswith("refused.")}
