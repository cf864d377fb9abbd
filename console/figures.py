"""Numbers as each language writes them: the templates' `figures`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from babel.dates import format_date, get_day_names
from babel.numbers import format_currency, format_decimal, format_percent

from console.words import NOTHING
from ivr.local_time import unbroken

_LOCALES = {"fr": "fr_CA", "en": "en_CA"}
_CENTS = Decimal("0.01")


@dataclass(frozen=True)
class Figures:
    language: str

    @property
    def _locale(self) -> str:
        return _LOCALES[self.language]

    def count(self, number: int) -> str:
        return format_decimal(number, locale=self._locale)

    def part(self, part: float | None) -> str:
        """ "97,5 %"; a dash where there is nothing to take a part of. Never rounded up to 100 %,
        which says that none was missed."""
        if part is None:
            return NOTHING
        cut = int(part * 1000) / 1000
        pattern = "#,##0.#\u00a0%" if self.language == "fr" else "#,##0.#%"
        return format_percent(cut, pattern, locale=self._locale)

    def money(self, amount: Decimal | None, currency: str) -> str:
        if amount is None:
            return NOTHING
        return format_currency(amount.quantize(_CENTS), currency, locale=self._locale)

    def price(self, amount: Decimal, currency: str) -> str:
        """With all of its decimals."""
        pattern = "#,##0.00##\u00a0¤" if self.language == "fr" else "¤#,##0.00##"
        return format_currency(
            amount, currency, pattern, locale=self._locale, currency_digits=False
        )

    def day(self, day: date) -> str:
        """ "5 oct.", in little room."""
        pattern = "d MMM" if self.language == "fr" else "MMM d"
        return format_date(day, pattern, locale=self._locale)

    def whole_day(self, day: date) -> str:
        """ "5 octobre 2026", "1er octobre 2026"."""
        french = "d'er' MMMM y" if day.day == 1 else "d MMMM y"
        pattern = french if self.language == "fr" else "MMMM d, y"
        return unbroken(format_date(day, pattern, locale=self._locale))

    def weekdays(self, width: Literal["wide", "abbreviated"] = "wide") -> list[str]:
        """From Monday on."""
        names = get_day_names(width, locale=self._locale)
        return [names[day] for day in range(7)]

    def hour(self, hour: int) -> str:
        """ "8 h", "8:00": the hour that begins then."""
        return f"{hour}\u00a0h" if self.language == "fr" else f"{hour}:00"
