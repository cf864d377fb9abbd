"""One's own account: phone, language, password, second factor, and where one is signed in."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from html import unescape
from threading import Barrier, BrokenBarrierError, Thread

import pyotp
import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from ivr import people_factor
from ivr.database import reading
from ivr.models import Agent, AuditLine, ConsoleSession, Message, RecoveryCode, SecondFactor
from ivr.people_vault import Vault
from ivr.scene import Scene
from line import Line
from tests.console.cast import MINUTE, PASSWORD, Browser, Cast, StandingClock, text

BrowserOf = Callable[[str], Browser]
GOOD = "quatre girafes sous la pluie"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """As little work as argon2 allows, for each of the ten recovery codes."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(people_factor, "_hasher", hasher)


def acts(line: Line) -> list[str]:
    with reading(line.sessions) as session:
        found = session.scalars(select(AuditLine.act).order_by(AuditLine.id))
        return [act for act in found if act != "signed_in"]


def subjects(line: Line) -> list[str]:
    with reading(line.sessions) as session:
        return list(session.scalars(select(Message.subject).order_by(Message.id)))


def alice_now(cast: Cast) -> Agent:
    with reading(cast.line.sessions) as session:
        return session.get_one(Agent, cast.alice.id)


def save(browser: Browser, **form: str) -> TestResponse:
    """Sends the form of the page that is open, as that page was shown."""
    [seen] = re.findall(r'name="seen" value="([^"]+)"', browser.page.text)
    return browser.post("/account", seen=seen, **form)


# Phone and language --------------------------------------------------------------------------


def test_phone_and_language_are_ones_own(alice: Browser, cast: Cast, line: Line) -> None:
    page = alice.get("/account")
    assert "alice@example.org" in text(page)
    save(alice, phone="(438) 555-0117", language="en")
    assert (alice_now(cast).phone, alice_now(cast).language) == ("+14385550117", "en")
    assert "Your file is saved" in text(alice.get("/account"))
    save(alice, phone="438 555-0117", language="en")
    assert acts(line) == ["own_account_changed"]


def test_a_language_chosen_in_the_address_gives_way_to_the_one_on_file(alice: Browser) -> None:
    alice.get("/account?lang=fr")
    save(alice, phone="438 555-0117", language="en")
    assert '<html lang="en">' in alice.get("/account").text


@pytest.mark.parametrize("phone", ["911", "+33 1 23 45 67 89", "1 800 555-0100", "x" * 300, ""])
def test_a_phone_that_the_line_may_not_ring_is_refused(
    alice: Browser, cast: Cast, phone: str
) -> None:
    alice.get("/account")
    page = save(alice, phone=phone, language="fr")
    assert page.status_code == 409
    assert f'value="{phone}"' in page.text
    assert alice_now(cast).phone == "+14505550111"


def test_a_page_that_is_old_takes_back_no_phone(alice: Browser, app: Flask, cast: Cast) -> None:
    old = Browser(app)
    old.sign_in()
    old.get("/account")
    alice.get("/account")
    save(alice, phone="438 555-0117", language="fr")
    page = save(old, phone="450 555-0111", language="en")  # only the language was chosen
    assert (page.status_code, "entre-temps" in text(page)) == (409, True)
    assert (alice_now(cast).phone, alice_now(cast).language) == ("+14385550117", "fr")
    assert 'value="438 555-0117"' in page.text.replace("\u00a0", " ")


def test_nothing_else_of_the_file_can_be_sent(alice: Browser, cast: Cast) -> None:
    alice.get("/account")
    extra = {"role": "admin", "email": "evil@example.org", "id": str(cast.bob.id)}
    save(alice, phone="438 555-0117", language="fr", **extra)
    now = alice_now(cast)
    assert (now.role, now.email, now.phone) == ("agent", "alice@example.org", "+14385550117")


# The password --------------------------------------------------------------------------------


