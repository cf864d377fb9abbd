"""The menu as a table: every step has its words, every choice its keys, every way its end."""

from __future__ import annotations

import pytest

from ivr import actions, words
from ivr.menu import MENU
from ivr.speech import seconds
from ivr.steps import Choose, Decide, Enter, Hold, Menu, Record, Step, Tell, ways
from ivr.words import FACTS, PROMPTS

STEPS = list(MENU)
CHOICES = [step for step in STEPS if isinstance(step, Choose)]
LANGUAGES = ("fr", "en")
DYNAMIC = {
    "*products": ("billing", "imaging", "medical"),
    "*environments": ("production", "test", "training"),
}
LONGEST, GREETING, IMPACT = 10.0, 7.0, 2.5
STAND_INS = {
    "candidate": "1 0 4 5 2",
    "number": "5 1 4, 5 5 5, 0 1 0 1",
    "reference": "4 1 2, 7 3 6",
    "due": "avant 10 h 15 lundi",
    "outage": "",  # the manager's own words, which have a limit of their own (outages.LONGEST)
    "outage_next": "Prochaine nouvelle aujourd'hui à 16 h 10.",
    "joined_product": "Facturation",
    "joined_reference": "4 1 2, 7 3 6",
    "joined_due": "Un agent rappellera votre clinique avant 10 h 15 lundi.",
    "holder_calls": "Un agent rappellera votre clinique dès que possible.",
    "contact_name": "Gestion Deux",
    "contact_title": "directrice du centre d'assistance",
    "contact_number": "4 5 0, 5 5 5, 0 1 2 2, poste 3 3 0",
    "escalation_next": "Le niveau suivant peut être demandé lundi à 10 h 15.",
    "later": "5 minutes",
    "waited": "40 secondes",
}


def name(step: Step) -> str:
    return step.name


def options(step: Choose) -> tuple[str, ...]:
    return DYNAMIC[step.options] if isinstance(step.options, str) else step.options


def sentence(language: str, key: str) -> str:
    facts = {fact: STAND_INS[fact] for fact in PROMPTS.facts_of(key)}
    return PROMPTS.text(language, key, **facts)


def prompt(language: str, step: Choose | Enter | Record, key: str) -> str:
    said = [sentence(language, f"{step.name}.{key}")]
    if isinstance(step, Choose):
        said += [option(language, step, *numbered) for numbered in enumerate(options(step), 1)]
    return " ".join(said)


def option(language: str, step: Choose, key: int, chosen: str) -> str:
    return words.option(language, step.name, chosen, key)


@pytest.mark.parametrize("step", STEPS, ids=name)
def test_every_step_has_its_words(step: Step) -> None:
    match step:
        case Tell():
            wanted = {part.rpartition(":")[2] for part in step.parts}
        case Hold():
            wanted = {"first", "next"}
            if "later" in step.then:
                wanted |= {"later", "all", "all_next"}
        case Record():
            wanted = {"ask"}
        case Choose():
            wanted = {"ask", "again", *(f"options.{option}" for option in options(step))}
            wanted |= {"notice"} if step.notice else set()
        case Enter():
            wanted = {"ask", "again"}
        case Decide():
            wanted = set()
    missing = {key for key in wanted if not PROMPTS.has(f"{step.name}.{key}")}
    assert not missing


def test_no_words_without_a_step_or_a_use() -> None:
    others = {"common", "words", "whisper", "waiting", "products", "trouble", "text"}
    stray = {key.partition(".")[0] for key in PROMPTS} - others
    assert stray <= {step.name for step in STEPS}


@pytest.mark.parametrize("step", STEPS, ids=name)
def test_every_fact_that_a_sentence_tells_can_be_looked_up(step: Step) -> None:
    shapes = (".option", ".another")
    own = [k for k in PROMPTS if k.startswith(f"{step.name}.") and not k.endswith(shapes)]
    facts = set().union(*(PROMPTS.facts_of(key) for key in own))
    assert facts <= FACTS.keys()


@pytest.mark.parametrize("step", STEPS, ids=name)
def test_every_action_exists(step: Step) -> None:
    action = getattr(step, "do", None)
    assert action is None or action in actions.ACTIONS


def test_every_step_can_be_reached() -> None:
    seen, wave = set(), {MENU.start, "person"}
    while wave:
        seen |= wave
        wave = {target for step in wave for target in ways(MENU[step]).values()} - seen
    assert seen == {step.name for step in STEPS}


@pytest.mark.parametrize("step", STEPS, ids=name)
def test_three_failed_tries_never_hang_up(step: Step) -> None:
    """Law 10: the way out of a failed question is a person, a message or a callback."""
    lost = getattr(step, "lost", None)
    ends = {
        "goodbye": {"promise", "after_talk", "joined_held", "want_manager"},
        "refused_end": {"refused"},
    }
    assert lost is None or step.name in ends.get(lost, {step.name})


@pytest.mark.parametrize("step", CHOICES, ids=name)
def test_at_most_four_options(step: Choose) -> None:
    assert len(options(step)) <= 4


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "step", [s for s in STEPS if isinstance(s, Choose | Enter | Record)], ids=name
)
def test_a_prompt_lasts_ten_seconds_at_most(step: Choose | Enter | Record, language: str) -> None:
    for key in ("ask", "again"):
        if PROMPTS.has(f"{step.name}.{key}"):
            assert seconds(prompt(language, step, key)) <= LONGEST


@pytest.mark.parametrize("step", CHOICES, ids=name)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_second_time_is_shorter_or_says_it_otherwise(step: Choose, language: str) -> None:
    ask, again = (sentence(language, f"{step.name}.{key}") for key in ("ask", "again"))
    assert ask != again or not ask


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_greeting_lasts_seven_seconds_at_most(language: str) -> None:
    parts = [
        sentence("en" if part == "en:english" else language, f"greeting.{part.rpartition(':')[2]}")
        for part in MENU["greeting"].parts  # type: ignore[union-attr]
    ]
    assert seconds(" ".join(parts)) <= GREETING


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_impact_lasts_two_and_a_half_seconds_at_most(language: str) -> None:
    step = MENU["impact"]
    assert isinstance(step, Choose)
    for key, impact in enumerate(options(step), 1):
        assert seconds(option(language, step, key, impact)) <= IMPACT


def test_the_greeting_is_french_then_one_english_sentence_then_french() -> None:
    greeting = MENU["greeting"]
    assert isinstance(greeting, Tell)
    assert greeting.parts == ("fr:welcome", "en:english", "danger")
    assert PROMPTS.text("en", "greeting.english") == PROMPTS.text("fr", "greeting.english")


def test_the_hash_key_is_a_carre() -> None:
    for key in PROMPTS:
        facts = dict.fromkeys(PROMPTS.facts_of(key), "x")
        assert "dièse" not in PROMPTS.text("fr", key, **facts).lower()


def test_a_menu_that_leads_nowhere_is_refused() -> None:
    with pytest.raises(ValueError, match="which is no step"):
        Menu("a", (Tell("a", "b"),))
    with pytest.raises(ValueError, match="reserves"):
        Menu("a", (Decide("a", do="x", then={"again": "a"}),))
    with pytest.raises(ValueError, match="one name"):
        Menu("a", (Tell("a"), Tell("a")))
