"""What the catalogue allows whom."""

from __future__ import annotations

import pytest

from querencia.data.products import Product
from querencia.language.notes import LANGUAGES, say
from querencia.offers.policy import allows, find_unknown_segments, offerable


@pytest.mark.parametrize(
    ("risk_groups", "segments", "allowed"),
    [
        ((), (), {("Premium", 1), ("Base", 3), (None, None), ("Base", None), (None, 3)}),
        ((1, 2), (), {("Premium", 1)}),
        ((3,), ("base",), {("Base", 3)}),
        ((), ("PREMIUM ", "Estables"), {("Premium", 1)}),
        ((3,), ("Premium",), set()),
    ],
)
def test_risk_groups_and_segments_both_have_to_fit(
    risk_groups: tuple[int, ...], segments: tuple[str, ...], allowed: set[tuple[str | None, int | None]]
) -> None:
    product = Product(sku="A", name="A", risk_groups=frozenset(risk_groups), segments=frozenset(segments))
    cells = [("Premium", 1), ("Base", 3), (None, None), ("Base", None), (None, 3)]
    assert {(name, group) for name, group in cells if allows(product, segment_name=name, risk_group=group)} == allowed


def test_ignored_items_are_never_offerable() -> None:
    products = [Product(sku=sku, name=sku) for sku in ("A", "POST", "B", "M")]
    assert [product.sku for product in offerable(products, ignore_items=("POST", "M"))] == ["A", "B"]


def test_a_segment_that_nobody_is_in_is_pointed_out() -> None:
    products = [
        Product(sku="A", name="A", segments=frozenset({"Premiun", "base"})),
        Product(sku="B", name="B", segments=frozenset({"Premiun"})),
    ]
    notes = find_unknown_segments(products, segment_names=["Premium", "Base"])
    assert [note.values for note in notes] == [{"segment": "Premiun", "products": 2, "segments": "Base, Premium"}]
    assert all("Premiun" in say(note, language=language) for note in notes for language in LANGUAGES)
