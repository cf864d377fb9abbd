"""`p1line simulate` beside the real call: the same sentences, the same phones, and no trace."""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update

from ivr.menu import MENU
from ivr.models import Agent, Base, SuperUser
from ivr.simulate import plain as plain_caller
from ivr.simulate import simulate
from ivr.simulate.story import Answer, read_answers
from ivr.steps import Choose, Enter
from jobs.queue import QUEUES
from tests import servers
from tests.before.cast import asked, contents, plain, run
from tests.scenarios.cast import TO_RINGING, critical_night_call, presses
from tests.world import (
    DAY_USER,
    DESK_1,
    ENGLISH_USER,
    LINE,
    NIGHT_USER,
    ON_CALL_1,
    ON_CALL_2,
    SATURDAY_NIGHT,
    STRANGER,
    TORONTO,
    World,
    world,
)

NIGHT = ("--at", "2026-11-28T02:00")
DAY = ("--at", "2026-11-24T10:00")
REFERENCE = re.compile(r"(\d \d \d), (\d \d \d)")


def said(answer: dict[str, Any], *, until_ring: bool = False) -> str:
    """All that the line says, references left out: each call draws its own."""
    exchanges = answer["exchanges"]
    if until_ring:
        first = next(n for n, each in enumerate(exchanges) if each["rings"])
        exchanges = exchanges[: first + 1]
    texts = [said["text"] for each in exchanges for said in each["said"]]
    return without_reference(" ".join(text for text in texts if text))


def without_reference(text: str) -> str:
    return REFERENCE.sub("...", text)


def pressed(answer: dict[str, Any]) -> list[str]:
    return [each["answer"]["text"] for each in answer["exchanges"] if each["answer"]]


# The same as the real call -------------------------------------------------------------------


def test_the_plain_way_is_what_the_night_super_user_hears(line: World) -> None:
    answer = asked(line, "simulate", "--client", "10452", *NIGHT)
    line.phone(ON_CALL_1).accepts()
    call = critical_night_call(line)

    assert said(answer, until_ring=True) == call.heard
    assert tuple(pressed(answer)[:5]) == TO_RINGING
    assert call.bridged_with == ON_CALL_1
    assert answer["rings"][0]["number"] == ON_CALL_1
    assert answer["caller"] == NIGHT_USER
    assert answer["totals"]["keys"] == 9


def test_where_there_is_nobody_it_says_so_rather_than_show_an_empty_list(line: World) -> None:
    with line.line.scene() as scene:
        scene.session.execute(update(Agent).values(active=False))
    told = plain(run(line, "simulate", "--client", "10452", *NIGHT).stdout)
    assert "personne ne serait sonné avant l'échéance" in told
    assert "tant que personne n'accepte" not in told


def test_where_nobody_accepts_it_goes_on_as_the_real_call_does(line: World) -> None:
    answer = asked(line, "simulate", "--client", "10452", *NIGHT)
    for number in [rung["number"] for rung in answer["rings"]]:
        line.phone(number).rings_out()
    call = critical_night_call(line)
    for keys in pressed(answer)[5:]:
        call = call.presses(keys) if keys else call.stays_silent()

    assert said(answer) == without_reference(call.heard)
    rung = [leg.to for leg in line.twilio.ledger.legs() if leg.parent]
    assert [each["number"] for each in answer["rings"]] == rung
    assert answer["end"] == "ended"
    assert call.ended


def test_the_incident_is_the_one_that_the_real_call_leaves(line: World) -> None:
    keys = "20317 1 1 1"
    answer = asked(line, "simulate", "--client", "20317", *NIGHT, "--keys", keys + " silence")
    call = line.phone(answer["caller"]).dials()
    for key in keys.split():
        call.presses(key)
    call.stays_silent()
    incident, told = line.incident(), answer["incident"]
    assert call.ended
    assert (told["priority"], told["product"], told["extended"]) == ("P1", "imaging", False)
    assert (incident.priority, incident.product, incident.extended) == ("P1", "imaging", False)
    assert told["due_at"] == incident.due_at.astimezone(TORONTO).isoformat()
    assert incident.callback_at
    assert told["callback_at"] == incident.callback_at.astimezone(TORONTO).isoformat()
    assert answer["rings"] == []
    assert "lundi" in said(answer)


