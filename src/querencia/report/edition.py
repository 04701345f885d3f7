"""An edition of the report: one language and locale, its texts, and how it writes numbers, money and dates."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from importlib import resources
from math import isfinite
from typing import Any

from babel import Locale
from babel.numbers import format_currency

from querencia.language.locales import NO_BREAK_SPACE, exact, format_date, format_number, format_percent, join_words
from querencia.language.names import risk_group_name

# Control characters, lone surrogates, bidirectional overrides, zero-width signs and noncharacters: they can crash the
# SVG maker, break the page's well-formedness, or make a name look like another.
_UNFIT = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\uffff\ud800-\udfff]+"
)
_UNFIT_IN_TEXT = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\uffff\ud800-\udfff]+"
)
_BEYOND = re.compile("[\U00010000-\U0010ffff]")
UNKNOWN = "—"
_LONGEST_NAME = 160
_LONGEST_TEXT = 5_000
_UNITS = (("week", 604_800), ("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def clean(value: object, *, longest: int = _LONGEST_NAME) -> str:
    """Return `value` as one line that is safe to draw: no control or direction signs, at most `longest` characters."""
    text = " ".join(_UNFIT.sub(" ", str(value)[: 4 * longest]).split())
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def drawable(text: str) -> str:
    """Return `text` with a square for each sign beyond U+FFFF: cutting a label, Vega halves it, and measuring fails."""
    return _BEYOND.sub("□", text)


def clean_text(text: str) -> str:
    """Return `text` with its line breaks and without control or direction signs, at most 5,000 characters."""
    return _UNFIT_IN_TEXT.sub(" ", text[:_LONGEST_TEXT].replace("\r\n", "\n")).strip()


@dataclass(frozen=True, kw_only=True)
class Edition:
    """Words and formats of one report. `language` is es, en or pt; `locale` a Babel identifier; `currency` ISO 4217."""

    language: str
    locale: str
    currency: str

    @cached_property
    def babel(self) -> Locale:
        """The locale's own conventions."""
        return Locale.parse(self.locale.replace("-", "_"))

    def say(self, key: str, **values: object) -> str:
        """Return the text at the dotted `key` with its ``{fields}`` filled; ``{level}`` is the intervals' 95 %.

        KeyError where there is no such text.
        """
        return texts(self.language)[key].format(level=self.percent(0.95, 0), **values)

    def number(self, value: float, digits: int = 0) -> str:
        """Return `value` with `digits` decimals, grouped by thousands; a dash where it is not known (NaN)."""
        if not isfinite(value):
            return UNKNOWN
        return _minus(format_number(float(value), locale=self.locale, decimals=digits))

    def percent(self, share: float, digits: int = 1) -> str:
        """Return a share from 0 to 1 in percent. A share that is not zero never reads as zero."""
        if not isfinite(share):
            return UNKNOWN
        smallest = 10.0 ** -(digits + 2)
        if 0 < abs(share) < smallest / 2:
            return "< " + self.percent(smallest, digits)
        return _minus(format_percent(float(share), locale=self.locale, decimals=digits))

    def points(self, difference: float, digits: int = 1) -> str:
        """Return a difference of two shares as a bare number of percentage points, with its sign."""
        shown = self.number(100 * difference, digits)
        return f"+{shown}" if difference > 0 else shown

    def money(self, value: float, digits: int = 0) -> str:
        """Return an amount in the project's currency."""
        if not isfinite(value):
            return UNKNOWN
        zeros = "#,##0" + ("." + "0" * digits if digits else "")
        pattern = self.babel.currency_formats["standard"].pattern.replace("#,##0.00", zeros)
        shown = format_currency(
            exact(float(value)), self.currency, format=pattern, locale=self.babel, currency_digits=False
        )
        # A currency without a sign of its own in this locale ("EUR" in es_CO) must not touch its amount.
        spaced = re.sub(r"([A-Z]{2,})(\d)", f"\\1{NO_BREAK_SPACE}\\2", shown)
        return _minus(re.sub(r"\s", NO_BREAK_SPACE, spaced))

    def duration(self, seconds: float) -> str:
        """Return a span of time in the largest unit it fills, with a decimal where it does not fill it evenly."""
        if not isfinite(seconds):
            return UNKNOWN
        name, size = next(((unit, span) for unit, span in _UNITS if seconds >= span), _UNITS[-1])
        amount = seconds / size
        shown = self.number(amount, 0 if abs(amount - round(amount)) < 0.05 else 1)
        # Not Babel's units: its short Spanish hour is "1 horas", its long Portuguese day has no name.
        return self.say(f"duration.{name}{'' if shown == '1' else 's'}", amount=shown)

    def day(self, iso: str) -> str:
        """Return an ISO date as people of the locale write it."""
        return format_date(date.fromisoformat(iso), locale=self.locale)

    def weekday(self, index: int, width: str = "wide") -> str:
        """Return the weekday's name; 0 is Monday."""
        return str(self.babel.days["stand-alone"][width][index])

    def listing(self, items: Iterable[str]) -> str:
        """Return the items joined by commas and the language's "and"."""
        return join_words(list(items), locale=self.locale)

    def risk_group(self, group: int) -> str:
        """Return a risk group's number and name."""
        return f"{group} · {risk_group_name(group, self.language)}"

    def event_type(self, name: str) -> str:
        """Return what an event type is called; the log's own word where the texts know none."""
        return texts(self.language).get(f"event_type.{name}", clean(name))

    @cached_property
    def number_format(self) -> dict[str, Any]:
        """The locale's numbers as d3-format takes them."""
        symbols = self.babel.number_symbols["latn"]
        return {
            "decimal": symbols["decimal"],
            "thousands": symbols["group"],
            "grouping": [3],
            "currency": ["", ""],
            "percent": self.babel.percent_formats[None].pattern.replace("#,##0", ""),
        }

    @cached_property
    def time_format(self) -> dict[str, Any]:
        """The locale's dates as d3-time-format takes them."""
        sunday_first = (6, 0, 1, 2, 3, 4, 5)
        months = self.babel.months["stand-alone"]
        return {
            "dateTime": "%x %X",
            "date": "%d/%m/%Y",
            "time": "%H:%M:%S",
            "periods": ["AM", "PM"],
            "days": [self.weekday(index) for index in sunday_first],
            "shortDays": [self.weekday(index, "abbreviated") for index in sunday_first],
            "months": [months["wide"][index] for index in range(1, 13)],
            "shortMonths": [months["abbreviated"][index].rstrip(".") for index in range(1, 13)],
        }


@cache
def texts(language: str) -> dict[str, str]:
    """Return every text of one language under its dotted key (``charts.event_types.title``)."""
    folder = resources.files("querencia.report") / "texts"
    files = (folder / f"{language}.toml", folder / "models" / f"{language}.toml")
    return {key: text for file in files for key, text in _flatten(tomllib.loads(file.read_text(encoding="utf-8")))}


def _flatten(table: dict[str, Any], prefix: str = "") -> Iterable[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _minus(shown: str) -> str:
    """Use the typographic minus, which the charts' axes use too."""
    return shown.replace("-", "\N{MINUS SIGN}")
