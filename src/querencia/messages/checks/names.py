"""Nobody and nothing is called by a name that the records do not hold."""

from __future__ import annotations

import re
from collections.abc import Iterator

from querencia.messages.checks.evidence import Evidence
from querencia.messages.checks.finding import Finding, Severity
from querencia.messages.checks.remembering import remembered
from querencia.messages.checks.rules import Rules
from querencia.messages.checks.shown import Passage, Shown, unmask_brand
from querencia.messages.checks.vocabulary import MASK, vocabulary

CHECK = "names"

_CAPITAL = r"[A-ZÁÉÍÓÚÂÊÔÃÕÀÇÑÜ][\w’'-]*"
# Capitalised words in a row within a sentence; a lone one only where it has a capital or digit inside (EchoPro).
_WITHIN = re.compile(rf"(?<=[\w,;][ \u00a0]){_CAPITAL}(?:[ \u00a0](?:{_CAPITAL}|\d[\w.]*))+")
_CAMEL = re.compile(r"\b[A-Z]?[a-zà-ÿ]+[A-Z]\w*")
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
        return greeted_names(passage.masked, evidence.language)
    if passage.kind == "text" and len(passage.text.split()) < 6:
        return ()  # a heading or a line of the signature: titles and places, which no row can tell
    names = spoken_names(passage.masked, evidence.closed)
    return tuple(unmask_brand(name, evidence) for name in names)


@remembered
def greeted_names(masked: str, language: str) -> tuple[str, ...]:
    """Return the capitalised words of a greeting, beside the greeting itself."""
    words = vocabulary(language)
    opening = words.greeting.match(masked)
    rest = masked[opening.end() :] if opening else masked
    names = (match[0] for match in _SINGLE.finditer(rest) if not words.greeting.match(match[0]))
    return tuple(name for name in names if name.casefold() not in words.titles)


@remembered
def spoken_names(masked: str, closed: bool) -> tuple[str, ...]:
    """Return names of several words within sentences, and where every name is known, single ones like EchoPro."""
    found = [match[0] for match in _WITHIN.finditer(masked)]
    if closed:
        found += [match[0] for match in _CAMEL.finditer(masked) if not any(match[0] in name for name in found)]
    return tuple(found)
