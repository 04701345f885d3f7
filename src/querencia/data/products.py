"""A product that messages may mention: one row of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class Product:
    """One row of the catalogue.

    `price` is in `currency` (ISO 4217). `benefit` is a short clause that completes "it will help you …", written by the
    company in the language of its catalogue, or None. Empty `risk_groups` or `segments` allow every one.
    """

    sku: str
    name: str
    description: str = ""
    url: str | None = None
    price: Decimal | None = None
    currency: str | None = None
    benefit: str | None = None
    risk_groups: frozenset[int] = frozenset()
    segments: frozenset[str] = frozenset()

    def __hash__(self) -> int:
        """Return a hash of what tells products apart, for they are looked up for every message."""
        return hash((self.sku, self.name))
