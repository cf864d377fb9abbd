"""The calendars of ROTA_FEEDS: read again by themselves, believed with care, never told aloud."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import pytest
from flask import Flask, Response
from sqlalchemy import select, update
from werkzeug.wrappers import Response as Answer

from ivr.models import Agent, RotaFeed, RotaShift
from ivr.rota import feed, rereading
from jobs import fetch_calendar, rota_feeds
from jobs.doctor import examine, sentence
from jobs.doctor.finding import WORDS
from jobs.fetch_calendar import name_of
from jobs.rota_feeds import read_again
from jobs.upkeep import Upkeep
from line import Line
from settings import RotaFeed as Named
from settings import Settings, SettingsError
from tests import servers
from tests.before.cast import environ, run
from tests.rota.feeds import event, ics
from tests.world import World

MONDAY, TUESDAY, WEDNESDAY = ":20261130T130000Z", ":20261201T130000Z", ":20261202T130000Z"
PATH = "/private/s3cret/team.ics"
ONE, TWO = "garde1@example.org", "garde2@example.org"
EVERY = timedelta(minutes=15)


def team(*shifts: tuple[str, str, str]) -> bytes:
    return ics("\n".join(event(who, start, end) for who, start, end in shifts))


class Site:
    """A server with a calendar, which a test changes."""

    def __init__(self) -> None:
        self.calendar = team((ONE, MONDAY, TUESDAY))
        self.status, self.asked = 200, 0
        self.app = Flask(__name__)
        self.app.get(PATH)(self.team)

    def team(self) -> Answer:
        self.asked += 1
        return Response(self.calendar, status=self.status, mimetype="text/calendar")


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def address(site: Site) -> Iterator[str]:
    with servers.serve(site.app) as url:
        yield url + PATH


@pytest.fixture
def reader(line: World, address: str) -> Line:
    return with_feeds(line, Named("second", address))


def with_feeds(line: World, *feeds: Named) -> Line:
    return replace(line.line, settings=replace(line.line.settings, rota_feeds=feeds))


def shifts(line: World) -> list[tuple[str, int, str]]:
    """Whose shift, from which day on, and at which level, those that are not over."""
    with line.session() as session:
        rows = session.scalars(
            select(RotaShift)
            .where(RotaShift.ends_at > line.now)
            .order_by(RotaShift.starts_at, RotaShift.id)
        )
        return [(row.agent.email, row.starts_at.day, row.level) for row in rows]


def later(line: World, span: timedelta = EVERY) -> None:
    line.twilio.run_until(line.now + span)


def found(reader: Line) -> list[str]:
    """What `p1line doctor` says of the calendars."""
    (checked,) = [each for each in examine(reader) if each.name == "feeds"]
    zone, now = reader.policy.zone, reader.clock()
    said = [sentence(each, "fr", zone, now) for each in checked.findings]
    return [text.replace("\u00a0", " ") for text in said]


def test_a_swap_in_the_calendar_is_one_here_within_its_time(
    line: World, reader: Line, site: Site
) -> None:
    upkeep = Upkeep(reader)
    upkeep.look()
    assert shifts(line) == [(ONE, 30, "second")]
    site.calendar = team((TWO, MONDAY, TUESDAY), (ONE, TUESDAY, WEDNESDAY))
    later(line, EVERY - timedelta(seconds=1))
    upkeep.look()
    assert (site.asked, shifts(line)) == (1, [(ONE, 30, "second")])
    later(line, timedelta(seconds=1))
    upkeep.look()
    assert shifts(line) == [(TWO, 30, "second"), (ONE, 1, "second")]
    assert found(reader) == []


def test_it_is_the_calendar_that_the_command_imported(
    line: World, reader: Line, address: str
) -> None:
    done = run(line, "rota", "import", address, "--level", "second", "--apply")
    assert done.exit_code == 0, done.output
    before = shifts(line)
    read_again(reader)
    assert shifts(line) == before == [(ONE, 30, "second")], "not a second time"


def test_products_and_languages_go_along(line: World, address: str) -> None:
    scoped = Named("second", address, frozenset({"medical"}), frozenset({"en"}))
    read_again(with_feeds(line, scoped))
    with line.session() as session:
        row = session.scalars(select(RotaShift)).one()
        assert (row.products, row.languages) == (["medical"], ["en"])


@pytest.mark.parametrize(
    ("status", "calendar", "says"),
    [
        (503, None, "ne répond pas, ou refuse"),
        (200, b"<html>sign in</html>", "n'est pas un calendrier"),
        (200, b" " * 5_000_001, "trop gros"),
        (200, ics(""), "s'est vidé"),
    ],
    ids=["away", "a page", "large", "empty"],
)
def test_what_cannot_be_believed_changes_nothing_and_the_doctor_says_so(
    line: World,
    reader: Line,
    site: Site,
    caplog: pytest.LogCaptureFixture,
    status: int,
    calendar: bytes | None,
    says: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    read_again(reader)
    good = site.calendar
    site.status, site.calendar = status, calendar or good
    for _ in range(4):
        later(line)
        read_again(reader)
    assert shifts(line) == [(ONE, 30, "second")]
    said = found(reader)
    assert says in said[0]
    assert "n'a pas été relu depuis samedi 28 novembre à 2 h" in said[1]
    assert "what it gave stays" in caplog.text
    mine = [r.getMessage() for r in caplog.records if r.name.startswith(("jobs", "ivr"))]
    assert not any("s3cret" in text for text in [*mine, *said])
    site.status, site.calendar = 200, good
    later(line)
    read_again(reader)
    assert found(reader) == []


def test_an_agent_who_is_renamed_there_keeps_the_nights_and_the_doctor_says_so(
    line: World, reader: Line, site: Site
) -> None:
    site.calendar = team((ONE, MONDAY, TUESDAY), (TWO, TUESDAY, WEDNESDAY))
    read_again(reader)
    site.calendar = team(("somebody@example.org", MONDAY, TUESDAY), (ONE, TUESDAY, WEDNESDAY))
    later(line)
    read_again(reader)
    assert shifts(line) == [(ONE, 30, "second"), (ONE, 1, "second")]
    assert "ne correspondent à aucun agent : 1." in found(reader)[0]


def test_one_that_fails_keeps_no_other_waiting(line: World, address: str) -> None:
    away = f"http://127.0.0.1:{servers.free_port()}/x"
    reader = with_feeds(line, Named("on_call", away), Named("cellar", away + "2"),
                        Named("second", address))  # fmt: skip
    read_again(reader)
    assert shifts(line) == [(ONE, 30, "second")]
    said = found(reader)
    assert "ne répond pas" in said[0]
    assert "n'a jamais été lu" in said[1]
    assert "ROTA_FEEDS nomme un niveau" in said[2]


def test_the_doctor_knows_a_calendar_that_nobody_reads(line: World, reader: Line) -> None:
    assert "n'a jamais été lu" in found(reader)[0]
    read_again(reader)
    later(line, 4 * EVERY)
    assert "n'a pas été relu depuis" in found(reader)[0]


def test_of_two_processes_one_reads_it(line: World, reader: Line, address: str) -> None:
    name = name_of(address)
    for _ in range(2):
        with reader.scene() as scene:
            assert rereading.claim(scene, name)
        with reader.scene() as scene:
            assert not rereading.claim(scene, name)
        later(line)


def test_an_agent_who_has_left_is_nobody_there(line: World, reader: Line, site: Site) -> None:
    with line.line.scene() as scene:
        scene.session.execute(update(Agent).where(Agent.email == ONE).values(active=False))
    read_again(reader)
    assert shifts(line) == []
    with line.session() as session:
        assert session.scalars(select(RotaFeed)).one().unmatched == 1


# Settings -------------------------------------------------------------------------------------


def test_they_are_named_in_the_environment_or_in_a_file(line: World, tmp_path: Path) -> None:
    env = environ(line.line.settings)
    assert Settings.from_environ(env).rota_feeds == ()
    file = tmp_path / "feeds"
    file.write_text(
        "on_call=webcal://calendar.example.org/s3cret=/a.ics\n"
        "second:medical,billing@en=https://calendar.example.org/b.ics?x=1,2\n"
    )
    read = Settings.from_environ({**env, "ROTA_FEEDS_FILE": str(file)})
    assert read.rota_feeds == (
        Named("on_call", "https://calendar.example.org/s3cret=/a.ics"),
        Named(
            "second",
            "https://calendar.example.org/b.ics?x=1,2",
            frozenset({"medical", "billing"}),
            frozenset({"en"}),
        ),
    )
    assert "s3cret" not in repr(read)


@pytest.mark.parametrize(
    "wrong", ["https://s3cret/a", "on_call=http://s3cret.example.org/", "on_call=", "a:=b", "a b"]
)
def test_what_makes_no_sense_is_refused_without_telling_it(line: World, wrong: str) -> None:
    with pytest.raises(SettingsError, match="ROTA_FEEDS") as refusal:
        Settings.from_environ({**environ(line.line.settings), "ROTA_FEEDS": wrong})
    assert "s3cret" not in str(refusal.value)


def test_the_doctor_has_a_sentence_for_each_failure() -> None:
    def raised(pattern: str, *modules: ModuleType) -> set[str]:
        code = "".join(Path(str(module.__file__)).read_text(encoding="utf-8") for module in modules)
        return set(re.findall(pattern, code))

    refused = raised(r'Refused\("rota\.(\w+)"', feed, rereading)
    not_fetched = raised(r'NotFetched\("(\w+)"', fetch_calendar)
    failed = raised(r'_failed\(line, name, "(\w+)"', rota_feeds)
    assert (len(refused), len(not_fetched), len(failed)) == (3, 3, 1)
    for why in refused | not_fetched | failed:
        assert WORDS.has(f"feeds.{why}")
