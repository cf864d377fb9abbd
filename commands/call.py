"""`p1line call`: a phone in the terminal that calls the line, on the stand-in."""

from __future__ import annotations

import functools
import json
import sys
from datetime import datetime
from typing import TextIO

import click

from commands.moments import Moment
from commands.phones import WORDS, connect, refusals, standin_option
from commands.wording import json_option, language_option
from standin.script import Line, Player, ScriptError, read
from standin.terminal import Followed, Print, Say, Typed, converse, converse_fast


@click.command()
@click.option("--from", "caller", required=True, metavar="NUMBER", help="The phone that calls.")
@click.option("--to", metavar="NUMBER", help="The line's number; its only one by default.")
@click.option("--at", type=Moment(), metavar="T", help="Put the clock at T first (local time).")
@click.option("--hidden", is_flag=True, help="Withhold the number.")
@click.option("--script", type=click.File(encoding="utf-8"), help="Do what it says; - is stdin.")
@click.option("--fast", is_flag=True, help="Skip speech and silence: the clock jumps over them.")
@standin_option
@language_option
@json_option
def command(
    caller: str,
    to: str | None,
    at: datetime | None,
    hidden: bool,
    script: TextIO | None,
    fast: bool,
    address: str | None,
    language: str,
    as_json: bool,
) -> None:
    """Call the line: read what is said, type keys (digits, *, #) or words; "h" hangs up.

    A script has a line for each action: press KEYS, say WORDS, wait [SECONDS], expect WORDS
    (exit 1 where they were not heard since the last action), hang up.
    """
    remote = connect(address)
    say = functools.partial(WORDS.text, language)
    show = _silent if as_json else click.echo
    failure = None
    with refusals(remote, language, number=to or caller):
        try:
            lines = None if script is None else read(script.read(), say)
            if at is not None:
                remote.set_clock(at.isoformat())
            followed = Followed(remote, remote.dial(caller, to, hidden), say, show)
            _hold(followed, lines, fast, say, show)
        except ScriptError as error:
            failure = str(error)
    if as_json and failure is None:
        facts = {"call": followed.call, "events": followed.events}
        click.echo(json.dumps(facts, ensure_ascii=False))
    if failure is not None:
        raise click.ClickException(failure)


def _hold(followed: Followed, lines: list[Line] | None, fast: bool, say: Say, show: Print) -> None:
    """The call from the first ring on; whatever ends this command hangs up."""
    try:
        if lines is not None:
            Player(followed, say, fast).play(lines)
            return
        show(say("hint.call") + (say("hint.fast") if fast else ""))
        (converse_fast if fast else converse)(followed, Typed(sys.stdin), say, show)
    except KeyboardInterrupt:
        show("")
    finally:
        if not followed.over:
            followed.hang_up()


def _silent(text: str) -> None:
    """Nothing is printed but the JSON at the end."""
