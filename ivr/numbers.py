"""Phone numbers: one canonical form, what the line may call, and how they are said and written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

import phonenumbers

from ivr.policy_parts import Dialling
from ivr.reason import Reason

LONGEST = 40
"""Nothing that a person keys or types for one number is longer."""

_NORTH_AMERICAN = re.compile(r"\+1([2-9]\d\d)([2-9]\d\d)(\d{4})")
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_SEPARATORS = re.compile(r"[\s().,/\-‐-―−]|\u200e|\u200f")
_SERVICE_CODES = re.compile(r"\+?1?[2-9]11")
_TOLL_FREE = frozenset({"800", "833", "844", "855", "866", "877", "888"})

# Twilio's From of a withheld number: a word, or the word on a keypad (Twilio, "Voice request
# parameters": From; ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN, UNAVAILABLE, PRIVATE).
_WITHHELD_WORDS = ("anonymous", "restricted", "unavailable", "unknown", "blocked", "private")
_WITHHELD_KEYS = frozenset(
    {"266696687", "7378742833", "2562533", "8656696", "86282452253", "7748283"}
)

_EXTENSION = re.compile(
    r"[\s,;(]*(?:(?<![^\W\d_])(?:poste?|ext(?:ension|n)?|loc(?:al)?|p|x)(?![^\W\d_])|#)"
    r"\s*[.:=]?\s*(?:n[o°º]\.?\s*)?#?\s*(\d{1,8})\s*\)?\s*$",
    re.IGNORECASE,
)


def canonical(text: str, region: str = "CA") -> str | None:
    """E.164 of what callers key and operators type; None where it is no whole number.

    Takes spaces, punctuation, "(0)", 1, 00 and 011 in front, and digits of any script. The area
    code is needed (§2.1.1); an extension is not read here (`split_extension`). The number may be
    one that nobody has: whether the line may call it is `dialable`'s question.
    """
    if len(text) > LONGEST or withheld(text):
        return None
    digits = _SEPARATORS.sub("", text.replace("(0)", "").replace("＋", "+"))
    international = digits.startswith("+")
    digits = digits.removeprefix("+")
    if not digits.isdecimal():
        return None
    digits = "".join(str(unicodedata.decimal(digit)) for digit in digits)
    if not international:
        digits, international = _without_access_code(digits)
    if international and digits.startswith("10"):
        digits = "1" + digits.lstrip("1").lstrip("0")  # +1 (0) 514 ..., as Europeans write it
    return _parsed(digits, international, region)


def withheld(text: str | None) -> bool:
    """Whether Twilio's From names no usable number: hidden, unknown, or a client or SIP name.

    Nobody is ever identified, called back or sent a text by such a value.
    """
    lowered = (text or "").strip().lower()
    if not lowered or lowered.startswith(("client:", "sip:", "sips:", "whatsapp:")):
        return True
    if any(word in lowered for word in _WITHHELD_WORDS):
        return True
    digits = lowered.removeprefix("+")
    return digits in _WITHHELD_KEYS or digits.removeprefix("1") in _WITHHELD_KEYS


def dialable(e164: str, dialling: Dialling, own_numbers: Collection[str] = ()) -> Reason | None:
    """None where the line may call `e164`; otherwise why not.

    An allowlist: a country or area code that is not known to be allowed is refused. +1 is not
    one country (the Caribbean is in it), and the fictitious 555-01xx of a demo are allowed.
    """
    if e164 in own_numbers:
        return Reason("dialling.own_line")
    if _SERVICE_CODES.fullmatch(e164):
        return Reason("dialling.service_code")
    if not _E164.fullmatch(e164):
        return Reason("dialling.invalid")
    parts = _NORTH_AMERICAN.fullmatch(e164)
    if parts is None:
        return Reason("dialling.invalid" if e164.startswith("+1") else "dialling.other_country")
    area, exchange, _ = parts.groups()
    if area.endswith("11") or (exchange.endswith("11") and area not in _TOLL_FREE):
        return Reason("dialling.invalid")
    if area in dialling.refused_area_codes or exchange in dialling.refused_exchanges:
        return Reason("dialling.refused_range")
    if phonenumbers.region_code_for_number(phonenumbers.parse(e164)) not in dialling.countries:
        return Reason("dialling.other_country")
    return None


def split_extension(text: str) -> tuple[str, str | None]:
    """The number and the extension of "450 466-5592, poste 330", "... x66138", "... #12"."""
    match = _EXTENSION.search(text)
    if match is None:
        return text.strip(), None
    return text[: match.start()].strip(), "".join(str(unicodedata.decimal(d)) for d in match[1])


def groups(e164: str) -> tuple[str, ...]:
    """The groups in which a number is read aloud: ("514", "555", "0101")."""
    if parts := _NORTH_AMERICAN.fullmatch(e164):
        return parts.groups()
    return tuple(re.findall(r"\d+", _international(e164) or e164))


def written(e164: str) -> str:
    """As Québec writes it, 450 466-5592, or 1 800 265-5592 where it is toll-free (OQLF)."""
    if parts := _NORTH_AMERICAN.fullmatch(e164):
        area, exchange, line = parts.groups()
        return f"{'1 ' if area in _TOLL_FREE else ''}{area} {exchange}-{line}"
    return _international(e164) or e164


def _international(e164: str) -> str | None:
    """Grouped as its country does, with +; None where it is no number."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _without_access_code(digits: str) -> tuple[str, bool]:
    """The digits without 011 or 00 in front (international then), or without a lone 0."""
    for access_code in ("011", "00"):
        if digits.startswith(access_code) and len(digits) > 10:
            return digits.removeprefix(access_code), True
    return digits.removeprefix("0"), False


def _parsed(digits: str, international: bool, region: str) -> str | None:
    try:
        number = phonenumbers.parse("+" * international + digits, None if international else region)
    except phonenumbers.NumberParseException:
        return None
    if (
        phonenumbers.is_possible_number_with_reason(number)
        != phonenumbers.ValidationResult.IS_POSSIBLE
    ):
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if number.country_code == 1 and not _NORTH_AMERICAN.fullmatch(e164):
        return None
    return e164
