"""Faults to plant in valid messages, each in several surface forms, by code that knows nothing of the checks."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from querencia.language.locales import format_money
from querencia.messages.brief import Brief
from querencia.messages.message import Message

SAID: dict[str, dict[str, list[str]]] = tomllib.loads(
    (Path(__file__).parent / "texts" / "faults.toml").read_text(encoding="utf-8")
)
Plant = Callable[[Message, Brief, random.Random], Message | None]

NAMES = ("Noelia Quiroga", "Juan Carlos Peña", "Emily Watson", "Beatriz Fonseca", "Óscar Íñiguez", "Kevin O’Donnell")
PRODUCTS = ("Titanium Max 3000", "EchoPro", "la solución Zafiro Cloud", "SmartHome Hub", "Pack Familia Total")
CONTACTS = (
    *("+34 611 222 333", "900 777 888", "(55) 5123-4567", "1-800-555-0199", "+44 20 7946 0958", "611222333"),
    *("ayuda@otra-empresa.example", "soporte arroba otraempresa punto com", "info [at] example [dot] org"),
    *(
        "https://otra.example/oferta",
        "www.otra-tienda.com",
        "bit.ly/3xYzA",
        "otra-tienda.es",
        "@otratienda",
        "t.me/soporte",
    ),
)
PLACEHOLDERS = (
    *("[Nombre]", "[Su nombre]", "{{name}}", "{{ score }}", "{nombre}", "<nombre>", "[Insert date]", "XXX", "____"),
    *("{% if x %}", "%(name)s", "${name}", "[telefone]", "lorem ipsum", "customer_name", "<<fecha>>", "[...]", "TODO"),
)
MARKUP = (
    *(
        "<b>bien</b>",
        "**bien**",
        "&nbsp;",
        "<br>",
        "bien\u200bbien",
        "\u202ebien",
        "bien\x07",
        "\ufeffbien",
        "bien\nbien",
    ),
    *(
        "# Bien\x00",
        "[bien](bien)",
        "bien\u00adbien",
        "`bien`",
        "<script>",
        "\u2066bien",
        "Ã©xito",
        "__bien__",
        "<!-- x -->",
    ),
)


def into_text(message: Message, sentence: str, draw: random.Random) -> Message:
    """Put a sentence at the start or end of a paragraph, of a recommendation or of the call to action."""
    places: list[tuple[str, int]] = [("body", place) for place in range(len(message.body))]
    places += [("offer", place) for place in range(len(message.recommendations))] + [("action", 0)]
    part, place = draw.choice(places)

    def joined(text: str) -> str:
        return f"{text} {sentence}" if draw.random() < 0.5 else f"{sentence} {text}"

    if part == "body":
        body = [joined(text) if at == place else text for at, text in enumerate(message.body)]
        return replace(message, body=tuple(body))
    if part == "offer":
        items = [
            replace(one, text=joined(one.text)) if at == place else one
            for at, one in enumerate(message.recommendations)
        ]
        return replace(message, recommendations=tuple(items))
    return replace(message, call_to_action=joined(message.call_to_action))


def change_texts(message: Message, change: Callable[[str], str]) -> Message:
    """Return the message with every sentence of its running text changed."""
    items = tuple(replace(one, text=change(one.text)) for one in message.recommendations)
    body = tuple(map(change, message.body))
    return replace(message, body=body, recommendations=items, call_to_action=change(message.call_to_action))


def said(options: Mapping[str, Sequence[str]]) -> Plant:
    """Return a plant that says one of a language's sentences."""

    def plant(message: Message, brief: Brief, draw: random.Random) -> Message:
        return into_text(message, draw.choice(options[brief.language]), draw)

    return plant


def told(options: Callable[[Brief], Sequence[str]]) -> Plant:
    """Return a plant that tells of one of several things, within a sentence of the language."""

    def plant(message: Message, brief: Brief, draw: random.Random) -> Message:
        sentence = draw.choice(SAID["say"][brief.language]).format(draw.choice(options(brief)))
        return into_text(message, sentence, draw)

    return plant


def changed_digit(message: Message, brief: Brief, draw: random.Random) -> Message | None:
    texts = [*message.body, *(one.text for one in message.recommendations), message.call_to_action]
    places = [(at, match.start()) for at, text in enumerate(texts) for match in re.finditer(r"\d", text)]
    if not places:
        return None
    at, place = draw.choice(places)
    digit = draw.choice([sign for sign in "0123456789" if sign != texts[at][place]])
    texts[at] = texts[at][:place] + digit + texts[at][place + 1 :]
    count = len(message.body)
    items = [replace(one, text=text) for one, text in zip(message.recommendations, texts[count:-1], strict=True)]
    return replace(message, body=tuple(texts[:count]), recommendations=tuple(items), call_to_action=texts[-1])


