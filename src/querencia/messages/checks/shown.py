"""What is really shown to the customer, cut into the passages that checks read."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from querencia.messages.checks.evidence import Evidence
from querencia.messages.message import Message

Kind = Literal["subject", "greeting", "body", "product", "recommendation", "action", "signature", "text"]

MASK = "\ue000"  # stands for a phrase of the records: no letter, digit, space or sign of any text
BRAND_MASK = "\ue001"  # the same, for the brand's own name
_SEPARATOR = "\x1e"
TEXT_READ = 20_000
_DIGITS = re.compile(r"\d+")
_SENTENCE_END = re.compile(r"(?<=[.!?:;])\s+|\n+")


@dataclass(frozen=True)
class Passage:
    """One part of a message: as shown, with the records' phrases masked, and in `wording` with figures made alike too.

    `sku` is the product that a recommendation speaks of.
    """

    kind: Kind
    text: str
    masked: str
    wording: str
    sku: str | None = None


@dataclass(frozen=True)
class Shown:
    """A message as its reader sees it: the subject (None: not known), the text, and its passages."""

    customer_id: str
    subject: str | None
    text: str
    passages: tuple[Passage, ...]
    message: Message | None = None


def show_message(message: Message, *, text: str, evidence: Evidence) -> Shown:
    """Return what a typed message shows; `text` is its rendering."""
    parts: list[tuple[Kind, str, str | None]] = [
        ("subject", message.subject, None),
        ("greeting", message.greeting, None),
    ]
    parts += [("body", paragraph, None) for paragraph in message.body]
    for recommendation in message.recommendations:
        parts.append(("product", recommendation.name, recommendation.sku))
        parts.append(("recommendation", recommendation.text, recommendation.sku))
    parts.append(("action", message.call_to_action, None))
    parts += [("signature", line, None) for line in message.signature]
    return Shown(message.customer_id, message.subject, text, _passages(parts, evidence), message)


def show_text(subject: str | None, text: str, *, evidence: Evidence) -> Shown:
    """Return what a plain text shows, a passage per line of its first `TEXT_READ` characters."""
    parts: list[tuple[Kind, str, str | None]] = [] if subject is None else [("subject", subject, None)]
    parts += [("text", line.strip(), None) for line in text[:TEXT_READ].splitlines() if line.strip()]
    return Shown(evidence.customer_id, subject, text, _passages(parts, evidence))


def mask(text: str, evidence: Evidence) -> str:
    """Return the text with every whole occurrence of the records' phrases masked, the longest first."""
    for literal in evidence.literals:
        if literal in text:
            text = _mask_whole(text, literal, BRAND_MASK if literal == evidence.brand else MASK)
    return text


def unmask_brand(text: str, evidence: Evidence) -> str:
    """Return the text with the brand's name laid open again."""
    return text.replace(BRAND_MASK, evidence.brand)


def sentences(wording: str) -> list[str]:
    """Return the sentences of a passage."""
    return [sentence for sentence in _SENTENCE_END.split(wording) if sentence]


def _passages(parts: list[tuple[Kind, str, str | None]], evidence: Evidence) -> tuple[Passage, ...]:
    if not parts:
        return ()
    joined = _SEPARATOR.join(text.replace(_SEPARATOR, " ") for _, text, _ in parts)
    masked = mask(joined, evidence)
    wordings = _DIGITS.sub("0", masked).split(_SEPARATOR)
    cut = zip(parts, masked.split(_SEPARATOR), wordings, strict=True)
    passages = (Passage(kind, text, hidden, wording, sku) for (kind, text, sku), hidden, wording in cut)
    return tuple(_as_offered(passage, evidence) for passage in passages)


def _as_offered(passage: Passage, evidence: Evidence) -> Passage:
    """Return a recommendation with the product's own name and price masked too: a name like 7, any currency's sign."""
    offer = (evidence.offers or {}).get(passage.sku or "")
    if offer is None:
        return passage
    if passage.kind == "product" and offer.name == passage.text:
        return replace(passage, masked=MASK, wording=MASK)
    if offer.price_text and offer.price_text in passage.masked:
        masked = _mask_whole(passage.masked, offer.price_text, MASK)
        return replace(passage, masked=masked, wording=_DIGITS.sub("0", masked))
    return passage


def _mask_whole(text: str, literal: str, sign: str) -> str:
    """Mask an occurrence only where neither side carries on the word, number, address or link."""
    pieces = []
    done = 0
    address = " " not in literal and ("@" in literal or "." in literal)
    at = text.find(literal)
    while at >= 0:
        end = at + len(literal)
        if _ends_there(text, end, address=address) and _starts_there(text, at, address=address):
            pieces += [text[done:at], sign]
            done = end
        at = text.find(literal, end)
    return "".join([*pieces, text[done:]]) if pieces else text


def _starts_there(text: str, at: int, *, address: bool) -> bool:
    before = text[at - 1] if at else " "
    if before.isalnum() and (text[at].isalnum() or text[at] in "$€£¥"):
        return False
    return not (address and before in "@./-_")


def _ends_there(text: str, end: int, *, address: bool) -> bool:
    after = text[end : end + 2]
    if after[:1].isalnum() and text[end - 1].isalnum():
        return False
    if not address or not after:
        return True
    goes_on = after[1:].isalnum()
    return after[0] not in "@-_=" and not (after[0] in "./?#&" and goes_on)