def change_password(browser: Browser, current: str, new: str, again: str | None = None) -> int:
    browser.get("/account")
    form = {"current": current, "password": new, "again": new if again is None else again}
    return browser.post("/account/password", **form).status_code


def test_a_new_password_ends_all_sessions_but_this_one(
    alice: Browser, app: Flask, cast: Cast, line: Line
) -> None:
    elsewhere = Browser(app)
    elsewhere.sign_in()
    assert change_password(alice, PASSWORD, GOOD) == 303
    assert "Votre mot de passe est changé" in text(alice.get("/account"))
    assert elsewhere.get("/incidents").status_code == 303
    assert elsewhere.sign_in(password=PASSWORD).status_code == 401
    assert elsewhere.sign_in(password=GOOD).status_code == 303
    assert acts(line) == ["password_changed", "sign_in_refused"]
    assert subjects(line) == ["Votre mot de passe p1line a été changé"]


def test_a_double_click_changes_it_once(alice: Browser, line: Line) -> None:
    form = {"current": PASSWORD, "password": GOOD, "again": GOOD}
    alice.get("/account")
    page = alice.page
    for _ in range(2):
        alice.page = page
        assert alice.post("/account/password", **form).status_code == 303
    assert alice.get("/account").status_code == 200
    assert acts(line) == ["password_changed"]


@pytest.mark.parametrize(
    ("current", "new", "again", "words"),
    [
        ("not this one", GOOD, GOOD, "actuel n'est pas le bon"),
        (PASSWORD, "court", "court", "au moins 12"),
        (PASSWORD, "alice roy 12", "alice roy 12", "se devine trop vite"),
        (PASSWORD, GOOD, "autre chose", "ne sont pas les mêmes"),
    ],
)
def test_what_is_no_good_changes_nothing(
    alice: Browser, cast: Cast, current: str, new: str, again: str, words: str
) -> None:
    before = alice_now(cast).password_hash
    assert change_password(alice, current, new, again) == 409
    assert words in text(alice.page)
    assert alice_now(cast).password_hash == before


def test_the_current_password_cannot_be_guessed_at_an_open_session(
    alice: Browser, line: Line
) -> None:
    for _ in range(line.policy.limits.sign_in_failures_per_quarter_hour):
        assert change_password(alice, "wrong", GOOD) == 409
    assert change_password(alice, PASSWORD, GOOD) == 409
    assert "Trop d'essais" in text(alice.page)


# Sessions ------------------------------------------------------------------------------------

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)


def test_ones_sessions_are_named_and_ended(alice: Browser, app: Flask, line: Line) -> None:
    with line.scene() as scene:
        first = scene.session.scalars(select(ConsoleSession)).one()
        first.browser = FIREFOX
    phone = Browser(app)
    phone.sign_in()
    with line.scene() as scene:
        scene.session.scalars(select(ConsoleSession).order_by(ConsoleSession.id.desc())).first()
        latest = scene.session.get_one(ConsoleSession, first.id + 1)
        latest.browser = IPHONE
    page = alice.get("/account")
    assert "Firefox sur Windows" in text(page)
    assert "Safari sur iPhone" in text(page)
    ends = re.findall(r'action="(/account/sessions/\d+/end)"', page.text)
    assert len(ends) == 1  # this one ends by signing out
    assert alice.post(ends[0]).status_code == 303
    assert phone.get("/incidents").status_code == 303
    assert alice.get("/account").status_code == 200


def test_nobody_ends_the_session_of_another(
    alice: Browser, browser_of: BrowserOf, cast: Cast, line: Line
) -> None:
    bob = browser_of("bob")
    with reading(line.sessions) as session:
        theirs = select(ConsoleSession.id).where(ConsoleSession.agent_id == cast.bob.id)
        number = session.scalar(theirs)
    alice.get("/account")
    assert alice.post(f"/account/sessions/{number}/end").status_code == 303
    assert bob.get("/incidents").status_code == 200


