"""Only products that the records hold: the recommended ones, and those that the text speaks of by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from querencia.messages.checks.evidence import Evidence
from querencia.messages.checks.finding import Finding
from querencia.messages.checks.remembering import remembered
from querencia.messages.checks.rules import Rules
from querencia.messages.checks.shown import BRAND_MASK, Passage, Shown, unmask_brand
from querencia.messages.checks.vocabulary import MASK, vocabulary

CHECK = "products"

_WORD = r"[A-ZÁÉÍÓÚÂÊÔÃÕÀÇÑÜ][\w’'+-]*"
_NAME = rf"{_WORD}(?:[ \u00a0](?:{_WORD}|\d[\w.]*))*"
_CAMEL = r"\b(?=[A-Z]\w{0,40}?[a-zà-ÿ][A-Z])[A-Z]\w+"
_BULLET = re.compile(rf"^\s*(?:\d{{1,2}}[.)]|[-–—*•·])\s*(?:\*\*|__)?(?P<name>{_NAME})(?:\*\*|__)?\s*(?::|\*\*|$|—|–)")
_BOLD = re.compile(rf"\*\*(?P<name>{_NAME})\*\*")
_ITEM = re.compile(r"^\s*(?:\d{1,2}[.)]|[-–—*•·])\s+")
_ANY_WORD = re.compile(r"\w+")
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
            for name in _not_offered(passage, evidence):
                yield _finding(shown, name, "the catalogue holds this product, but it was not offered to this customer")


def _invented(passage: Passage, evidence: Evidence) -> list[str]:
    # No pattern tells one digit from another: where the wording, which recurs, has no such name, the text has none.
    if not product_like_names(passage.wording, evidence.language, bool(evidence.brand)):
        return []
    names = product_like_names(passage.masked, evidence.language, bool(evidence.brand))
    opened = (unmask_brand(name, evidence) for name in names if MASK not in name)
    return [name for name in opened if name not in evidence.product_names and name not in evidence.catalogue]


def _not_offered(passage: Passage, evidence: Evidence) -> list[str]:
    """Return products of the catalogue that the passage names, beside those offered and what these say of others."""
    if not evidence.catalogue or passage.kind == "product":
        return []
    text = unmask_brand(passage.masked, evidence)
    found = [name for name in names_within(text, evidence.catalogue) if name not in evidence.product_names]
    for name in longer_names(evidence.product_names, evidence.catalogue):
        if name in passage.text and not any(name in phrase for phrase in evidence.literals):
            found.append(name)
    return found


@remembered
def names_within(text: str, names: frozenset[str]) -> tuple[str, ...]:
    """Return the names that stand in a text as whole words; those of one word only where they head or fill the line."""
    begins = _by_first_word(names)
    line = _ITEM.sub("", text).rstrip(" :.")
    found = [line] if line in names else []
    for match in _ANY_WORD.finditer(text):
        for name in begins.get(match[0], ()):
            if text.startswith(name, match.start()) and not text[match.start() + len(name) :][:1].isalnum():
                found.append(name)
                break
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=8)
def _by_first_word(names: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """Return the names of several words by their first one, the longest first."""
    begins: dict[str, list[str]] = {}
    for name in sorted(names, key=lambda name: (-len(name), name)):
        first = _ANY_WORD.search(name)
        if first is not None and first.start() == 0 and len(name.split()) > 1:
            begins.setdefault(first[0], []).append(name)
    return {first: tuple(longest) for first, longest in begins.items()}


@lru_cache(maxsize=4096)
def longer_names(offered: frozenset[str], names: frozenset[str]) -> tuple[str, ...]:
    """Return the names that contain an offered one and more: masking the shorter would hide the longer."""
    longer = (name for name in names - offered if any(shorter in name for shorter in offered))
    return tuple(sorted(longer))


@remembered
def product_like_names(masked: str, language: str, has_brand: bool) -> tuple[str, ...]:
    """Return names that *producto* or the like introduces, or that the (masked) brand begins.

    Where no brand is known, also names that begin like one (VoiceFlip Insights), and those that head a list's items.
    """
    found = [match["name"] for match in _introductions(language).finditer(masked)]
    if has_brand:
        found += [match[0] for match in _BRANDED.finditer(masked) if not _is_of_brand(match[0], language)]
    else:
        found += [match[0] for match in _LIKE_A_BRAND.finditer(masked)]
        found += [match["name"] for pattern in (_BULLET, _BOLD) for match in pattern.finditer(masked)]
    return tuple(dict.fromkeys(found))


def _is_of_brand(branded: str, language: str) -> bool:
    """Tell whether a brand's name stands before an ordinary word: the VoiceFlip Team."""
    words = vocabulary(language)
    rest = branded.removeprefix(BRAND_MASK).split()
    return len(rest) == 1 and rest[0].casefold() in words.of_brand


@lru_cache(maxsize=8)
def _introductions(language: str) -> re.Pattern[str]:
    words = vocabulary(language).proper_introductions
    opening = rf"\b(?:{words})s?[ \u00a0]+[«“\"']?(?P<name>{_NAME})"
    return re.compile(opening)


def _finding(shown: Shown, text: str, reason: str) -> Finding:
    return Finding(customer_id=shown.customer_id, check=CHECK, severity="error", text=text[:120], reason=reason)
