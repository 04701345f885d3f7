"""What the checks know of a language, from ``words/<language>.toml``."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Vocabulary:
    """Words and patterns of one language. `counted` maps a noun to the figure that it counts."""

    informal: frozenset[str]
    informal_openings: re.Pattern[str]
    informal_patterns: re.Pattern[str] | None
    formal_exceptions: frozenset[str]
    claims: tuple[str, ...]
    greeting: re.Pattern[str]
    action: re.Pattern[str]
    farewell: re.Pattern[str]
    topics: re.Pattern[str]
    proper_introductions: str
    counted: dict[str, str]
    span_words: frozenset[str]


@cache
def vocabulary(language: str) -> Vocabulary:
    """Return the vocabulary of es, en or pt, read on first use."""
    file = resources.files(__package__).joinpath("words", f"{language}.toml")
    words = tomllib.loads(file.read_text(encoding="utf-8"))
    patterns = words["informal_patterns"]
    return Vocabulary(
        informal=frozenset(words["informal"].split()),
        informal_openings=re.compile(rf"(?:^|[.!?¡¿:]\s*)({words['informal_openings']})\b", re.IGNORECASE),
        informal_patterns=re.compile(rf"(?:{'|'.join(patterns)})") if patterns else None,
        formal_exceptions=frozenset(words["formal_exceptions"].split()),
        claims=tuple(words["claims"]),
        greeting=_at_start(words["greeting"]),
        action=_whole(words["action"]),
        farewell=_at_start(words["farewell"]),
        topics=_whole(words["topics"]),
        proper_introductions=words["proper_introductions"],
        counted={noun: kind for kind, nouns in words["counted"].items() for noun in nouns.split()},
        span_words=frozenset(words["spans"]["before"].split()),
    )


def _whole(pattern: str) -> re.Pattern[str]:
    joined = "".join(pattern.splitlines())
    return re.compile(rf"\b(?:{joined})\b", re.IGNORECASE)


def _at_start(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"[¡!\W]*(?:{pattern})\b", re.IGNORECASE)
