"""Faults planted in sound messages: at least 99.5 % of each kind are caught, and sound ones pass."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from querencia.messages.brief import Brief
from querencia.messages.checks.registry import check_message
from querencia.messages.checks.rules import Rules
from querencia.messages.message import Message
from querencia.messages.writers.offline import write_message

RULES = Rules()
MESSAGES = 400
Fault = Callable[[Message, Brief, random.Random], Message | None]


def _into_body(message: Message, sentence: str, draw: random.Random) -> Message:
    body = list(message.body)
    place = draw.randrange(len(body))
    body[place] = f"{body[place]} {sentence}" if draw.random() < 0.5 else f"{sentence} {body[place]}"
    return replace(message, body=tuple(body))


def changed_digit(message: Message, brief: Brief, draw: random.Random) -> Message | None:
    """Change one digit anywhere in the body, or in a recommendation."""
    texts = [*message.body, *(item.text for item in message.recommendations)]
    places = [(index, match.start()) for index, text in enumerate(texts) for match in re.finditer(r"\d", text)]
    if not places:
        return None
    index, at = draw.choice(places)
    text = texts[index]
    texts[index] = text[:at] + draw.choice([digit for digit in "0123456789" if digit != text[at]]) + text[at + 1 :]
    count = len(message.body)
    items = [replace(item, text=changed) for item, changed in zip(message.recommendations, texts[count:], strict=True)]
    return replace(message, body=tuple(texts[:count]), recommendations=tuple(items))


def invented_product(message: Message, brief: Brief, draw: random.Random) -> Message | None:
    name = draw.choice(("VoiceFlip Insights Pro", "VoiceFlip API Connect", "VoiceFlip Studio 4", "VoiceFlip Cloud"))
    if draw.random() < 0.5 and message.recommendations:
        items = list(message.recommendations)
        place = draw.randrange(len(items))
        items[place] = replace(items[place], name=name, sku=draw.choice((items[place].sku, "INV-1")))
        return replace(message, recommendations=tuple(items))
    said = {"es": "Pruebe también {}.", "en": "Please try {} as well.", "pt": "Experimente também {}."}
    return _into_body(message, said[brief.language].format(name), draw)


def invented_price(message: Message, brief: Brief, draw: random.Random) -> Message | None:
    amount = draw.choice(("19,99 €", "€19.99", "US$ 25", "25 euros", "R$ 40,00", "30 USD"))
    said = {"es": "Ahora cuesta {}.", "en": "It now costs {}.", "pt": "Agora custa {}."}
    return _into_body(message, said[brief.language].format(amount), draw)


def invented_contact(message: Message, brief: Brief, draw: random.Random) -> Message | None:
    contact = draw.choice(
        (
            *(
                "+34 911 222 333",
                "900 555 777",
                "(55) 5123-4567",
                "soporte@voiceflip.com",
                "https://voiceflip.com/baja",
            ),
            *(
                "soporte (arroba) voiceflip.com",
                "voiceflip-soporte.com",
                "www.voiceflip.es",
                "bit.ly/3xYz",
                "@voiceflip",
            ),
            *(
                "https://example.com/otra-oferta",
                "retencion@example.com.mx",
                "soporte＠voiceflip.com",
                "wa.me/34900555777",
            ),
            *("wa.me/34900555777", "@voiceflip", "ana [at] voiceflip [dot] com", "ayuda arroba voiceflip punto com"),
        )
    )
    said = {
        "es": "También puede usar {} si lo desea.",
        "en": "You may also use {} for this.",
        "pt": "Use também {} se quiser.",
    }
    return _into_body(message, said[brief.language].format(contact), draw)


def left_placeholder(message: Message, brief: Brief, draw: random.Random) -> Message | None:
    residue = draw.choice(
        (
            *(
                "[Nombre del Cliente]",
                "{{ name }}",
                "{nombre}",
                "<nombre>",
                "[número de teléfono]",
                "XXX",
                "lorem ipsum",
            ),
            *(
                "{% if x %}",
                "TODO",
                "%(name)s",
                "${name}",
                "[Seu nome]",
                "____",
                "customer_name",
                "undefined",
                "<<name>>",
            ),
        )
    )
    if draw.random() < 0.3:
        return replace(message, greeting=f"{message.greeting[:-1]} {residue}:")
    return _into_body(message, residue, draw)


def other_language(message: Message, brief: Brief, draw: random.Random) -> Message | None:
    """Take the body of the same brief in another language, or one paragraph of it."""
    language, locale = draw.choice([pair for pair in LOCALES.items() if pair[0] != brief.language])
    other = write_message(replace(brief, language=language, locale=locale))
    if draw.random() < 0.5:
        return replace(other, language=message.language)
    return replace(message, body=(other.body[0], *message.body[1:]))


def informal_address(message: Message, brief: Brief, draw: random.Random) -> Message | None:
    said = {
        "es": (
            *(
                "Queremos saber qué opinas tú.",
                "Gracias por tu confianza.",
                "Aquí tienes más detalles.",
                "Te esperamos.",
            ),
            *(
                "Escríbenos cuando quieras.",
                "Si puedes, llámanos.",
                "Vosotros sois lo primero.",
                "Descubre las novedades.",
            ),
            *(
                "¿Qué necesitas de nosotros?",
                "Nos alegra que confiaras y nos eligieses, y que hayas vuelto a ti.",
            ),
        ),
        "en": ("Hey, thanks for that.", "You guys are the best.", "We are gonna help.", "Thx for your time."),
        "pt": ("Gostamos de ti.", "Obrigado pela tua confiança.", "Se tu quiseres, ajudamos.", "Podes escrever hoje."),
    }
    return _into_body(message, draw.choice(said[brief.language]), draw)


def forbidden_claim(message: Message, brief: Brief, draw: random.Random) -> Message | None:
    said = {
        "es": (
            "Resultado GARANTIZADO.",
            "Es gratis para siempre.",
            "Todo sin ningun riesgo.",
            "Somos líder del mercado.",
        ),
        "en": ("Results are guaranteed.", "It is risk-free.", "It is free forever.", "This is your last chance."),
        "pt": ("Resultado garantido.", "É grátis para sempre.", "Tudo sem risco.", "É a sua última oportunidade."),
    }
    return _into_body(message, draw.choice(said[brief.language]), draw)


def hidden_character(message: Message, brief: Brief, draw: random.Random) -> Message | None:
    sign = draw.choice(
        ("\u200b", "\u202e", "\x07", "\ufeff", "\u2066", "\x1b[0m", "<b>hola</b>", "&nbsp;", "**", "\n", "\u00ad")
    )
    return _into_body(message, f"bien{sign}bien", draw)


def missing_part(message: Message, brief: Brief, draw: random.Random) -> Message | None:
    changes: list[dict[str, Any]] = [
        *({"subject": ""}, {"greeting": " "}, {"body": ()}, {"call_to_action": ""}, {"signature": ()}),
        {"signature": ("Atentamente,", "La dirección")},
    ]
    if message.recommendations:
        changes += [{"recommendations": message.recommendations[1:]}, {"recommendations": message.recommendations * 2}]
    return replace(message, **draw.choice(changes))


def invented_name(message: Message, brief: Brief, draw: random.Random) -> Message | None:
    greeting = {"es": "Buenos días, Marta Ruiz:", "en": "Dear Marta Ruiz,", "pt": "Bom dia, Marta Ruiz,"}
    return replace(message, greeting=greeting[brief.language])


def wrong_length(message: Message, brief: Brief, draw: random.Random) -> Message | None:
    return draw.choice(
        (
            replace(message, subject=message.subject + " y algo más" * 8),
            replace(message, body=(message.body[0] * 25, *message.body[1:])),
        )
    )


FAULTS: tuple[tuple[Fault, set[str]], ...] = (
    (changed_digit, {"numbers", "prices", "parts", "products", "contacts"}),
    (invented_product, {"products"}),
    (invented_price, {"prices"}),
    (invented_contact, {"contacts"}),
    (left_placeholder, {"placeholders"}),
    (other_language, {"language"}),
    (informal_address, {"address"}),
    (forbidden_claim, {"claims"}),
    (hidden_character, {"characters"}),
    (missing_part, {"parts"}),
    (invented_name, {"names"}),
    (wrong_length, {"length"}),
)
LOCALES = {"es": "es_ES", "en": "en_GB", "pt": "pt_BR"}


@pytest.mark.parametrize(("fault", "checks"), FAULTS, ids=lambda value: getattr(value, "__name__", ""))
def test_planted_faults_are_caught(fault: Fault, checks: set[str], make_brief: Any) -> None:
    planted, missed = 0, []
    for number in range(MESSAGES):
        brief = make_brief(number)
        broken = fault(write_message(brief), brief, random.Random(number))
        if broken is None:
            continue
        planted += 1
        found = {finding.check for finding in check_message(broken, brief, rules=RULES) if finding.severity == "error"}
        if not found & checks:
            missed.append((number, brief.language, broken))
    assert planted > MESSAGES / 2
    assert len(missed) <= 0.005 * planted, missed[:3]


def test_sound_messages_pass(make_brief: Any) -> None:
    refused = [
        (number, findings)
        for number in range(2000)
        if (findings := check_message(write_message(make_brief(number)), make_brief(number), rules=RULES))
    ]
    assert refused == []
