"""`p1line doctor`: each thing that can be wrong before the night is made wrong, and is found."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask, Response, send_from_directory
from sqlalchemy import delete, select, text, update

from commands import doctor as command
from ivr import last_rota, phone_tests
from ivr.models import Agent, Heartbeat, Recording, RotaLayer, SuperUser
from ivr.policy import DEFAULT
from jobs import doctor
from jobs.doctor import parts, people, twilio_side
from jobs.doctor.finding import WORDS, Finding
from jobs.publish import PUBLIC, publish
from line import Line
from settings import Settings
from tests import servers
from tests.before.cast import asked, contents, environ, plain, run
from tests.scenarios.cast import critical_night_call
from tests.world import ON_CALL_1, TUESDAY_10, World

AGENTS = (
    *("+14505550111", "+14505550112"),
    *("+14385550113", "+14385550114", "+14385550115", "+14385550116"),
)


@pytest.fixture
def start() -> datetime:
    return TUESDAY_10


@pytest.fixture
def ready(line: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The world before the night, each agent's phone as if it had been verified by a test call."""
    monkeypatch.setattr(command, "pause", lambda seconds: passes(line, seconds))
    line.work()
    passes(line, 0)
    publish(line.line)
    with line.line.scene() as scene:
        for agent in phone_tests.agents(scene):
            test = phone_tests.begin(scene, agent)
            phone_tests.hears(scene, test, test.code, asked=1)
            phone_tests.end(scene, test, "no_key")
    return line


