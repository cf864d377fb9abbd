"""The people of the centre: who may see, add, change and disable whom, and what is left on file."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from pathlib import Path
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import select

from console.words import catalogue
from ivr import people, people_links, people_sessions, rights
from ivr.database import reading
from ivr.incidents import Refused
from ivr.local_time import WORDS
from ivr.models import Agent, AuditLine, ConsoleSession, Message
from ivr.people import Person
from ivr.people_vault import Vault
from line import Line
from tests.console.cast import MINUTE, PASSWORD, PASSWORD_HASH, Browser, Cast, StandingClock, text

BrowserOf = Callable[[str], Browser]
GOOD = "quatre girafes sous la pluie"


@pytest.fixture
def carol(cast: Cast, browser_of: BrowserOf) -> Browser:
    """The browser of the only administrator."""
    with cast.line.sessions.begin() as session:
        session.add(
            Agent(
                name="Carol Chef",
                email="carol@example.org",
                phone="+14505550113",
                role="admin",
                password_hash=PASSWORD_HASH,
            )
        )
    return browser_of("carol")


def person(cast: Cast, name: str) -> Agent:
    with reading(cast.line.sessions) as session:
        return session.scalars(select(Agent).where(Agent.email == f"{name}@example.org")).one()


def acts(line: Line) -> list[tuple[str, str]]:
    with reading(line.sessions) as session:
        lines = session.scalars(select(AuditLine).order_by(AuditLine.id))
        return [(each.act, each.subject) for each in lines if each.act != "signed_in"]


def letters(line: Line) -> list[Message]:
    with reading(line.sessions) as session:
        return list(session.scalars(select(Message).order_by(Message.id)))


def link_of(line: Line, letter: Message) -> str:
    """The path in a letter, as it is sent."""
    sent = people_links.filled(Vault(line.settings.secret_key), letter.body)
    found = re.search(r"http://localhost(/password/\S+)", sent)
    assert found
    return found[1]


def file_of(browser: Browser, agent: Agent) -> dict[str, str]:
    """What the form of a person's page says, as a browser would send it."""
    page = browser.get(f"/people/{agent.id}").text
    fields = dict(re.findall(r'name="(name|email|phone|seen)"[^>]* value="([^"]*)"', page))
    chosen = re.findall(r'<select[^>]*name="(\w+)".*?<option value="(\w+)" selected', page, re.S)
    desk = {"on_desk": "1"} if re.search(r'name="on_desk" value="1" checked', page) else {}
    return {name: unescape(value) for name, value in {**fields, **dict(chosen), **desk}.items()}


def change(browser: Browser, agent: Agent, **changed: str) -> Browser:
    form = file_of(browser, agent) | changed
    browser.post(f"/people/{agent.id}", **form)
    return browser


# Who may -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "people", "new", "audit"),
    [("agent", 403, 403, 403), ("lead", 403, 403, 403), ("manager", 200, 403, 200)],
)
def test_who_sees_the_people(
    cast: Cast, browser_of: BrowserOf, role: str, people: int, new: int, audit: int
) -> None:
    cast.change(cast.alice, role=role)
    alice = browser_of("alice")
    assert alice.get("/people").status_code == people
    assert alice.get(f"/people/{cast.bob.id}").status_code == people
    assert alice.get("/people/new").status_code == new
    assert alice.get("/audit").status_code == audit
    alice.get("/incidents")
    for path in (f"/people/{cast.bob.id}", f"/people/{cast.bob.id}/disable", "/people/new"):
        assert alice.post(path, name="x").status_code == 403
        alice.get("/incidents")
    assert person(cast, "bob").active
    assert ("/people" in alice.page.text) is (people == 200)


def test_a_manager_reads_and_is_offered_no_change(cast: Cast, browser_of: BrowserOf) -> None:
    cast.change(cast.alice, role="manager")
    page = browser_of("alice").get(f"/people/{cast.bob.id}")
    assert "bob@example.org" in text(page)
    assert "<form" not in page.text.partition("<main")[2]


