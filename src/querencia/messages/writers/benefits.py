"""Whether a product's benefit completes "it will help you …": only where it begins with an infinitive."""

from __future__ import annotations

import re

_ES_NOUNS = (
    "alquiler amanecer anochecer atardecer auxiliar ayer bar bienestar burla celular charla charlas cualquier deber "
    "ejemplar escolar familiar hogar lugar malestar mar mejor menor mujer par particular perla perlas pilar placer "
    "poder popular porvenir primer regular saber similar singular solar super taller tercer titular"
)
_PT_NOUNS = (
    "amanhecer anoitecer ar bar celular dever escolar exemplar familiar lar lugar mar mulher par particular pilar "
    "poder popular prazer qualquer regular saber similar singular solar"
)
_NOUNS = {"es": frozenset(_ES_NOUNS.split()), "pt": frozenset(_PT_NOUNS.split())}
# Infinitives carry no accent before their ending, so that *dólar* and *líder* are none.
_VERBS = {
    "es": re.compile(
        r"(?:a\s+)?(?P<clause>(?:no\s+)?(?P<verb>[a-zñü]*(?:[aei]r|ír)(?:se|me|le|les|lo|los|la|las|nos)?)\b.*)"
    ),
    "pt": re.compile(r"(?:a\s+)?(?P<clause>(?:não\s+)?(?P<verb>[a-zç]*(?:[aei]r|pôr)(?:-\w+)?)\b(?!-).*)"),
    "en": re.compile(r"to\s+(?P<clause>(?P<verb>\w+)\b.*)"),
}


def infinitive_clause(benefit: str, language: str) -> str | None:
    """Return the clause without its leading *a* or *to*, with a small first letter; None where it is no infinitive."""
    match = _VERBS[language].match(benefit[:1].lower() + benefit[1:])
    if match is None or match["verb"] in _NOUNS.get(language, ()):
        return None
    clause = match["clause"]
    return clause[:1].lower() + clause[1:]