@pytest.fixture
def tested(line: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The same, its phones verified by real test calls."""
    monkeypatch.setattr(command, "pause", lambda seconds: passes(line, seconds))
    for number in AGENTS:
        line.phone(number).accepts()
    line.work()
    publish(line.line)
    assert asked(line, "doctor", "--call")["ok"], asked(line, "doctor")
    return line


def passes(line: World, seconds: float) -> None:
    """Time passes on the phones, while worker and sweep give signs of life."""
    line.twilio.run_until(line.now + timedelta(seconds=seconds))
    with line.line.sessions.begin() as session:
        for name in ("worker", "sweep"):
            session.merge(Heartbeat(name=name, at=line.now))


def checks(line: World, *words: str, **changed: str) -> dict[str, Any]:
    return {each["name"]: each for each in asked(line, "doctor", *words, **changed)["checks"]}


def sentences(line: World, name: str, *words: str, **changed: str) -> str:
    """What the check says, where it finds something wrong."""
    found = checks(line, *words, **changed)[name]
    assert not found["ok"], found
    return plain(" ".join(found["sentences"]))


def keys(findings: Iterator[Finding]) -> list[str]:
    return [found.key for found in findings]


# All is well ---------------------------------------------------------------------------------


def test_somebody_has_to_administer(ready: World) -> None:
    """One who was invited and has set no password cannot sign in, and is nobody yet."""
    with ready.line.sessions.begin() as session:
        session.execute(update(Agent).where(Agent.role == "admin").values(password_hash=""))
    assert "Personne n'administre" in sentences(ready, "administrators")


def test_a_healthy_line_is_ready_for_the_night(tested: World) -> None:
    result = run(tested, "doctor")
    assert result.exit_code == 0, result.stdout
    assert "✗" not in result.stdout
    assert "✓ Téléphones des agents" in result.stdout
    assert "Le vendredi 25 décembre : Jour de Noël, fermé." in plain(result.stdout)
    english = run(tested, "doctor", "--language", "en")
    assert "✓ Agents' phones" in english.stdout


def test_the_shape_for_machines(ready: World) -> None:
    answer = asked(ready, "doctor")
    assert answer.keys() == {"ok", "checks"}
    assert answer["ok"] is True
    for each in answer["checks"]:
        assert each.keys() == {"name", "ok", "sentences"}
    names = [each["name"] for each in answer["checks"]]
    assert names == ["settings", "policy", *(name for name, _ in doctor.CHECKS)]


def test_it_changes_nothing_and_rings_nobody(tested: World) -> None:
    before, rows = len(tested.twilio.ledger.legs()), contents(tested)
    run(tested, "doctor")
    assert contents(tested) == rows
    assert len(tested.twilio.ledger.legs()) == before


# The agents' phones --------------------------------------------------------------------------


def test_a_phone_that_was_never_tested(line: World) -> None:
    said = sentences(line, "phones")
    assert said.count("n'a jamais été vérifié par un appel d'essai") == len(AGENTS)
    assert "Le téléphone de Garde 1" in said
    assert run(line, "doctor").exit_code == 1


def test_the_agent_hears_what_it_is_about_and_confirms(tested: World) -> None:
    phone = tested.phone(ON_CALL_1)
    phone.hears("Ceci est un essai de votre téléphone.", "Pour confirmer, faites le")
    phone.hears("Merci. Votre téléphone est vérifié.")
    assert phone.was_called == 1
    assert checks(tested)["phones"] == {"name": "phones", "ok": True, "sentences": []}
    tested.phones.check()


def test_those_who_were_verified_lately_are_not_rung_again(tested: World) -> None:
    called = checks(tested, "--call")["calls"]
    assert called["ok"]
    assert "Aucun appel à faire" in plain(called["sentences"][0])
    assert tested.phone(ON_CALL_1).was_called == 1


def test_phones_are_rung_one_after_the_other(tested: World) -> None:
    legs = list(tested.twilio.legs.values())
    assert [leg.to for leg in legs] == list(AGENTS)
    for one, other in itertools.pairwise(legs):
        assert one.ended_at is not None
        assert one.ended_at <= other.created


@pytest.mark.parametrize(
    ("behaviour", "sentence"),
    [
        ("goes_to_voicemail", "une personne ou une boîte vocale a répondu, sans confirmer"),
        ("says_nothing", "sans confirmer"),
        ("hangs_up_midway", "sans confirmer"),
        ("rings_out", "Garde 1 n'a pas répondu."),
        ("is_busy", "Garde 1 : ligne occupée."),
        ("is_unreachable", "l'appel n'a pas pu être placé"),
    ],
)
def test_only_the_key_verifies_a_phone(
    line: World, monkeypatch: pytest.MonkeyPatch, behaviour: str, sentence: str
) -> None:
    monkeypatch.setattr(command, "pause", lambda seconds: passes(line, seconds))
    for number in AGENTS:
        line.phone(number).accepts()
    getattr(line.phone(ON_CALL_1), behaviour)()
    found = checks(line, "--call")
    assert not found["calls"]["ok"]
    assert sentence in plain(" ".join(found["calls"]["sentences"]))
    assert plain(" ".join(found["phones"]["sentences"])).count("Garde 1") == 1
    assert "Garde 2" not in " ".join(found["phones"]["sentences"])


def test_a_wrong_key_is_said_and_asked_for_again(
    line: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "pause", lambda seconds: passes(line, seconds))
    for number in AGENTS:
        line.phone(number).accepts()
    line.phone(ON_CALL_1).presses_when_called("11")
    assert not checks(line, "--call")["calls"]["ok"]
    line.phone(ON_CALL_1).hears("Ce n'est pas le bon numéro.", "L'essai devra être repris.")


def test_a_verification_grows_old(ready: World) -> None:
    ready.twilio.set_clock(ready.now + timedelta(days=31))
    said = sentences(ready, "phones")
    assert "n'a pas été vérifié depuis mardi 24 novembre à 10 h" in said
    assert "plus de 30 jours" in said


def test_another_phone_is_another_matter(ready: World) -> None:
    with ready.line.sessions.begin() as session:
        change = update(Agent).where(Agent.name == "Garde 1").values(phone="+14385550188")
        session.execute(change)
    assert "Le téléphone de Garde 1 n'a jamais été vérifié" in sentences(ready, "phones")


@pytest.mark.parametrize("phone", ["+19005550113", "+18005550100", "", "poste 12"])
def test_a_phone_that_cannot_be_rung(ready: World, phone: str) -> None:
    with ready.line.sessions.begin() as session:
        session.execute(update(Agent).where(Agent.name == "Garde 1").values(phone=phone))
    assert "Le téléphone de Garde 1 ne peut pas être sonné." in sentences(ready, "phones")


def test_nobody_at_all(ready: World) -> None:
    with ready.line.sessions.begin() as session:
        session.execute(update(Agent).values(active=False))
    assert "Il n'y a aucun agent" in sentences(ready, "phones")


def test_no_test_call_in_the_night(line: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "pause", lambda seconds: passes(line, seconds))
    line.twilio.set_clock(TUESDAY_10 + timedelta(hours=12))
    said = sentences(line, "calls", "--call")
    assert "le suivant est permis à partir du mercredi 25 novembre à 9 h" in said
    assert line.twilio.ledger.legs() == []


def test_no_test_call_to_who_talks_with_a_client(
    line: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "pause", lambda seconds: passes(line, seconds))
    for number in AGENTS:
        line.phone(number).accepts(talks=1800)
    call = critical_night_call(line)
    assert call.bridged_with == AGENTS[0]
    found = checks(line, "--call")
    assert "Bureau 1 : pas d'appel. Ce téléphone sonne ou parle déjà pour la ligne." in plain(
        " ".join(found["calls"]["sentences"])
    )
    assert line.phone(AGENTS[0]).was_called == 1
    assert call.is_connected


def test_no_test_call_while_a_critical_incident_waits(
    line: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "pause", lambda seconds: passes(line, seconds))
    for number in AGENTS:
        line.phone(number).rings_out()
    critical_night_call(line).hangs_up()
    rung = len(line.twilio.ledger.legs())
    assert "Un incident critique attend une personne" in sentences(line, "calls", "--call")
    assert len(line.twilio.ledger.legs()) == rung


def test_a_test_that_twilio_does_not_place(line: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "pause", lambda seconds: passes(line, seconds))
    for number in AGENTS:
        line.phone(number).accepts()
    faults = f"{line.twilio.url}/standin/faults"
    requests.post(faults, json={"status": 429, "times": 1}, timeout=5).raise_for_status()
    assert "Bureau 1 : l'appel n'a pas pu être placé." in sentences(line, "calls", "--call")


def test_a_strangers_request_verifies_nothing(ready: World) -> None:
    """The address of a test is not enough: the request is signed, and of the test's own call."""
    url = f"{ready.line.settings.public_url}/test-call/answered?asked=0&test=1"
    assert requests.post(url, data={"Digits": "34"}, timeout=5).status_code == 403


# Database, Redis, processes ------------------------------------------------------------------


def test_a_database_that_is_behind(ready: World) -> None:
    with ready.line.sessions.begin() as session:
        session.execute(text("DROP TABLE attempts"))
    said = sentences(ready, "database")
    assert "attempts" in said
    assert "« p1line db migrate »" in said


def test_a_database_that_is_away_fails_each_check_that_asks_it(
    ready: World, tmp_path: Path
) -> None:
    nowhere = f"sqlite:///{tmp_path / 'nowhere' / 'no.db'}"
    found = checks(ready, "--call", DATABASE_URL=nowhere)
    assert "Ce contrôle n'a pas pu se faire (OperationalError)." in found["calls"]["sentences"]
    assert "La base de données ne répond pas" in plain(found["database"]["sentences"][0])
    for name in ("processes", "phones", "super_users"):
        assert "Ce contrôle n'a pas pu se faire (OperationalError)." in found[name]["sentences"]
    assert found["number"]["ok"]
    assert found["mail"]["ok"]


def test_redis_is_away(ready: World) -> None:
    nobody = f"redis://127.0.0.1:{servers.free_port()}/0"
    assert "Redis ne répond pas" in sentences(ready, "queue", REDIS_URL=nobody)


def test_a_worker_that_says_nothing(ready: World) -> None:
    with ready.line.sessions.begin() as session:
        long_ago = ready.now - timedelta(seconds=61)
        session.execute(update(Heartbeat).where(Heartbeat.name == "worker").values(at=long_ago))
        session.execute(delete(Heartbeat).where(Heartbeat.name == "sweep"))
    said = sentences(ready, "processes")
    assert "Le processus worker n'a pas donné signe de vie depuis" in said
    assert "Le processus sweep n'a jamais donné signe de vie." in said


# Mail ----------------------------------------------------------------------------------------


def test_a_mail_server_that_is_away(ready: World) -> None:
    nobody = f"smtp://127.0.0.1:{servers.free_port()}"
    assert "refuse la connexion" in sentences(ready, "mail", SMTP_URL=nobody)


def test_no_mail_server_at_all(ready: World) -> None:
    assert "SMTP_URL manque" in sentences(ready, "mail", SMTP_URL="", MAIL_FROM="")


def test_no_letter_is_sent(ready: World) -> None:
    before = len(ready.mail.deliveries)
    assert checks(ready)["mail"]["ok"]
    assert len(ready.mail.deliveries) == before


# Twilio --------------------------------------------------------------------------------------


def test_credentials_that_twilio_does_not_know(ready: World) -> None:
    said = sentences(ready, "number", TWILIO_AUTH_TOKEN="another")
    assert "ne reconnaît pas TWILIO_ACCOUNT_SID et TWILIO_AUTH_TOKEN" in said


def test_a_number_of_somebody_else(ready: World) -> None:
    assert "n'est pas dans ce compte" in sentences(ready, "number", P1LINE_NUMBER="+18005550177")


def test_twilio_does_not_answer(ready: World) -> None:
    line = with_api(ready.line, nowhere())
    assert keys(twilio_side.number(line)) == ["number.unreachable"]


def test_twilio_in_trouble(ready: World) -> None:
    faults = f"{ready.twilio.url}/standin/faults"
    requests.post(faults, json={"status": 429, "times": 1}, timeout=5).raise_for_status()
    (found,) = twilio_side.number(ready.line)
    assert (found.key, found.facts) == ("number.refused", {"status": 429, "code": 20429})


def test_an_address_that_leads_elsewhere(ready: World) -> None:
    ready.twilio.number.voice_url = "https://old.example.org/voice"
    ready.twilio.number.sms_url = ""
    said = sentences(ready, "number")
    assert "Réglage voice_url du numéro : https://old.example.org/voice, au lieu de" in said
    assert "Réglage sms_url du numéro : rien, au lieu de" in said
    assert "« p1line twilio configure »" in said


def test_a_real_line_needs_a_fallback_on_another_host(ready: World) -> None:
    (demo,) = twilio_side.number(ready.line)
    assert (demo.key, demo.wrong) == ("number.no_static", False)
    real = _Real(ready.line.settings.twilio_api_base_url)
    line = replace(ready.line, settings=real.of(ready.line))
    (found,) = twilio_side.number(line)
    assert (found.key, found.wrong) == ("number.no_static", True)


def test_the_static_documents_are_all_asked_for(ready: World, static_host: str) -> None:
    lead_to(ready, f"{static_host}/documents/menu.xml")
    assert keys(twilio_side.number(ready.line)) == []


@pytest.mark.parametrize(
    ("folder", "expected"),
    [("nowhere", "fallback.missing"), ("old", "fallback.differs"), (None, "fallback.host_away")],
)
def test_a_static_host_that_does_not_have_them(
    ready: World, static_host: str, folder: str | None, expected: str
) -> None:
    lead_to(ready, f"{static_host if folder else nowhere()}/{folder}/menu.xml")
    assert keys(twilio_side.number(ready.line)) == [expected]


def lead_to(line: World, url: str) -> None:
    line.twilio.number.voice_fallback_url = url
    line.twilio.number.voice_fallback_method = "GET"


@pytest.fixture
def static_host(ready: World) -> Iterator[str]:
    """A host with the documents as they are, others that are old, and sounds for anybody."""
    app, public = Flask("static"), ready.line.settings.fallback_dir / PUBLIC

    @app.get("/documents/<name>")
    def current(name: str) -> Response:
        return send_from_directory(public, name)

    app.add_url_rule("/old/<name>", "old", lambda name: "<Response/>")
    app.add_url_rule("/2010-04-01/<path:any>", "sound", lambda any: b"sound")
    with servers.serve(app) as url:
        yield url


def test_recordings_need_the_password(ready: World) -> None:
    assert keys(twilio_side.recordings(ready.line)) == ["recordings.hint"]
    record(ready)
    assert keys(twilio_side.recordings(ready.line)) == []


def test_recordings_that_anybody_may_hear(ready: World, static_host: str) -> None:
    record(ready)
    line = with_api(ready.line, static_host)
    (found,) = twilio_side.recordings(line)
    assert (found.key, found.wrong) == ("recordings.open", True)


def test_recordings_that_nobody_can_ask_for(ready: World) -> None:
    record(ready)
    line = with_api(ready.line, nowhere())
    assert keys(twilio_side.recordings(line)) == ["recordings.unknown"]


# What answers when the rest is gone ----------------------------------------------------------


def test_a_last_rota_that_was_never_kept(ready: World) -> None:
    (ready.line.settings.fallback_dir / last_rota.FILE).unlink()
    assert "La dernière garde connue n'a jamais été écrite" in sentences(ready, "fallback")


def test_a_last_rota_that_is_not_kept_any_more(ready: World) -> None:
    ready.twilio.set_clock(ready.now + timedelta(hours=2, minutes=5))
    assert "La dernière garde connue date de 2 h" in sentences(ready, "fallback")


def test_a_last_rota_by_which_nobody_rings(ready: World) -> None:
    with ready.line.sessions.begin() as session:
        session.execute(update(Agent).values(active=False))
    publish(ready.line)
    assert "personne ne sonnerait sans base de données" in sentences(ready, "fallback")


def test_no_duty_number(ready: World) -> None:
    assert "Aucun numéro de secours" in sentences(ready, "fallback", FALLBACK_DUTY="")


# The clocks ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, []), (-25, []), (40, ["clock.ahead_of_twilio"]), (-40, ["clock.behind_twilio"])],
)
def test_our_clock_beside_twilios(ready: World, seconds: int, expected: list[str]) -> None:
    assert keys(parts.clock(off_by(ready.line, seconds))) == expected


