"""The words of a passage: a quick look at them spares most passages a long one."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from querencia.messages.checks.remembering import remembered

_WORD = re.compile(r"[^\W\d_]+")


@remembered
def words_in(wording: str) -> frozenset[str]:
    """Return the words of letters of a passage in lower case; *escríbanos-lo* is two."""
    return frozenset(_WORD.findall(wording.casefold()))


@remembered
def bare_words_in(wording: str) -> frozenset[str]:
    """Return the words of a passage in lower case and without accents."""
    words = words_in(wording)
    if wording.isascii():
        return words
    return frozenset([word if word.isascii() else _without_accents(word) for word in words])


@lru_cache(maxsize=8192)
def _without_accents(word: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKD", word) if not unicodedata.combining(sign))
