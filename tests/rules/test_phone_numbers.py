"""Numbers as people key and type them, and which of them the line may call."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr import numbers
from ivr.policy import Policy

LINE = "+18005550100"


@pytest.mark.parametrize(
    "text",
    [
        "5145550101",
        "15145550101",
        "05145550101",
        "0015145550101",
        "01115145550101",
        "+15145550101",
        "+1 (0) 514 555-0101",
        "+1 0 514 555 0101",
        "  514 555 0101 ",
        "(514) 555-0101",
        "514.555.0101",
        "1-514-555-0101",
        "514\u00a0555\u20110101",  # no-break space and hyphen
        "\u200e+1 514 555 0101\u200e",  # copied from a right-to-left page
        "٥١٤٥٥٥٠١٠١",
        "۵۱۴۵۵۵۰۱۰۱",
        "＋１５１４５５５０１０１",
    ],
)
def test_one_canonical_number(text: str) -> None:
    assert numbers.canonical(text) == "+15145550101"


@pytest.mark.parametrize(
    ("text", "e164"),
    [
        ("+33 6 12 34 56 78", "+33612345678"),
        ("0033 6 12 34 56 78", "+33612345678"),
        ("011 33 6 12 34 56 78", "+33612345678"),
        ("1 900 555 0101", "+19005550101"),
        ("1 800 265-5592", "+18002655592"),
        ("876 555 0101", "+18765550101"),
    ],
)
def test_numbers_that_only_dialling_refuses(text: str, e164: str) -> None:
    assert numbers.canonical(text) == e164


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+",
        "++15145550101",
        "5550101",  # the area code is needed (§2.1.1)
        "911",
        "514555010",
        "51455501012",
        "1145550101",
        "0145550101",
        "5141550101",
        "514 555 0101 poste 330",
        "514-CLINIQUE",
        "²145550101",
        "+266696687",
        "anonymous",
        "client:alice",
        "5145550101\x00",
        "5" * 1_000_000,
    ],
)
def test_no_number(text: str) -> None:
    assert numbers.canonical(text) is None


@given(st.text(max_size=60))
def test_canonical_is_e164_or_nothing_and_stays_itself(text: str) -> None:
    number = numbers.canonical(text)
    if number is not None:
        assert number[0] == "+"
        assert number[1:].isascii()
        assert number[1:].isdecimal()
        assert numbers.canonical(number) == number


nanp = st.builds(
    "{}{}{:04}".format, st.integers(200, 999), st.integers(200, 999), st.integers(0, 9999)
).filter(lambda digits: not numbers.withheld(digits))


@given(nanp, st.sampled_from(["", "1", "+1", "001", "0111", "+1 (0) "]))
def test_every_way_of_writing_a_number_is_the_same_number(digits: str, prefix: str) -> None:
    spaced = f"{prefix}{digits[:3]} {digits[3:6]}-{digits[6:]}"
    assert numbers.canonical(spaced) == f"+1{digits}"


@pytest.mark.parametrize(
    "sender",
    [
        None,
        "",
        " ",
        "anonymous",
        "Anonymous",
        "RESTRICTED",
        "unavailable",
        "unknown",
        "blocked",
        "private",
        "sip:anonymous@anonymous.invalid",
        "sip:5145550101@example.com",
        "client:alice",
        "+266696687",
        "266696687",
        "+1266696687",
        "+7378742833",
        "+2562533",
        "+8656696",
        "+86282452253",
    ],
)
def test_withheld(sender: str | None) -> None:
    assert numbers.withheld(sender)


def test_the_keypad_spellings_spell_the_words() -> None:
    keys = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999", strict=True))
    words = ("ANONYMOUS", "RESTRICTED", "BLOCKED", "UNKNOWN", "UNAVAILABLE", "PRIVATE")
    for word in words:
        assert numbers.withheld("+" + "".join(keys[letter] for letter in word)), word


@pytest.mark.parametrize("sender", ["+15145550101", "+18005550100", "+33612345678"])
def test_not_withheld(sender: str) -> None:
    assert not numbers.withheld(sender)


@pytest.mark.parametrize(
    "number",
    [
        "+15145550101",
        "+14505550103",
        "+14185550104",
        "+18195550105",
        "+14385550113",
        "+14504665592",
        "+12125550199",  # New York
        "+18002655592",
        "+18004110101",  # toll-free numbers may have an exchange such as 411
    ],
)
def test_may_be_called(policy: Policy, number: str) -> None:
    assert numbers.dialable(number, policy.dialling, {LINE}) is None


@pytest.mark.parametrize(
    ("number", "key"),
    [
        (LINE, "own_line"),
        ("+19005550101", "refused_range"),
        ("+15149760101", "refused_range"),
        ("+15005550101", "refused_range"),
        ("+16005550101", "refused_range"),  # Canadian non-geographic: satellite among it
        ("+17005550101", "refused_range"),
        ("+18765550101", "other_country"),  # Jamaica
        ("+12425550101", "other_country"),  # Bahamas
        ("+14415550101", "other_country"),  # Bermuda
        ("+18095550101", "other_country"),  # Dominican Republic
        ("+14735550101", "other_country"),  # Grenada
        ("+12845550101", "other_country"),  # British Virgin Islands
        ("+12995550101", "other_country"),  # an area code that nobody has
        ("+33612345678", "other_country"),
        ("+881612345678", "other_country"),  # satellite
        ("+88213300655", "other_country"),  # international networks
        ("911", "service_code"),
        ("+1911", "service_code"),
        ("411", "service_code"),
        ("+15149110101", "invalid"),
        ("+19115550101", "invalid"),
        ("+1514555010", "invalid"),
        ("+11145550101", "invalid"),
        ("5145550101", "invalid"),
        ("sip:x@example.com", "invalid"),
        ("", "invalid"),
    ],
)
def test_may_not_be_called(policy: Policy, number: str, key: str) -> None:
    reason = numbers.dialable(number, policy.dialling, {LINE})
    assert reason is not None
    assert reason.key == f"dialling.{key}"


@given(st.text(max_size=30))
def test_an_answer_for_whatever_is_asked(text: str) -> None:
    refused = numbers.dialable(text, POLICY.dialling, ())
    assert refused is not None or text.startswith("+1")


POLICY = Policy.read()


@pytest.mark.parametrize(
    ("text", "number", "extension"),
    [
        ("450 466-5592 poste 330", "450 466-5592", "330"),
        ("450 466-5592, p. 287", "450 466-5592", "287"),
        ("450 466-5592 p287", "450 466-5592", "287"),
        ("450 466-5592 x66138", "450 466-5592", "66138"),
        ("4504665592x66138", "4504665592", "66138"),
        ("450 466-5592 #12", "450 466-5592", "12"),
        ("450 466-5592#12", "450 466-5592", "12"),
        ("450 466-5592 ext. 5", "450 466-5592", "5"),
        ("450 466-5592 Extension 5", "450 466-5592", "5"),
        ("450 466-5592 (Poste : 44)", "450 466-5592", "44"),
        ("450 466-5592;ext=12", "450 466-5592", "12"),
        ("450 466-5592 poste #12", "450 466-5592", "12"),
        ("450 466-5592", "450 466-5592", None),
        ("450 466-5592#", "450 466-5592#", None),
        (" 450 466-5592 ", "450 466-5592", None),
        ("450 466-5592 apoxte 3", "450 466-5592 apoxte 3", None),
    ],
)
def test_extensions_as_people_write_them(text: str, number: str, extension: str | None) -> None:
    assert numbers.split_extension(text) == (number, extension)


@pytest.mark.parametrize(
    ("e164", "groups", "written"),
    [
        ("+15145550101", ("514", "555", "0101"), "514 555-0101"),
        ("+18002655592", ("800", "265", "5592"), "1 800 265-5592"),
        ("+33612345678", ("33", "6", "12", "34", "56", "78"), "+33 6 12 34 56 78"),
        ("12", ("12",), "12"),
    ],
)
def test_said_and_written(e164: str, groups: tuple[str, ...], written: str) -> None:
    assert numbers.groups(e164) == groups
    assert numbers.written(e164) == written
