"""What is wrong with a reply before any customer's facts stand in it: its form, and what a text with slots may hold."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from pydantic import ValidationError

from querencia.messages.addresses import find_addresses
from querencia.messages.checks.vocabulary import vocabulary
from querencia.messages.checks.words_in import words_in
from querencia.messages.slots import CONTACT_SLOTS, NAME, SLOT, is_slot, slots_in
from querencia.messages.writers.llm.reply import Reply

REPLY_LENGTH = 20_000
PARAGRAPHS = (2, 4)
QUOTED = 80
_INACTIVITY = {
    "es": re.compile(
        r"\b(?:no (?:se )?(?:ha |han |hemos )?(?:registr|visto|vemos|observ|detect|hay|hubo|habido|consta|tenemos)\w* "
        r"(?:ninguna |ningún tipo de )?actividad|(?:sin|ausencia de|falta de) (?:\w+ )?actividad"
        r"|inactiv\w+)\b",
        re.IGNORECASE,
    ),
    "en": re.compile(
        r"\b(?:no (?:\w+ )?activity|(?:absence|lack) of (?:\w+ )?activity|inactiv\w+|not been active)\b", re.IGNORECASE
    ),
    "pt": re.compile(
        r"\b(?:não (?:se )?(?:registr|regist|vimos|vemos|observ|detet|detect|há|houve|consta|temos)\w* "
        r"(?:qualquer |nenhuma )?atividade|(?:sem|ausência de|falta de) (?:\w+ )?atividade"
        r"|inativ\w+)\b",
        re.IGNORECASE,
    ),
}


def read_reply(text: str) -> tuple[Reply | None, list[str]]:
    """Return the reply in a text that is strict JSON of its schema, or None and what is wrong with it."""
    if len(text) > REPLY_LENGTH:
        return None, [f"the reply has {len(text)} characters; at most {REPLY_LENGTH} are read"]
    try:
        return Reply.model_validate_json(text), []
    except ValidationError as error:
        return None, [_fault(fault["loc"], fault["msg"]) for fault in error.errors(include_url=False)[:8]]


def form_faults(reply: Reply, *, products: int) -> Iterator[str]:
    """Yield what the schema cannot say: how many paragraphs and recommendations."""
    low, high = PARAGRAPHS
    if not low <= len(reply.body) <= high:
        yield f"body: expected {low} to {high} paragraphs, not {len(reply.body)}"
    if len(reply.recommendations) != products:
        yield f"recommendations: expected {products}, one per product in order, not {len(reply.recommendations)}"
    for place, piece in pieces_of(reply):
        if not piece.strip():
            yield f"{place}: it is empty"


def slot_faults(reply: Reply, *, slots: frozenset[str], required: tuple[str, ...]) -> Iterator[str]:
    """Yield template syntax that is no slot, addresses, slots that are not available, and those that are missing."""
    for place, piece in pieces_of(reply):
        for name in slots_in(piece):
            if not is_slot(name):
                yield f"{place}: there is no slot {{{{{name}}}}}"
            elif name != NAME and name not in slots:
                yield f"{place}: the slot {{{{{name}}}}} is not available for this text"
            elif name == NAME and place != "greeting":
                yield f"{place}: the slot {{{{name}}}} belongs to the greeting alone"
        yield from _residue(place, SLOT.sub(" ", piece))
    yield from _missing(reply, slots, required)


def _residue(place: str, bare: str) -> Iterator[str]:
    """Yield what must not stand beside the slots: template syntax and addresses."""
    sign = next((sign for sign in ("{%", "{#", "{", "}") if sign in bare), None)
    if sign is not None:
        yield f"{place}: {sign!r} may only stand in a slot such as {{{{brand}}}}"
    for address in find_addresses(bare):
        yield f"{place}: {quote(address.text)} is an address; use the slots for ways of contact"
    if "@" in bare or "＠" in bare:
        yield f"{place}: '@' may not stand in the text"


def _missing(reply: Reply, slots: frozenset[str], required: tuple[str, ...]) -> Iterator[str]:
    everywhere = {name for _, piece in pieces_of(reply) for name in slots_in(piece)}
    body = {name for piece in reply.body for name in slots_in(piece)}
    if NAME not in slots_in(reply.greeting):
        yield "greeting: it has to hold the slot {{name}}"
    for name in required:
        product = re.fullmatch(r"product_(\d+)_\w+", name)
        if product is not None:
            place = int(product[1])
            told = slots_in("".join(reply.recommendations[place - 1 : place]))
            if name not in told:
                yield f"recommendations[{place}]: the slot {{{{{name}}}}} is missing"
        elif name != NAME and name not in body:
            yield f"body: the slot {{{{{name}}}}} is missing"
    contacts = [name for name in CONTACT_SLOTS if name in slots]
    if contacts and not any(name in everywhere for name in contacts):
        ways = " or ".join(f"{{{{{name}}}}}" for name in contacts)
        yield f"call_to_action: it has to say how to reach us: {ways}"


def inactivity_faults(reply: Reply, language: str) -> Iterator[str]:
    """Yield claims that a customer was not active, for texts to customers of whom that is not known."""
    for place, piece in pieces_of(reply):
        claim = _INACTIVITY[language].search(piece)
        if claim is not None:
            yield f"{place}: {quote(claim[0])}: the records do not say that these customers were inactive"


def digit_faults(reply: Reply) -> Iterator[str]:
    """Yield figures outside the slots, of any script: a text for many customers holds none."""
    for place, piece in pieces_of(reply):
        bare = SLOT.sub(" ", piece)
        digits = [sign for sign in bare if sign.isnumeric()]
        if digits:
            yield f"{place}: it holds the figure {quote(''.join(digits))}; figures stand in slots alone"


def number_word_faults(reply: Reply, language: str, *, products: int) -> Iterator[str]:
    """Yield numbers in words, but for how many products there are and the spans that every customer's figures have."""
    words = vocabulary(language)
    told = {word for word, value in words.numeral_values.items() if value == products}
    numbers = (words.numeral_values.keys() | words.shares) - told
    for place, piece in pieces_of(reply):
        bare = words.spans.sub(" ", SLOT.sub(" ", piece))
        found = sorted(words_in(bare) & numbers)
        if found:
            yield f"{place}: it holds the number word {quote(', '.join(found))}; figures stand in slots alone"


def pieces_of(reply: Reply) -> Iterator[tuple[str, str]]:
    """Yield each part of a reply with the name of its place: ``body[1]``."""
    yield "subject", reply.subject
    yield "greeting", reply.greeting
    for number, piece in enumerate(reply.body, 1):
        yield f"body[{number}]", piece
    for number, piece in enumerate(reply.recommendations, 1):
        yield f"recommendations[{number}]", piece
    yield "call_to_action", reply.call_to_action


def quote(text: str) -> str:
    """Return a short quotation, on one line, whatever the text holds."""
    short = text if len(text) <= QUOTED else text[: QUOTED - 1] + "…"
    return json.dumps(short, ensure_ascii=False)


def _fault(place: tuple[int | str, ...], message: str) -> str:
    where = "".join(f"[{step + 1}]" if isinstance(step, int) else str(step)[:40] for step in place)
    return f"{where or 'the reply'}: {message[:200]}"
