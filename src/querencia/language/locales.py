"""Numbers, money and dates as a locale writes them, over the data of CLDR that Babel carries.

Two rules hold for every function. Rounding is half to even, from the exact decimal digits of the value (a float counts
as the shortest decimal that reads back as it). Every space that a format puts inside a figure (before ``%`` or ``€``,
between groups of digits) is one no-break space, U+00A0, so that a figure never breaks over two lines.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Literal

from babel import Locale, UnknownLocaleError
from babel import dates as babel_dates
from babel import numbers as babel_numbers
from babel.lists import format_list

from querencia.errors import InputError
from querencia.language.notes import LANGUAGES

NO_BREAK_SPACE = "\u00a0"
DEFAULT_LOCALES = {"es": "es_ES", "en": "en_GB", "pt": "pt_PT"}

_SPACES = str.maketrans({" ": NO_BREAK_SPACE, "\u202f": NO_BREAK_SPACE, "\u2009": NO_BREAK_SPACE})
_CODE_MEETS_DIGIT = re.compile(r"(?<=[A-Z])(?=\d)|(?<=\d)(?=[A-Z])")
_WHOLE_PATTERN = re.compile(r"[#,]*0")
_LANGUAGE_WORDS = {
    "es": "es spa espanol castellano spanish espanhol castelhano",
    "en": "en eng ingles english inglesa",
    "pt": "pt por portugues portuguese portuguesa",
}
_LANGUAGE_BY_WORD = {word: code for code, words in _LANGUAGE_WORDS.items() for word in words.split()}


def default_locale(language: str) -> str:
    """Return the locale that a language is written in where nothing else is said: es_ES, en_GB, pt_PT.

    InputError for a language that querencia does not write.
    """
    try:
        return DEFAULT_LOCALES[language]
    except KeyError:
        raise InputError(f"language {language!r} is not one of {', '.join(LANGUAGES)}; use one of these") from None


def known_locale(name: str) -> str:
    """Return the locale in its usual spelling (``es-co`` -> ``es_CO``).

    InputError where CLDR does not know it, or where its language is none that querencia writes.
    """
    expected = "expected a language of es, en or pt with a territory, such as es_ES, es_CO, en_US or pt_BR"
    try:
        locale = Locale.parse(name.strip().replace("-", "_"))
    except (UnknownLocaleError, ValueError, TypeError):
        raise InputError(f"locale {name!r} is unknown; {expected}") from None
    if locale.language not in LANGUAGES:
        raise InputError(f"locale {name!r} is in a language that messages are not written in; {expected}")
    return str(locale)


def known_currency(code: str) -> str:
    """Return the ISO 4217 code in capitals. InputError where there is no such currency."""
    wanted = code.strip().upper()
    if not babel_numbers.is_currency(wanted):
        raise InputError(f"currency {code!r} is unknown; expected an ISO 4217 code such as EUR, USD, COP or BRL")
    return wanted


def read_language(value: str | None) -> tuple[str, str | None] | None:
    """Return the language, and the locale where one is told, that a customer's language column means.

    ``es``, ``EN``, ``español``, ``Portuguese`` give a language alone; ``pt-BR`` gives ``("pt", "pt_BR")``. None where
    the value means none of es, en, pt.
    """
    if not value:
        return None
    return _read_language(value.strip()[:40])


@lru_cache(maxsize=512)
def _read_language(value: str) -> tuple[str, str | None] | None:
    plain = unicodedata.normalize("NFD", value.casefold())
    words = re.findall(r"[a-z0-9]+", "".join(letter for letter in plain if not unicodedata.combining(letter)))
    language = _LANGUAGE_BY_WORD.get(words[0]) if words else None
    if language is None:
        return None
    if len(words) == 2 and len(words[0]) == 2:
        try:
            return language, known_locale(f"{words[0]}_{words[1].upper()}")
        except InputError:
            return language, None
    return language, None


def exact(value: Decimal | float) -> Decimal:
    """Return the decimal that a number reads as (0.1 is 0.1, not its binary neighbour)."""
    return value if isinstance(value, Decimal) else Decimal(repr(float(value)))


@lru_cache(maxsize=65536)
def format_number(value: Decimal | float, *, locale: str, decimals: int = 0) -> str:
    """Return a number with exactly `decimals` decimals and the locale's grouping: ``1.234,5``."""
    number = exact(value)
    if 0 <= number < 999:  # no groups: a message tells such figures by the dozen, and this way is 30 times as fast
        return f"{number:.{decimals}f}".replace(".", decimal_mark(locale))
    rounded = _round(number, decimals)
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return _tidy(babel_numbers.format_decimal(rounded, format=pattern, locale=_parsed(locale)))


