"""One turn of the dialogue: what came back -> an outcome -> the next step -> what is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ivr import actions, hunt, words
from ivr.actions import Turn
from ivr.menu import MENU
from ivr.reply import Keys, Reply, Said, Voice
from ivr.steps import AGAIN, SILENCE, Choose, Decide, Enter, Hold, Record, Step, Tell

ENGLISH, PERSON, REPEAT = "9", "0", "*"
FINISH = "#"


@dataclass(frozen=True)
class Taken:
    """A turn that was taken: how the answer was understood, and our reply to it."""

    outcome: str
    reply: Reply


def begin(turn: Turn) -> Taken:
    """The first turn: the greeting, and whatever it leads to."""
    return Taken("began", _go(turn, MENU.start))


def advance(turn: Turn) -> Taken:
    """Takes what came back to the step where the call stands."""
    step = MENU[turn.call.step]
    keys = turn.given.keys
    if isinstance(step, Choose | Enter) and keys in (ENGLISH, PERSON, REPEAT):
        return _command(turn, step, keys)
    outcome = _understand(turn, step)
    if outcome in (AGAIN, SILENCE):
        return Taken(outcome, _again(turn, step, outcome))
    turn.call.tries = 0
    return Taken(outcome, _go(turn, _next(step, outcome)))


def _command(turn: Turn, step: Choose | Enter, key: str) -> Taken:
    """A lone 9, 0 or * is a command at every prompt; it uses no try."""
    if key == PERSON:
        turn.call.tries = 0
        return Taken("person", _go(turn, "person"))
    if key == REPEAT:
        return Taken("repeat", _ask(turn, step))
    turn.call.language = "en"
    if turn.call.incident:
        turn.call.incident.language = "en"
    return Taken("english", _ask(turn, step))


def _understand(turn: Turn, step: Step) -> str:
    """The outcome of what came back, by the kind of step."""
    given = turn.given
    match step:
        case Choose():
            options = actions.options(turn, step.options)
            if not given.keys:
                return SILENCE
            if not given.keys.isdecimal() or not 0 < int(given.keys) <= len(options):
                return AGAIN
            turn.chosen = options[int(given.keys) - 1]
            return actions.do(turn, step.do) if step.do else turn.chosen
        case Enter():
            return actions.do(turn, step.do) if given.keys.isdecimal() else SILENCE
        case Record():
            return actions.do(turn, step.do)
        case Hold():
            return "talked" if hunt.ended(turn) else "ring_next"
        case Tell() | Decide():
            raise LookupError(f"{step.name} asks nothing, and was answered")


def _next(step: Step, outcome: str) -> str:
    if isinstance(step, Hold) and outcome == "ring_next":
        return step.name
    assert not isinstance(step, Tell)
    return step.then[outcome]


def _again(turn: Turn, step: Step, why: str) -> Reply:
    """A try is used up: asked anew, shorter and differently, or led on after the last."""
    assert isinstance(step, Choose | Enter)
    if why == SILENCE and step.silence:
        turn.call.tries = 0
        return _go(turn, step.silence)
    turn.call.tries += 1
    if turn.call.tries >= turn.scene.policy.entry.tries:
        turn.call.tries = 0
        return _go(turn, step.lost)
    own = f"{step.name}.{why_key(why)}"
    first = own if words.PROMPTS.has(own) else f"common.{why_key(why)}"
    return _ask(turn, step, "again", (words.say(turn.scene, turn.call, first),))


def why_key(why: str) -> str:
    return "silence" if why == SILENCE else "wrong"


def _go(turn: Turn, name: str) -> Reply:
    """From a step on to the next that waits for the caller, saying what lies between."""
    spoken: list[Said] = []
    while True:
        step = MENU[name]
        turn.call.step = name
        match step:
            case Tell():
                spoken += [_part(turn, step.name, part) for part in step.parts]
                if step.then is None:
                    return Reply(tuple(spoken), None)
                name = step.then
            case Decide():
                name = step.then[actions.do(turn, step.do)]
            case Hold():
                ring = hunt.ring_next(turn)
                if ring is None:
                    name = step.then.get(hunt.gave_up(turn), step.then["nobody"])
                    continue
                spoken.append(words.say(turn.scene, turn.call, f"{step.name}.{ring.word}"))
                return Reply(tuple(spoken), ring.ring)
            case Choose() | Enter() | Record():
                return _ask(turn, step, spoken=spoken)


def _part(turn: Turn, step: str, part: str) -> Said:
    language, _, key = part.rpartition(":")
    return words.say(turn.scene, turn.call, f"{step}.{key}", language or None)


def _ask(
    turn: Turn, step: Choose | Enter | Record, key: str = "ask", spoken: Sequence[Said] = ()
) -> Reply:
    say = list(spoken)
    question = words.say(turn.scene, turn.call, f"{step.name}.{key}")
    sentences = [question.text] if question.text else []
    if isinstance(step, Choose):
        options = actions.options(turn, step.options)
        sentences += [
            words.option(question.language, step.name, option, key)
            for key, option in enumerate(options, 1)
        ]
    say.append(Said(question.language, " ".join(sentences)))
    if isinstance(step, Choose) and step.notice and key == "ask":
        notice = (*spoken, words.say(turn.scene, turn.call, f"{step.name}.notice"))
        return Reply((say[-1],), _listen(turn, step), notice=notice)
    return Reply(tuple(say), _listen(turn, step))


def _listen(turn: Turn, step: Choose | Enter | Record) -> Keys | Voice:
    entry, recording = turn.scene.policy.entry, turn.scene.policy.recording
    match step:
        case Choose():
            first = entry.first_key_seconds if step.wait is None else step.wait
            return Keys(1, "", first, min(first, entry.between_digits_seconds))
        case Enter():
            return Keys(step.digits, FINISH, entry.first_key_seconds, entry.between_digits_seconds)
        case Record():
            return Voice(recording.max_seconds, recording.silence_seconds)