def test_all_others_end_at_once(alice: Browser, app: Flask) -> None:
    others = [Browser(app) for _ in range(2)]
    for other in others:
        other.sign_in()
    alice.get("/account")
    alice.post("/account/sessions/end")
    assert [other.get("/incidents").status_code for other in others] == [303, 303]
    assert alice.get("/incidents").status_code == 200


# The second factor ---------------------------------------------------------------------------


class Authenticator:
    """A telephone: it has the secret, and the right time."""

    def __init__(self, secret: str, clock: StandingClock) -> None:
        self.totp, self.clock = pyotp.TOTP(secret), clock

    def code(self, steps: int = 0) -> str:
        return self.totp.at(int(self.clock().timestamp()) + 30 * steps)


@pytest.fixture
def telephone(alice: Browser, clock: StandingClock) -> Authenticator:
    """Set up for Alice, whose recovery codes are in `alice.page`."""
    alice.get("/account/second-factor")
    assert alice.post("/account/second-factor", current=PASSWORD).status_code == 303
    page = alice.get("/account/second-factor")
    secret = re.search(r'class="key">([^<]+)<', page.text)
    assert secret
    made = Authenticator(secret[1].replace(" ", ""), clock)
    assert alice.post("/account/second-factor/confirm", code=made.code()).status_code == 200
    clock.passes(timedelta(seconds=30))
    return made


def recovery_codes(page: str) -> list[str]:
    return re.findall(r"<code>([0-9A-Z-]{14})</code>", page)


def sign_in(browser: Browser, code: str) -> int:
    assert browser.sign_in().location.startswith("/sign-in/code")
    assert browser.get("/incidents").status_code == 303  # not yet
    browser.get("/sign-in/code")
    return browser.post("/sign-in/code", code=code).status_code


def test_it_is_set_up_with_a_picture_and_a_first_code(
    alice: Browser, telephone: Authenticator, line: Line
) -> None:
    assert len(set(recovery_codes(alice.page.text))) == 10
    assert "Double authentification Activée" in text(alice.get("/account"))
    shown = alice.get("/account/second-factor").text
    assert telephone.totp.secret not in shown.replace(" ", "")
    assert "<svg" not in shown.partition("<main")[2]
    assert acts(line) == ["factor_on"]
    assert subjects(line) == ["Votre double authentification p1line est activée"]


def test_the_picture_says_what_the_application_needs(alice: Browser) -> None:
    alice.get("/account/second-factor")
    alice.post("/account/second-factor", current=PASSWORD)
    page = alice.get("/account/second-factor")
    address = unescape(re.search(r'href="(otpauth:[^"]+)"', page.text)[1])  # type: ignore[index]
    parsed = pyotp.parse_uri(address)
    assert (parsed.issuer, parsed.name) == ("p1line", "alice@example.org")
    assert "<svg" in page.text.partition("<main")[2]
    assert " style=" not in page.text  # the policy would block it


def test_a_wrong_first_code_turns_nothing_on(alice: Browser, visitor: Browser) -> None:
    alice.get("/account/second-factor")
    alice.post("/account/second-factor", current=PASSWORD)
    alice.get("/account/second-factor")
    assert alice.post("/account/second-factor/confirm", code="000000").status_code == 409
    assert visitor.sign_in().location == "/incidents"


def test_a_double_click_shows_codes_that_work(
    alice: Browser, app: Flask, clock: StandingClock, line: Line
) -> None:
    alice.get("/account/second-factor")
    alice.post("/account/second-factor", current=PASSWORD)
    page = alice.get("/account/second-factor")
    secret = re.search(r'class="key">([^<]+)<', page.text)[1].replace(" ", "")  # type: ignore[index]
    code = Authenticator(secret, clock).code()
    for _ in range(2):
        alice.page = page
        assert alice.post("/account/second-factor/confirm", code=code).status_code == 200
    assert sign_in(Browser(app), recovery_codes(alice.page.text)[0]) == 303
    assert acts(line) == ["factor_on", "recovery_codes_made", "recovery_code_used"]


