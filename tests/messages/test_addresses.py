from __future__ import annotations

import pytest

from querencia.messages.addresses import find_addresses, holds_link, link_key, phone_key


@pytest.mark.parametrize(
    ("text", "kind", "key"),
    [
        ("Escriba a Ana@Example.com.", "email", "ana@example.com"),
        ("nombre (arroba) dominio.com", "email", "nombre@dominio.com"),
        ("nombre [at] dominio [dot] com", "email", "nombre@dominio.com"),
        ("nombre arroba dominio punto com", "email", "nombre@dominio.com"),
        ("nome arroba dominio ponto com", "email", "nome@dominio.com"),
        ("x＠dominio.com", "email", "x@dominio.com"),
        ("entre en voiceflip-soporte.com hoy", "link", "voiceflip-soporte.com"),
        ("entre en voiceflip。com hoy", "link", "voiceflip.com"),
        ("visite https://example.com/a/.", "link", "example.com/a"),
        ("visite www.ejemplo hoy", "link", "ejemplo"),
        ("bit.ly/abc", "link", "bit.ly/abc"),
        ("síganos en @voiceflip", "handle", "@voiceflip"),
        ("llame al 900 123 456", "phone", "900123456"),
        ("ligue para +55 (11) 91234-5678", "phone", "+5511912345678"),
    ],
)
def test_addresses_are_found(text: str, kind: str, key: str) -> None:
    assert (kind, key) in {(address.kind, address.key) for address in find_addresses(text)}


@pytest.mark.parametrize(
    "text",
    [
        "1.234.567 euros",
        "el 12,3 % y 63 de 100",
        "Hemos revisado su cuenta.Si desea",
        "Acme S.A. de C.V.",
        "Node.js",
        "",
    ],
)
def test_ordinary_text_holds_none(text: str) -> None:
    assert find_addresses(text) == ()
    assert not holds_link(text)


def test_keys_compare_what_is_the_same() -> None:
    assert link_key("https://www.Example.com/") == link_key("example.com")
    assert link_key("https://example.com/A") != link_key("https://example.com/b")
    assert phone_key("0034 900-12.34.56") == phone_key("+34 900 123 456") == "+34900123456"