def swapped_figures(message: Message, brief: Brief, draw: random.Random) -> Message | None:
    """Let two counts of different things change places."""
    body = " ".join(message.body)
    written = {str(fact.value) for fact in brief.usage if fact.value < 1000 and f" {fact.value} " in body}
    if len(written) < 2:
        return None
    first, second = draw.sample(sorted(written), 2)

    def swap(text: str) -> str:
        return re.sub(rf"(?<= )(?:{first}|{second})(?= )", lambda found: second if found[0] == first else first, text)

    return replace(message, body=tuple(map(swap, message.body)))


def changed_contact(message: Message, brief: Brief, draw: random.Random) -> Message | None:
    brand = brief.brand
    held = [one for one in (brand.contact_email, brand.contact_phone, brand.website) if one in message.call_to_action]
    if not held:
        return None
    contact = draw.choice(held)
    if contact == brand.contact_phone:
        place = draw.choice([at for at, sign in enumerate(contact) if sign.isdigit()])
        other = contact[:place] + str((int(contact[place]) + draw.randint(1, 9)) % 10) + contact[place + 1 :]
    else:
        other = draw.choice(
            (
                contact + ".co",
                contact.replace(".example", ".com"),
                contact.replace("a", "e", 1),
                contact + "/promo",
                "x" + contact,
            )
        )
        if contact == brand.contact_email and other.endswith("/promo"):
            other = contact.replace("@", ".es@")
        if contact == brand.website and other == "x" + contact:
            other = contact.replace("example", "exemple")
    return replace(message, call_to_action=message.call_to_action.replace(contact, other))


def invented_product(message: Message, brief: Brief, draw: random.Random) -> Message | None:
    name = draw.choice((f"{brief.brand.name} Ultra", f"{brief.brand.name} Studio 4", *PRODUCTS))
    if draw.random() < 0.3:
        items = list(message.recommendations)
        place = draw.randrange(len(items))
        items[place] = replace(items[place], name=name, sku=draw.choice((items[place].sku, "INV-1")))
        return replace(message, recommendations=tuple(items))
    ways = {"es": "Pruebe también {}.", "en": "Please try {} as well.", "pt": "Experimente também {}."}
    return into_text(message, ways[brief.language].format(name), draw)


def wrong_price(message: Message, brief: Brief, draw: random.Random) -> Message | None:
    """Take another amount, the price of the other product, or another currency."""
    mine, other = (offer.product for offer in brief.offers)
    assert mine.price is not None and mine.currency is not None and other.price is not None
    told = [one for one in message.recommendations if re.search(r"\d", one.text)]
    if draw.random() < 0.4 or not told:
        amount = draw.choice(
            ("39,95 €", "€39.95", "US$ 77", "77 euros", "R$ 40,00", "77 USD", "GBP 12", "$5", "77 dólares")
        )
        ways = {"es": "Ahora cuesta {}.", "en": "It now costs {}.", "pt": "Agora custa {}."}
        return into_text(message, ways[brief.language].format(amount), draw)
    item = draw.choice(told)
    own, another = (mine, other) if item.sku == mine.sku else (other, mine)
    right = {"\u00a0": format_money(own.price, own.currency, locale=brief.locale)}  # type: ignore[arg-type]
    right[" "] = right["\u00a0"].replace("\u00a0", " ")
    wrong_currency = "GBP" if own.currency != "GBP" else "EUR"
    wrong = draw.choice(
        (
            format_money(another.price, own.currency, locale=brief.locale),  # type: ignore[arg-type]
            format_money(own.price, wrong_currency, locale=brief.locale),  # type: ignore[arg-type]
            format_money(own.price * 2, own.currency, locale=brief.locale),  # type: ignore[arg-type,operator]
        )
    )
    text = item.text.replace(right["\u00a0"], wrong).replace(right[" "], wrong)
    if text == item.text:
        return None
    items = tuple(replace(one, text=text) if one is item else one for one in message.recommendations)
    return replace(message, recommendations=items)


def left_placeholder(message: Message, brief: Brief, draw: random.Random) -> Message | None:
    residue = draw.choice(PLACEHOLDERS)
    way = draw.random()
    if way < 0.2:
        return replace(message, greeting=f"{message.greeting[:-1]} {residue}:")
    if way < 0.4:
        return replace(message, subject=f"{residue} {message.subject}"[:78])
    return into_text(message, residue + ".", draw)


def other_language(message: Message, brief: Brief, draw: random.Random) -> Message | None:
    language = draw.choice([one for one in SAID["foreign"] if one != brief.language])
    return into_text(message, draw.choice(SAID["foreign"][language]), draw)


