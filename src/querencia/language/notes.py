"""Notes: what the work found worth saying, as a code and its values, put into words where somebody reads them.

The wording of each code stands in ``wording/<room>.toml``, one table per code with a sentence in es, en and pt whose
``{fields}`` are the note's values. A terminal says notes in English, a report in the project's language.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import resources
from typing import Literal

LANGUAGES = ("es", "en", "pt")

_DAYS = frozenset({"cutoff", "end"})  # a column may be called 2024-01-01 too, and is no day
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, kw_only=True)
class Note:
    """One thing worth saying: `code` as in the wording files, its `values`, and how much it matters."""

    code: str
    values: dict[str, str | int | float] = field(default_factory=dict)
    level: Literal["info", "warning"] = "info"


def say(note: Note, *, language: str = "en", locale: str | None = None) -> str:
    """Return the note as a sentence in `language` (es, en or pt). KeyError for a code without wording.

    Whole numbers are grouped, other numbers have two decimals, and a `cutoff` or `end` is written as a day, all as in
    `locale` (by default that of the language).
    """
    values = {name: _write(name, value, language=language, locale=locale) for name, value in note.values.items()}
    return _wording()[note.code][language].format(**values)


def _write(name: str, value: str | int | float, *, language: str, locale: str | None) -> str:
    if isinstance(value, str) and name not in _DAYS:
        return value
    # Babel is loaded only where there is a figure to write; and locales knows this module's languages.
    from querencia.language.locales import default_locale, format_date, format_number

    place = locale or default_locale(language)
    if isinstance(value, str):
        return format_date(date.fromisoformat(value), locale=place) if _ISO_DAY.fullmatch(value) else value
    return format_number(value, locale=place, decimals=0 if isinstance(value, int) else 2)


@cache
def _wording() -> dict[str, dict[str, str]]:
    folder = resources.files(__package__) / "wording"
    codes: dict[str, dict[str, str]] = {}
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            codes |= tomllib.loads(file.read_text(encoding="utf-8"))
    return codes
