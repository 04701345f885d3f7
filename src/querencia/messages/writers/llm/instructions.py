"""The prompts: instructions that are the same for all texts of a language, and one document of facts for each text."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from hashlib import sha256
from importlib import resources
from typing import Any

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from querencia.messages.brief import Brief, Offer
from querencia.messages.cells import Cell, CellOffer, cell_slots
from querencia.messages.checks.vocabulary import vocabulary
from querencia.messages.slots import ABOUT, CONTACT_SLOTS, CUSTOMER_SLOTS, NAME, activity_of, available
from querencia.messages.writers.llm.guidance import Guidance
from querencia.messages.writers.llm.work import Mode

EDITIONS = {"es": 1, "en": 1, "pt": 1}


@cache
def prompt_version(mode: Mode, language: str) -> str:
    """Return the name of the prompt: mode, language, edition, and a hash of its files (``cell-es-1-0f3a9c21``)."""
    digest = sha256()
    for ending in ("md", "toml"):
        digest.update(_read(f"{language}.{ending}").encode())
    return f"{mode}-{language}-{EDITIONS[language]}-{digest.hexdigest()[:8]}"


def instructions(mode: Mode, language: str, *, locale: str, disclose: str, guidance: Guidance) -> str:
    """Return what the model is told before any facts: equal for all texts of a run, so that servers can cache it."""
    forbidden = (*vocabulary(language).claims, *guidance.rules.claims(language))
    return _render(mode, language, locale, disclose, forbidden, guidance.voice, guidance.examples)


@lru_cache(maxsize=64)
def _render(
    mode: Mode,
    language: str,
    locale: str,
    disclose: str,
    forbidden: tuple[str, ...],
    voice: str,
    examples: tuple[str, ...],
) -> str:
    words = _words(language)
    return _template(language).render(
        mode=mode,
        variety=words["varieties"][locale],
        address=words["address"][locale],
        disclose=disclose,
        forbidden=", ".join(forbidden),
        voice=voice.strip(),
        examples=tuple(filter(None, (example.strip() for example in examples))),
    )


def cell_prompt(cell: Cell) -> str:
    """Return the request for a cell's text, with its facts as one JSON document."""
    words = _words(cell.language)
    slots = cell_slots(cell)
    opening = words["variants"]["opening"]
    document = {
        **_situation(cell, slots, activity="silent" if cell.silent else None),
        "opening": opening[cell.variant % len(opening)],
        "slots": {name: _describe(name, words, cell.disclose) for name in (NAME, *slots)},
        "products": _products(cell),
    }
    return _request(words, document)


def brief_prompt(brief: Brief) -> str:
    """Return the request for one customer's text. `brief` has no name, and its figures are those that are disclosed."""
    words = _words(brief.language)
    values = {name: value for name, value in available(brief).items() if name != NAME and not name.endswith(ABOUT)}
    slots = {name: value for name, value in values.items() if name not in CONTACT_SLOTS and "_link" not in name}
    told = {name: _describe(name, words, brief.disclose) for name in values if name not in slots}
    document = {
        **_situation(brief, tuple(values), activity=activity_of(brief)),
        "slots": {NAME: words["slots"]["customer"], **slots, **told},
        "products": _products(brief),
    }
    return _request(words, document)


def _situation(source: Cell | Brief, slots: tuple[str, ...], *, activity: str | None) -> dict[str, Any]:
    words = _words(source.language)
    known = activity or ("active" if "usage_month" in slots else "unknown")
    return {
        "language": source.language,
        "mode": "cell" if isinstance(source, Cell) else "individual",
        "disclose": source.disclose,
        "segment": source.segment_name,
        "risk_group": source.risk_group,
        "purpose": words["purpose"][str(source.risk_group)],
        "activity": words["activity"][known],
        "must_use": list(must_use(slots)),
    }


def must_use(slots: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of a text's slots without which it is not complete; of several ways of contact, one will do."""
    about = tuple(name for name in slots if name.endswith(f"_{ABOUT}"))
    return (NAME, *(name for name in slots if name in CUSTOMER_SLOTS), *about)


def _products(source: Cell | Brief) -> list[dict[str, str]]:
    words = _words(source.language)["reasons"]
    if not source.offers:
        count = source.products if isinstance(source, Cell) else 0
        return [{"slot": f"product_{number}", "why": words["general"]} for number in range(1, count + 1)]
    products = []
    offers: tuple[Offer | CellOffer, ...] = source.offers
    for number, offer in enumerate(offers, 1):
        product = offer.product
        bought = offer.reason == "own_events" and source.purchases_only
        facts = {
            "slot": f"product_{number}",
            "name": product.name,
            "description": product.description,
            "benefit": product.benefit or "",
            "why": words["own_purchases" if bought else offer.reason],
        }
        products.append({key: value for key, value in facts.items() if value})
    return products


def _describe(name: str, words: Mapping[str, Any], disclose: str) -> str:
    slots: Mapping[str, str] = words["slots"]
    if name == NAME:
        return slots["customer"]
    if name.startswith("product_") and name != "product_line":
        return slots[name.split("_")[2] if name.count("_") > 1 else "product"]
    return slots.get(f"{name}_words", slots[name]) if disclose == "words" else slots[name]


def _request(words: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    # Angle brackets and backticks could seem to close what holds the document; JSON can do without them.
    text = json.dumps(document, ensure_ascii=False, indent=1)
    for sign in "<>`":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return f"{words['request']}\n\n{words['data']}\n{text}"


@cache
def _words(language: str) -> dict[str, Any]:
    return tomllib.loads(_read(f"{language}.toml"))


@cache
def _template(language: str) -> Template:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.clear()
    return environment.from_string(_read(f"{language}.md"))


def _read(name: str) -> str:
    return resources.files(__package__).joinpath("prompts", name).read_text(encoding="utf-8")
