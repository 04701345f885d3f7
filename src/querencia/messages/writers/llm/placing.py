"""Where a slot may stand: a true figure in a false sentence is false, so each slot has its place and its company."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from querencia.messages.slots import CUSTOMER_SLOTS, SLOT
from querencia.messages.writers.llm.reply import Reply

_PRODUCT = re.compile(r"product_(\d+)(_\w+)?")
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n")

# What the sentence of a slot speaks of. Slots of one family are told apart by the words nearest to them.
_FAMILIES: tuple[tuple[str, ...], ...] = (("engagement", "churn_probability"), ("usage_month", "usage_quarter"))
_CUES = {
    "es": {
        "engagement": r"vinculaci|compromiso|implicaci|interacci|engagement|nivel de actividad|índice de actividad",
        "churn_probability": r"abandon|\bbaja\b|marche|marcharse|irse|deje|dejar|cancel|perder|churn",
        "usage_month": r"treinta días|30 días|último mes|este mes",
        "usage_quarter": r"noventa días|90 días|tres meses|trimestre",
        "reason": r"(?:porque|ya que|pues|puesto que|dado que)\W*$",
    },
    "en": {
        "engagement": r"engage|involve|activity level|level of activity|activity score",
        "churn_probability": r"\bleav|churn|\blos(?:e|ing)\b|cancel|attrition",
        "usage_month": r"thirty days|30 days|last month|past month|this month",
        "usage_quarter": r"ninety days|90 days|three months|quarter",
        "reason": r"(?:because|as|since)\W*$",
    },
    "pt": {
        "engagement": r"envolviment|engajament|compromisso|vincula|vínculo|interaç|(?:nível|índice) de atividade",
        "churn_probability": r"abandon|saída|\bsair|\bdeix|cancel|perd[eê]|churn",
        "usage_month": r"trinta dias|30 dias|último mês|este mês",
        "usage_quarter": r"noventa dias|90 dias|três meses|trimestre",
        "reason": r"(?:porque|pois|já que|uma vez que)\W*$",
    },
}
_PATTERNS = {
    language: {slot: re.compile(cue, re.IGNORECASE) for slot, cue in cues.items()} for language, cues in _CUES.items()
}
_SAID = {
    "engagement": "the level of engagement",
    "churn_probability": "the probability of leaving",
    "usage_month": "the last thirty days",
    "usage_quarter": "the last ninety days",
}


def placing_faults(reply: Reply, language: str) -> Iterator[str]:
    """Yield the slots that stand where they would say something untrue, in words for the model."""
    body = tuple((f"body[{number}]", piece) for number, piece in enumerate(reply.body, 1))
    others = (("subject", reply.subject), ("greeting", reply.greeting), ("call_to_action", reply.call_to_action))
    products = tuple((f"recommendations[{number}]", piece) for number, piece in enumerate(reply.recommendations, 1))
    for place, piece in (*body, *others, *products):
        yield from _misplaced(place, piece, in_body=place.startswith("body"))
    for number, (place, piece) in enumerate(products, 1):
        yield from _foreign_products(place, piece, number)
    counted = Counter(name for _, piece in body for name in SLOT.findall(piece) if name in CUSTOMER_SLOTS)
    yield from (
        f"body: the slot {{{{{name}}}}} stands {count} times; once is enough"
        for name, count in counted.items()
        if count > 1
    )
    for place, piece in body:
        for sentence in _SENTENCE_END.split(piece):
            yield from _out_of_company(place, sentence, language)


def _misplaced(place: str, piece: str, *, in_body: bool) -> Iterator[str]:
    for name in dict.fromkeys(SLOT.findall(piece)):
        product = _PRODUCT.fullmatch(name)
        if name in CUSTOMER_SLOTS and not in_body:
            yield f"{place}: the slot {{{{{name}}}}} belongs to the body alone"
        elif product and product[2] and not place.startswith("recommendations"):
            yield f"{place}: the slot {{{{{name}}}}} belongs to the recommendation of its product"


def _foreign_products(place: str, piece: str, number: int) -> Iterator[str]:
    for name in dict.fromkeys(SLOT.findall(piece)):
        product = _PRODUCT.fullmatch(name)
        if product and int(product[1]) != number:
            yield f"{place}: the slot {{{{{name}}}}} is of another product; this one speaks of product_{number} alone"


def _out_of_company(place: str, sentence: str, language: str) -> Iterator[str]:
    """Yield the slots of a sentence that does not say what they are."""
    patterns = _PATTERNS[language]
    slots = [(match[1], match.start(), match.end()) for match in SLOT.finditer(sentence)]
    for name, start, _ in slots:
        if name == "reason" and not patterns["reason"].search(sentence[:start]):
            yield f"{place}: {{{{reason}}}} completes a clause: it follows a word such as 'because'"
    for family in _FAMILIES:
        told = [slot for slot in slots if slot[0] in family]
        for number, (name, start, end) in enumerate(told):
            since = told[number - 1][2] if number else 0
            until = told[number + 1][1] if number + 1 < len(told) else len(sentence)
            if _nearest(sentence, since, start, end, until, {slot: patterns[slot] for slot in family}) != name:
                yield f"{place}: the sentence of {{{{{name}}}}} has to say that it is {_SAID[name]}, and nothing else"


def _nearest(
    sentence: str, since: int, start: int, end: int, until: int, cues: dict[str, re.Pattern[str]]
) -> str | None:
    """Return the slot whose words stand nearest: the last before it, else the first after it."""
    before = [(match.start(), slot) for slot, cue in cues.items() for match in cue.finditer(sentence, since, start)]
    if before:
        return max(before)[1]
    after = [(match.start(), slot) for slot, cue in cues.items() for match in cue.finditer(sentence, end, until)]
    return min(after)[1] if after else None
