"""The phone in the browser, whole: a call is placed and answered on one page, by mouse, keys and
microphone, while a test moves the time."""

from __future__ import annotations

import io
import re
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests import servers
from tests.console.browser.looks import QUICK, no_violations, sign_in, sizes
from tests.world import NIGHT_USER, ON_CALL_1, PASSWORD, TORONTO, TUESDAY_10, World, world

WORDS = {
    "fr": {
        "saturday": "Samedi 2 h",
        "mine": "Moi, ici",
        "who": "Appeler comme",
        "call": "Appeler la ligne",
        "answer": "Répondre",
        "microphone": "Parler au micro",
        "stop": "Fin du message",
        "recorded": "Message enregistré au micro",
        "voice": "Ce que vous dites",
        "say": "Dire",
        "hang_up": "Raccrocher",
        "talks": "En conversation",
        "over": "Appel terminé",
        "ringing": "Le téléphone sonne\u00a0: Garde 1",
        "hears": "Décrivez le problème",
        "taken": "Pris en charge",
        "night": "Un P1 la nuit",
        "begin": "Commencer",
        "again": "Recommencer",
        "do": "Faites-le pour moi",
        "first": "Appelez la ligne",
        "second": "Composez le numéro de client",
        "leave": "Quitter l'histoire",
    },
    "en": {
        "saturday": "Saturday 2 AM",
        "mine": "I do, here",
        "who": "Call as",
        "call": "Call the line",
        "answer": "Answer",
        "microphone": "Use the microphone",
        "stop": "End of message",
        "recorded": "Message recorded by microphone",
        "voice": "What you say",
        "say": "Say",
        "hang_up": "Hang up",
        "talks": "Talking",
        "over": "Call over",
        "ringing": "The phone is ringing: Garde 1",
        "hears": "Describe the problem",
        "taken": "Taken in charge",
        "night": "A P1 at night",
        "begin": "Begin",
        "again": "Begin again",
        "do": "Do it for me",
        "first": "Call the line",
        "second": "Press 9",
        "leave": "Leave the story",
    },
}
# A tone instead of a voice: what is done with it is the browser's own, and ours.
MICROPHONE = """navigator.mediaDevices.getUserMedia = async () => {
  const context = new AudioContext();
  const source = context.createOscillator();
  const microphone = context.createMediaStreamDestination();
  source.connect(microphone);
  source.start();
  return microphone.stream;
};"""
NO_MICROPHONE = """navigator.mediaDevices.getUserMedia = async () => {
  throw new DOMException("no", "NotAllowedError");
};"""


@pytest.fixture
def made(tmp_path: Path, valkey: servers.Valkey) -> Iterator[World]:
    valkey.flush()
    with world(servers.sqlite(tmp_path), valkey.url, TUESDAY_10) as found:
        yield found


def opened(page: Page, made: World, language: str = "fr") -> None:
    url = made.line.settings.public_url
    page.add_init_script(QUICK)
    sign_in(page, url, language, email="bureau1@example.org", password=PASSWORD)
    page.goto(f"{url}/phone")
    expect(handset(page, ON_CALL_1)).to_be_visible()


def handset(page: Page, number: str) -> Locator:
    return page.locator(f'[data-number="{number}"]')


def until(made: World, shown: Locator) -> None:
    """Lets the line's time pass, second after second, until it is shown."""
    for _ in range(120):
        if shown.is_visible():
            return
        made.twilio.run_for(1)
        made.work()
        now = f"{made.now.astimezone(TORONTO):%H:%M:%S}"
        expect(shown.page.locator("#clock-time")).to_have_text(now)  # what there is, it shows
    expect(shown).to_be_visible()


def press(phone: Locator, keys: str) -> None:
    for key in keys:
        phone.locator(f'[data-key="{key}"]').click()


