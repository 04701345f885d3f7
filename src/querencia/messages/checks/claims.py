"""No claim that nobody may make: the language's own list, and the project's."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from querencia.messages.checks.evidence import Evidence
from querencia.messages.checks.finding import Finding
from querencia.messages.checks.remembering import remembered
from querencia.messages.checks.rules import Rules
from querencia.messages.checks.shown import Shown
from querencia.messages.checks.vocabulary import MASK, vocabulary
from querencia.messages.checks.words_in import bare_words_in

CHECK = "claims"

_WORD = re.compile(rf"[\w{MASK}]+")


def check_claims(shown: Shown, evidence: Evidence, rules: Rules) -> Iterator[Finding]:
    """Yield every forbidden phrase, as whole words, whatever case and accents. A product's name is no claim."""
    extra = rules.claims(evidence.language)
    if not _may_claim(shown, evidence, extra):
        return
    for passage in shown.passages:
        if claims_in(passage.text, evidence.language, extra):
            for phrase in claims_in(_without_names(passage.text, evidence), evidence.language, extra):
                yield Finding(
                    customer_id=shown.customer_id,
                    check=CHECK,
                    severity="error",
                    text=phrase,
                    reason="this claim is forbidden",
                )


def _may_claim(shown: Shown, evidence: Evidence, extra: tuple[str, ...]) -> bool:
    """Tell whether a passage holds all words of some claim: a quick look, that most messages end with.

    What the wordings hide is a phrase of the records, or digits alone.
    """
    marks = _claim_marks(evidence.language, extra)
    if not marks or any(_holds_mark(literal, evidence.language, extra) for literal in evidence.literals):
        return True
    for passage in shown.passages:
        text = passage.text if passage.wording == MASK else passage.wording
        for mark in marks.keys() & bare_words_in(text):
            if any(words <= bare_words_in(passage.text) for words in marks[mark]):
                return True
    return False


@lru_cache(maxsize=16384)
def _holds_mark(literal: str, language: str, extra: tuple[str, ...]) -> bool:
    return not _claim_marks(language, extra).keys().isdisjoint(bare_words_in(literal))


@lru_cache(maxsize=64)
def _claim_marks(language: str, extra: tuple[str, ...]) -> dict[str, tuple[frozenset[str], ...]]:
    """Return the words of letters of each claim, by its longest one; nothing at all where some claim has none."""
    claims = [bare_words_in(plain) for plain in _plain_claims(language, extra)]
    marks: dict[str, tuple[frozenset[str], ...]] = {}
    for words in claims if all(claims) else ():
        longest = max(sorted(words), key=len)
        marks[longest] = (*marks.get(longest, ()), words)
    return marks


@remembered
def claims_in(text: str, language: str, extra: tuple[str, ...]) -> tuple[str, ...]:
    """Return the forbidden phrases of a passage: the language's own and `extra`."""
    words = plain_words(text)
    return tuple(phrase for plain, phrase in _plain_claims(language, extra).items() if plain in words)


def _without_names(text: str, evidence: Evidence) -> str:
    names = {*evidence.product_names, *evidence.names, *evidence.senders}
    for name in sorted(names, key=lambda name: (-len(name), name)):
        text = text.replace(name, f" {MASK} ") if name else text
    return text


def plain_words(text: str) -> str:
    """Return the words of a text without case and accents, each between single spaces."""
    folded = text.casefold()
    if not folded.isascii():
        folded = "".join(sign for sign in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(sign))
    return f" {' '.join(_WORD.findall(folded))} "


@lru_cache(maxsize=64)
def _plain_claims(language: str, extra: tuple[str, ...]) -> dict[str, str]:
    phrases = (*vocabulary(language).claims, *extra)
    return {plain: phrase for phrase in phrases if (plain := plain_words(phrase)).strip()}
