"""What the checks know of a language, from ``words/<language>.toml``."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

MASK = "\ue000"  # stands for a phrase of the records: no letter, digit, space or sign of any text


@dataclass(frozen=True)
class Vocabulary:
    """Words and patterns of one language. `counted` maps a noun to the figure that it counts.

    `capitalised` are words with a capital that name nobody, `headline` those of a headline with capitals throughout,
    `of_brand` those that a brand's name may stand before. `promise_words` are refused alone; `promise_phrases` gives
    for a word, without accents, the patterns of which it is part, for text as `plain_words` returns it.
    `shares` are number words that no figure stands for (a dozen), `spans` those that may be told in words.
    """

    informal: frozenset[str]
    informal_openings: re.Pattern[str]
    opening_words: frozenset[str]
    informal_patterns: re.Pattern[str] | None
    formal_exceptions: frozenset[str]
    claims: tuple[str, ...]
    greeting: re.Pattern[str]
    action: re.Pattern[str]
    farewell: re.Pattern[str]
    topics: re.Pattern[str]
    leaving: re.Pattern[str]
    proper_introductions: str
    counted: dict[str, str]
    span_words: frozenset[str]
    imperatives: re.Pattern[str] | None
    imperative_words: frozenset[str]
    titles: frozenset[str]
    numeral: re.Pattern[str]
    numeral_values: dict[str, int]
    capitalised: frozenset[str]
    headline: frozenset[str]
    of_brand: frozenset[str]
    promise_words: frozenset[str]
    promise_phrases: dict[str, tuple[re.Pattern[str], ...]]
    shares: frozenset[str]
    spans: re.Pattern[str]


@cache
def vocabulary(language: str) -> Vocabulary:
    """Return the vocabulary of es, en or pt, read on first use."""
    file = resources.files(__package__).joinpath("words", f"{language}.toml")
    words = tomllib.loads(file.read_text(encoding="utf-8"))
    patterns = words["informal_patterns"]
    return Vocabulary(
        informal=frozenset(words["informal"].split()),
        informal_openings=re.compile(rf"(?:^|[.!?¡¿:]\s*)({words['informal_openings']})\b", re.IGNORECASE),
        opening_words=_first_words(words["informal_openings"]),
        informal_patterns=re.compile(rf"(?:{'|'.join(patterns)})") if patterns else None,
        formal_exceptions=frozenset(words["formal_exceptions"].split()),
        claims=tuple(words["claims"]),
        greeting=_at_start(words["greeting"]),
        action=_whole(words["action"]),
        farewell=_at_start(words["farewell"]),
        topics=_whole(words["topics"]),
        leaving=re.compile(words["leaving"], re.IGNORECASE),
        proper_introductions=words["proper_introductions"],
        counted={noun: kind for kind, nouns in words["counted"].items() for noun in nouns.split()},
        span_words=frozenset(words["spans"]["before"].split()),
        imperatives=_before_addresses(words["imperatives"]),
        imperative_words=_first_words(words["imperatives"]),
        titles=frozenset(words["titles"]["words"].split()),
        numeral=_numeral(words["numerals"]),
        numeral_values=_numeral_values(words["numerals"]),
        capitalised=frozenset(words["capitalised"].split()),
        headline=frozenset(words["headline"].split()),
        of_brand=frozenset(words["of_brand"].split()),
        promise_words=frozenset(words["promises"]["words"].split()),
        promise_phrases=_promise_phrases(words["promises"]["phrases"], words["promises"]["digits"]),
        shares=frozenset(words["numerals"]["shares"].split()),
        spans=_whole(words["spans"]["told"]),
    )


def _first_words(alternatives: str) -> frozenset[str]:
    return frozenset(words.split()[0] for words in alternatives.split("|") if words)


def _before_addresses(imperatives: str) -> re.Pattern[str] | None:
    """Return imperatives within a sentence, as they stand in front of an address, masked where it is known."""
    if not imperatives:
        return None
    address = rf"(?:(?:a|al|ao|para|en|em)\s+)?(?:{MASK}|https?://|www\.|[\w.+-]+@|\+?\d{{3}})"
    return re.compile(rf"(?:\b(?:o|y|e|ou)|[,:;])\s+({imperatives})\s+{address}", re.IGNORECASE)


def _numeral(words: dict[str, str]) -> re.Pattern[str]:
    units, tens = (re.sub("[ /]", "|", words[kind]) for kind in ("units", "tens"))
    further = re.sub(r"=\d+ ?", "|", words["further"]).rstrip("|")
    number = rf"(?:(?P<tens>{tens})(?:{words['between']}(?P<rest>{units}))?|(?P<unit>{units}|{further}))"
    return re.compile(rf"(?:(?P<before>\w+)\s+)?\b{number}[\s-]+(?P<noun>{words['counted']})(?!\w)", re.IGNORECASE)


def _numeral_values(words: dict[str, str]) -> dict[str, int]:
    """Return the value of each number word, from two on; a slash parts variants of one number (dois/duas)."""
    tens = {word: 10 * place for place, word in enumerate(words["tens"].split(), 2)}
    units = enumerate(words["units"].split(), 2)
    further = (pair.split("=") for pair in words["further"].split())
    tens |= {word: int(value) for word, value in further}
    return tens | {word: value for value, words_of_it in units for word in words_of_it.split("/")}


def _promise_phrases(phrases: dict[str, str], digits: str) -> dict[str, tuple[re.Pattern[str], ...]]:
    """Return each pattern under all of its marks, and a phone's under every digit word: three in a row are one."""
    phone = rf"(?:{'|'.join(digits.split())})(?: (?:{'|'.join(digits.split())})){{2,}}"
    by_mark: dict[str, tuple[re.Pattern[str], ...]] = {}
    for marks, pattern in {**phrases, digits: phone}.items():
        compiled = re.compile(rf"(?<= )(?:{pattern})(?= )")
        for mark in marks.split():
            by_mark[mark] = (*by_mark.get(mark, ()), compiled)
    return by_mark


def _whole(pattern: str) -> re.Pattern[str]:
    joined = "".join(pattern.splitlines())
    return re.compile(rf"\b(?:{joined})\b", re.IGNORECASE)


def _at_start(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"[¡!\W]*(?:{pattern})\b", re.IGNORECASE)
