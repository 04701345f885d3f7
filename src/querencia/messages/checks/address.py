"""The customer is addressed formally: *usted* in Spanish, no *tu* in Portuguese, no slang in English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from querencia.messages.checks.evidence import Evidence
from querencia.messages.checks.finding import Finding
from querencia.messages.checks.remembering import remembered
from querencia.messages.checks.rules import Rules
from querencia.messages.checks.shown import Shown
from querencia.messages.checks.vocabulary import vocabulary
from querencia.messages.checks.words_in import words_in

CHECK = "address"

_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")


def check_address(shown: Shown, evidence: Evidence, _rules: Rules) -> Iterator[Finding]:
    """Yield every word that addresses the customer informally."""
    for passage in shown.passages:
        for word in informal_words(passage.wording, evidence.language):
            yield Finding(
                customer_id=shown.customer_id,
                check=CHECK,
                severity="error",
                text=word,
                reason="customers are addressed formally",
            )


@remembered
def informal_words(wording: str, language: str) -> tuple[str, ...]:
    """Return the informal words of a passage, in order. Initials in capitals (TI, OS) are none."""
    words = vocabulary(language)
    said = words_in(wording)
    found = []
    if not said.isdisjoint(words.opening_words):
        found += [match[1] for match in words.informal_openings.finditer(wording)]
    if words.imperatives is not None and not said.isdisjoint(words.imperative_words):
        found += [match[1] for match in words.imperatives.finditer(wording)]
    for word in _WORD.findall(wording):
        if is_informal(word, language) and not (len(word) == 2 and word.isupper() and not wording.isupper()):
            found.append(word)
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=32768)
def is_informal(word: str, language: str) -> bool:
    """Tell whether a word, in whatever case, addresses somebody informally."""
    words = vocabulary(language)
    plain = word.casefold().replace("’", "'")
    if plain in words.informal:
        return True
    pattern = words.informal_patterns
    return pattern is not None and plain not in words.formal_exceptions and pattern.fullmatch(plain) is not None
