"""Hostile records: never shown raw, never run."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querencia.data.products import Product
from querencia.messages.brief import Brand, Offer
from querencia.messages.checks.registry import check_message
from querencia.messages.checks.rules import Rules
from querencia.messages.presentable import (
    presentable,
    presentable_brand,
    presentable_name,
    presentable_product,
)
from querencia.messages.writers.offline import write_message


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("Lucía Gómez", "Lucía Gómez"),
        ("  Lucía   Gómez ", "Lucía Gómez"),
        ("LUCÍA GÓMEZ", "Lucía Gómez"),
        ("maría de la o", "María de la O"),
        ("Gómez, Lucía", "Lucía Gómez"),
        ("O’Brien", "O’Brien"),
        ("Anne-Marie St. John", "Anne-Marie St. John"),
        ("Жанна Иванова", "Жанна Иванова"),
        ("Tu Nguyen", "Tu Nguyen"),
        ("Talleres Ruiz, S.L.", "Talleres Ruiz S.L."),
        ("TALLERES RUIZ, SL", "Talleres Ruiz SL"),
        ("Acme, Inc.", "Acme Inc."),
        ("Müller, GmbH", "Müller GmbH"),
        ("Ana Mª López", "Ana Mª López"),
        ("ANA Mª LÓPEZ", "Ana Mª López"),
        ("M.ª José Ruiz", "M.ª José Ruiz"),
        ("María de los Ángeles de la Torre y Ruiz", "María de los Ángeles de la Torre y Ruiz"),
        ("Jean\u2010Luc Picard", "Jean-Luc Picard"),
        ("Sr. Ruiz", "Sr. Ruiz"),
    ],
)
def test_names_are_shown_as_people_write_them(raw: str, shown: str) -> None:
    assert presentable_name(raw) == shown


@pytest.mark.parametrize(
    "raw",
    [
        *(None, "", " ", "A", "xx", "-", "N/A", "null", "Cliente", "[Nombre]", "{{ 7*7 }}", "{% raw %}", "<b>Ana</b>"),
        *("Ana\nAsunto: otra cosa", "Ana\u202eGómez", "Ana\u200bGómez", "ana@evil.com", "evil.com", "www.evil.com"),
        *("Agente 007", "P\u0430ul", "http://x", "uno tres cuatro cinco seis siete ocho", "x" * 10_000_000),
        *("Sra", "Sr", "Sra.", "Usted", "Prueba Prueba", "Nombre Apellidos", "Sr. Test", "ªº", "Mr. Mrs.", "de la"),
    ],
)
def test_what_does_not_look_like_a_name_is_unknown(raw: str | None) -> None:
    assert presentable_name(raw) is None


@pytest.mark.parametrize(
    "name",
    [
        *("{{ config }}", "{% include 'x' %}", "<script>alert(1)</script>", "Oferta http://evil.com", "", "\n", "..."),
        *("Llame a x (arroba) evil.com", "[Nombre del producto]", "x" * 10_000_000),
    ],
)
def test_products_without_a_safe_name_are_not_offered(name: str, make_brief: Any) -> None:
    product = Product(sku="1", name=name)
    assert presentable_product(product) is None
    brief = make_brief(1, offers=(Offer(product=product, reason="popular"),))
    assert presentable(brief).offers == ()


@pytest.mark.parametrize("name", ["Visite www.evil.com", "evil.com/x", "ana@evil.com", "@evil", "Pack __x__"])
def test_a_product_is_no_link_to_follow(name: str) -> None:
    assert presentable_product(Product(sku="1", name=name)) is None


@pytest.mark.parametrize("name", ["Curso de ASP.NET", "Pack [2024]", "Booking.com tarjeta", "Plan_oro [A], Seat.es"])
def test_a_product_may_hold_a_bare_domain_or_brackets(name: str, make_brief: Any) -> None:
    for number in range(12):
        offers = (Offer(product=Product(sku="1", name=name), reason="own_events", count=2),)
        brief = make_brief(number, offers=offers)
        message = write_message(brief)
        assert [item.name for item in message.recommendations] == [name]
        assert check_message(message, brief, rules=Rules()) == ()


@pytest.mark.parametrize("name", ["Node.js", "T.LIGHT HOLDER", 'SET/6 S&P 3" (PINK)', "Acme S.A. de C.V.", "50% más"])
def test_odd_but_harmless_names_stay(name: str) -> None:
    product = presentable_product(Product(sku="1", name=name))
    assert product is not None
    assert product.name == name


def test_broken_fields_of_a_product_are_left_out() -> None:
    product = Product(
        sku="1",
        name="  Plan \n Oro ",
        description="<b>Muy bueno</b>",
        benefit="Ahorrar tiempo.",
        url="javascript:alert(1)",
        price=Decimal("-3"),
        currency="EUR",
    )
    shown = presentable_product(product)
    assert shown == replace(
        product, name="Plan Oro", description="", benefit="Ahorrar tiempo", url=None, price=None, currency=None
    )


def test_a_brand_keeps_only_addresses_that_are_some() -> None:
    brand = presentable_brand(
        Brand(name="Acme", contact_email="not an e-mail", contact_phone="call me", website="https://acme.example/a?b=1")
    )
    assert (brand.contact_email, brand.contact_phone, brand.website) == ("", "", "https://acme.example/a?b=1")


@pytest.mark.parametrize("name", ["{{ brand }}", "<b>Acme</b>", "[Your company]", "x" * 81, "a](b)", "**Acme**"])
def test_a_brand_that_cannot_be_shown_has_no_name(name: str) -> None:
    assert presentable_brand(Brand(name=name, sender_name=name)) == Brand(name="")


@given(st.text(max_size=200))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = presentable_name(text)
    assert presentable_name(once) == once
    product = presentable_product(Product(sku="1", name=text, description=text, benefit=text))
    assert product is None or presentable_product(product) == product


def test_a_reason_that_cannot_be_shown_is_left_out(make_brief: Any) -> None:
    hostile = ("{{ 7*7 }}", "<b>le vemos menos</b>", "visite evil.com", "", "nos importa su opinión.")
    assert presentable(make_brief(1, reasons=hostile)).reasons == ("nos importa su opinión",)


def test_figures_out_of_range_are_unknown(make_brief: Any) -> None:
    brief = presentable(make_brief(1, engagement=123.0, churn_probability=-0.1))
    assert brief.engagement != brief.engagement
    assert brief.churn_probability != brief.churn_probability
