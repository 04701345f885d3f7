"""Products that cannot be shown are left out before offers are chosen, and said so."""

from __future__ import annotations

import pytest

from querencia.data.products import Product
from querencia.language.notes import LANGUAGES, Note, say
from querencia.pipeline.reading import keep_presentable


def test_products_that_cannot_be_shown_are_counted_and_named() -> None:
    good = (Product(sku="A", name="Curso de ASP.NET"), Product(sku="B", name="Pack [2024]"))
    bad = tuple(Product(sku=f"X{number}", name="<b>Oferta</b>") for number in range(7))
    notes: list[Note] = []
    assert keep_presentable((good[0], *bad, good[1]), notes) == good
    (note,) = notes
    assert note.level == "warning"
    assert note.values["products"] == 7
    for language in LANGUAGES:
        assert "7 de 9" in say(note, language=language) or "7 of 9" in say(note, language=language)
        assert "'X0', 'X1', 'X2', 'X3', 'X4', …" in say(note, language=language)


@pytest.mark.parametrize("products", [(), (Product(sku="A", name="Plan Oro"),)])
def test_where_all_can_be_shown_nothing_is_said(products: tuple[Product, ...]) -> None:
    notes: list[Note] = []
    assert keep_presentable(products, notes) == products
    assert notes == []