def test_our_clock_beside_the_databases(ready: World) -> None:
    with servers.postgres() as url:
        line = Line.build(replace(ready.line.settings, database_url=url))
        assert keys(parts.clock(off_by(line, 0))) == []
        found = list(parts.clock(off_by(line, 95)))
        line.sessions.kw["bind"].dispose()
    assert [each.key for each in found] == ["clock.ahead_of_twilio", "clock.ahead_of_database"]
    assert found[1].facts["seconds"] in range(93, 98)


def test_a_demos_clock_is_compared_to_nothing(ready: World) -> None:
    (found,) = parts.clock(ready.line)
    assert (found.key, found.wrong) == ("clock.demo", False)


def off_by(line: Line, seconds: int) -> Line:
    """A line whose clock is the real one, but for so many seconds."""
    settings = replace(line.settings, start=None)
    return replace(
        line, settings=settings, clock=lambda: datetime.now(UTC) + timedelta(seconds=seconds)
    )


# The rota ------------------------------------------------------------------------------------


def test_a_level_without_anybody_in_the_nights_to_come(ready: World) -> None:
    let_go(ready, "Garde 1", "Garde 2")
    said = sentences(ready, "rota")
    first = "Personne au niveau « garde » du mardi 24 novembre à 16 h 30 au mercredi 25 novembre"
    assert first in said
    assert "le niveau « gestion » sonnerait" in said
    assert "mardi 8 décembre" in said
    assert "9 décembre" not in said


