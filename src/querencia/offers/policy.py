"""What the catalogue allows whom: risk groups and segments, as the company wrote them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from querencia.data.products import Product
from querencia.language.notes import Note


def allows(product: Product, *, segment_name: str | None, risk_group: int | None) -> bool:
    """Tell whether the catalogue lets `product` be recommended to a segment and risk group.

    A product without risk groups or segments is for everybody. Segments compare casefolded, by the name that the run
    gives them. A customer whose segment or risk group is unknown gets only products not tied to one.
    """
    if product.risk_groups and risk_group not in product.risk_groups:
        return False
    if not product.segments:
        return True
    return segment_name is not None and _fold(segment_name) in {_fold(segment) for segment in product.segments}


def offerable(catalogue: Iterable[Product], *, ignore_items: Sequence[str] = ()) -> tuple[Product, ...]:
    """Return the products that may be recommended at all: not those whose SKU stands in `ignore_items`."""
    ignored = frozenset(ignore_items)
    return tuple(product for product in catalogue if product.sku not in ignored)


def find_unknown_segments(catalogue: Sequence[Product], *, segment_names: Iterable[str]) -> tuple[Note, ...]:
    """Return a warning for each segment that the catalogue names and no customer is in: mostly a slip of the pen."""
    there = sorted(set(segment_names))
    known = {_fold(name) for name in there}
    named: dict[str, int] = {}
    for product in catalogue:
        for segment in product.segments:
            if _fold(segment) not in known:
                named[segment] = named.get(segment, 0) + 1
    return tuple(
        Note(
            code="offers_unknown_segment",
            values={"segment": segment, "products": products, "segments": ", ".join(there)},
            level="warning",
        )
        for segment, products in sorted(named.items())
    )


def _fold(name: str) -> str:
    return name.strip().casefold()
