"""Words and formats of the report in three languages."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querencia.language.notes import LANGUAGES
from querencia.report.edition import Edition, clean, clean_text, texts

NBSP = "\N{NO-BREAK SPACE}"
SPANISH = Edition(language="es", locale="es_ES", currency="EUR")
ENGLISH = Edition(language="en", locale="en_GB", currency="GBP")
BRAZIL = Edition(language="pt", locale="pt_BR", currency="BRL")
COLOMBIA = Edition(language="es", locale="es_CO", currency="EUR")


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "es"])
def test_texts_are_complete_in_each_language(language: str) -> None:
    spanish, other = texts("es"), texts(language)
    assert set(spanish) == set(other)
    assert len(spanish) > 200
    for key, text in spanish.items():
        assert other[key].strip(), key
        assert fields(other[key]) == fields(text), key


def test_a_text_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        SPANISH.say("charts.nowhere.title")


def test_numbers_are_written_as_the_locale_writes_them() -> None:
    assert SPANISH.number(216_384_937) == "216.384.937"
    assert ENGLISH.number(216_384_937) == "216,384,937"
    assert SPANISH.number(-0.0709, 3) == "−0,071"
    assert SPANISH.percent(0.899439) == f"89,9{NBSP}%"
    assert ENGLISH.percent(0.899439) == "89.9%"
    assert SPANISH.points(-0.0105, 2) == "−1,05"
    assert SPANISH.points(0.005, 2) == "+0,50"


def test_a_share_that_is_not_zero_never_reads_as_zero() -> None:
    assert ENGLISH.percent(0.0) == "0.0%"
    assert ENGLISH.percent(0.0004) == "< 0.1%"
    assert ENGLISH.percent(0.0006) == "0.1%"


def test_what_is_not_known_is_a_dash() -> None:
    nothing = float("nan")
    assert {SPANISH.number(nothing), SPANISH.percent(nothing), SPANISH.money(nothing), SPANISH.duration(nothing)} == {
        "—"
    }


def test_money_names_its_currency_apart_from_the_amount() -> None:
    assert SPANISH.money(26_871.50) == f"26.872{NBSP}€"
    assert SPANISH.money(83.33, 2) == f"83,33{NBSP}€"
    assert ENGLISH.money(1_234) == "£1,234"
    assert BRAZIL.money(1_234.5, 2) == f"R${NBSP}1.234,50"
    assert COLOMBIA.money(1_234) == f"EUR{NBSP}1.234"


@pytest.mark.parametrize(
    ("seconds", "spanish", "english"),
    [
        (0, "0 s", "0 s"),
        (1, "1 s", "1 s"),
        (90, "1,5 min", "1.5 min"),
        (3_600, "1 h", "1 h"),
        (86_400, "1 día", "1 day"),
        (185_056.87, "2,1 días", "2.1 days"),
        (604_800, "1 semana", "1 week"),
        (1_825_765.52, "3 semanas", "3 weeks"),
    ],
)
def test_spans_of_time_are_told_in_the_unit_they_fill(seconds: float, spanish: str, english: str) -> None:
    assert SPANISH.duration(seconds) == spanish.replace(" ", NBSP)
    assert ENGLISH.duration(seconds) == english.replace(" ", NBSP)


def test_weekdays_begin_on_monday_and_days_are_told_in_words() -> None:
    assert [SPANISH.weekday(index) for index in (0, 6)] == ["lunes", "domingo"]
    assert ENGLISH.day("2025-03-04") == "4 March 2025"
    assert SPANISH.time_format["days"][0] == "domingo"
    assert SPANISH.number_format["decimal"] == ","


def test_event_types_have_names_and_unknown_ones_keep_theirs() -> None:
    assert SPANISH.event_type("carts") == "carritos"
    assert SPANISH.event_type("wish\x00list") == "wish list"


def test_clean_keeps_accents_and_drops_what_hides() -> None:
    assert clean("  Señal  de\tsalida\n") == "Señal de salida"
    assert clean("abc\u202edef\u200b\x1b[0m") == "abc def [0m"
    assert clean("x" * 10_000_000).endswith("…")
    assert len(clean("x" * 10_000_000)) == 160
    assert clean_text("Hola:\r\n\r\nAdiós\x00") == "Hola:\n\nAdiós"


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_clean_text_is_always_fit_for_xml(text: str) -> None:
    made = clean(text)
    made.encode("utf-8")
    assert not any(ord(sign) < 32 or ord(sign) in {0xFFFE, 0xFFFF} for sign in made)
    assert clean(made) == made