def test_a_night_in_which_nobody_would_ring_at_all(ready: World) -> None:
    let_go(ready, "Garde 1", "Garde 2", "Gestion")
    assert "le niveau « toute l'équipe » sonnerait" in sentences(ready, "rota")
    let_go(ready, "Bureau 1", "Bureau 2", "Administration")
    assert "aucun autre niveau ne sonnerait pendant l'appel" in sentences(ready, "rota")


def test_a_gap_for_one_product_names_it(ready: World) -> None:
    """A layer for two products alone: the third has nobody."""
    with ready.line.sessions.begin() as session:
        for layer in session.scalars(select(RotaLayer).where(RotaLayer.level == "on_call")):
            layer.products = ["billing", "medical"]
    said = sentences(ready, "rota")
    assert said.startswith("Imagerie : Personne au niveau « garde » du mardi 24 novembre à 16 h 30")
    assert "Médical" not in said


def let_go(line: World, *names: str) -> None:
    with line.line.sessions.begin() as session:
        session.execute(update(Agent).where(Agent.name.in_(names)).values(active=False))


def test_one_who_is_left_is_enough(ready: World) -> None:
    with ready.line.sessions.begin() as session:
        session.execute(update(Agent).where(Agent.name == "Garde 1").values(active=False))
    assert checks(ready)["rota"] == {"name": "rota", "ok": True, "sentences": []}


