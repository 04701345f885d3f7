"""Small figures take a shorter way through the locale's data: they read as Babel writes them."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from babel import Locale, numbers
from babel.localedata import locale_identifiers

from querencia.language.locales import format_number, format_percent

KNOWN = sorted(name for name in locale_identifiers() if name.split("_")[0] in {"es", "en", "pt"})


@pytest.mark.parametrize("language", ["es", "en", "pt"])
def test_small_figures_are_written_as_babel_writes_them(language: str) -> None:
    draw = random.Random(language)
    for locale in (name for name in KNOWN if name.split("_")[0] == language):
        for decimals in range(4):
            value = Decimal(draw.randint(0, 1_100_000)).scaleb(-3).quantize(Decimal(1).scaleb(-decimals))
            pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
            written = numbers.format_decimal(value, format=pattern, locale=locale)
            assert format_number(value, locale=locale, decimals=decimals) == _tidy(written)
            share = Decimal(draw.randint(0, 10_000)).scaleb(-4).quantize(Decimal(1).scaleb(-2 - decimals))
            usual = str(Locale.parse(locale).percent_formats[None].pattern)
            exact = usual.replace("0", "0." + "0" * decimals, 1) if decimals else usual
            written = numbers.format_percent(share, format=exact, locale=locale, decimal_quantization=False)
            assert format_percent(share, locale=locale, decimals=decimals) == _tidy(written), locale


def _tidy(text: str) -> str:
    return text.replace("\u202f", "\u00a0").replace(" ", "\u00a0")