def test_the_table_of_rights_is_shown_in_words(carol: Browser) -> None:
    page = carol.get("/people")
    rows = re.findall(r'<th scope="row">([^<]+)</th>\s*((?:<td>.*?</td>\s*)+)', page.text)
    shown = {unescape(words): re.findall(r'class="(yes|no)"', cells) for words, cells in rows}
    assert len(shown) == len(rights.RIGHTS)
    assert all(catalogue().has(f"people.rights.{right}") for right in rights.RIGHTS)
    assert all(catalogue().has(f"people.roles.{role}") for role in rights.RANKS)
    assert all(catalogue().has(f"audit.fields.{name}") for name in Person.__dataclass_fields__)
    assert shown["Annoncer une panne"] == ["no", "no", "yes", "yes"]
    assert shown["Modifier la garde"] == ["no", "yes", "yes", "yes"]
    assert "people.rights" not in page.text


def test_every_refusal_has_words_and_no_words_are_left_over() -> None:
    root, named = Path(people.__file__).parent.parent, set()
    for folder in ("ivr", "console/account", "console/people", "commands"):
        for path in (root / folder).rglob("*.py"):
            named |= set(re.findall(r'Reason\("(people\.\w+)"', path.read_text(encoding="utf-8")))
    assert named == {key for key in WORDS if key.startswith("people.")}


# Adding --------------------------------------------------------------------------------------

JEANNE = {
    "name": "Jeanne Neuve",
    "email": "Jeanne@Example.org ",
    "phone": "450 555-0116",
    "language": "fr",
    "role": "lead",
    "on_desk": "1",
}


def test_a_person_is_added_and_chooses_a_password(
    carol: Browser, app: Flask, cast: Cast, line: Line
) -> None:
    carol.get("/people/new")
    assert carol.post("/people/new", **JEANNE).status_code == 303
    page = carol.get(carol.page.location)
    assert "son invitation part par courriel" in text(page)
    jeanne = person(cast, "jeanne")
    assert (jeanne.name, jeanne.phone, jeanne.role) == ("Jeanne Neuve", "+14505550116", "lead")
    assert (jeanne.password_hash, jeanne.on_desk, jeanne.active) == ("", True, True)
    assert "Invitation en attente" in text(carol.get("/people"))
    (letter,) = letters(line)
    assert (letter.to, letter.agent_id) == ("jeanne@example.org", jeanne.id)

    newcomer = Browser(app)
    path = link_of(line, letter)
    assert "Bienvenue, Jeanne Neuve" in text(newcomer.get(path))
    newcomer.get(path)  # a mail program looked before: nothing is used up by looking
    assert newcomer.post(path, password=GOOD, again=GOOD).location == "/sign-in"
    assert "Votre mot de passe est enregistré" in text(newcomer.get("/sign-in"))
    newcomer.post("/sign-in", email="jeanne@example.org", password=GOOD)
    assert newcomer.get("/incidents").status_code == 200
    assert newcomer.get(path).status_code == 410  # once
    assert acts(line) == [("person_added", "Jeanne Neuve"), ("password_set", "Jeanne Neuve")]


def test_sent_twice_one_person_is_added(carol: Browser, line: Line) -> None:
    carol.get("/people/new")
    first = carol.page
    assert carol.post("/people/new", **JEANNE).status_code == 303
    carol.page = first
    assert carol.post("/people/new", **JEANNE).status_code == 409
    assert "est déjà l'adresse de quelqu'un" in text(carol.page)
    assert len(letters(line)) == 1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": "  "}, "Il faut un nom"),
        ({"name": "x" * 81}, "80 caractères"),
        ({"email": "jeanne"}, "Ce n'est pas une adresse"),
        ({"email": "j@example.org\nBcc: all@example.org"}, "Ce n'est pas une adresse"),
        ({"email": "ALICE@example.org"}, "est déjà l'adresse de quelqu'un"),
        ({"phone": "555-0116"}, "pas un numéro"),
        ({"phone": "1 900 555-0116"}, "ne peut pas appeler"),
        ({"role": "king"}, "Choisissez un rôle"),
        ({"language": "de"}, "Choisissez le français"),
    ],
)
def test_what_is_wrong_is_refused_and_stays_typed(
    carol: Browser, cast: Cast, wrong: dict[str, str], words: str
) -> None:
    carol.get("/people/new")
    page = carol.post("/people/new", **JEANNE | wrong)
    assert page.status_code == 409
    assert words in text(page)
    assert 'href="/people/new?lang=en"' in page.text
    if "name" not in wrong:
        assert 'value="Jeanne Neuve"' in page.text
    with reading(cast.line.sessions) as session:
        assert session.scalar(select(Agent.id).where(Agent.name == "Jeanne Neuve")) is None


