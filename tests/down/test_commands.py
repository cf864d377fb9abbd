"""`p1line fallback publish`, `p1line reconcile`, and what the sweep does of it by itself."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commands import main
from ivr import last_rota, spool
from ivr.last_rota import LONGEST, LastRota, Target, Turn, whole
from ivr.spool import Happened
from jobs.publish import publish
from jobs.spooled import take_in
from jobs.upkeep import Upkeep
from settings import Settings, SettingsError
from standin.faults import RestFault
from tests.down.proxy import Proxy
from tests.jobs.processes import environ, process
from tests.world import DUTY, NIGHT_USER, ON_CALL_1, ON_CALL_2, World

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


def p1line(line: World, *arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, env=environ(line))


def test_publish_writes_the_documents_and_says_who_would_ring(line: World, tmp_path: Path) -> None:
    to = tmp_path / "www"
    first = p1line(line, "fallback", "publish", "--to", str(to), "--duty", "450 555-0140")
    assert first.exit_code == 0, first.output
    assert f"Les documents sont dans {to}. Numéros qui sonneraient : 3." in first.output
    rung = [(to / f"ring-{place}.xml").read_text() for place in (1, 2, 3)]
    for number, text in zip((ON_CALL_1, ON_CALL_2, "+14505550140"), rung, strict=True):
        assert number in text
    again = p1line(line, "fallback", "publish", "--to", str(to), "--duty", "450 555-0140", "--json")
    assert json.loads(again.output)["changed"] == []


def test_publish_refuses_a_duty_number_that_the_line_may_not_call(line: World) -> None:
    refused = p1line(line, "fallback", "publish", "--duty", "+19005551234")
    assert (refused.exit_code, "ne peut pas appeler" in refused.output) == (1, True)


def test_publish_without_a_database_leaves_what_is_there(line: World, tmp_path: Path) -> None:
    publish(line.line)
    kept = (line.line.settings.fallback_dir / last_rota.FILE).read_text()
    env = {**environ(line), "DATABASE_URL": f"sqlite:///{tmp_path / 'none.db'}"}
    refused = CliRunner().invoke(main, ["fallback", "publish"], env=env)
    assert (refused.exit_code, "ne répond pas" in refused.output) == (1, True)
    assert (line.line.settings.fallback_dir / last_rota.FILE).read_text() == kept


def test_reconcile_says_what_it_opened(line: World) -> None:
    missed(line)
    found = p1line(line, "reconcile", "--json")
    facts = json.loads(found.stdout)
    assert (found.exit_code, facts["seen"], len(facts["opened"])) == (0, 1, 1)
    again = p1line(line, "reconcile", "--since", "2026-11-28T01:00")
    assert "Appels dans la liste de Twilio : 1. Incidents ouverts après coup : 0." in again.output


def test_reconcile_says_that_twilio_has_no_list(line: World) -> None:
    line.twilio.faults.rest(RestFault(status=503), times=100)
    refused = p1line(line, "reconcile")
    assert (refused.exit_code, "n'est pas disponible" in refused.output) == (1, True)


def test_the_sweep_does_all_of_it_by_itself(line: World, tmp_path: Path) -> None:
    sid = missed(line)
    folder = line.line.settings.fallback_dir
    spool.append(folder, Happened(line.now, sid, "critical", NIGHT_USER))
    with process(line, "jobs.sweep", tmp_path) as sweep:
        sweep.wait_until_it_beats()
        for _ in range(200):
            if line.incidents() and (folder / "public" / "menu.xml").exists():
                break
            line.twilio.run_until(line.now + timedelta(seconds=1))
            time.sleep(0.05)
        assert (folder / "public" / "menu.xml").exists(), sweep.log
    (incident,) = line.incidents()
    assert incident.priority == "P1"


def test_the_list_is_asked_for_as_soon_as_the_database_is_back(
    fragile: World, database: Proxy
) -> None:
    upkeep = Upkeep(fragile.line)
    upkeep.look()
    database.is_gone()
    missed(fragile)
    upkeep.look()
    database.is_back()
    upkeep.look()
    assert fragile.incident().priority == "P1", "long before the five minutes are over"


def test_upkeep_goes_on_without_twilio(line: World) -> None:
    line.twilio.faults.rest(RestFault(status=503), times=2)
    upkeep, sid = Upkeep(line.line), missed(line)
    upkeep.look()
    assert (line.line.settings.fallback_dir / last_rota.FILE).exists()
    assert not line.calls()
    line.twilio.faults.clear()
    upkeep.look()
    assert [call.sid for call in line.calls()] == [sid]


def test_a_broken_line_of_the_spool_keeps_no_other_waiting(line: World) -> None:
    folder = line.line.settings.fallback_dir
    spool.append(folder, Happened(line.now, "CA" + "1" * 32, "entered", NIGHT_USER))
    with (folder / spool.FILE).open("a") as file:
        file.write('{"at": "2026-\n')
    spool.append(folder, Happened(line.now, "CA" + "2" * 32, "no such thing", NIGHT_USER))
    spool.append(folder, Happened(line.now, "CA" + "3" * 32, "critical", NIGHT_USER))
    assert take_in(line.line) == 2
    assert [call.sid[2] for call in line.calls()] == ["1", "3"]
    (refused,) = folder.glob("refused-*")
    assert "no such thing" in refused.read_text(), "a person can still see it"


def test_a_full_disk_stops_no_call(tmp_path: Path) -> None:
    nowhere = tmp_path / "file"
    nowhere.write_text("")
    assert not spool.append(nowhere / "folder", Happened(NOON, "CA1", "entered"))


def test_the_last_rota_passes_a_handover_and_rings_on_after_its_end() -> None:
    first, second = Target("+15145550141", agent=1), Target("+15145550142", agent=2)
    hour = timedelta(hours=1)
    rota = LastRota((Turn(NOON, (first,)), Turn(NOON + hour, (second,))), NOON)
    assert LastRota.from_json(json.loads(json.dumps(rota.as_json()))) == rota
    assert rota.chain(NOON - hour) == (first,)
    assert rota.chain(NOON + hour - timedelta(seconds=1)) == (first,)
    assert rota.chain(NOON + 100 * hour, [DUTY]) == (second, Target(DUTY))


def test_a_long_rota_leaves_room_for_the_duty_numbers_and_rings_each_phone_once() -> None:
    people = [Target(f"+1514555{n:04}", agent=n) for n in range(30)]
    chain = whole([*people, *people], [DUTY, people[0].phone])
    assert len(chain) == LONGEST
    assert [target.phone for target in chain[-2:]] == [DUTY, people[0].phone]
    assert len({target.phone for target in chain}) == LONGEST


def test_duty_numbers_come_from_the_environment(line: World) -> None:
    env = {**environ(line), "FALLBACK_DUTY": "+15145550141, +15145550142"}
    assert Settings.from_environ(env).fallback_duty == ("+15145550141", "+15145550142")
    with pytest.raises(SettingsError, match="FALLBACK_DUTY"):
        Settings.from_environ({**env, "FALLBACK_DUTY": "514 555-0141"})


def missed(line: World) -> str:
    """A call of the night user's that nobody answered; its sid."""
    number = line.twilio.number
    urls = number.voice_url, number.status_callback
    number.voice_url = "http://127.0.0.1:9/voice"
    number.voice_fallback_url = number.status_callback = ""
    call = line.phone(NIGHT_USER).dials(wait=False)
    line.phones.passes(seconds=30)
    number.voice_url, number.status_callback = urls
    return call.sid
