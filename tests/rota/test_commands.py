"""`p1line oncall` and `p1line rota`, as a person and as a machine use them, on the demo's rota."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from icalendar import Calendar

from commands import demo_data, main, seed
from ivr.database import connect, sessions
from ivr.models import Agent, Base, RotaOverride, RotaShift
from ivr.policy import Policy
from standin import StandIn
from tests.rota import feeds
from tests.rota.cast import TORONTO, local
from tests.rota.conftest import LINE
from tests.servers import free_port

NOW = datetime(2026, 11, 28, 2, 0, tzinfo=TORONTO)
GARDE_1, GARDE_2, GESTION = "garde1@example.org", "garde2@example.org", "gestion@example.org"


@pytest.fixture(autouse=True)
def demo(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """The demo's rota, on a Saturday at two in the morning of the stand-in's clock."""
    engine = connect(url)
    Base.metadata.create_all(engine)
    with sessions(engine).begin() as session:
        seed.seed(session, demo_data.read(), "a password", NOW, Policy.read().zone)
    engine.dispose()
    standin = StandIn(
        account_sid="AC" + "0" * 32,
        auth_token="token",
        number=LINE,
        voice_url="http://127.0.0.1/voice",
        start=NOW,
    )
    standin.serve()
    environ = {
        "DATABASE_URL": url,
        "REDIS_URL": f"redis://127.0.0.1:{free_port()}/0",
        "PUBLIC_URL": "http://line.example.org",
        "TWILIO_API_BASE_URL": standin.url,
        "TWILIO_ACCOUNT_SID": standin.account_sid,
        "TWILIO_AUTH_TOKEN": "token",
        "SECRET_KEY": "2" * 64,
        "P1LINE_NUMBER": LINE,
        "P1LINE_NOW": NOW.isoformat(),
    }
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    yield standin
    standin.close()


def run(*arguments: str, exit_code: int = 0) -> Result:
    result = CliRunner().invoke(main, list(arguments))
    assert result.exit_code == exit_code, result.output
    return result


def asked(*arguments: str, exit_code: int = 0) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(run(*arguments, "--json", exit_code=exit_code).stdout)
    return answer


def text(*arguments: str, exit_code: int = 0) -> str:
    return run(*arguments, exit_code=exit_code).output.replace("\u00a0", " ")


def rings(*arguments: str) -> list[str]:
    return [agent["email"] for agent in asked("oncall", *arguments)["rings"]]


def override(*arguments: str, exit_code: int = 0) -> Result:
    return run("rota", "override", *arguments, exit_code=exit_code)


class TestOnCall:
    """Who, in what order, and why."""

    def test_now(self) -> None:
        answer = asked("oncall")
        assert answer["at"] == "2026-11-28T02:00:00-05:00"
        assert answer["until"] == "2026-11-30T08:00:00-05:00"
        assert [agent["email"] for agent in answer["rings"]] == [GARDE_1, GARDE_2]
        levels = {level["level"]: level for level in answer["levels"]}
        assert list(levels) == ["on_call", "second", "manager", "everyone"]
        assert levels["on_call"]["why"][0]["key"] == "rota.turn"
        assert levels["on_call"]["agents"][0]["phone"] == "+14385550113"
        assert levels["second"]["agents"] == []
        assert (levels["on_call"]["rung_in_call"], levels["manager"]["rung_in_call"]) == (
            True,
            False,
        )

    def test_at_another_moment(self) -> None:
        assert rings("--at", "2026-11-30T08:00") == [GARDE_2, GARDE_1]
        assert rings("--at", "2026-11-30T07:59:59-05:00") == [GARDE_1, GARDE_2]

    def test_in_words(self) -> None:
        lines = text("oncall").splitlines()
        assert lines[0] == "De garde le samedi 28 novembre à 2 h :"
        assert lines[1] == "Garde (sonne pendant l'appel)"
        assert lines[2].startswith("  Garde 1 : tour de garde du lundi 23 novembre à 8 h")
        assert lines[3] == "  Ensuite, Garde 2, selon l'ordre des tours."
        assert lines[-1] == "Jusqu'au lundi 30 novembre à 8 h."
        english = text("oncall", "--language", "en")
        assert english.splitlines()[1] == "On call (rings in a call)"

    def test_an_empty_rota_says_that_the_next_level_rings(self, tmp_path: Path) -> None:
        nobody = tmp_path / "rota.toml"
        nobody.write_text(text("rota", "layers").split("[[rota]]")[0])
        run("rota", "layers", str(nobody), "--apply")
        assert len(rings()) == 6
        assert "le client serait rappelé" not in text("oncall")

    def test_wrong_use(self) -> None:
        assert "--product" in run("oncall", "--product", "x", exit_code=2).stderr
        run("oncall", "--at", "noon", exit_code=2)
        skipped = run("oncall", "--at", "2027-03-14T02:30", exit_code=1)
        assert "n'existe pas" in skipped.stderr

    def test_without_the_clock_it_says_so(self, demo: StandIn) -> None:
        demo.close()
        assert "make run" in run("oncall", exit_code=1).stderr


class TestOverride:
    """It begins now, and is seen at once."""

    def test_from_now(self) -> None:
        given = ("--from", "now", "--until", "2026-11-28T08:00", "--agent", GESTION)
        lines = override(*given, "--replaces", "Garde 1", "--by", GARDE_2).output
        assert "Remplacement 1" in lines
        assert "par Garde 2" in lines
        assert rings() == [GESTION, GARDE_2]
        assert rings("--at", "2026-11-28T08:00") == [GARDE_1, GARDE_2]
        assert "Gestion remplace Garde 1" in text("oncall")

    def test_of_whoever_is_on_call(self) -> None:
        facts = asked("rota", "override", "--until", "2026-11-29T02:00", "--agent", GESTION)
        assert (facts["level"], facts["replaces"], facts["warning"]) == ("on_call", None, None)
        assert rings() == [GESTION, GARDE_2]

    def test_withdrawn(self) -> None:
        override("--until", "2026-11-29T02:00", "--agent", GESTION)
        run("rota", "withdraw", "1")
        assert rings() == [GARDE_1, GARDE_2]
        assert "déjà retiré" in run("rota", "withdraw", "1", exit_code=1).stderr

    def test_that_changes_nothing_says_so(self) -> None:
        given = ("--until", "2026-11-29T02:00", "--agent", GESTION, "--replaces", "Bureau 1")
        assert "ne change rien" in override(*given).output
        assert "ne change rien" in asked("rota", "override", *given)["warning"]

    def test_in_the_past_is_for_the_record(self) -> None:
        given = ("--from", "2026-11-27T02:00", "--until", "2026-11-27T03:00", "--agent", GESTION)
        assert "pour mémoire" in override(*given).output
        assert rings("--at", "2026-11-27T02:30") == [GESTION, GARDE_2]

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            (("--until", "2026-11-28T01:00", "--agent", GESTION), "ne vient pas après"),
            (("--until", "2026-11-29T01:00", "--agent", "personne"), "Aucun agent"),
            (
                ("--until", "2026-11-29T01:00", "--agent", GARDE_1, "--replaces", GARDE_1),
                "se remplacer",
            ),
        ],
    )
    def test_refused_and_nothing_is_written(
        self, url: str, given: tuple[str, ...], sentence: str
    ) -> None:
        assert sentence in override(*given, exit_code=1).stderr
        with sessions(connect(url))() as session:
            assert session.query(RotaOverride).count() == 0

    def test_wrong_use(self) -> None:
        given = ("--until", "2026-11-29T01:00", "--agent", GESTION)
        assert "--level" in override(*given, "--level", "third", exit_code=2).stderr


class TestShift:
    """A shift by hand."""

    def test_entered_and_taken_back(self) -> None:
        given = ("--until", "2026-11-28T08:00", "--agent", GESTION, "--product", "imaging")
        assert "Quart 1 (niveau « garde ») : Gestion" in text("rota", "shift", *given)
        assert "Quart 1 (niveau « garde ») : Gestion" in text("rota", "show")
        assert asked("rota", "show")["shifts"][0]["products"] == ["imaging"]
        assert rings("--product", "imaging") == [GESTION]
        assert rings("--product", "billing") == [GARDE_1, GARDE_2]
        run("rota", "remove-shift", "1")
        assert rings("--product", "imaging") == [GARDE_1, GARDE_2]


class TestShow:
    """The rota to come."""

    def test_in_words(self) -> None:
        override("--until", "2026-11-28T08:00", "--agent", GESTION)
        lines = text("rota", "show", "--weeks", "1").splitlines()
        assert lines == [
            "Garde",
            "  du samedi 28 novembre à 2 h au samedi 28 novembre à 8 h : Gestion (ensuite Garde 2)",
            "  du samedi 28 novembre à 8 h au lundi 30 novembre à 8 h : Garde 1 (ensuite Garde 2)",
            "  du lundi 30 novembre à 8 h au samedi 5 décembre à 2 h : Garde 2 (ensuite Garde 1)",
            "Gestion",
            "  du samedi 28 novembre à 2 h au samedi 5 décembre à 2 h : Gestion",
            "Remplacement 1 : Gestion à la place de la personne de garde (niveau « garde »), du "
            "samedi 28 novembre à 2 h au samedi 28 novembre à 8 h (inscrit le samedi 28 novembre "
            "à 2 h).",
        ]

    def test_for_machines(self) -> None:
        shown = asked("rota", "show", "--weeks", "1")
        first = shown["stretches"][0]
        assert (first["level"], first["start"]) == ("on_call", "2026-11-28T02:00:00-05:00")
        assert [(one["email"], one["on_duty"]) for one in first["agents"]] == [
            (GARDE_1, True),
            (GARDE_2, False),
        ]


class TestGapsAndCheck:
    """What is wrong, with an exit code for what watches."""

    def test_no_gap(self) -> None:
        assert asked("rota", "gaps")["gaps"] == []
        assert "Aucun trou" in text("rota", "gaps")

    def test_a_gap(self, url: str) -> None:
        with sessions(connect(url)).begin() as session:
            for agent in session.query(Agent).where(Agent.name.like("Garde%")):
                agent.active = False
        (first, *_) = asked("rota", "gaps", exit_code=1)["gaps"]
        assert (first["level"], first["rings"]) == ("on_call", "manager")
        assert first["end"] == "2026-11-30T08:00:00-05:00"
        assert "le niveau « gestion » sonnerait" in text("rota", "gaps", exit_code=1)

    def test_the_demo_breaks_no_figure(self) -> None:
        answer = asked("rota", "check")
        assert (answer["counted_levels"], answer["findings"]) == (["desk"], [])
        assert "Être de garde à domicile n'est pas du travail" in text("rota", "check")

    def test_a_week_of_work_does(self) -> None:
        found = asked("rota", "check", "--counting", "on_call", exit_code=1)["findings"]
        assert {one["key"] for one in found} == {"rota.long_day", "rota.long_week"}
        assert "maximum, 14 heures" in text("rota", "check", "--counting", "on_call", exit_code=1)
        run("rota", "check", "--counting", "x", exit_code=2)


class TestLayers:
    """The rotations as a file."""

    def test_what_it_prints_it_reads(self, tmp_path: Path) -> None:
        file = tmp_path / "rota.toml"
        file.write_text(text("rota", "layers"))
        kinds = [one["change"] for one in asked("rota", "layers", str(file))["layers"]]
        assert kinds == ["kept", "kept"]

    def test_compared_and_then_entered(self, tmp_path: Path) -> None:
        file = tmp_path / "rota.toml"
        printed = text("rota", "layers").replace(f'["{GARDE_1}", ', f'["{GESTION}", ')
        file.write_text(printed)
        shown = text("rota", "layers", str(file))
        assert "~ Garde : « Garde hebdomadaire » (members)" in shown
        assert "--apply" in shown
        assert rings() == [GARDE_1, GARDE_2]
        run("rota", "layers", str(file), "--apply")
        assert rings() == [GESTION, GARDE_2]
        assert rings("--at", "2026-11-28T01:59") == [GARDE_1, GARDE_2]

    def test_a_wrong_file_is_refused(self, tmp_path: Path) -> None:
        file = tmp_path / "rota.toml"
        file.write_text('[[rota]]\nlevel = "x"\n')
        assert "rota[1].level" in run("rota", "layers", str(file), exit_code=1).stderr
        file.write_text("[[rota")
        run("rota", "layers", str(file), exit_code=1)

    def test_a_member_who_is_no_agent(self, tmp_path: Path) -> None:
        file = tmp_path / "rota.toml"
        file.write_text(text("rota", "layers").replace(GARDE_1, "nobody@example.org"))
        refused = run("rota", "layers", str(file), "--apply", exit_code=1)
        assert "nobody@example.org" in refused.stderr
        assert rings() == [GARDE_1, GARDE_2]


def calendar(tmp_path: Path) -> Path:
    """PagerDuty's export, with the demo's agents in the place of the cast's."""
    file = tmp_path / "pager.ics"
    data = feeds.PAGERDUTY.replace(b"alice.1@example.org", GESTION.encode())
    file.write_bytes(data.replace(b"bob.2@example.org", GARDE_1.encode()))
    return file