# Changing ------------------------------------------------------------------------------------


def test_a_change_says_what_changed(carol: Browser, cast: Cast, line: Line) -> None:
    change(carol, cast.bob, phone="438 555-0119", name="Robert Tremblay")
    assert carol.page.status_code == 303
    bob = person(cast, "bob")
    assert (bob.name, bob.phone, bob.on_desk) == ("Robert Tremblay", "+14385550119", True)
    with reading(line.sessions) as session:
        last = session.scalars(select(AuditLine).order_by(AuditLine.id.desc())).first()
    assert last is not None
    assert (last.act, last.facts) == ("person_changed", {"fields": ["name", "phone"]})
    assert "Fiche modifiée (nom, téléphone)" in text(carol.get("/audit"))


def test_a_form_that_changes_nothing_leaves_no_line(carol: Browser, cast: Cast, line: Line) -> None:
    change(carol, cast.bob)
    assert (carol.page.status_code, acts(line)) == (303, [])


def test_another_role_ends_the_sessions(
    carol: Browser, browser_of: BrowserOf, cast: Cast, line: Line
) -> None:
    bob = browser_of("bob")
    change(carol, cast.bob, role="manager")
    assert bob.get("/incidents").status_code == 303
    assert acts(line) == [("person_changed", "Bob Tremblay"), ("role_changed", "Bob Tremblay")]
    assert "Rôle changé : Agent → Gestionnaire" in text(carol.get("/audit"))


def test_back_in_the_old_role_the_old_sessions_stay_over(
    carol: Browser, browser_of: BrowserOf, cast: Cast
) -> None:
    bob = browser_of("bob")
    for role in ("manager", "agent"):
        change(carol, cast.bob, role=role)
    assert bob.get("/incidents").status_code == 303


def test_another_e_mail_is_told_to_the_one_before(carol: Browser, cast: Cast, line: Line) -> None:
    carol.get(f"/people/{cast.bob.id}")
    carol.post(f"/people/{cast.bob.id}/link")
    path = link_of(line, letters(line)[0])
    change(carol, cast.bob, email="robert@example.org")
    assert [letter.to for letter in letters(line)] == ["bob@example.org", "bob@example.org"]
    assert "adresse p1line a été changée" in letters(line)[1].subject
    assert carol.get(path).status_code == 410  # what went to the address before


def test_two_administrators_at_once_never_overwrite(
    carol: Browser, cast: Cast, browser_of: BrowserOf
) -> None:
    cast.change(cast.alice, role="admin")
    alice = browser_of("alice")
    theirs = file_of(alice, cast.bob)
    page = alice.page
    change(carol, cast.bob, phone="438 555-0119")
    alice.page = page
    alice.post(f"/people/{cast.bob.id}", **theirs | {"name": "Robert"})
    assert alice.page.status_code == 409
    assert "Quelqu'un d'autre a changé cette fiche" in text(alice.page)
    assert "438\u00a0555-0119" in unescape(alice.page.text)
    bob = person(cast, "bob")
    assert (bob.name, bob.phone) == ("Bob Tremblay", "+14385550119")
    alice.post(f"/people/{cast.bob.id}", **file_of(alice, cast.bob) | {"name": "Robert"})
    assert person(cast, "bob").name == "Robert"


# Leaving -------------------------------------------------------------------------------------


