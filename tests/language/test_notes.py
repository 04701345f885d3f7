"""Notes are told as people of each place write figures and days."""

from __future__ import annotations

import pytest

from querencia.language.notes import Note, say

NBSP = "\N{NO-BREAK SPACE}"
TOLD = Note(
    code="outcome_from_behaviour",
    values={"days": 90, "cutoff": "2011-09-10", "customers": 135_080, "churners": 1_412},
)


@pytest.mark.parametrize(
    ("language", "locale", "wanted"),
    [
        ("en", "en_US", ("135,080", "1,412", "September 10, 2011", " 90 days")),
        ("en", None, ("135,080", "10 September 2011")),
        ("es", "es_ES", ("135.080", "10 de septiembre de 2011", " 90 días")),
        ("es", "es_MX", ("135,080", "10 de septiembre de 2011")),
        ("pt", "pt_BR", ("135.080", "10 de setembro de 2011")),
        ("pt", "pt_PT", (f"135{NBSP}080", "10 de setembro de 2011")),
    ],
)
def test_figures_and_days_are_those_of_the_locale(language: str, locale: str | None, wanted: tuple[str, ...]) -> None:
    said = say(TOLD, language=language, locale=locale)
    assert all(part in said for part in wanted), said
    assert "2011-09-10" not in said


def test_other_numbers_have_two_decimals() -> None:
    chance = Note(code="learn_no_better_than_chance", values={"low": 0.5, "high": 0.57})
    assert "0,50 a 0,57" in say(chance, language="es", locale="es_ES")
    assert "0.50 to 0.57" in say(chance)


def test_words_stay_as_they_are_even_where_they_look_like_figures() -> None:
    constant = Note(code="columns_constant", values={"columns": "2024-01-01"})
    assert "2024-01-01" in say(constant, language="es")
    odd = Note(code="outcome_newcomers", values={"cutoff": "the end", "newcomers": 3})
    assert "the end" in say(odd)