def heard(phone: Locator, words: str) -> Locator:
    return phone.get_by_role("log").get_by_text(words).last


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_call_is_placed_and_answered(made: World, page: Page, language: str) -> None:
    words = WORDS[language]
    page.add_init_script(MICROPHONE)
    opened(page, made, language)
    page.get_by_role("button", name=words["mine"]).click()
    page.get_by_role("button", name=words["saturday"]).click()
    expect(page.locator("#clock-time")).to_have_text("02:00:00")
    page.get_by_label(words["who"]).select_option(NIGHT_USER)
    page.get_by_role("button", name=words["call"]).click()

    caller, agent = handset(page, NIGHT_USER), handset(page, ON_CALL_1)
    until(made, caller.locator('[data-key="1"]'))
    for keys in ("10452", "2", "1", "1") if language == "fr" else ("9#", "10452", "2", "1", "1"):
        before = caller.locator('[data-kind="line"]').count()
        press(caller, keys)
        until(made, caller.locator('[data-kind="line"]').nth(before))
    until(made, caller.get_by_role("button", name=words["microphone"]))
    expect(heard(caller, words["hears"])).to_be_visible()
    caller.get_by_role("button", name=words["microphone"]).click()
    page.wait_for_timeout(1500)  # so long somebody speaks
    caller.get_by_role("button", name=words["stop"]).click()
    until(made, heard(caller, words["recorded"]))

    until(made, agent.get_by_role("button", name=words["answer"]))
    expect(page.get_by_text(words["ringing"])).to_be_attached()
    agent.get_by_role("button", name=words["answer"]).click()
    until(made, agent.locator('[data-key="1"]'))
    until(made, agent.locator('[data-kind="line"]').first)
    press(agent, made.accept_key())
    until(made, agent.get_by_text(words["talks"]))
    agent.get_by_label(words["voice"]).fill("<b>Bonjour</b>")
    agent.get_by_role("button", name=words["say"], exact=True).click()
    until(made, heard(caller, "<b>Bonjour</b>"))
    page.reload()  # the call goes on, and is found again
    until(made, caller.get_by_text(words["talks"]))
    caller.get_by_role("button", name=words["hang_up"]).click()
    until(made, heard(caller, words["over"]))

    incident = made.incident()
    assert (incident.priority, incident.state, incident.language) == ("P1", "taken", language)
    caller.get_by_role("link", name=words["taken"]).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(incident.reference[:3])
    address = page.locator("audio").get_attribute("src")
    assert address
    with wave.open(
        io.BytesIO(page.request.get(f"{made.line.settings.public_url}{address}").body())
    ) as file:
        assert (file.getnchannels(), file.getframerate()) == (1, 8000)
        assert 1 < file.getnframes() / 8000 < 5
        assert max(file.readframes(8000)) > 0


def test_whoever_has_no_microphone_writes(made: World, page: Page) -> None:
    words = WORDS["fr"]
    page.add_init_script(NO_MICROPHONE)
    opened(page, made)
    page.get_by_label(words["who"]).select_option(NIGHT_USER)
    page.get_by_role("button", name=words["call"]).click()
    caller = handset(page, NIGHT_USER)
    until(made, caller.locator('[data-key="1"]'))
    caller.locator('[data-key="1"]').focus()
    page.keyboard.type("10452")  # the keys of the keyboard are the phone's
    until(made, heard(caller, "Médical"))
    for key in "23":
        before = caller.locator('[data-kind="line"]').count()
        page.keyboard.type(key)
        until(made, caller.locator('[data-kind="line"]').nth(before))
    until(made, caller.get_by_role("button", name=words["microphone"]))
    caller.get_by_role("button", name=words["microphone"]).click()
    expect(caller.get_by_text("Le micro n'est pas permis ici")).to_be_visible()
    caller.get_by_label(words["voice"]).fill("Rien ne marche")
    page.keyboard.press("Enter")
    until(made, heard(caller, "Rien ne marche"))
    made.twilio.run_for(1)  # what is said is heard as time passes
    assert [each.words for each in made.twilio.recordings.values()] == [["Rien ne marche"]]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_story_says_what_to_do(made: World, page: Page, language: str) -> None:
    words = WORDS[language]
    opened(page, made, language)
    page.get_by_role("button", name=words["begin"]).first.click()
    task = page.locator("#task")
    expect(task).to_contain_text(words["first"])
    page.get_by_role("button", name=words["do"]).click()
    until(made, task.get_by_text(words["second"]))
    current = page.locator('[aria-current="step"]:visible')
    expect(current).to_have_count(1)
    page.reload()
    expect(task).to_contain_text(words["second"])
    page.get_by_role("button", name=words["leave"]).click()
    expect(task).to_be_hidden()
    expect(page.get_by_role("button", name=words["begin"]).first).to_be_visible()


def test_it_can_be_read_by_everybody(made: World, page: Page) -> None:
    """At the start; and in a story, while a phone rings and its caller hears the line."""
    opened(page, made)
    no_violations(page)
    page.get_by_role("button", name=WORDS["fr"]["begin"]).first.click()
    expect(page.locator("#task")).to_be_visible()
    caller = made.twilio.dial_line(NIGHT_USER)
    for keys in ("10452", "2", "1", "1"):
        made.twilio.run_for(15)
        caller.press(keys)
    made.twilio.run_for(20)
    answer = {name: words["answer"] for name, words in WORDS.items()}
    until(made, handset(page, ON_CALL_1).get_by_role("button", name=answer["fr"]))
    for width, scheme in sizes(__name__):
        language = "fr" if scheme == "light" else "en"
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
        page.goto(f"{made.line.settings.public_url}/phone?lang={language}")
        ringing = handset(page, ON_CALL_1).get_by_role("button", name=answer[language])
        expect(ringing).to_be_visible()
        expect(handset(page, NIGHT_USER).get_by_role("log")).to_be_visible()
        no_violations(page)


def test_it_says_so_while_nothing_answers(chromium: Browser, made: World) -> None:
    """In a tab of its own: the browser itself tells in the console that an answer was an error."""
    with chromium.new_context() as context:
        page = context.new_page()
        opened(page, made)
        server = made.twilio._server
        assert server
        server.stop()
        expect(page.get_by_role("alert")).to_have_text(re.compile("La ligne d'essai ne répond pas"))
