"""Messages from whatever system, a row of a table each, judged by the same checks as our own.

What may be stated is what the row's other columns hold, and the brand and catalogue where a project has them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from querencia.data.products import Product
from querencia.language.locales import DEFAULT_LOCALES, default_locale, format_money, read_language
from querencia.messages.addresses import find_addresses
from querencia.messages.brief import Brand, Brief
from querencia.messages.checks.brief_evidence import (
    brand_phrases,
    evidence_of,
    join_prices,
    longest_first,
    price_forms,
    probability_forms,
    product_phrases,
    score_forms,
    written_forms,
)
from querencia.messages.checks.evidence import Evidence, Figures, Prices
from querencia.messages.checks.finding import Finding
from querencia.messages.checks.language import detect_language
from querencia.messages.checks.registry import run_checks
from querencia.messages.checks.remembering import remembered_last
from querencia.messages.checks.rules import Rules
from querencia.messages.checks.shown import show_text
from querencia.messages.presentable import presentable, presentable_brand, presentable_product

SUBJECT_COLUMNS = ("subject", "asunto", "assunto")
SCORE_COLUMNS = ("engagement", "compromiso", "vinculación", "envolvimento")
LANGUAGE_COLUMNS = ("language", "lang", "idioma", "lengua")
GROUP_COLUMNS = (
    *("risk_group", "grupo_riesgo", "grupo_de_riesgo", "grupo_risco", "grupo_de_risco"),
    *("segment", "segmento", "cluster", "segment_name", "segment_id"),
)
# What the brief of a known customer says better: the columns of our own file of messages.
BRIEF_COLUMNS = ("customer_id", "engagement", "churn_probability", "writer", "status")
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*")
_IN_VALUE = re.compile(r"\d+(?:[.,]\d+)*")
VALUE_READ = 500
LONGEST_NAME = 5


@dataclass(frozen=True, kw_only=True)
class TextFacts:
    """What is known beside a text: the row's other columns, and the project's brand, catalogue (None: no project) and
    declared reasons.

    `language` None is read from a language column, else from the text. `locale` None is the language's usual one.
    """

    customer_id: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    language: str | None = None
    locale: str | None = None
    brand: Brand | None = None
    catalogue: tuple[Product, ...] | None = None
    reasons: tuple[str, ...] = ()


def check_text(text: str, facts: TextFacts, *, rules: Rules | None = None) -> tuple[Finding, ...]:
    """Return what is wrong with a plain text, by every check that our own messages pass."""
    rules = rules or Rules()
    subject = next((facts.columns[key] for key in facts.columns if key.casefold() in SUBJECT_COLUMNS), None)
    language = _declared(facts) or detect_language(text)
    evidence = _evidence(facts, language or "es", shown=f"{subject}\n{text}")
    shown = show_text(subject, text, evidence=evidence)
    findings = run_checks(shown, evidence, rules=rules)
    if language is not None or any(finding.check == "language" for finding in findings):
        return findings
    reason = "the text is in none of es, en, pt, or too short to tell"
    unread = Finding(
        customer_id=facts.customer_id, check="language", severity="error", text=text[:80].strip(), reason=reason
    )
    return (*findings, unread)


def check_known(
    text: str,
    brief: Brief,
    *,
    columns: Mapping[str, str],
    catalogue: tuple[Product, ...] = (),
    rules: Rules | None = None,
) -> tuple[Finding, ...]:
    """Return what is wrong with a plain text to a customer whose brief is known, by the evidence of that brief.

    Columns of the row that our own messages do not have count as facts besides. A language that the row declares is
    the text's; figures are then written as usual in it. Products of `catalogue` that were not offered are faults.
    """
    facts = TextFacts(customer_id=brief.customer_id, columns=columns)
    language = _declared(facts) or brief.language
    if language != brief.language:
        brief = replace(brief, language=language, locale=default_locale(language))
    evidence = evidence_of(presentable(brief))
    others = {key: value for key, value in columns.items() if key.casefold() not in (*BRIEF_COLUMNS, *GROUP_COLUMNS)}
    if any(value.strip() for value in _values(TextFacts(columns=others))):
        row = TextFacts(customer_id=brief.customer_id, columns=others, locale=brief.locale)
        evidence = _widened(evidence, _evidence(row, language, shown=text))
    evidence = replace(evidence, catalogue=_read(catalogue).names)
    subject = next((columns[key] for key in columns if key.casefold() in SUBJECT_COLUMNS), None)
    return run_checks(show_text(subject, text, evidence=evidence), evidence, rules=rules or Rules())


def _widened(evidence: Evidence, row: Evidence) -> Evidence:
    """Return the evidence of a brief with what the other columns of its row add."""
    own, more = evidence.figures, row.figures
    empty: frozenset[str] = frozenset()
    return replace(
        evidence,
        literals=longest_first({*evidence.literals, *row.literals}),
        contacts=evidence.contacts + row.contacts,
        product_names=evidence.product_names | row.product_names,
        figures=Figures(
            scores=own.scores | more.scores,
            percents=own.percents | more.percents,
            counted={noun: figures | more.plain for noun, figures in {"tenure": empty, **(own.counted or {})}.items()},
            plain=own.plain | more.plain,
            spans=own.spans | more.spans,
            other_formats=more.other_formats - own.plain,
            prices=own.prices,
        ),
    )


def _declared(facts: TextFacts) -> str | None:
    if facts.language:
        return facts.language
    column = next((facts.columns[key] for key in facts.columns if key.casefold() in LANGUAGE_COLUMNS), None)
    own = read_language(column)
    return own[0] if own else None


def _evidence(facts: TextFacts, language: str, *, shown: str) -> Evidence:
    """Return what the row and the project let a text state. Of the catalogue's phrases only those `shown` are kept."""
    locale = facts.locale if facts.locale and facts.locale.startswith(language) else default_locale(language)
    values = _values(facts)
    brand = presentable_brand(facts.brand) if facts.brand else Brand(name="")
    catalogue = _read(facts.catalogue or ())
    contacts = [brand.contact_email, brand.contact_phone, brand.website]
    contacts += [address.text for value in values for address in find_addresses(value)]
    phrases = {phrase for value in values for phrase in _phrases(value)} | brand_phrases(brand) | set(contacts)
    phrases.update(facts.reasons)
    phrases |= {phrase for phrase in _told_by(catalogue, locale) if phrase in shown}
    return Evidence(
        customer_id=facts.customer_id,
        language=language,
        locale=locale,
        literals=longest_first(phrases),
        contacts=tuple(contact for contact in contacts if contact) + catalogue.links,
        senders=tuple(filter(None, (brand.name, brand.sender_name))),
        brand=brand.name,
        figures=_figures(_values(facts, figures=True), locale, _scores(facts, locale), _prices(catalogue, locale)),
        product_names=catalogue.names.union(values),
        closed=False,
    )


