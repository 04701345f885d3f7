"""From rows to briefs: what the scores, the offers and the contact columns know of each customer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast, get_args

import pandas

from querencia.data.products import Product
from querencia.errors import InputError
from querencia.language.locales import default_locale, known_locale, read_language
from querencia.language.notes import LANGUAGES
from querencia.messages.brief import Brand, Brief, Disclosure, Offer, Reason, UsageFact, UsageKind

USAGE_KINDS: tuple[UsageKind, ...] = get_args(UsageKind)
UNKNOWN = float("nan")
REASONS_TOLD = 1
GROUPS_WITH_REASONS = (2, 3)


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """A customer's brief, whether they may be written to, and their place among those worth contacting (1 the first;
    None where it is not known)."""

    brief: Brief
    may_write: bool
    contact_rank: int | None = None


@dataclass(frozen=True, kw_only=True)
class BriefDefaults:
    """What holds for customers whose own row does not say otherwise.

    `language` is the project's, also that of its brand and catalogue; `locale` formats it (None: its usual one).
    `consent_known` tells that there is a consent column: only a plain yes in it lets a message be written.
    `base_rate` is the share of customers who leave, None where it is not known. `purchases_only`: the
    event log holds nothing but purchases. `reasons` gives the features that may be told their clause, in `language`.
    """

    brand: Brand
    language: str
    currency: str
    locale: str | None = None
    disclose: Disclosure = "numbers"
    consent_known: bool = False
    base_rate: float | None = None
    purchases_only: bool = False
    reasons: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.language not in LANGUAGES:
            raise InputError(f"language {self.language!r} is not one of {', '.join(LANGUAGES)}; use one of these")
        if self.locale is not None:
            known_locale(self.locale)


def build_briefs(
    rows: Iterable[Mapping[str, Any]], *, catalogue: Mapping[str, Product], defaults: BriefDefaults
) -> Iterator[Recipient]:
    """Yield a recipient per row, in order.

    A row holds `customer_id`, `segment_name` and `risk_group`, and where they are known `name`, `language`, `consent`,
    `contact_rank` (1 the first), `engagement` (0-100), `churn_probability` (0-1), `usage` (kind to whole number),
    `offers` (SKU, reason, count) and `reasons` (features that speak for leaving, the strongest first): of these only
    declared clauses reach the brief.
    An offer whose SKU is not in the catalogue is left out. A language that is none of es, en, pt gives the project's.
    """
    for row in rows:
        rank = row.get("contact_rank")
        yield Recipient(
            brief=_brief(row, catalogue, defaults),
            may_write=_may_write(row.get("consent"), defaults),
            contact_rank=None if _is_missing(rank) else int(cast(int, rank)),
        )


def _brief(row: Mapping[str, Any], catalogue: Mapping[str, Product], defaults: BriefDefaults) -> Brief:
    language, locale = _language(row.get("language"), defaults)
    return Brief(
        customer_id=str(row["customer_id"]),
        language=language,
        locale=locale,
        currency=defaults.currency,
        segment_name=str(row.get("segment_name") or ""),
        risk_group=_risk_group(row),
        engagement=_figure(row.get("engagement"), decimals=2),
        churn_probability=_figure(row.get("churn_probability"), decimals=4),
        disclose=defaults.disclose,
        brand=defaults.brand,
        name=_text(row.get("name")),
        usage=_usage(row.get("usage") or {}),
        offers=tuple(_offers(row.get("offers") or (), catalogue)),
        records_language=defaults.language,
        base_rate=defaults.base_rate,
        purchases_only=defaults.purchases_only,
        reasons=_reasons(row, language, defaults),
    )


def _language(value: Any, defaults: BriefDefaults) -> tuple[str, str]:
    """Return a customer's language and locale: their own where it can be read, else the project's."""
    own = read_language(_text(value))
    project_locale = defaults.locale or default_locale(defaults.language)
    if own is None:
        return defaults.language, project_locale
    language, locale = own
    if locale is not None:
        return language, locale
    return language, project_locale if project_locale.startswith(language) else default_locale(language)


def _risk_group(row: Mapping[str, Any]) -> int:
    group = int(row["risk_group"])
    if group not in {1, 2, 3}:
        raise ValueError(f"risk_group {group!r} of customer {row['customer_id']!r}; expected 1, 2 or 3")
    return group


def _usage(usage: Mapping[str, Any]) -> tuple[UsageFact, ...]:
    known = ((kind, usage[kind]) for kind in USAGE_KINDS if kind in usage)
    return tuple(UsageFact(kind=kind, value=int(value)) for kind, value in known if not _is_missing(value))


def _offers(offers: Iterable[tuple[str, str, int | None]], catalogue: Mapping[str, Product]) -> Iterator[Offer]:
    for sku, reason, count in offers:
        product = catalogue.get(sku)
        if product is not None:
            number = None if _is_missing(count) else int(cast(int, count))
            yield Offer(product=product, reason=cast(Reason, reason), count=number)


def _reasons(row: Mapping[str, Any], language: str, defaults: BriefDefaults) -> tuple[str, ...]:
    """Return the declared clauses of what speaks for leaving; a name of a feature is never among them."""
    if language != defaults.language or _risk_group(row) not in GROUPS_WITH_REASONS:
        return ()
    features = (str(feature) for feature in row.get("reasons") or ())
    told = dict.fromkeys(defaults.reasons[feature] for feature in features if feature in defaults.reasons)
    return tuple(told)[:REASONS_TOLD]


def _may_write(consent: Any, defaults: BriefDefaults) -> bool:
    if _is_missing(consent):
        return not defaults.consent_known
    return bool(consent)


def _figure(value: Any, *, decimals: int) -> float:
    return UNKNOWN if _is_missing(value) else round(float(value), decimals)


def _text(value: Any) -> str | None:
    return None if _is_missing(value) else str(value)


def _is_missing(value: Any) -> bool:
    """Tell whether a cell is empty: None, NaN, NaT or pandas' NA."""
    return bool(pandas.api.types.is_scalar(value) and pandas.isna(value))
