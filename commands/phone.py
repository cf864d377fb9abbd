"""`p1line phone`: be a phone that the line calls, or say what it does by itself."""

from __future__ import annotations

import functools
import json
import sys
import time

import click

from commands.phones import WORDS, connect, refusals, standin_option
from commands.wording import json_option, language_option
from standin.remote import Remote
from standin.terminal import Followed, Print, Say, Typed, converse

DOES = (
    *("accept", "decline", "busy", "no-answer", "voicemail", "reject", "hang-up", "silent"),
    "unreachable",
)
PAUSE = 0.4
"""Real seconds between two looks at whether it rings."""


@click.command()
@click.option("--number", required=True, metavar="NUMBER", help="The phone's number.")
@click.option("--does", type=click.Choice(DOES), help="What it does by itself from now on.")
@click.option("--received", is_flag=True, help="Print its texts and its voicemail.")
@standin_option
@language_option
@json_option
def command(
    number: str,
    does: str | None,
    received: bool,
    address: str | None,
    language: str,
    as_json: bool,
) -> None:
    """Be that phone: wait for calls, answer, read the whisper, type keys. Ctrl-C puts it down."""
    remote = connect(address)
    say = functools.partial(WORDS.text, language)
    with refusals(remote, language, number=number):
        if does is not None:
            remote.set_phone(number, does)
        if received or does is not None:
            _print(remote.phone(number), received, say, as_json)
        else:
            _hold(remote, number, say, click.echo)


def _print(phone: dict[str, list[str]], received: bool, say: Say, as_json: bool) -> None:
    number = phone["number"]
    if as_json:
        click.echo(json.dumps(phone, ensure_ascii=False))
    elif not received:
        behaviour = say(f"phone.behaviour.{phone['does'][0]}")
        click.echo(say("phone.does", number=number, does=behaviour))
    else:
        for body in phone["inbox"]:
            click.echo(say("phone.texts", number=number, body=body))
        for body in phone["voicemail"]:
            click.echo(say("phone.voicemail", number=number, body=body))
        if not phone["inbox"] and not phone["voicemail"]:
            click.echo(say("phone.nothing", number=number))


def _hold(remote: Remote, number: str, say: Say, show: Print) -> None:
    """Until Ctrl-C or the end of the input; then the phone does again what it did before."""
    before = remote.phone(number)["does"]
    remote.set_phone(number, "manual")
    show(say("hint.waiting", number=number))
    typed = Typed(sys.stdin)
    try:
        while not typed.ended:
            _answer(remote, number, typed, say, show)
            time.sleep(PAUSE)
    except KeyboardInterrupt:
        show("")
    finally:
        remote.set_phone(number, *before)


def _answer(remote: Remote, number: str, typed: Typed, say: Say, show: Print) -> None:
    """Takes the call that rings here, if one does."""
    ringing = [call for call in remote.live_calls(number) if call["status"] == "ringing"]
    if not ringing:
        typed.line(0)  # what is typed while nothing rings is for nobody
        return
    call = ringing[0]
    show("\a" + say("hint.ringing", caller=call["from"]))
    followed = Followed(remote, call, say, show)
    while not followed.over:
        line = typed.line(PAUSE)
        if line is not None or typed.ended:
            remote.does(call["sid"], "decline" if typed.ended or line == "d" else "answer")
            converse(followed, typed, say, show)
            return
        followed.look()