_TO_INFORMAL = {
    "es": ((r"\bsu\b", "tu"), (r"\bsus\b", "tus"), (r"\b[Uu]sted\b", "tú"), (r"\ble\b", "te"), (r"\bLe\b", "Te")),
    "pt": ((r"\bsua\b", "tua"), (r"\bseu\b", "teu"), (r"\bsuas\b", "tuas"), (r"\bvocê\b", "tu"), (r"\bseus\b", "teus")),
}  # fmt: skip


def informal_address(message: Message, brief: Brief, draw: random.Random) -> Message | None:
    if draw.random() < 0.5 and brief.language in _TO_INFORMAL:
        ways = [way for way in _TO_INFORMAL[brief.language] if any(re.search(way[0], text) for text in message.body)]
        if ways:
            formal, informal = draw.choice(ways)
            return change_texts(message, lambda text: re.sub(formal, informal, text))
    return into_text(message, draw.choice(SAID["informal"][brief.language]), draw)


def other_customer(message: Message, brief: Brief, draw: random.Random) -> Message | None:
    other = draw.choice(NAMES)
    called = draw.choice((other, other.split()[0]))
    if draw.random() < 0.5 and brief.name:
        first = brief.name.split()[0]
        greeting = message.greeting.replace(brief.name, called)
        greeting = greeting if greeting != message.greeting else message.greeting.replace(first, called)
        if greeting != message.greeting:
            return replace(message, greeting=greeting)
    return into_text(message, draw.choice(SAID["vocative"][brief.language]).format(called), draw)


def forbidden_topic(message: Message, brief: Brief, draw: random.Random) -> Message | None:
    return said(SAID["topics"])(message, brief, draw) if brief.disclose == "none" else None


def untold_figures(message: Message, brief: Brief, draw: random.Random) -> Message | None:
    """Leave out the paragraph that tells engagement and churn probability."""
    if brief.disclose != "numbers" or len(message.body) < 2:
        return None
    kept = tuple(text for text in message.body if not re.search(r"100|[%٪]", text))
    return replace(message, body=kept) if 0 < len(kept) < len(message.body) else None


def markup(message: Message, brief: Brief, draw: random.Random) -> Message | None:
    return into_text(message, draw.choice(MARKUP), draw)


def missing_part(message: Message, brief: Brief, draw: random.Random) -> Message | None:
    changes: list[dict[str, Any]] = [
        *({"subject": ""}, {"greeting": " "}, {"body": ()}, {"body": (*message.body, "")}, {"call_to_action": ""}),
        *({"signature": ()}, {"signature": ("La dirección",)}, {"recommendations": message.recommendations[1:]}),
        *({"recommendations": message.recommendations * 2}, {"recommendations": ()}, {"customer_id": "other"}),
        {"recommendations": tuple(replace(one, text="") for one in message.recommendations)},
    ]
    return replace(message, **draw.choice(changes))


def wrong_length(message: Message, brief: Brief, draw: random.Random) -> Message | None:
    return draw.choice(
        (
            replace(
                message,
                subject=f"{message.subject} {message.subject} {message.subject}"[: draw.randint(79, 200)].ljust(
                    79, "a"
                ),
            ),
            replace(
                message,
                body=(message.body[0] + f" {message.body[0]}" * (1 + 1600 // len(message.body[0])), *message.body[1:]),
            ),
            replace(message, greeting=message.greeting * 30),
        )
    )


FAULTS: dict[str, tuple[Plant, frozenset[str]]] = {
    "a changed digit": (changed_digit, frozenset({"numbers", "prices", "products", "contacts", "parts", "names"})),
    "counts that changed places": (swapped_figures, frozenset({"numbers"})),
    "an unknown figure": (told(lambda brief: SAID["unknown_figures"][brief.language]), frozenset({"numbers"})),
    "a figure in words": (told(lambda brief: SAID["worded"][brief.language]), frozenset({"numbers"})),
    "a wrong price": (wrong_price, frozenset({"prices"})),
    "an invented product": (invented_product, frozenset({"products", "names"})),
    "another customer's name": (other_customer, frozenset({"names"})),
    "an invented contact": (told(lambda _: CONTACTS), frozenset({"contacts"})),
    "a changed contact": (changed_contact, frozenset({"contacts"})),
    "a placeholder": (left_placeholder, frozenset({"placeholders"})),
    "another language": (other_language, frozenset({"language"})),
    "tú for usted": (informal_address, frozenset({"address"})),
    "a forbidden claim": (said(SAID["claims"]), frozenset({"claims"})),
    "an invented promise": (said(SAID["promises"]), frozenset({"promises"})),
    "a topic not disclosed": (forbidden_topic, frozenset({"disclosure"})),
    "figures not told": (untold_figures, frozenset({"parts"})),
    "markup or a hidden character": (markup, frozenset({"characters"})),
    "a missing part": (missing_part, frozenset({"parts"})),
    "a wrong length": (wrong_length, frozenset({"length"})),
}
