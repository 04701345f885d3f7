"""The facts a message may state about one customer: a writer sees nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from querencia.data.products import Product

Disclosure = Literal["numbers", "words", "none"]
Reason = Literal["own_events", "segment_favourite", "popular", "allowed"]
UsageKind = Literal["events_30d", "sessions_30d", "active_days_30d", "orders_90d", "distinct_items_90d"]


@dataclass(frozen=True, kw_only=True)
class Brand:
    """What a message may say of its sender. An empty field may not be mentioned."""

    name: str
    product_line: str = ""
    sender_name: str = ""
    sender_role: str = ""
    contact_email: str = ""
    contact_phone: str = ""
    website: str = ""

    def __hash__(self) -> int:
        """Return a hash of the names, for brands are looked up for every message."""
        return hash((self.name, self.sender_name))


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A product for one customer, and why: `own_events` (they looked at, carted or bought it `count` times), or
    `segment_favourite` / `popular` (among the customers of the segment / of all), or merely `allowed`."""

    product: Product
    reason: Reason
    count: int | None = None


@dataclass(frozen=True, kw_only=True)
class UsageFact:
    """One figure of the customer's own activity: a kind, and a whole number."""

    kind: UsageKind
    value: int


@dataclass(frozen=True, kw_only=True)
class Brief:
    """One customer, as far as a message may know them.

    `language` is es, en or pt; `locale` a Babel identifier (``es_ES``); `currency` ISO 4217. `engagement` is 0-100 with
    2 decimals, `churn_probability` 0-1 with 4 decimals. `risk_group` is 1 (loyal), 2 (signs of risk) or 3 (needs
    attention now). `disclose` says how engagement and churn probability are told: as numbers, in words, or not at all.
    `name` is None where it is not known, `engagement` and `churn_probability` NaN. `records_language` is the language
    in which the company wrote its brand and catalogue (None: the message's own): sentences of another are left out.
    `base_rate` is the share of all customers who leave (None: not known), against which a probability is low or not.
    `purchases_only` tells that the activity is known from purchases alone: what was bought, not looked at.
    `reasons` are clauses that the company declared for what speaks for this customer's leaving, the strongest first.
    """

    customer_id: str
    language: str
    locale: str
    currency: str
    segment_name: str
    risk_group: int
    engagement: float
    churn_probability: float
    disclose: Disclosure
    brand: Brand
    name: str | None = None
    usage: tuple[UsageFact, ...] = ()
    offers: tuple[Offer, ...] = ()
    records_language: str | None = None
    base_rate: float | None = None
    purchases_only: bool = False
    reasons: tuple[str, ...] = ()