def _values(facts: TextFacts, *, figures: bool = False) -> list[str]:
    """Return the cells that count as facts; the number of a group or segment is no figure to tell."""
    apart = {*SUBJECT_COLUMNS, *LANGUAGE_COLUMNS, "message", *(GROUP_COLUMNS if figures else ())}
    columns = ((key, value) for key, value in facts.columns.items() if key.casefold() not in apart)
    return [value.strip()[:VALUE_READ] for _, value in columns if value and value.strip()]


@dataclass(frozen=True, eq=False)
class _Catalogue:
    """The products that can be shown, their names and links. Equal only to itself: a key that is cheap to hash."""

    products: tuple[Product, ...]
    names: frozenset[str]
    links: tuple[str, ...]


@remembered_last
def _read(catalogue: tuple[Product, ...]) -> _Catalogue:
    products = tuple(filter(None, map(presentable_product, catalogue)))
    names = frozenset(product.name for product in products)
    return _Catalogue(products, names, tuple(product.url for product in products if product.url))


@lru_cache(maxsize=8)
def _told_by(catalogue: _Catalogue, locale: str) -> frozenset[str]:
    """Return what the catalogue says in words, its links, and its prices as the locale writes them."""
    phrases: set[str] = set(catalogue.links)
    for product in catalogue.products:
        phrases |= product_phrases(product)
        if product.price is not None and product.currency is not None:
            phrases.add(format_money(product.price, product.currency, locale=locale))
    return frozenset(phrases - {""})


def _phrases(value: str) -> list[str]:
    """Return what a cell lets a text say: the cell as a whole, and the words of what may be a name."""
    if not any(sign.isupper() or sign.isdigit() for sign in value):
        return []
    words = value.replace(",", " ").replace("|", " ").split()
    names = [word for word in words if len(word) > 2 and word[0].isupper()] if len(words) <= LONGEST_NAME else []
    listed = [part.strip() for part in value.split("|")] if "|" in value else []
    return [value, *listed, *names]


def _scores(facts: TextFacts, locale: str) -> frozenset[str]:
    """Return how the engagement of the row may be told: rounded to 0 of 100 too, which no share may be."""
    cells = (value for key, value in facts.columns.items() if key.casefold() in SCORE_COLUMNS)
    numbers = (float(cell) for cell in cells if _NUMBER.fullmatch(cell) and "," not in cell)
    return frozenset().union(*(score_forms(number, locale) for number in numbers if math.isfinite(number)))


def _figures(values: list[str], locale: str, scores: frozenset[str], prices: Prices) -> Figures:
    plain: set[str] = set()
    percents: set[str] = set()
    other: set[str] = set()
    for value in values:
        known, shares, elsewhere = _written_figures(value, locale)
        plain |= known
        percents |= shares
        other |= {figure for figure in elsewhere if not figure.isdigit()}
    return Figures(
        scores=frozenset(plain) | scores,
        percents=frozenset(percents | plain),
        plain=frozenset(plain),
        spans=frozenset(plain),
        other_formats=frozenset(other - plain),
        prices=prices,
    )


@lru_cache(maxsize=16384)
def _written_figures(value: str, locale: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return how a cell's figures may be written: plainly, as percents, and in another locale's way."""
    if not _NUMBER.fullmatch(value):
        return frozenset(_IN_VALUE.findall(value)), frozenset(), frozenset()
    try:
        number = abs(Decimal(value if "." in value else value.replace(",", ".")))
    except InvalidOperation:
        return frozenset({value}), frozenset(), frozenset()
    decimals = (0, 1, 2, 3, 4)
    other_locale = "en_US" if not locale.startswith("en") else DEFAULT_LOCALES["es"]
    plain = written_forms(number, locale, decimals=decimals)
    other = written_forms(number, other_locale, decimals=decimals) | {value.lstrip("+-")}
    if number > 1 or number == 0:
        whole = number == number.to_integral_value()
        return plain | ({value} if whole else frozenset()), frozenset(), other
    shares = probability_forms(float(number), locale)[0]
    other |= probability_forms(float(number), other_locale)[0]
    # A share is told with the digits that distinguish it: 0.05 may be told as 0,05, and not as 0.
    return plain - {"0", "1"} if number < 1 else plain, shares, other - {"0", "1"}


@lru_cache(maxsize=8)
def _prices(catalogue: _Catalogue, locale: str) -> Prices:
    priced = ((product.price, product.currency) for product in catalogue.products)
    known = (
        price_forms(price, currency, locale) for price, currency in priced if price is not None and currency is not None
    )
    return join_prices(tuple(known))
