"""What is really shown to the customer, cut into the passages that checks read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

from querencia.messages.checks.evidence import Evidence, OfferEvidence
from querencia.messages.checks.vocabulary import MASK, vocabulary
from querencia.messages.message import Message

Kind = Literal["subject", "greeting", "body", "product", "recommendation", "action", "signature", "text"]

BRAND_MASK = "\ue001"  # the same, for the brand's own name
_SEPARATOR = "\x1e"
TEXT_READ = 20_000
SIGNATURE_LINES = 10  # the farewell and what follows it
FAREWELL_WORDS = 9
SIGNATURE_WORDS = 9
_DIGITS = re.compile(r"\d+")
_BULLET = re.compile(r"^\s*(?:\d{1,2}[.)]|[-–—*•·])\s+")
_SENTENCE_END = re.compile(r"(?<=[.!?:;])\s+|\n+")


class Passage(NamedTuple):
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
    """Return what a plain text shows, a passage per line of its first `TEXT_READ` characters.

    Where the offers are known, a line that names one of them speaks of it, as do those below it up to a blank line.
    """
    parts: list[tuple[Kind, str, str | None]] = [] if subject is None else [("subject", subject, None)]
    sku: str | None = None
    for line in text[:TEXT_READ].splitlines():
        shown = line.strip()
        bare = _BULLET.sub("", shown)
        named = _named_in(shown, evidence)
        if not shown or len(named) > 1 or (bare != shown and not named):
            sku = None
        elif named:
            sku = named[0].sku
        if named and bare == named[0].name:
            parts.append(("product", bare, sku))
        elif shown:
            parts.append(("text", shown, sku))
    parts = _with_signature(parts, evidence.language)
    return Shown(evidence.customer_id, subject, text, _passages(parts, evidence))


def _named_in(line: str, evidence: Evidence) -> list[OfferEvidence]:
    """Return the offers that a line names, without those whose name is part of a longer one's."""
    named = [offer for offer in (evidence.offers or {}).values() if offer.name in line]
    longer = {one.sku for one in named for other in named if one.name != other.name and one.name in other.name}
    return [offer for offer in named if offer.sku not in longer] if longer else named


def _with_signature(parts: list[tuple[Kind, str, str | None]], language: str) -> list[tuple[Kind, str, str | None]]:
    """Tell the signature from the text: the short lines after a short line of farewell, all the way to the end."""
    farewell = vocabulary(language).farewell
    for place in range(max(1, len(parts) - SIGNATURE_LINES), len(parts) - 1):
        lines = [text for _, text, _ in parts[place + 1 :]]
        if (
            farewell.match(parts[place][1])
            and len(parts[place][1].split()) <= FAREWELL_WORDS
            and all(_may_sign(line) for line in lines)
        ):
            return parts[: place + 1] + [("signature", line, None) for line in lines]
    return parts


def _may_sign(line: str) -> bool:
    return len(line.split()) <= SIGNATURE_WORDS and not _BULLET.match(line) and line[-1] not in "!?:"


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
    return tuple(_as_offered(passage, evidence) if passage.sku else passage for passage in passages)


def _as_offered(passage: Passage, evidence: Evidence) -> Passage:
    """Return a recommendation with the product's own name and price masked too: a name like 7, any currency's sign."""
    offer = (evidence.offers or {}).get(passage.sku or "")
    if offer is None:
        return passage
    if passage.kind == "product" and offer.name == passage.text:
        return Passage(passage.kind, passage.text, MASK, MASK, passage.sku)
    if offer.price_text and offer.price_text in passage.masked:
        masked = _mask_whole(passage.masked, offer.price_text, MASK)
        return Passage(passage.kind, passage.text, masked, _DIGITS.sub("0", masked), passage.sku)
    return passage


def _mask_whole(text: str, literal: str, sign: str) -> str:
    """Mask an occurrence only where neither side carries on the word, number, address or link."""
    address = " " not in literal and ("@" in literal or "." in literal)
    first, last = literal[0], literal[-1]
    pieces = text.split(literal)
    masked = pieces[0]
    before = masked
    for after in pieces[1:]:
        whole = _starts_there(before[-1:], first, address=address) and _ends_there(last, after[:2], address=address)
        masked += (sign if whole else literal) + after
        before = after or literal
    return masked


def _starts_there(before: str, first: str, *, address: bool) -> bool:
    if before.isalnum():
        return not (first.isalnum() or first in "$€£¥")
    return not (address and before and before in "@./-_")


def _ends_there(last: str, after: str, *, address: bool) -> bool:
    if after[:1].isalnum():
        return not last.isalnum()
    if not address or not after:
        return True
    return after[0] not in "@-_=" and not (after[0] in "./?#&" and after[1:].isalnum())