# The people ----------------------------------------------------------------------------------


def test_a_client_with_the_extended_service_and_nobody_who_may_call(ready: World) -> None:
    with ready.line.sessions.begin() as session:
        night = SuperUser.phone.in_(("+15145550102", "+15145550101"))
        session.execute(update(SuperUser).where(night).values(removed_at=ready.now))
    said = sentences(ready, "super_users")
    assert "Le client 10452 a le service étendu, mais aucun super utilisateur" in said
    assert "30988" not in said


def test_a_client_with_nobody_named_for_the_night_is_mentioned(ready: World) -> None:
    with ready.line.sessions.begin() as session:
        night = SuperUser.phone == "+15145550102"
        session.execute(update(SuperUser).where(night).values(shift="weekends"))
    found = checks(ready)["super_users"]
    assert found["ok"]
    assert "aucun super utilisateur nommé pour la nuit" in found["sentences"][0]


def test_a_statutory_holiday_on_which_the_centre_is_open(ready: World, tmp_path: Path) -> None:
    day = '[[closing_days]]\nday = "12-25"\nfr = "Noël"\nen = "Christmas"\nhours = ["8:00-12:00"]\n'
    said = sentences(ready, "holidays", POLICY_FILE=policy(tmp_path, DEFAULT.read_text() + day))
    assert "Le vendredi 25 décembre est un jour férié au Québec (Jour de Noël)" in said
    assert "Le vendredi 25 décembre : Noël, ouvert une partie de la journée." in said