@pytest.mark.parametrize("later", [timedelta(), people_factor.CONFIRMS_AGAIN])
def test_a_code_that_was_used_makes_no_recovery_codes(
    telephone: Authenticator, app: Flask, clock: StandingClock, line: Line, later: timedelta
) -> None:
    clock.passes(later)
    code, before = telephone.code(), (acts(line), subjects(line))
    browser = Browser(app)
    assert sign_in(browser, code) == 303
    browser.get("/account/second-factor")
    assert browser.post("/account/second-factor/confirm", code=code).status_code == 409
    assert (acts(line), subjects(line)) == before
    for _ in range(people_factor.TRIES):
        browser.get("/account/second-factor")
        page = browser.post("/account/second-factor/confirm", code="000000")
    assert "Trop d'essais" in text(page)


def test_it_needs_the_current_password(alice: Browser) -> None:
    for path in ("/account/second-factor", "/account/second-factor/off"):
        alice.get("/account/second-factor")
        assert alice.post(path, current="wrong").status_code == 409


def test_the_secret_is_encrypted(alice: Browser, telephone: Authenticator, line: Line) -> None:
    with reading(line.sessions) as session:
        factor = session.scalars(select(SecondFactor)).one()
        hashes = list(session.scalars(select(RecoveryCode.code_hash)))
    assert telephone.totp.secret not in factor.secret
    vault = Vault(line.settings.secret_key)
    opened = vault.open(factor.secret, people_factor.KIND, factor.agent_id)
    assert opened == telephone.totp.secret
    assert vault.open(factor.secret, people_factor.KIND, factor.agent_id + 1) is None
    assert vault.open(factor.secret, "another purpose", factor.agent_id) is None
    assert Vault("another " * 8).open(factor.secret, people_factor.KIND, factor.agent_id) is None
    assert vault.open("not base64 \N{SNOWMAN}", people_factor.KIND, 1) is None
    assert all(each.startswith("$argon2id$") for each in hashes)


def test_the_code_is_asked_for_after_the_password(
    telephone: Authenticator, app: Flask, line: Line
) -> None:
    browser = Browser(app)
    assert sign_in(browser, telephone.code()) == 303
    assert "Alice Roy" in text(browser.get("/incidents"))


def test_one_comes_to_the_page_that_one_asked_for(telephone: Authenticator, app: Flask) -> None:
    browser = Browser(app)
    browser.get("/sign-in?next=/articles")
    form = {"email": "alice@example.org", "password": PASSWORD, "next": "/articles"}
    assert browser.post("/sign-in", **form).location == "/sign-in/code?next=/articles"
    page = browser.get(browser.page.location)
    assert 'name="next" value="/articles"' in page.text
    browser.post("/sign-in/code", code=telephone.code(), next="/articles")
    assert browser.page.location == "/articles"


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_telephone_may_be_half_a_minute_wrong(
    telephone: Authenticator, app: Flask, clock: StandingClock, steps: int
) -> None:
    clock.passes(MINUTE)
    assert sign_in(Browser(app), telephone.code(steps)) == 303


@pytest.mark.parametrize("steps", [-3, -2, 2, 3])
def test_but_not_more(
    telephone: Authenticator, app: Flask, clock: StandingClock, steps: int
) -> None:
    clock.passes(3 * MINUTE)
    assert sign_in(Browser(app), telephone.code(steps)) == 401


def test_a_code_counts_once(telephone: Authenticator, app: Flask, clock: StandingClock) -> None:
    clock.passes(MINUTE)
    code, before = telephone.code(), telephone.code(-1)
    assert sign_in(Browser(app), f" {code[:3]} {code[3:]} ") == 303
    assert sign_in(Browser(app), code) == 401
    assert sign_in(Browser(app), before) == 401  # an older one neither
    clock.passes(MINUTE)
    assert sign_in(Browser(app), telephone.code()) == 303


@pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)
def test_of_two_at_once_with_one_code_one_is_let_in(cast: Cast, line: Line) -> None:
    vault, secret = Vault(line.settings.secret_key), pyotp.random_base32()
    closed = vault.close(secret, people_factor.KIND, cast.alice.id)
    now = line.clock()
    with line.scene() as scene:
        factor = SecondFactor(agent_id=cast.alice.id, secret=closed, confirmed_at=now, last_step=0)
        scene.session.add(factor)
    code, barrier, ways = pyotp.TOTP(secret).at(int(now.timestamp())), Barrier(2), []

    def give() -> None:
        barrier.wait(10)
        with line.scene() as scene:
            agent = scene.session.get_one(Agent, cast.alice.id)
            ways.append(people_factor.accepts(scene, vault, agent, code, now))

    threads = [Thread(target=give) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(ways, key=str) == [None, "code"]


@pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)
def test_confirmed_twice_at_once_it_is_noted_once(
    alice: Browser, app: Flask, clock: StandingClock, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice.get("/account/second-factor")
    alice.post("/account/second-factor", current=PASSWORD)
    secret = re.search(r'class="key">([^<]+)<', alice.get("/account/second-factor").text)
    assert secret
    code = Authenticator(secret[1].replace(" ", ""), clock).code()
    looked, barrier = people_factor.of, Barrier(2)

    def looks_beside_the_other(scene: Scene, agent: Agent) -> SecondFactor | None:
        found = looked(scene, agent)
        with suppress(BrokenBarrierError):
            barrier.wait(1)
        return found

    twin = Browser(app)
    with alice.session() as mine, twin.session() as cookie:
        cookie.update(mine)
    twin.get("/account/second-factor")
    monkeypatch.setattr(people_factor, "of", looks_beside_the_other)
    confirm = "/account/second-factor/confirm"
    threads = [
        Thread(target=each.post, args=(confirm,), kwargs={"code": code}) for each in (alice, twin)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (alice.page.status_code, twin.page.status_code) == (200, 200)
    assert sorted(acts(line)) == ["factor_on", "recovery_codes_made"]


def test_guessing_is_stopped_wherever_it_comes_from(
    telephone: Authenticator, app: Flask, clock: StandingClock, line: Line
) -> None:
    guesses = [Browser(app, f"203.0.113.{n}") for n in range(people_factor.TRIES)]
    assert [sign_in(each, "123456") for each in guesses] == [401] * people_factor.TRIES
    assert sign_in(Browser(app), telephone.code()) == 429
    assert acts(line)[1:] == ["sign_in_refused"] * people_factor.TRIES
    clock.passes(16 * MINUTE)
    assert sign_in(Browser(app), telephone.code()) == 303


def test_the_second_step_has_its_time(
    telephone: Authenticator, app: Flask, clock: StandingClock
) -> None:
    browser = Browser(app)
    browser.sign_in()
    browser.get("/sign-in/code")
    clock.passes(people_factor.WINDOW)
    assert browser.post("/sign-in/code", code=telephone.code()).location == "/sign-in"


def test_without_the_password_there_is_no_second_step(visitor: Browser) -> None:
    assert visitor.get("/sign-in/code").location == "/sign-in"
    visitor.get("/sign-in")
    assert visitor.post("/sign-in/code", code="123456").location == "/sign-in"


def test_a_recovery_code_counts_once_and_is_told(
    alice: Browser, telephone: Authenticator, app: Flask, line: Line
) -> None:
    first, second, *_ = recovery_codes(alice.page.text)
    browser = Browser(app)
    assert sign_in(browser, first.lower().replace("-", " ")) == 303
    page = text(browser.get("/account"))
    assert "Vous avez utilisé un code de secours" in page
    assert "Il vous reste 9 codes de secours" in page
    assert sign_in(Browser(app), first) == 401
    assert sign_in(Browser(app), second[:-1] + "0") == 401
    assert sign_in(Browser(app), second) == 303
    assert "recovery_code_used" in acts(line)
    assert subjects(line)[1] == "Un code de secours p1line a servi"


def test_new_recovery_codes_take_the_place_of_the_old(
    alice: Browser, telephone: Authenticator, app: Flask
) -> None:
    old = recovery_codes(alice.page.text)
    alice.get("/account/second-factor")
    page = alice.post("/account/second-factor/codes", current=PASSWORD)
    new = recovery_codes(page.text)
    assert len(new) == 10
    assert sign_in(Browser(app), old[0]) == 401
    assert sign_in(Browser(app), new[0]) == 303


def test_turned_off_the_password_does(
    alice: Browser, telephone: Authenticator, app: Flask, line: Line
) -> None:
    elsewhere = Browser(app)
    sign_in(elsewhere, telephone.code())
    alice.get("/account/second-factor")
    assert alice.post("/account/second-factor/off", current=PASSWORD).status_code == 303
    assert alice.get("/account").status_code == 200
    assert elsewhere.get("/incidents").status_code == 303
    assert Browser(app).sign_in().location == "/incidents"
    assert "factor_off" in acts(line)


def test_an_administrator_takes_it_off_for_who_lost_the_phone(
    alice: Browser, telephone: Authenticator, browser_of: BrowserOf, cast: Cast, app: Flask
) -> None:
    cast.change(cast.bob, role="admin")
    bob = browser_of("bob")
    bob.get(f"/people/{cast.alice.id}")
    assert bob.post(f"/people/{cast.alice.id}/factor").status_code == 303
    assert alice.get("/incidents").status_code == 303
    assert Browser(app).sign_in().location == "/incidents"
    assert "factor_removed" in acts(cast.line)


class TestRequired:
    @pytest.fixture
    def line(self, line: Line) -> Line:
        access = dataclasses.replace(line.policy.access, second_factor=frozenset({"manager"}))
        return dataclasses.replace(line, policy=dataclasses.replace(line.policy, access=access))

    def test_nothing_is_shown_before_it_is_set_up(
        self, browser_of: BrowserOf, cast: Cast, clock: StandingClock, app: Flask
    ) -> None:
        cast.change(cast.alice, role="manager")
        alice = Browser(app)
        alice.sign_in()
        for path in ("/incidents", "/account", "/people", "/"):
            assert alice.get(path).location == "/account/second-factor"
        page = alice.get("/account/second-factor")
        assert "Votre rôle exige" in text(page)
        alice.post("/account/second-factor", current=PASSWORD)
        page = alice.get("/account/second-factor")
        secret = re.search(r'class="key">([^<]+)<', page.text)[1]  # type: ignore[index]
        code = Authenticator(secret.replace(" ", ""), clock).code()
        alice.post("/account/second-factor/confirm", code=code)
        assert alice.get("/incidents").status_code == 200
        alice.get("/account/second-factor")
        assert alice.post("/account/second-factor/off", current=PASSWORD).status_code == 409

    def test_others_do_without(self, alice: Browser) -> None:
        assert alice.get("/incidents").status_code == 200

    def test_one_may_still_leave(self, cast: Cast, app: Flask) -> None:
        cast.change(cast.alice, role="manager")
        alice = Browser(app)
        alice.sign_in()
        alice.get("/account/second-factor")
        assert alice.post("/sign-out").location == "/sign-in"


def test_telephones_keep_real_time_whatever_a_demo_shows(
    app: Flask, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    import console.entering

    real = datetime.fromisoformat("2026-01-02T03:04:05+00:00")
    monkeypatch.setattr(console.entering, "system_clock", lambda: real)
    with app.app_context():
        assert console.entering.real_time() == line.clock()
        settings = dataclasses.replace(line.settings, start=line.clock())
        app.extensions["line"] = dataclasses.replace(line, settings=settings)
        assert console.entering.real_time() == real
