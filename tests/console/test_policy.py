"""The policy's pages: the rules in force, the line's words, and the call that is simulated."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import date, datetime
from urllib.parse import unquote

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from console.policy import calendar, drawn, prompts, rules, simulation
from console.words import Words, catalogue
from ivr import outages
from ivr.catalogue import LANGUAGES
from ivr.database import reading
from ivr.days import DayName, SpecialDay
from ivr.holidays_observed import ClosingDay, moved_from, special_days
from ivr.menu import MENU
from ivr.models import Base
from ivr.policy import Policy
from ivr.simulate import Simulation, TooLarge, simulate
from ivr.steps import Choose
from ivr.words import PROMPTS
from tests.console.cast import MONDAY_9, TORONTO, Browser, Cast, text

NIGHT = datetime(2026, 11, 28, 2, 0, tzinfo=TORONTO)
ASKED = "/policy/simulation?at=2026-11-28T02:00&client=10452"


class TestRules:
    def test_everybody_at_the_desk_may_look(self, alice: Browser) -> None:
        assert 'href="/policy"' in alice.page.text
        for path in ("/policy", "/policy/prompts", "/policy/simulation"):
            assert alice.get(path).status_code == 200

    def test_a_stranger_may_not(self, visitor: Browser) -> None:
        assert visitor.get("/policy").location == "/sign-in?next=/policy"

    def test_the_week_begins_on_monday(self, alice: Browser) -> None:
        shown = text(alice.get("/policy"))
        assert "lundi 8 h à 16 h 30 mardi 8 h à 16 h 30" in shown
        assert "vendredi 8 h à 16 h 30 samedi fermé dimanche fermé" in shown
        shown = text(alice.get("/policy?lang=en"))
        assert "Friday 8 AM to 4:30 PM Saturday closed Sunday closed" in shown

    def test_the_coming_holidays_have_their_dates(self, alice: Browser) -> None:
        shown = text(alice.get("/policy"))
        assert "Jour de Noël vendredi 25 décembre férié (CA-QC) · dans 25 jours" in shown
        assert "Jour de l'an vendredi 1er janvier 2027" in shown
        assert "Action de grâce lundi 11 octobre 2027" in shown
        assert "reporté" not in shown

    def test_the_times_of_each_priority(self, alice: Browser) -> None:
        shown = text(alice.get("/policy"))
        second = shown[shown.index("P2 Élevée") : shown.index("P3 Normale")]
        assert "Pris en charge en 2 heures Correction en moins de 12 heures" in second
        assert re.search(r"P3 Normale .* les agents sont appelés après 2 heures", shown)
        assert "Enregistrements et transcriptions 90 jours" in shown
        assert "Gestionnaires avisés à 40,00 $ US" in shown

    def test_it_says_where_to_change_them(self, alice: Browser) -> None:
        page, policy = alice.get("/policy"), Policy.read()
        for table in re.findall(r"\[+([a-z_]+)\]+", " ".join(rules.TABLES.values())):
            assert hasattr(policy, table) or table in ("hours", "holidays", "closing_days",
                                                       "extended"), table  # fmt: skip
            assert f"[{table}]" in page.text
        assert "policy.toml" in page.text

    def test_a_known_outage_is_told(
        self, alice: Browser, cast: Cast, browser_of: Callable[[str], Browser]
    ) -> None:
        assert "Aucune panne n'est annoncée" in text(alice.get("/policy"))
        cast.change(cast.bob, role="manager")
        words = outages.Words("Les rapports sont lents.", "Reports are slow.",
                              MONDAY_9.replace(hour=12))  # fmt: skip
        with cast.line.scene() as scene:
            outages.switch_on(scene, scene.session.get_one(type(cast.bob), cast.bob.id), [], words)
        page = alice.get("/policy")
        assert "Les rapports sont lents." in page.text
        assert "Reports are slow." in page.text
        assert 'href="/outages"' not in page.text
        assert page.text.count('href="/outages"') == 0
        assert 'href="/outages"' in browser_of("bob").get("/policy").text


class TestDays:
    def test_a_day_that_moved_says_from_where(self) -> None:
        """24 June 2029 and 1 July 2029 are Sundays: each is kept on the Monday."""
        found = calendar.coming(Policy.read(), date(2029, 6, 1))
        moved = {each.day: each.moved_from for each in found if each.moved_from}
        assert moved == {
            date(2029, 6, 25): date(2029, 6, 24),
            date(2029, 7, 2): date(2029, 7, 1),
        }

    def test_no_other_day_moves(self) -> None:
        """25 December 2027 is a Saturday, and 26 December a Sunday."""
        christmas = next(each for each in calendar.coming(Policy.read(), date(2027, 12, 1)))
        assert (christmas.day, christmas.moved_from) == (date(2027, 12, 25), None)
        assert christmas.on_weekend
        assert christmas.statutory

    def test_the_centres_own_day_on_that_date_has_not_moved(self) -> None:
        own = ClosingDay(6, 25, SpecialDay(DayName("Fermeture", "Closed")))
        days = special_days(2029, "good_friday", (own,))
        assert moved_from(date(2029, 6, 25), days[date(2029, 6, 25)]) is None

    def test_a_year_is_a_year(self) -> None:
        days = [each.day for each in calendar.coming(Policy.read(), date(2026, 12, 25))]
        assert days[0] == date(2026, 12, 25)
        assert days[-1] == date(2027, 12, 25)
        assert len(days) == 9
        assert days == sorted(days)


class TestPrompts:
    def test_every_sentence_that_a_step_says_is_shown_in_both_languages(
        self, alice: Browser
    ) -> None:
        page = html.unescape(alice.get("/policy/prompts").text)
        for step in MENU:
            for part in ("ask", "again", "say", "first", "next", "notice", "wrong"):
                key = f"{step.name}.{part}"
                if not PROMPTS.has(key) or PROMPTS.facts_of(key):
                    continue
                for language in LANGUAGES:
                    assert PROMPTS.text(language, key) in page, key

    def test_each_key_says_what_it_is_for(self, alice: Browser) -> None:
        shown = text(alice.get("/policy/prompts"))
        assert "1 mène à : Environnement" not in shown  # for P1 and P2 alone
        assert "Tout est arrêté : faites le 1. Everything is down: press 1." in shown
        assert "2 mène à : Autre numéro à rappeler Autre numéro : le 2." in shown
        for step in MENU:
            if isinstance(step, Choose) and step.options:
                assert catalogue().text("fr", f"steps.{step.name}") in shown

    def test_steps_come_in_the_menus_order(self, alice: Browser) -> None:
        page = alice.get("/policy/prompts").text
        headings = [html.unescape(each) for each in re.findall(r"<h2>([^<]+?) <span", page)]
        names = [catalogue().text("fr", f"steps.{step.name}") for step in MENU]
        assert headings == [name for name in names if name in headings]
        assert headings[0] == "Accueil"
        assert headings[-1] == "Urgence en dehors des heures"

    def test_what_all_hear_in_one_language_stands_once(self, alice: Browser) -> None:
        page = html.unescape(alice.get("/policy/prompts?lang=en").text)
        assert page.count("For service in English, press 9.") == 1
        assert page.count("Assistance technique, bonjour.") == 1

    def test_what_is_filled_in_has_a_name(self) -> None:
        t = Words("fr", MONDAY_9, TORONTO)
        for heard in (*prompts._steps(t), *prompts._others(t)):
            for line in heard.lines:
                for filled in re.findall("‹([^›]*)›", " ".join(line.texts.values())):
                    assert not re.fullmatch(r"[a-z]+_[a-z_]+", filled), (heard.name, filled)


class TestSimulation:
    def asked(self, cast: Cast, **facts: object) -> Simulation:
        line = cast.line
        return simulate(line.sessions, line.policy, line.settings.line_number, NIGHT,
                        client="10452", **facts)  # type: ignore[arg-type]  # fmt: skip

    def test_a_night_of_a_client_who_has_the_service(self, alice: Browser) -> None:
        shown = text(alice.get(f"{ASKED}&caller=known&priority=P1"))
        assert (
            "L'agent de garde sonne Appel simulé le samedi 28 novembre à 2 h, de : Nadia Nuit."
            in shown
        )
        assert "Agent de garde chemin pris Rappel si personne n'accepte" in shown
        assert "Priorité P1 d'un client qui a le service étendu" in shown
        assert "Échéance : le samedi 28 novembre à 3 h." in shown
        assert re.search(r"Bob Tremblay 450 555-0111 à \d+ s, pendant 20 s Alice Roy", shown)
        assert "Pour Facturation, faites le 1. Médical, le 2." in shown

    def test_another_impact_takes_another_way(self, alice: Browser, cast: Cast) -> None:
        shown = text(alice.get(f"{ASKED}&caller=known&priority=P3"))
        assert "Aucun téléphone ne sonne : le client est rappelé" in shown
        assert "Rappel chemin pris" in shown
        assert "Aucun téléphone ne sonnerait pendant l'appel." in shown
        told = self.asked(cast, wanted={"impact": "P3"})
        assert told.incident
        assert told.incident.priority == "P3"

    def test_in_regular_hours_the_desk_rings(self, alice: Browser) -> None:
        page = alice.get("/policy/simulation?at=2026-11-30T10:00&client=10452&priority=P2&lang=en")
        shown = text(page)
        assert "The desk's agents ring Simulated call today at 10 AM, from: Nadia Nuit." in shown
        assert "Desk agents way taken" in shown

    def test_a_withheld_number_is_asked_for_the_one_on_file(self, alice: Browser) -> None:
        shown = text(alice.get(f"{ASKED}&caller=other&priority=P1"))
        assert "de : un numéro masqué" in shown
        assert "L'agent de garde sonne" in shown
        assert "Entrez les dix chiffres du numéro de téléphone" in shown

    def test_somebody_who_is_not_on_file_is_told_who_may_call(
        self, alice: Browser, cast: Cast
    ) -> None:
        shown = text(alice.get(f"{ASKED}&caller=stranger&priority=P1"))
        assert "Seuls les super utilisateurs de la clinique peuvent nous appeler." in shown
        told = self.asked(cast, stranger=True)
        assert told.super_user is None
        assert "refused" in [each.step for each in told.exchanges]

    def test_the_callers_own_keys(self, alice: Browser) -> None:
        page = alice.get(f"{ASKED}&caller=number&number=514+555-0199&keys=99999,silence,hang-up")
        shown = text(page)
        assert "Ce numéro n'est pas reconnu." in shown
        assert "L'appelant fait : 9 9 9 9 9" in shown
        assert "L'appelant raccroche." in shown
        assert "de : 514 555-0199." in shown
        assert "Aucun incident" in shown

    @pytest.mark.parametrize(
        ("asked", "why"),
        [
            ("client=", "Donnez un numéro de client."),
            ("client=00000", "Il n'y a pas de client 00000."),
            ("client=<script>", "Il n'y a pas de client <script>."),
            ("client=10452&at=hier", "Ce moment n'existe pas"),
            ("client=10452&at=2026-03-08T02:30", "Ce moment n'existe pas"),  # clocks skip it
            ("client=10452&at=9999-12-31T23:59", "Ce moment n'existe pas"),
            ("client=10452&caller=number&number=12", "Ce n'est pas un numéro de téléphone."),
            ("client=10452&caller=x", "Ce choix n'existe pas."),
            ("client=10452&priority=P9", "Ce choix n'existe pas."),
            ("client=10452&keys=bonjour", "Ces touches ne se lisent pas"),
            ("client=10452&keys=" + "1," * 101, "Ces touches ne se lisent pas"),
        ],
    )
    def test_what_makes_no_call_is_told(self, alice: Browser, asked: str, why: str) -> None:
        page = alice.get(f"/policy/simulation?{asked}")
        assert page.status_code == 409
        assert why in text_of_alert(page)
        assert "<script>" not in page.text

    def test_the_moments_that_one_asks_about(self, alice: Browser) -> None:
        """It is Monday, 9:00, and open: the next opening is tomorrow's."""
        moments = alice.get("/policy/simulation").text.partition('class="moments"')[2]
        asked = re.findall(r"at=([0-9T:%A-]+)", moments.partition("</ul>")[0])
        assert [unquote(moment) for moment in asked] == [
            "2026-11-30T09:00",
            "2026-12-01T02:00",
            "2026-12-05T02:00",
            "2026-12-01T08:00",
        ]
        assert moments.count('aria-current="true"') == 1

    def test_nothing_is_written_and_nobody_is_rung(self, alice: Browser, cast: Cast) -> None:
        before = rows(cast)
        assert alice.get(f"{ASKED}&caller=known&priority=P1").status_code == 200
        assert rows(cast) == before

    @pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
    def test_on_postgresql_too(self, alice: Browser, cast: Cast) -> None:
        before = rows(cast)
        shown = text(alice.get(f"{ASKED}&caller=known&priority=P1"))
        assert "L'agent de garde sonne" in shown
        assert rows(cast) == before

    def test_a_database_too_large_to_copy_is_not_copied(
        self, alice: Browser, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with pytest.raises(TooLarge):
            self.asked(cast, largest=4096)
        monkeypatch.setattr(simulation, "LARGEST", 4096)
        page = alice.get(f"{ASKED}&caller=known&priority=P1")
        assert page.status_code == 409
        assert "trop grande" in text_of_alert(page)

    def test_the_phones_are_drawn_along_the_time(self, cast: Cast) -> None:
        told = self.asked(cast)
        drawing = drawn.of(told)
        assert (drawing.way, drawing.then) == ("ring_on_call", "call_back")
        assert [each.rung.agent for each in drawing.phones] == ["Bob Tremblay", "Alice Roy"]
        first, second = drawing.phones
        assert 0 < first.x < first.x + first.width < second.x
        assert second.x + second.width <= 100
        whole = drawing.marks[1] * len(drawing.marks)
        assert first.x == pytest.approx(100 * first.seconds / whole, abs=0.01)


def rows(cast: Cast) -> dict[str, int]:
    """How many rows each table has."""
    with reading(cast.line.sessions) as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


def text_of_alert(page: TestResponse) -> str:
    (alert,) = re.findall(r'role="alert">(.*?)</p>', page.text, flags=re.S)
    return html.unescape(alert)