class TestCalendars:
    """In and out."""

    def test_shown_and_then_entered(self, tmp_path: Path) -> None:
        file = str(calendar(tmp_path))
        shown = text("rota", "import", file, "--level", "on_call")
        assert "+ Garde, du lundi 30 novembre à 8 h au lundi 7 décembre à 8 h : Gestion" in shown
        assert "Rien n'est encore inscrit" in shown
        assert rings("--at", "2026-12-01T02:00") == [GARDE_2, GARDE_1]
        facts = asked("rota", "import", file, "--level", "on_call", "--apply")
        assert [one["agent"]["email"] for one in facts["added"]] == [GESTION, GARDE_1]
        assert (facts["calendar"], facts["unmatched"]) == ("pager", [])
        assert rings("--at", "2026-12-01T02:00") == [GESTION]
        again = asked("rota", "import", file, "--level", "on_call", "--apply")
        assert (again["added"], again["removed"], again["kept"]) == ([], [], 2)

    def test_nothing_is_written_where_an_event_matches_nobody(
        self, url: str, tmp_path: Path
    ) -> None:
        file = calendar(tmp_path)
        file.write_bytes(file.read_bytes().replace(GARDE_1.encode(), b"nobody@example.org"))
        given = ("rota", "import", str(file), "--level", "on_call", "--apply")
        refused = run(*given, exit_code=1)
        assert "--partial" in refused.stderr
        assert "? «\u00a0On Call - Bob Tremblay - Soutien\u00a0»" in refused.stdout
        with sessions(connect(url))() as session:
            assert session.query(RotaShift).count() == 0
        run(*given, "--partial")
        assert rings("--at", "2026-12-01T02:00") == [GESTION]

    def test_a_calendar_that_has_nothing_left_is_asked_about(self, tmp_path: Path) -> None:
        file = calendar(tmp_path)
        given = ("rota", "import", str(file), "--level", "on_call", "--apply")
        run(*given)
        file.write_bytes(feeds.ics(""))
        assert "--allow-empty" in run(*given, exit_code=1).stderr
        assert rings("--at", "2026-12-01T02:00") == [GESTION]
        run(*given, "--allow-empty")
        assert rings("--at", "2026-12-01T02:00") == [GARDE_2, GARDE_1]

    def test_what_is_no_calendar(self, tmp_path: Path) -> None:
        file = tmp_path / "page.ics"
        file.write_text("<html></html>")
        refused = run("rota", "import", str(file), "--level", "on_call", exit_code=1)
        assert "iCalendar" in refused.stderr
        missing = run("rota", "import", str(tmp_path / "x.ics"), "--level", "second", exit_code=1)
        assert "ne peut pas être lu" in missing.stderr
        run("rota", "import", str(file), "--level", "x", exit_code=2)

    def test_exported_for_one_agent_and_for_the_team(self, tmp_path: Path) -> None:
        mine = Calendar.from_ical(run("rota", "export", "--agent", GARDE_1).stdout_bytes)
        starts = [event.start for event in mine.events]
        assert starts == [
            local(f"{day} 08:00")
            for day in ("2026-11-23", "2026-12-07", "2026-12-21", "2027-01-04", "2027-01-18")
        ]
        out = tmp_path / "team.ics"
        run("rota", "export", "--team", "--weeks", "1", "--out", str(out))
        team = Calendar.from_ical(out.read_bytes())
        assert {str(one["UID"]).split("@")[1] for one in team.events} == {"line.example.org"}
        run("rota", "export", exit_code=2)
        run("rota", "export", "--team", "--agent", GARDE_1, exit_code=2)

    def test_an_event_keeps_its_beginning_when_what_cut_it_is_over(self) -> None:
        """Its UID rests on it: a program that reads again would have the turn twice."""
        cut = ("--from", "2026-11-25T08:00", "--until", "2026-11-26T08:00")
        run("rota", "override", *cut, "--agent", GARDE_2, "--level", "on_call")
        mine = Calendar.from_ical(run("rota", "export", "--agent", GARDE_1).stdout_bytes)
        assert mine.events[0].start == local("2026-11-26 08:00")

    def test_exported_and_imported_it_is_the_same_rota(self, tmp_path: Path) -> None:
        out = tmp_path / "team.ics"
        run("rota", "export", "--agent", GARDE_1, "--out", str(out))
        run("rota", "import", str(out), "--level", "second", "--apply")
        shown = asked("rota", "show", "--weeks", "4")["stretches"]
        on_duty = {
            level: {
                one["start"]
                for one in shown
                if one["level"] == level
                and GARDE_1 in [agent["email"] for agent in one["agents"] if agent["on_duty"]]
            }
            for level in ("on_call", "second")
        }
        assert on_duty["on_call"] == on_duty["second"]
        assert len(on_duty["on_call"]) == 3