def test_who_leaves_is_out_at_once_and_may_come_back(
    carol: Browser, browser_of: BrowserOf, cast: Cast, line: Line
) -> None:
    cast.incident(state="taken", holder_id=cast.bob.id, taken_at=cast.line.clock())
    bob = browser_of("bob")
    assert "1 incident ouvert" in text(carol.get(f"/people/{cast.bob.id}"))
    for _ in range(2):
        carol.post(f"/people/{cast.bob.id}/disable")
        assert carol.page.status_code == 303
        carol.get(f"/people/{cast.bob.id}")
    assert "a quitté le centre" in text(carol.page)
    assert bob.get("/incidents").status_code == 303
    assert not person(cast, "bob").active
    carol.post(f"/people/{cast.bob.id}/enable")
    assert acts(line) == [("person_disabled", "Bob Tremblay"), ("person_enabled", "Bob Tremblay")]
    assert bob.get("/incidents").status_code == 303  # the old session stays over


def test_the_last_administrator_stays(carol: Browser, cast: Cast) -> None:
    """One who has set no password yet cannot sign in, and is no help."""
    cast.change(cast.alice, role="admin", password_hash="")
    cast.change(cast.denis, role="admin")  # has left
    me = person(cast, "carol")
    change(carol, me, role="agent")
    assert "la dernière personne qui administre" in text(carol.page)
    carol.get(f"/people/{me.id}")
    assert carol.post(f"/people/{me.id}/disable").status_code == 409
    assert (person(cast, "carol").role, person(cast, "carol").active) == ("admin", True)
    cast.change(cast.bob, role="admin")
    carol.get(f"/people/{me.id}")
    assert carol.post(f"/people/{me.id}/disable").status_code == 303


@pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)
def test_two_who_let_each_other_go_at_once_leave_one(cast: Cast, line: Line) -> None:
    for agent in (cast.alice, cast.bob):
        cast.change(agent, role="admin")
    barrier, refused = Barrier(2), []

    def let_go(by: Agent, agent: Agent) -> None:
        barrier.wait(10)
        try:
            with line.scene() as scene:
                mine, theirs = (scene.session.get_one(Agent, each.id) for each in (by, agent))
                people.disable(scene, mine, theirs)
        except Refused as error:
            refused.append(error.reason.key)

    pairs = ((cast.alice, cast.bob), (cast.bob, cast.alice))
    threads = [Thread(target=let_go, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert refused == ["people.last_administrator"]
    with reading(line.sessions) as session:
        assert len(people.administrators(session)) == 1


def test_an_administrator_signs_somebody_out(
    carol: Browser, browser_of: BrowserOf, cast: Cast, line: Line
) -> None:
    bob = browser_of("bob")
    carol.get(f"/people/{cast.bob.id}")
    carol.post(f"/people/{cast.bob.id}/sessions")
    assert bob.get("/incidents").status_code == 303
    assert acts(line) == [("sessions_ended", "Bob Tremblay")]


# Links ---------------------------------------------------------------------------------------


def test_neither_the_database_nor_the_outbox_holds_a_link_that_works(
    carol: Browser, cast: Cast, line: Line, app: Flask
) -> None:
    carol.get(f"/people/{cast.bob.id}")
    carol.post(f"/people/{cast.bob.id}/link")
    (letter,) = letters(line)
    nonce = re.search(r"<password-link:(\w+)>", letter.body)
    assert nonce
    for guess in (nonce[1], f"{nonce[1]}.", f"{nonce[1]}.{'0' * 32}", f"{nonce[1]}.é"):
        assert Browser(app).get(f"/password/{guess}").status_code == 410
    assert Browser(app).get(link_of(line, letter)).status_code == 200


def test_a_link_has_its_time(
    carol: Browser, cast: Cast, line: Line, app: Flask, clock: StandingClock
) -> None:
    carol.get(f"/people/{cast.bob.id}")
    carol.post(f"/people/{cast.bob.id}/link")
    path = link_of(line, letters(line)[0])
    clock.passes(timedelta(hours=1) - MINUTE)
    visitor = Browser(app)
    visitor.get(path)
    clock.passes(2 * MINUTE)
    assert visitor.post(path, password=GOOD, again=GOOD).status_code == 410
    assert Browser(app).sign_in("bob@example.org").status_code == 303


@pytest.mark.parametrize(
    ("password", "again", "words"),
    [
        ("court", "court", "au moins 12 caractères"),
        ("x" * 1025, "x" * 1025, "au plus 1024 caractères"),
        ("motdepasse1234", "motdepasse1234", "se devine trop vite"),
        ("Bob.Tremblay2026", "Bob.Tremblay2026", "se devine trop vite"),
        (GOOD, GOOD + "!", "ne sont pas les mêmes"),
    ],
)
def test_a_password_that_is_no_good_leaves_the_link_as_it_is(
    carol: Browser, cast: Cast, line: Line, app: Flask, password: str, again: str, words: str
) -> None:
    carol.get(f"/people/{cast.bob.id}")
    carol.post(f"/people/{cast.bob.id}/link")
    path = link_of(line, letters(line)[0])
    visitor = Browser(app)
    visitor.get(path)
    refused = visitor.post(path, password=password, again=again)
    assert refused.status_code == 409
    assert words in text(refused)
    assert password not in refused.text
    assert visitor.post(path, password=GOOD, again=GOOD).status_code == 303


def test_a_link_of_somebody_who_left_is_none(carol: Browser, cast: Cast, line: Line) -> None:
    carol.get(f"/people/{cast.bob.id}")
    carol.post(f"/people/{cast.bob.id}/link")
    path = link_of(line, letters(line)[0])
    carol.get(f"/people/{cast.bob.id}")
    carol.post(f"/people/{cast.bob.id}/disable")
    carol.get(f"/people/{cast.bob.id}")
    carol.post(f"/people/{cast.bob.id}/enable")
    assert carol.get(path).status_code == 410


def test_two_clicks_are_one_letter(carol: Browser, cast: Cast, line: Line) -> None:
    for _ in range(2):
        carol.get(f"/people/{cast.bob.id}")
        carol.post(f"/people/{cast.bob.id}/link")
    assert len(letters(line)) == 1
    assert acts(line) == [("reset_sent", "Bob Tremblay")]


class TestForgotten:
    def test_the_answer_tells_nobody_who_has_an_account(self, visitor: Browser, line: Line) -> None:
        pages = []
        for email in ("bob@example.org", "denis@example.org", "nobody@example.org", ""):
            visitor.get("/sign-in/forgotten")
            pages.append(text(visitor.post("/sign-in/forgotten", email=email)))
        assert len(set(pages)) == 1
        assert [letter.to for letter in letters(line)] == ["bob@example.org"]
        assert acts(line) == [("password_forgotten", "Bob Tremblay")]

    def test_the_new_password_ends_every_session(
        self, visitor: Browser, browser_of: BrowserOf, line: Line
    ) -> None:
        bob = browser_of("bob")
        visitor.get("/sign-in/forgotten")
        visitor.post("/sign-in/forgotten", email="BOB@example.org")
        path = link_of(line, letters(line)[0])
        visitor.get(path)
        visitor.post(path, password=GOOD, again=GOOD)
        assert bob.get("/incidents").status_code == 303
        assert visitor.sign_in("bob@example.org", PASSWORD).status_code == 401
        assert visitor.sign_in("bob@example.org", GOOD).status_code == 303
        assert "mot de passe p1line a été changé" in letters(line)[1].subject

    def test_one_cannot_ask_without_end(self, visitor: Browser, line: Line) -> None:
        for _ in range(line.policy.limits.sign_in_failures_per_quarter_hour):
            visitor.get("/sign-in/forgotten")
            assert visitor.post("/sign-in/forgotten", email="x@example.org").status_code == 200
        visitor.get("/sign-in/forgotten")
        assert visitor.post("/sign-in/forgotten", email="x@example.org").status_code == 429


def test_what_is_kept_of_old_sessions_goes(cast: Cast, line: Line, clock: StandingClock) -> None:
    """And nobody else's."""
    with line.scene() as scene:
        for agent in (cast.alice, cast.bob):
            people_sessions.start(scene, agent, "Firefox")
    clock.passes(timedelta(days=91))
    with line.scene() as scene:
        people_sessions.start(scene, cast.alice, "Firefox")
    with reading(line.sessions) as session:
        kept = session.scalars(select(ConsoleSession.agent_id).order_by(ConsoleSession.id))
        assert list(kept) == [cast.bob.id, cast.alice.id]
