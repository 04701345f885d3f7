"""Only products that the records hold: the recommended ones, and those that the text speaks of by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from querencia.messages.checks.evidence import Evidence
from querencia.messages.checks.finding import Finding
from querencia.messages.checks.remembering import remembered
from querencia.messages.checks.rules import Rules
from querencia.messages.checks.shown import BRAND_MASK, MASK, Passage, Shown, unmask_brand
from querencia.messages.checks.vocabulary import vocabulary

CHECK = "products"

_WORD = r"[A-ZÁÉÍÓÚÂÊÔÃÕÀÇÑÜ][\w’'+-]*"
_NAME = rf"{_WORD}(?:[ \u00a0](?:{_WORD}|\d[\w.]*))*"
_CAMEL = r"\b(?=[A-Z]\w{0,40}?[a-zà-ÿ][A-Z])[A-Z]\w+"
_BULLET = re.compile(rf"^\s*(?:\d{{1,2}}[.)]|[-–—*•·])\s*(?:\*\*|__)?(?P<name>{_NAME})(?:\*\*|__)?\s*(?::|\*\*|$|—|–)")
_BOLD = re.compile(rf"\*\*(?P<name>{_NAME})\*\*")
_LIKE_A_BRAND = re.compile(rf"{_CAMEL}(?:[ \u00a0](?:{_WORD}|\d[\w.]*))+")
_BRANDED = re.compile(rf"{BRAND_MASK}(?:[ \u00a0]+|[-+])(?:{_WORD}|\d[\w.]*)(?:[ \u00a0](?:{_WORD}|\d[\w.]*))*")


def check_products(shown: Shown, evidence: Evidence, _rules: Rules) -> Iterator[Finding]:
    """Yield recommendations of what was not offered, and product names that no record holds."""
    if shown.message is not None and evidence.offers is not None:
        for recommendation in shown.message.recommendations:
            offer = evidence.offers.get(recommendation.sku)
            if offer is None:
                yield _finding(shown, recommendation.name, f"product {recommendation.sku!r} was not offered")
            elif offer.name != recommendation.name:
                yield _finding(shown, recommendation.name, f"the catalogue calls {offer.sku!r} {offer.name!r}")
    for passage in shown.passages:
        if passage.kind not in {"greeting", "signature"}:
            for name in _invented(passage, evidence):
                yield _finding(shown, name, "no record holds a product of this name")


def _invented(passage: Passage, evidence: Evidence) -> list[str]:
    names = product_like_names(passage.masked, evidence.language, bool(evidence.brand))
    opened = (unmask_brand(name, evidence) for name in names if MASK not in name)
    return [name for name in opened if name not in evidence.product_names]


@remembered
def product_like_names(masked: str, language: str, has_brand: bool) -> tuple[str, ...]:
    """Return names that *producto* or the like introduces, or that the (masked) brand begins.

    Where no brand is known, also names that begin like one (VoiceFlip Insights), and those that head a list's items.
    """
    found = [match["name"] for match in _introductions(language).finditer(masked)]
    if has_brand:
        found += [match[0] for match in _BRANDED.finditer(masked)]
    else:
        found += [match[0] for match in _LIKE_A_BRAND.finditer(masked)]
        found += [match["name"] for pattern in (_BULLET, _BOLD) for match in pattern.finditer(masked)]
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=8)
def _introductions(language: str) -> re.Pattern[str]:
    words = vocabulary(language).proper_introductions
    opening = rf"\b(?:{words})s?[ \u00a0]+[«“\"']?(?P<name>{_NAME})"
    return re.compile(opening)


def _finding(shown: Shown, text: str, reason: str) -> Finding:
    return Finding(customer_id=shown.customer_id, check=CHECK, severity="error", text=text[:120], reason=reason)
