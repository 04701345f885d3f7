"""Notes: what the work found worth saying, as a code and its values, put into words where somebody reads them.

The wording of each code stands in ``wording/<room>.toml``, one table per code with a sentence in es, en and pt whose
``{fields}`` are the note's values. A terminal says notes in English, a report in the project's language.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Literal

LANGUAGES = ("es", "en", "pt")


@dataclass(frozen=True, kw_only=True)
class Note:
    """One thing worth saying: `code` as in the wording files, its `values`, and how much it matters."""

    code: str
    values: dict[str, str | int | float] = field(default_factory=dict)
    level: Literal["info", "warning"] = "info"


def say(note: Note, *, language: str = "en") -> str:
    """Return the note as a sentence in `language` (es, en or pt). KeyError for a code without wording."""
    return _wording()[note.code][language].format(**note.values)


@cache
def _wording() -> dict[str, dict[str, str]]:
    folder = resources.files(__package__) / "wording"
    codes: dict[str, dict[str, str]] = {}
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            codes |= tomllib.loads(file.read_text(encoding="utf-8"))
    return codes