def test_a_centre_without_holidays(ready: World, tmp_path: Path) -> None:
    changed = DEFAULT.read_text().replace('calendar = "CA-QC"', 'calendar = "none"')
    said = sentences(ready, "holidays", POLICY_FILE=policy(tmp_path, changed))
    assert "est un jour férié au Québec (Jour de l'an)" in said
    assert "Aucun jour férié ni de fermeture d'ici 60 jours." in said


@pytest.mark.parametrize("easter", ["good_friday", "easter_monday"])
def test_one_of_easters_days_may_be_open(ready: World, tmp_path: Path, easter: str) -> None:
    changed = DEFAULT.read_text().replace('easter = "good_friday"', f'easter = "{easter}"')
    ready.twilio.set_clock(datetime(2027, 3, 1, 15, tzinfo=UTC))
    found = checks(ready, POLICY_FILE=policy(tmp_path, changed))["holidays"]
    assert found["ok"], found
    assert len(found["sentences"]) == 1


def test_every_statutory_day_of_a_year_is_seen(ready: World) -> None:
    """Against the table of dates of 2027 (POLICY.md, end)."""
    seen: set[str] = set()
    for month in range(1, 13):
        moment = datetime(2027, month, 1, 12, tzinfo=UTC)
        line = replace(ready.line, clock=partial(_the_same, moment))
        found = [each for each in people.holidays(line) if each.key == "holidays.closed"]
        seen |= {str(each.facts["date"]) for each in found if "2027" in str(each.facts["date"])}
    assert seen == {
        "2027-01-01", "2027-03-26", "2027-05-24", "2027-06-24", "2027-07-01", "2027-09-06",
        "2027-10-11", "2027-12-25",
    }  # fmt: skip