def test_the_callbacks_are_those_that_the_worker_makes(line: World) -> None:
    answer = asked(line, "simulate", "--client", "10452", *NIGHT)
    team = {rung["number"] for rung in [*answer["rings"], *answer["callbacks"]]}
    for number in team:
        line.phone(number).rings_out()
    call = critical_night_call(line)
    for keys in pressed(answer)[5:]:
        call = call.presses(keys) if keys else call.stays_silent()
    before = len(line.twilio.ledger.legs())
    line.passes(timedelta(minutes=9))

    placed = line.twilio.ledger.legs()[before:]
    foreseen = [rung["number"] for rung in answer["callbacks"]]
    assert len(placed) >= 4
    assert foreseen[: len(placed)] == [leg.to for leg in placed][: len(foreseen)]
    first = datetime.fromisoformat(answer["callbacks"][0]["at"])
    created = line.twilio.legs[placed[0].sid].created
    assert abs(first - created) < timedelta(minutes=1)  # keys and dialling take time on a phone


def test_a_level_that_rings_at_once(line: World) -> None:
    parts = line.line
    ringing = replace(parts.policy.ringing, mode="all")
    policy = replace(parts.policy, ringing=ringing)
    told = simulate(parts.sessions, policy, LINE, SATURDAY_NIGHT, client="10452")
    (both,) = [each.rings for each in told.exchanges if each.rings]
    assert [rung.number for rung in both] == [ON_CALL_1, ON_CALL_2]
    assert both[0].at == both[1].at
    assert told.nobody_accepts[0].said
    assert told.end == "ended"


def test_a_caller_who_hangs_up_half_way_is_called_back(line: World) -> None:
    answer = asked(line, "simulate", "--client", "10452", *NIGHT, "--keys", "10452 2 1 hang-up")
    assert answer["end"] == "hung_up"
    assert answer["exchanges"][-1]["outcome"] == "hung_up"
    assert answer["rings"] == []
    assert answer["incident"]["state"] == "new"
    assert answer["incident"]["callback_at"] <= answer["incident"]["due_at"]


def test_words_are_recorded_and_silence_is_heard_as_silence(line: World) -> None:
    keys = "10452,2,1,1,silence,say:Les dossiers ne s'ouvrent plus"
    answer = asked(line, "simulate", "--client", "10452", *NIGHT, "--keys", keys)
    steps = {each["step"]: each for each in answer["exchanges"]}
    assert steps["recording"]["outcome"] == "silence"
    assert steps["reason"]["answer"]["text"] == "Les dossiers ne s'ouvrent plus"
    assert answer["rings"][0]["agent"] == "Garde 1"
    totals = answer["totals"]
    assert totals["seconds_to_ring"] > totals["speech_seconds"] + 2  # waits and the caller's words


def test_an_agent_who_talks_is_not_the_one_who_would_ring(line: World) -> None:
    line.phone(ON_CALL_1).accepts(talks=600)
    critical_night_call(line)
    line.twilio.run_until(line.now + timedelta(seconds=30))
    at = line.now.astimezone(TORONTO).isoformat()
    answer = asked(line, "simulate", "--client", "30988", "--at", at)
    assert answer["caller"] == ENGLISH_USER
    assert [rung["number"] for rung in answer["rings"]][:1] == [ON_CALL_2]


@pytest.mark.parametrize(("caller", "step"), [(NIGHT_USER, "about"), (DAY_USER, "join")])
def test_an_open_p1_of_the_client_is_mentioned_and_another_one_is_simulated(
    line: World, caller: str, step: str
) -> None:
    """Their own is asked about as a file, and a colleague's is offered to be joined."""
    line.phone(ON_CALL_1).accepts()
    presses(line.phone(caller).dials(), *TO_RINGING).hangs_up()
    at = line.now.astimezone(TORONTO).isoformat()
    answer = asked(line, "simulate", "--client", "10452", "--at", at)
    assert step in [each["step"] for each in answer["exchanges"]]
    assert answer["rings"]


# What the caller does ------------------------------------------------------------------------


def test_keys_typed_in_one_go_go_from_prompt_to_prompt(line: World) -> None:
    answer = asked(line, "simulate", "--client", "10452", *NIGHT, "--keys", "104522111")
    assert tuple(pressed(answer)[:5]) == TO_RINGING


def test_a_carre_after_a_full_entry_is_no_answer_to_the_next_prompt(line: World) -> None:
    answer = asked(line, "simulate", "--client", "10452", *NIGHT, "--keys", "10452# 2 1 1 1")
    assert tuple(pressed(answer)[:5]) == TO_RINGING


def test_where_the_keys_are_used_up_it_says_what_the_line_waits_for(line: World) -> None:
    answer = asked(line, "simulate", "--client", "10452", *NIGHT, "--keys", "10452 2")
    assert answer["end"] == "waits"
    assert answer["exchanges"][-1]["step"] == "impact"
    assert answer["exchanges"][-1]["answer"] is None
    assert answer["routes"] == []
    shown = run(line, "simulate", "--client", "10452", *NIGHT, "--keys", "10452 2")
    assert "La ligne attend ici une réponse" in shown.stdout


