"""Nobody and nothing is called by a name that the records do not hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from querencia.messages.checks.evidence import Evidence
from querencia.messages.checks.finding import Finding, Severity
from querencia.messages.checks.remembering import remembered
from querencia.messages.checks.rules import Rules
from querencia.messages.checks.shown import Passage, Shown, unmask_brand
from querencia.messages.checks.vocabulary import MASK, Vocabulary, vocabulary

CHECK = "names"

_CAPITAL = r"[A-ZÁÉÍÓÚÂÊÔÃÕÀÇÑÜ][\w’'-]*"
# Capitalised words in a row within a sentence; a lone one only where it has a capital or digit inside (EchoPro).
_WITHIN = re.compile(rf"(?<=[\w,;][ \u00a0]){_CAPITAL}(?:[ \u00a0](?:{_CAPITAL}|\d[\w.]*))+")
_CAMEL = re.compile(r"\b[A-Z]?[a-zà-ÿ]+[A-Z]\w*")
_ONE = re.compile(_CAPITAL)
_INNER_CAPITAL = re.compile(r"[a-zà-ÿ][A-Z]")
_AMOUNT = re.compile(r"[A-Z]{3}[ \u00a0]\d[\d.,]*")  # EUR 49
_ANY_WORD = re.compile(r"\w+")
_SINGLE = re.compile(rf"(?<!\w){_CAPITAL}")


def check_names(shown: Shown, evidence: Evidence, _rules: Rules) -> Iterator[Finding]:
    """Yield names in the greeting or within sentences that no record holds (warnings where records are incomplete)."""
    severity: Severity = "error" if evidence.closed else "warning"
    for place, passage in enumerate(shown.passages):
        if passage.kind in {"product", "signature"}:
            continue
        for name in _names_in(passage, evidence, greeting=_is_greeting(passage, place, evidence.language)):
            if name not in evidence.product_names and MASK not in name:
                reason = "no record of this customer, the brand or the catalogue holds this name"
                yield Finding(
                    customer_id=shown.customer_id, check=CHECK, severity=severity, text=name[:120], reason=reason
                )


def _is_greeting(passage: Passage, place: int, language: str) -> bool:
    first = passage.kind == "text" and place < 2 and len(passage.text) < 100
    return passage.kind == "greeting" or (first and vocabulary(language).greeting.match(passage.text) is not None)


def _names_in(passage: Passage, evidence: Evidence, *, greeting: bool) -> tuple[str, ...]:
    if greeting:
        return greeted_names(passage.wording, evidence.language) and greeted_names(passage.masked, evidence.language)
    if passage.kind == "text" and len(passage.text.split()) < 6:
        return ()  # a heading or a line of the signature: titles and places, which no row can tell
    # No pattern tells one digit from another: where the wording, which recurs, has no name, the text has none.
    if not spoken_names(passage.wording, evidence.language, evidence.closed):
        return ()
    names = spoken_names(passage.masked, evidence.language, evidence.closed)
    known = _words_of(evidence.literals)
    named = (name for name in names if " " in name or not (name in known or _opens_sentence(name, passage.text)))
    return tuple(unmask_brand(name, evidence) for name in named)


def _opens_sentence(word: str, text: str) -> bool:
    """Tell whether a word stands behind a stop: a phrase of the records may end in one that its mask hides."""
    return any(f"{stop} {word}" in text for stop in ".!?…:")


@lru_cache(maxsize=4096)
def _words_of(literals: tuple[str, ...]) -> frozenset[str]:
    """Return the words of the records' phrases: *Fibra* may stand for the offered *Fibra 600*."""
    return frozenset(word for literal in literals for word in _ANY_WORD.findall(literal))


@remembered
def greeted_names(masked: str, language: str) -> tuple[str, ...]:
    """Return the capitalised words of a greeting, beside the greeting itself."""
    words = vocabulary(language)
    opening = words.greeting.match(masked)
    rest = masked[opening.end() :] if opening else masked
    names = (match[0] for match in _SINGLE.finditer(rest) if not words.greeting.match(match[0]))
    return tuple(name for name in names if name.casefold() not in words.titles)


@remembered
def spoken_names(masked: str, language: str, closed: bool) -> tuple[str, ...]:
    """Return names of several words within sentences, and where every name is known, single ones (Marta, EchoPro).

    In a headline with a capital at every word, those that are none of a headline's usual words.
    """
    words = vocabulary(language)
    singles = _SINGLE.findall(masked)
    if words.headline and len(singles) > 2 and _is_headline(masked):
        return tuple(word for word in singles if not _is_usual(word, words))
    lone = [match[0] for match in _ONE.finditer(masked) if _is_within(masked, match.start())]
    camels = _CAMEL.findall(masked) if _INNER_CAPITAL.search(masked) else []
    if not lone and not camels:
        return ()
    found = [match[0] for match in _WITHIN.finditer(masked) if not _AMOUNT.fullmatch(match[0])]
    if closed:
        lone += camels
        lone = [name for name in lone if not name.isupper() and _stem(name) not in words.capitalised]
        found += [name for name in dict.fromkeys(lone) if not any(name in longer for longer in found)]
    return tuple(found)


def _is_within(masked: str, start: int) -> bool:
    """Tell whether a word stands within a sentence: after a word, a comma or a phrase of the records, and a space."""
    if start < 2 or masked[start - 1] not in " \u00a0":
        return False
    before = masked[start - 2]
    return before.isalnum() or before in f",;_{MASK}"


def _is_headline(masked: str) -> bool:
    """Tell whether a line has a capital at (nearly) every word of four letters or more, and is no sentence."""
    long = [word for word in _ANY_WORD.findall(masked) if len(word) > 3]
    return masked[-1:] not in ".;" and 5 * sum(word[0].isupper() for word in long) >= 4 * len(long)


def _is_usual(word: str, words: Vocabulary) -> bool:
    plain = _stem(word)
    return (
        (word.isupper() and len(word) < 5)
        or any(
            form in words.headline or form in words.capitalised or form in words.of_brand
            for part in (plain, *plain.split("-"))
            for form in (part, part + "e", *(part.removesuffix(end) for end in ("s", "es", "d", "ed", "ing", "ly")))
        )
        or any(plain.removesuffix(end) + "e" in words.headline for end in ("ing", "ed"))
    )


def _stem(word: str) -> str:
    """Return a word in lower case without what an apostrophe adds to it."""
    plain = word.casefold().replace("’", "'")
    return plain.partition("'")[0] or plain
