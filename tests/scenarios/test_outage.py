"""A known outage: told before the menu, one key to be on the list, and news for whoever is (§3)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr import outages
from ivr.incidents import Refused
from ivr.models import Agent, Event, Incident, Outage
from tests.phones import Call
from tests.scenarios.cast import presses
from tests.scenarios.test_identity import set_pin
from tests.world import (
    BILLING_USER,
    DESK_1,
    DESK_2,
    ENGLISH_USER,
    IMAGING_USER,
    NIGHT_USER,
    ON_CALL_1,
    STRANGER,
    TUESDAY_10,
    World,
)

FRENCH = "Les résultats de laboratoire n'arrivent plus."
ENGLISH = "Lab results no longer arrive."
TWO_HOURS = timedelta(hours=2)
MINUTE = timedelta(minutes=1)


def announce(
    line: World, *products: str, french: str = FRENCH, within: timedelta = TWO_HOURS
) -> None:
    """The manager switches the banner on; the next update is promised `within` that time."""
    with line.line.scene() as scene:
        words = outages.Words(french, ENGLISH, scene.now + within)
        outages.switch_on(scene, manager(scene.session), products, words)


def tell(line: World, french: str, within: timedelta | None = TWO_HOURS) -> None:
    """News; without a next update it is the last."""
    with line.line.scene() as scene:
        outage = outages.current(scene)
        assert outage
        next_at = scene.now + within if within else None
        words = outages.Words(french, ENGLISH, next_at)
        outages.update(scene, outage, manager(scene.session), words)


def manager(session: Session) -> Agent:
    return session.scalars(select(Agent).where(Agent.role == "manager")).one()


def on_the_list(line: World, number: str, client: str, *more: str) -> Call:
    call = line.phone(number).dials().presses("1")
    return presses(call, client, *more)


def test_it_is_told_before_the_menu_with_the_time_of_the_next_update(line: World) -> None:
    announce(line)
    call = line.phone(NIGHT_USER).dials()
    call.hears("En danger ? Appelez le 9-1-1.", FRENCH, "Prochaine nouvelle aujourd'hui à 4 h.")
    call.hears("Pour en avoir des nouvelles, faites le 1. Pour autre chose, le 2.")
    call.hears_not("numéro de client")


def test_silence_goes_on_to_the_menu(line: World) -> None:
    announce(line)
    line.phone(NIGHT_USER).dials().stays_silent().hears("Entrez votre numéro de client")


def test_another_thing_is_a_call_like_any_other(line: World) -> None:
    announce(line)
    line.phone(ON_CALL_1).accepts()
    call = line.phone(NIGHT_USER).dials().presses("2")
    presses(call, "10452", "2", "1", "1", "1")
    assert call.bridged_with == ON_CALL_1
    assert line.incident().outage_id is None


def test_nine_says_it_in_english(line: World) -> None:
    announce(line)
    line.phone(NIGHT_USER).dials().presses("9").hears(
        "Known outage.", ENGLISH, "To get news of it, press 1."
    )


def test_one_key_puts_the_caller_on_the_list_and_wakes_nobody(line: World) -> None:
    announce(line, "medical")
    call = on_the_list(line, NIGHT_USER, "10452")
    call.hears("Vous êtes sur la liste", "par texto ou par courriel", "Prochaine nouvelle")
    assert call.ended
    line.passes(timedelta(minutes=30))

    incident = line.incident()
    assert (incident.product, incident.recognised_by) == ("medical", "number")
    assert incident.outage_id is not None
    assert incident.super_user_id is not None
    assert not [leg for leg in line.twilio.ledger.legs() if leg.direction != "inbound"]


def test_whoever_is_on_the_list_is_in_the_managers_charge_and_told_by_letter(line: World) -> None:
    announce(line)
    on_the_list(line, IMAGING_USER, "20317")
    line.passes(MINUTE)
    incident = line.incident()
    assert incident.met_at is not None, "taken by the manager's act, told by an accepted letter"
    assert incident.callback_at is None
    assert line.timeline()[-1] in ("told", "message_sent")
    (letter,) = line.mail.letters
    assert FRENCH in letter.get_content()
    assert any(FRENCH in text for text in line.phone(IMAGING_USER).inbox)


def test_each_update_reaches_everyone_on_the_list_once(line: World) -> None:
    announce(line)
    on_the_list(line, IMAGING_USER, "20317")
    on_the_list(line, BILLING_USER, "40126")
    line.passes(MINUTE)
    tell(line, "Un correctif est en cours d'installation.")
    line.passes(MINUTE)
    line.passes(MINUTE)
    for number in (IMAGING_USER, BILLING_USER):
        texts = line.phone(number).inbox
        assert [FRENCH in text for text in texts] == [True, False]
        assert "Un correctif est en cours" in texts[1]
    line.phone(NIGHT_USER).dials().hears("Un correctif est en cours d'installation.")


def test_the_last_update_ends_it(line: World) -> None:
    announce(line)
    on_the_list(line, IMAGING_USER, "20317")
    line.passes(MINUTE)
    tell(line, "Le service est rétabli.", within=None)
    line.passes(MINUTE)
    assert "La panne est terminée." in line.phone(IMAGING_USER).inbox[-1]
    line.phone(NIGHT_USER).dials().hears("numéro de client").hears_not("Panne connue")


def test_an_update_that_is_overdue_never_tells_a_caller_an_old_time(line: World) -> None:
    announce(line, within=30 * MINUTE)
    line.passes(31 * MINUTE)
    call = line.phone(NIGHT_USER).dials()
    call.hears(FRENCH, "Nous y travaillons toujours.").hears_not("Prochaine nouvelle")
    with line.line.scene() as scene:
        outage = outages.current(scene)
        assert outage
        assert outages.is_overdue(scene, outage)


def test_a_caller_whom_it_cannot_concern_does_not_hear_it(line: World) -> None:
    announce(line, "imaging")
    line.phone(NIGHT_USER).dials().hears_not("Panne connue").hears("numéro de client")
    line.phone(IMAGING_USER).dials().hears("Panne connue")


def test_somebody_whose_products_are_not_concerned_gets_the_ordinary_menu(line: World) -> None:
    announce(line, "imaging")
    call = presses(line.phone(STRANGER).dials(), "1", "40126", "1", "8195550105")
    call.hears("Cette panne ne touche aucun de vos produits.", "Tout est arrêté")
    assert line.incident().outage_id is None


def test_a_client_with_several_of_the_products_says_which(line: World) -> None:
    announce(line)
    call = on_the_list(line, NIGHT_USER, "10452")
    call.hears("Pour Facturation, faites le 1.").presses("1").hears("Vous êtes sur la liste")
    assert line.incident().product == "billing"


def test_somebody_who_is_no_super_user_is_not_put_on_the_list(line: World) -> None:
    announce(line)
    call = presses(line.phone(STRANGER).dials(), "1", "20317", "1", *["5145550150"] * 3)
    call.hears("Seuls les super utilisateurs")
    assert (line.incident().outage_id, line.incident().state) == (None, "refused")


def test_it_ends_while_the_caller_identifies_and_the_call_is_an_ordinary_one(line: World) -> None:
    announce(line)
    call = line.phone(IMAGING_USER).dials().presses("1")
    with line.line.scene() as scene:
        outage = outages.current(scene)
        assert outage
        outages.switch_off(scene, outage)
    call.presses("20317").hears("Tout est arrêté").hears_not("sur la liste")


def test_an_affected_caller_who_hangs_up_half_way_is_called_back_like_any_other(
    line: World,
) -> None:
    announce(line)
    line.phone(NIGHT_USER).dials().presses("1").presses("10452").hangs_up()
    incident = line.incident()
    assert (incident.outage_id, incident.state) == (None, "new")
    assert incident.callback_at is not None


def test_news_that_is_late_and_no_longer_the_latest_is_not_sent(line: World) -> None:
    announce(line)
    line.mail.stop()
    on_the_list(line, IMAGING_USER, "20317")
    line.passes(11 * MINUTE)
    tell(line, "Un correctif est en cours.")
    line.passes(timedelta(hours=1))
    with line.session() as session:
        kinds = session.scalars(select(Event).where(Event.kind == "message_dropped")).all()
        assert [event.facts["purpose"] for event in kinds] == ["outage_0"]
        assert session.scalars(select(Incident)).one().told_at is None


def test_a_client_whom_no_letter_tells_is_called_by_the_desk_before_it_is_due(
    line: World,
) -> None:
    announce(line, "imaging")
    line.mail.stop()
    for desk in (DESK_1, DESK_2):
        line.phone(desk).accepts()
    line.phone(IMAGING_USER).accepts()
    on_the_list(line, IMAGING_USER, "20317")
    incident = line.incident()
    assert incident.callback_at is not None
    line.pass_until(incident.due_at)
    after = line.incident()
    assert after.met_at is not None
    assert after.met_at < after.due_at


def test_without_an_address_a_number_to_call_back_is_asked_for(line: World) -> None:
    announce(line, "imaging")
    set_pin(line, "20317", "493817")
    call = line.phone(STRANGER).dials(hidden=True).presses("1")
    presses(call, "20317", "1", "493817").hears("Entrez le numéro à rappeler")
    presses(call, "4505550188", "#", "1").hears("Un agent vous rappellera")
    call.hangs_up()
    line.passes(MINUTE)
    assert FRENCH in line.phone("+14505550188").inbox[0]


@pytest.mark.parametrize(
    ("french", "products", "within", "rule"),
    [
        ("", (), TWO_HOURS, "outages.no_words"),
        ("mot " * 27, (), TWO_HOURS, "outages.too_long"),
        (FRENCH, (), -MINUTE, "outages.past"),
        (FRENCH, ("phones",), TWO_HOURS, "outages.unknown_product"),
    ],
)
def test_what_cannot_be_said_is_refused(
    line: World, french: str, products: tuple[str, ...], within: timedelta, rule: str
) -> None:
    with pytest.raises(Refused) as refused:
        announce(line, *products, french=french, within=within)
    assert refused.value.reason.key == rule
    with line.session() as session:
        assert not session.scalars(select(Outage)).all()


def test_one_at_a_time_is_on(line: World) -> None:
    announce(line)
    with pytest.raises(Refused):
        announce(line)


class TestInHours:
    @pytest.fixture
    def start(self) -> datetime:
        return TUESDAY_10

    def test_the_desk_is_not_rung_for_whoever_is_on_the_list(self, line: World) -> None:
        announce(line)
        on_the_list(line, ENGLISH_USER, "30988").hears("You are on the list")
        line.passes(timedelta(minutes=20))
        assert not [leg for leg in line.twilio.ledger.legs() if leg.direction != "inbound"]
        assert line.incident().met_at is not None