def test_an_unknown_phone_goes_the_longer_way(line: World) -> None:
    answer = asked(line, "simulate", "--client", "10452", "--from", STRANGER, *NIGHT)
    assert answer["caller"] == STRANGER
    assert answer["super_user"] is None
    steps = [each["step"] for each in answer["exchanges"]]
    assert steps[:3] == ["client_number", "confirm_client", "own_number"]
    assert NIGHT_USER.endswith(pressed(answer)[2])
    assert answer["rings"][0]["number"] == ON_CALL_1


def test_a_client_without_super_users_is_refused_and_then_critical(line: World) -> None:
    with line.line.sessions.begin() as session:
        session.execute(delete(SuperUser))
    answer = asked(line, "simulate", "--client", "10452", *NIGHT)
    assert answer["caller"] is None
    assert "refused" in [each["step"] for each in answer["exchanges"]]
    assert answer["rings"]


@pytest.mark.parametrize(
    ("at", "caller"),
    [
        ("2026-11-24T10:00", DAY_USER),
        ("2026-11-24T20:00", NIGHT_USER),
        ("2026-11-28T12:00", NIGHT_USER),  # a weekend
        ("2027-06-24T10:00", NIGHT_USER),  # a holiday
    ],
)
def test_the_super_user_of_the_shift_calls(line: World, at: str, caller: str) -> None:
    assert asked(line, "simulate", "--client", "10452", "--at", at)["caller"] == caller


def test_every_answer_of_the_plain_caller_is_one_of_the_menu(line: World) -> None:
    for step, option in plain_caller.OPTIONS.items():
        choice = MENU[step]
        assert isinstance(choice, Choose)
        assert isinstance(choice.options, str) or option in choice.options
    for step in plain_caller.ENTRIES:
        assert isinstance(MENU[step], Enter)


# Why, whom, by when --------------------------------------------------------------------------


def test_the_reasons_rule_by_rule(line: World) -> None:
    answer = asked(line, "simulate", "--client", "10452", "--at", "2027-06-24T02:00")
    (route,) = answer["routes"]
    assert route["kind"] == "ring_on_call"
    texts = plain(" ".join(why["text"] for why in route["why"]))
    assert "Fermé le jeudi 24 juin : Fête nationale du Québec." in texts
    assert "service étendu" in texts
    assert [why["key"] for why in answer["incident"]["due_why"]][-1] == "sla.due"
    assert answer["incident"]["due_at"].startswith("2027-06-24T03:00")
    levels = {level["level"]: level for level in answer["on_call"]}
    assert list(levels) == ["on_call", "manager"]
    assert levels["on_call"]["agents"] == [rung["agent"] for rung in answer["rings"]]
    why = plain(levels["on_call"]["why"][0]["text"])
    assert why.startswith(f"{answer['rings'][0]['agent']} : tour de garde du lundi 21 juin à 8 h")


def test_in_words_and_in_english(line: World) -> None:
    french = plain(run(line, "simulate", "--client", "10452", *NIGHT).stdout)
    assert "Appel simulé le samedi 28 novembre à 2 h, de Responsable de nuit." in french
    assert "Entrez votre numéro de client" in french
    assert "Qui sonnerait, dans l'ordre :\n  1. Garde 1\n" in french
    assert "Si personne n'accepte :" in french
    assert "touches de l'appelant : 9" in french
    english = plain(run(line, "simulate", "--client", "10452", *NIGHT, "--language", "en").stdout)
    assert "Who would ring, in order:\n  1. Garde 1\n" in english
    assert "keys that the caller presses: 9" in english


def test_in_regular_hours_the_desk_rings(line: World) -> None:
    answer = asked(line, "simulate", "--client", "10452", *DAY)
    assert answer["routes"][0]["kind"] == "ring_desk"
    assert answer["rings"][0]["number"] == DESK_1
    assert answer["on_call"][0]["agents"] == ["Garde 1", "Garde 2"]


def test_the_shape_for_machines(line: World) -> None:
    answer = asked(line, "simulate", "--client", "10452", *NIGHT)
    assert answer.keys() == {
        "at", "client", "caller", "super_user", "end", "exchanges", "routes", "on_call", "rings",
        "callbacks", "incident", "totals",
    }  # fmt: skip
    assert answer["totals"].keys() == {"keys", "speech_seconds", "seconds_to_ring"}
    heard = sum(said["seconds"] for each in answer["exchanges"] for said in each["said"])
    assert heard == pytest.approx(sum(each["seconds"] for each in answer["exchanges"]), abs=2)


