"""The words of a passage: a quick look at them spares most passages a long one."""

from __future__ import annotations

import re

from querencia.messages.checks.remembering import remembered

_WORD = re.compile(r"[^\W\d_]+")


@remembered
def words_in(wording: str) -> frozenset[str]:
    """Return the words of letters of a passage in lower case; *escríbanos-lo* is two."""
    return frozenset(_WORD.findall(wording.casefold()))
