"""Figures as people of each place write them: expected texts are written out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querencia.errors import InputError
from querencia.language.locales import (
    default_locale,
    exact,
    format_date,
    format_money,
    format_number,
    format_percent,
    format_probability,
    join_words,
    known_currency,
    known_locale,
    read_language,
)

LOCALES = ("es_ES", "es_CO", "es_MX", "en_GB", "en_US", "pt_BR", "pt_PT")


@pytest.mark.parametrize(
    ("locale", "number", "percent", "money"),
    [
        ("es_ES", "1.234.567,5", "12,3\u00a0%", "1.249,50\u00a0€"),
        ("es_CO", "1.234.567,5", "12,3%", "EUR\u00a01.249,50"),
        ("es_MX", "1,234,567.5", "12.3%", "EUR\u00a01,249.50"),
        ("en_GB", "1,234,567.5", "12.3%", "€1,249.50"),
        ("en_US", "1,234,567.5", "12.3%", "€1,249.50"),
        ("pt_BR", "1.234.567,5", "12,3%", "€\u00a01.249,50"),
        ("pt_PT", "1\u00a0234\u00a0567,5", "12,3%", "1\u00a0249,50\u00a0€"),
    ],
)
def test_each_place_has_its_own_figures(locale: str, number: str, percent: str, money: str) -> None:
    assert format_number(1234567.5, locale=locale, decimals=1) == number
    assert format_percent(0.1234, locale=locale) == percent
    assert format_money(Decimal("1249.5"), "EUR", locale=locale) == money


def test_a_currency_has_its_own_decimals() -> None:
    assert format_money(Decimal(1500), "JPY", locale="en_US") == "¥1,500"
    assert format_money(Decimal("49.9"), "COP", locale="es_CO") == "$49,90"


def test_rounding_is_half_to_even_from_the_decimal_that_is_read() -> None:
    assert [format_number(value, locale="en_GB") for value in (0.5, 1.5, 2.5, 3.5)] == ["0", "2", "2", "4"]
    # 1.005 is below 1.005 as a binary float; as a decimal it is a tie, and 0 is even.
    assert format_number(1.005, locale="en_GB", decimals=2) == "1.00"
    assert format_number(1.015, locale="en_GB", decimals=2) == "1.02"
    assert format_number(-0.2, locale="en_GB") == "0"


def test_a_probability_is_never_shown_as_certain_unless_it_is() -> None:
    shown = [format_probability(value, locale="es_ES") for value in (0.0, 0.0003, 0.0123, 0.9998, 1.0)]
    assert shown == ["0\u00a0%", "0,03\u00a0%", "1,2\u00a0%", "99,98\u00a0%", "100\u00a0%"]


@given(st.decimals(min_value=0, max_value=10**12, places=4), st.sampled_from(LOCALES), st.integers(0, 4))
def test_a_figure_reads_back_within_half_a_unit(value: Decimal, locale: str, decimals: int) -> None:
    text = format_number(value, locale=locale, decimals=decimals)
    mark = "," if locale in {"es_ES", "es_CO", "pt_BR", "pt_PT"} else "."
    whole, _, fraction = text.partition(mark)
    digits = "".join(sign for sign in whole if sign.isdigit())
    assert len(fraction) == decimals
    assert abs(Decimal(f"{digits}.{fraction or 0}") - value) <= Decimal(5).scaleb(-decimals - 1)


@given(st.floats(0, 100))
def test_a_float_counts_as_the_decimal_that_it_is_printed_as(value: float) -> None:
    assert str(exact(value)) in {repr(value), repr(value).upper()} or float(exact(value)) == value


@pytest.mark.parametrize(
    ("words", "style", "locale", "phrase"),
    [
        (("Ana",), "and", "es_ES", "Ana"),
        (("datos", "informes"), "and", "es_ES", "datos e informes"),
        (("agua", "hielo"), "and", "es_ES", "agua y hielo"),
        (("padre", "hijo"), "and", "es_MX", "padre e hijo"),
        (("7", "8"), "or", "es_ES", "7 u 8"),
        (("uno", "otro"), "or", "es_CO", "uno u otro"),
        (("a", "b", "c"), "and", "es_ES", "a, b y c"),
        (("a", "b", "c"), "and", "en_US", "a, b, and c"),
        (["a", "b"], "or", "pt_BR", "a ou b"),
        ((), "and", "pt_PT", ""),
    ],
)
def test_lists_read_as_phrases(words: Sequence[str], style: str, locale: str, phrase: str) -> None:
    assert join_words(words, style="and" if style == "and" else "or", locale=locale) == phrase


def test_dates_are_written_out() -> None:
    day = date(2025, 5, 3)
    assert format_date(day, locale="es_ES") == "3 de mayo de 2025"
    assert format_date(day, locale="pt_BR") == "3 de maio de 2025"
    assert format_date(day, locale="en_US") == "May 3, 2025"


def test_locales_are_known_by_any_spelling_and_unknown_ones_refused() -> None:
    assert known_locale("es-co") == "es_CO"
    assert known_locale("pt_br") == "pt_BR"
    for wrong in ("xx", "fr_FR", "", "spanish of Spain"):
        with pytest.raises(InputError, match="es_ES"):
            known_locale(wrong)


def test_each_language_has_a_default_locale() -> None:
    assert [default_locale(language) for language in ("es", "en", "pt")] == ["es_ES", "en_GB", "pt_PT"]
    with pytest.raises(InputError, match="'fr'"):
        default_locale("fr")


def test_currencies_are_checked() -> None:
    assert known_currency(" eur ") == "EUR"
    with pytest.raises(InputError, match="EURO"):
        known_currency("EURO")


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("es", ("es", None)),
        ("EN", ("en", None)),
        ("Español", ("es", None)),
        ("castellano", ("es", None)),
        ("Português (Brasil)", ("pt", None)),
        ("pt-BR", ("pt", "pt_BR")),
        ("en_us", ("en", "en_US")),
        ("es-XX", ("es", None)),
        ("français", None),
        ("", None),
        (None, None),
        ("1", None),
    ],
)
def test_a_language_column_is_read(value: str | None, read: tuple[str, str | None] | None) -> None:
    assert read_language(value) == read
