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

CHECK = "claims"

_WORD = re.compile(rf"[\w{MASK}]+")


def check_claims(shown: Shown, evidence: Evidence, rules: Rules) -> Iterator[Finding]:
    """Yield every forbidden phrase, as whole words, whatever case and accents. A product's name is no claim."""
    extra = rules.claims(evidence.language)
    if not _may_claim(shown, evidence.language, extra):
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


def _may_claim(shown: Shown, language: str, extra: tuple[str, ...]) -> bool:
    """Tell whether all words of some claim stand anywhere in the message: a quick look, that most messages end with."""
    letters = _letters(f"{shown.subject or ''} {shown.text}" if shown.message is None else _joined(shown))
    likely = [words for words in _claim_words(language, extra) if words[0] in letters]
    return any(all(word in letters for word in words) for words in likely)


def _joined(shown: Shown) -> str:
    return " ".join([passage.text for passage in shown.passages])


def _letters(text: str) -> bytes:
    """Return the text in lower case, without accents and all else that is not ASCII."""
    folded = text.casefold()
    plain = folded if folded.isascii() else unicodedata.normalize("NFKD", folded)
    return plain.encode("ascii", "ignore")


@lru_cache(maxsize=64)
def _claim_words(language: str, extra: tuple[str, ...]) -> tuple[tuple[bytes, ...], ...]:
    """Return the words of each claim, the longest first."""
    claims = (plain.split() for plain in _plain_claims(language, extra))
    return tuple(tuple(sorted(map(_letters, words), key=len, reverse=True)) for words in claims)


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