def _the_same(moment: datetime) -> datetime:
    return moment


def policy(folder: Path, content: str) -> str:
    path = folder / "policy.toml"
    path.write_text(content, encoding="utf-8")
    return str(path)


# What keeps the doctor from looking ----------------------------------------------------------


def test_a_setting_that_is_wrong(ready: World) -> None:
    answer = asked(ready, "doctor", PUBLIC_URL="nonsense")
    (found,) = answer["checks"]
    assert (answer["ok"], found["name"]) == (False, "settings")
    assert "PUBLIC_URL must be an address" in found["sentences"][0]


def test_a_policy_that_cannot_be_read(ready: World, tmp_path: Path) -> None:
    answer = asked(ready, "doctor", POLICY_FILE=policy(tmp_path, "[hours\n"))
    (found,) = answer["checks"]
    assert (answer["ok"], found["name"]) == (False, "policy")
    assert "ne se lit pas" in found["sentences"][0]


def test_a_check_that_crashes_is_a_finding_and_the_others_go_on(ready: World) -> None:
    with ready.line.sessions.begin() as session:
        session.execute(text("DROP TABLE phone_tests"))
    found = checks(ready)
    assert "Ce contrôle n'a pas pu se faire" in found["phones"]["sentences"][0]
    assert found["super_users"]["ok"]


def test_no_sentence_without_a_use_and_no_finding_without_a_sentence() -> None:
    sources = [*Path(doctor.__file__).parent.glob("*.py"), Path(command.__file__)]
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    built = {*re.findall(r'f["\']([a-z_]+)\.', code), "checks"}
    named = set(re.findall(r'"([a-z_]+\.[a-z_]+)"', code)) & WORDS.keys()
    left = {key for key in WORDS.keys() - named if key.partition(".")[0] not in built}
    assert not left
    literal = set(re.findall(r'(?:wrong|note|Finding)\(\s*"([^"]+)"', code))
    assert literal <= WORDS.keys()
    assert {f"checks.{name}" for name, _ in doctor.CHECKS} <= WORDS.keys()


# Parts ---------------------------------------------------------------------------------------


class _Real:
    """Settings that say that their Twilio is the real one, though it is the stand-in."""

    def __init__(self, api: str) -> None:
        self.api = api

    def of(self, line: Line) -> Any:
        fields = {name: getattr(line.settings, name) for name in line.settings.__annotations__}
        return type("Real", (), {**fields, "local": False})()


def with_api(line: Line, url: str) -> Line:
    """The same line with another Twilio."""
    return replace(line, settings=replace(line.settings, twilio_api_base_url=url))


def nowhere() -> str:
    return f"http://127.0.0.1:{servers.free_port()}"


def record(line: World) -> None:
    """A caller's words, recorded by Twilio."""
    line.phone(ON_CALL_1).accepts()
    call = line.phone("+14505550103").dials()
    for keys_ in ("20317", "3"):
        call.presses(keys_)
    call.stays_silent()
    call.says("Une image ne s'affiche pas")
    call.hangs_up()
    with line.session() as session:
        assert session.query(Recording).one().status == "completed"


def test_the_environment_of_these_tests_is_the_worlds(line: World) -> None:
    read = Settings.from_environ(environ(line.line.settings))
    assert read == replace(line.line.settings, secret_key=read.secret_key)