# What is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["--client", "99999", *NIGHT], 1, "Il n'y a pas de client 99999."),
        (["--client", "10452", "--from", "12", *NIGHT], 1, "n'est pas un numéro de téléphone"),
        (["--client", "10452", *NIGHT, "--keys", "10452 deux"], 2, "deux: digits"),
        (NIGHT, 2, "--client is needed"),
        (["--client", "10452", "--at", "2027-03-14T02:30"], 1, "n'existe pas"),
    ],
)
def test_what_makes_no_sense(line: World, words: list[str], code: int, sentence: str) -> None:
    refused = run(line, "simulate", *words)
    assert refused.exit_code == code
    assert sentence in plain(refused.stderr)


def test_a_database_that_does_not_answer(line: World, tmp_path: Path) -> None:
    nowhere = f"sqlite:///{tmp_path / 'nowhere' / 'no.db'}"
    refused = run(line, "simulate", "--client", "10452", *NIGHT, DATABASE_URL=nowhere)
    assert refused.exit_code == 1
    assert "La base de données ne répond pas (OperationalError)." in refused.stderr


# No trace ------------------------------------------------------------------------------------


def test_it_leaves_no_trace(line: World, valkey: servers.Valkey) -> None:
    path = Path(line.line.settings.database_url.removeprefix("sqlite:///"))
    before, rows = hashlib.sha256(path.read_bytes()).hexdigest(), contents(line)
    for words in ([], ["--keys", "10452 2 1 1 silence hang-up"], ["--keys", "99999 silence"]):
        assert run(line, "simulate", "--client", "10452", *NIGHT, *words).exit_code == 0
    assert contents(line) == rows
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
    with valkey.client() as redis:
        assert not any(redis.llen(f"rq:queue:{name}") for name in QUEUES)
        assert redis.keys("*") == []
    assert line.twilio.ledger.legs() == []
    line.work()
    assert line.messages("sms") + line.messages("mail") == []


def test_it_leaves_no_trace_in_postgresql(valkey: servers.Valkey) -> None:
    with servers.postgres() as url, world(url, valkey.url, SATURDAY_NIGHT) as line:
        rows = contents(line)
        answer = asked(line, "simulate", "--client", "10452", *NIGHT)
        assert answer["rings"][0]["number"] == ON_CALL_1
        assert contents(line) == rows


def test_it_waits_for_no_caller_and_no_caller_for_it(line: World) -> None:
    """SQLite has one write lock: while a turn holds it a simulation goes on beside it."""
    with line.line.sessions.begin() as turn:
        turn.execute(update(SuperUser).values(function="..."))
        began = time.monotonic()
        answer = asked(line, "simulate", "--client", "10452", *NIGHT)
        assert time.monotonic() - began < 5  # less than a turn would wait for the lock
    assert answer["rings"][0]["number"] == ON_CALL_1


ANSWERS = st.lists(
    st.one_of(
        st.text("0123456789*#", min_size=1, max_size=6).map(lambda keys: Answer("keys", keys)),
        st.sampled_from(["10452", "1", "2", "9"]).map(lambda keys: Answer("keys", keys)),
        st.just(Answer("silence")),
        st.just(Answer("words", "Rien ne s'ouvre")),
        st.just(Answer("hang_up")),
    ),
    max_size=12,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(answers=ANSWERS, hours=st.integers(0, 24 * 14))
def test_whatever_the_caller_does_it_ends_and_leaves_nothing(
    line: World, answers: list[Answer], hours: int
) -> None:
    at = SATURDAY_NIGHT + timedelta(hours=hours)
    parts = line.line
    told = simulate(parts.sessions, parts.policy, LINE, at, client="10452", answers=answers)
    assert told.end in ("ended", "hung_up", "waits")
    assert told.exchanges
    with line.session() as session:
        tables = ("calls", "incidents", "legs", "events", "messages", "attempts", "recordings")
        for name in tables:
            table = Base.metadata.tables[name]
            assert session.scalar(select(func.count()).select_from(table)) == 0


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("10452 2  1", [("keys", "10452"), ("keys", "2"), ("keys", "1")]),
        ("10452,2,silence", [("keys", "10452"), ("keys", "2"), ("silence", "")]),
        ("say:Rien, hang-up", [("words", "Rien"), ("hang_up", "")]),
        ("*,#,0", [("keys", "*"), ("keys", "#"), ("keys", "0")]),
        ("", []),
    ],
)
def test_answers_as_they_are_typed(text: str, answers: list[tuple[str, str]]) -> None:
    assert [(each.kind, each.text) for each in read_answers(text)] == answers