@lru_cache(maxsize=65536)
def format_percent(share: Decimal | float, *, locale: str, decimals: int = 1) -> str:
    """Return a share (0 to 1) in percent with exactly `decimals` decimals: ``12,3 %`` (es_ES), ``12.3%`` (en_GB)."""
    percents = exact(share) * 100
    pattern = _percent_pattern(locale)
    if 0 <= percents < 999:
        return _tidy(_WHOLE_PATTERN.sub(f"{percents:.{decimals}f}".replace(".", decimal_mark(locale)), pattern))
    rounded = _round(percents, decimals) / 100
    if decimals:
        pattern = pattern.replace("0", "0." + "0" * decimals, 1)
    text = babel_numbers.format_percent(rounded, format=pattern, locale=locale, decimal_quantization=False)
    return _tidy(text)


@lru_cache(maxsize=65536)
def format_probability(probability: float, *, locale: str) -> str:
    """Return a probability in percent with one decimal, and with two where one would show 0 or 100 without being so."""
    if probability in {0, 1}:
        return format_percent(probability, locale=locale, decimals=0)
    close = _round(exact(probability) * 100, 1) in {Decimal(0), Decimal(100)}
    return format_percent(probability, locale=locale, decimals=2 if close else 1)


@lru_cache(maxsize=16384)
def format_money(amount: Decimal, currency: str, *, locale: str) -> str:
    """Return an amount of an ISO 4217 currency, with the decimals that the currency has: ``49,00 €``, ``US$49.00``.

    A code in letters stands apart from the digits, as CLDR's currency spacing asks: ``EUR 49,00`` (es_CO).
    """
    decimals = babel_numbers.get_currency_precision(currency)
    text = babel_numbers.format_currency(_round(amount, decimals), currency, locale=_parsed(locale))
    return _tidy(_CODE_MEETS_DIGIT.sub(NO_BREAK_SPACE, text))


def format_date(day: date, *, locale: str, style: Literal["short", "medium", "long", "full"] = "long") -> str:
    """Return a day: ``3 de mayo de 2025`` (long), ``03/05/25`` (short). Spaces between words are ordinary ones."""
    return babel_dates.format_date(day, format=style, locale=_parsed(locale)).replace("\u202f", " ")


def join_words(words: Sequence[str], *, locale: str, style: Literal["and", "or"] = "and") -> str:
    """Return a list as a phrase: ``a, b y c``. Spanish *y* and *o* become *e* and *u* before the sounds that ask it."""
    return _join_words(tuple(words), locale, style) if words else ""


@lru_cache(maxsize=16384)
def _join_words(words: tuple[str, ...], locale: str, style: Literal["and", "or"]) -> str:
    text: str = format_list(list(words), style="standard" if style == "and" else "or", locale=_parsed(locale))
    if len(words) > 1 and locale.startswith("es"):
        text = _soften_conjunction(text, words[-1], style)
    return text


@lru_cache(maxsize=128)
def decimal_mark(locale: str) -> str:
    """Return the sign between whole and decimal digits."""
    return str(babel_numbers.get_decimal_symbol(locale))


def currency_symbol(currency: str, *, locale: str) -> str:
    """Return the sign that the locale gives a currency: ``€``, ``$``, ``US$``, or the code itself."""
    return str(babel_numbers.get_currency_symbol(currency, locale=_parsed(locale)))


def _round(value: Decimal, decimals: int) -> Decimal:
    if not value.is_finite():
        raise ValueError(f"{value!r} cannot be written as a figure")
    rounded = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)
    return abs(rounded) if rounded == 0 else rounded


def _tidy(text: str) -> str:
    return text.translate(_SPACES)


@lru_cache(maxsize=128)
def _parsed(locale: str) -> Locale:
    return Locale.parse(locale)


@lru_cache(maxsize=128)
def _percent_pattern(locale: str) -> str:
    return str(_parsed(locale).percent_formats[None].pattern)


def _soften_conjunction(text: str, last: str, style: str) -> str:
    """Return the list with the conjunction that its last word calls for: *datos e informes*, *siete u ocho*."""
    head = text[: -len(last)]
    start = last.casefold()
    if style == "and":
        soft = re.match(r"h?[ií](?![aeouáéóú])", start) is not None
        return re.sub(r" [ye] $", " e " if soft else " y ", head) + last
    soft = re.match(r"h?[oó]|8", start) is not None
    return re.sub(r" [ou] $", " u " if soft else " o ", head) + last


def is_known(value: float) -> bool:
    """Tell whether a figure is there: an unknown one is NaN."""
    return not math.isnan(value)
