"""Asks for texts and judges them, with the very checks that every message must pass, on customers that are made up."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

from querencia.language.locales import format_number
from querencia.messages.brief import Brief
from querencia.messages.cells import Cell, cell_slots, variety
from querencia.messages.checks.registry import check_message
from querencia.messages.slots import ABOUT, NAME, available
from querencia.messages.slotted import Parts, SlotError, SlottedText
from querencia.messages.told import is_silent
from querencia.messages.writers.llm.facts import read_brief, read_cell
from querencia.messages.writers.llm.guidance import Guidance
from querencia.messages.writers.llm.instructions import brief_prompt, cell_prompt, instructions, must_use
from querencia.messages.writers.llm.judging import (
    digit_faults,
    form_faults,
    inactivity_faults,
    number_word_faults,
    quote,
    read_reply,
    slot_faults,
)
from querencia.messages.writers.llm.placing import placing_faults
from querencia.messages.writers.llm.reply import Reply
from querencia.messages.writers.llm.stand_ins import STAND_IN, stand_ins
from querencia.messages.writers.llm.work import Mode, Question, Work

WRITER = "llm"
COMPLAINT_LENGTH = 1500
FAULTS_TOLD = 12
# Servers count these against the quota on arrival. A good reply has some 600 characters, and 250 more for each product;
# a token of these languages has 3 or more, so that a text twice as long still fits.
TOKENS_OF_TEXT = {"es": 600, "en": 500, "pt": 600}
TOKENS_PER_PRODUCT = {"es": 140, "en": 120, "pt": 140}


class ModelScribe:
    """The `Scribe` of a project's `guidance`: stateless, and the same in any process.

    `reasoning_tokens` is the room that a reasoning model takes for its thoughts before it writes.
    """

    def __init__(self, guidance: Guidance, *, reasoning_tokens: int = 0) -> None:
        self.guidance = guidance
        self._reasoning_tokens = reasoning_tokens

    def question(self, work: Work) -> Question:
        """Return instructions that all works of a language share, and the work's facts."""
        source = _source(work)
        cell = isinstance(source, Cell)
        products = source.products if isinstance(source, Cell) else len(source.offers)
        return Question(
            instructions=instructions(
                work.mode,
                work.language,
                locale=source.locale if cell else variety(source.locale),
                disclose=source.disclose,
                guidance=self.guidance,
            ),
            prompt=cell_prompt(source) if isinstance(source, Cell) else brief_prompt(source),
            max_tokens=TOKENS_OF_TEXT[work.language]
            + TOKENS_PER_PRODUCT[work.language] * products
            + self._reasoning_tokens,
        )

    def judge(self, work: Work, text: str) -> tuple[Reply | None, str]:
        """Return the reply, or None and what is wrong with it, one fault a line, in words for the model."""
        reply, faults = read_reply(text)
        if reply is None:
            return None, _complain(faults)
        source = _source(work)
        faults = list(_cell_faults(reply, source) if isinstance(source, Cell) else _brief_faults(reply, source))
        tried = stand_ins(source) if isinstance(source, Cell) else (replace(source, name=STAND_IN),)
        faults += self._check_faults(reply, tried, faulty=bool(faults))
        return (None, _complain(faults)) if faults else (reply, "")

    def _check_faults(self, reply: Reply, briefs: tuple[Brief, ...], *, faulty: bool) -> Iterator[str]:
        """Yield what the checks find in the filled text. One that is known to be `faulty` may not even be filled."""
        slotted: SlottedText | None = None
        for brief in briefs:
            try:
                slotted = slotted or slotted_text(reply)
                message = slotted.fill(brief)
            except SlotError as error:
                if not faulty:
                    yield str(error)
                continue
            found = check_message(message, brief, rules=self.guidance.rules)
            values: Mapping[str, str] = available(brief) if found else {}
            for finding in found:
                if finding.severity == "error":
                    text, reason = (_unfilled(words, values) for words in (finding.text, finding.reason))
                    yield f"{finding.check}: {quote(text)}: {reason}"


def slotted_text(reply: Reply) -> SlottedText:
    """Return a reply compiled, to be filled for each customer. SlotError where it holds what is no slot."""
    parts = Parts(
        subject=reply.subject,
        greeting=reply.greeting,
        body=tuple(reply.body),
        recommendations=tuple(reply.recommendations),
        call_to_action=reply.call_to_action,
    )
    return SlottedText(parts, writer=WRITER)


def _source(work: Work) -> Cell | Brief:
    return _read_source(work.mode, work.facts)


@lru_cache(maxsize=1024)  # a work is read to be asked for, and again to be judged
def _read_source(mode: Mode, facts: str) -> Cell | Brief:
    return read_cell(facts) if mode == "cell" else read_brief(facts)


def _cell_faults(reply: Reply, cell: Cell) -> Iterator[str]:
    slots = cell_slots(cell)
    yield from form_faults(reply, products=cell.products)
    yield from slot_faults(reply, slots=frozenset(slots), required=must_use(slots))
    yield from placing_faults(reply, cell.language)
    yield from digit_faults(reply)
    yield from number_word_faults(reply, cell.language, products=cell.products)
    if not cell.silent:
        yield from inactivity_faults(reply, cell.language)


def _brief_faults(reply: Reply, brief: Brief) -> Iterator[str]:
    """Yield the faults of a text for one customer: each fact that must be told stands in it, as a slot or in words."""
    values = {name: value for name, value in available(brief).items() if not name.endswith(f"_{ABOUT}")}
    body = " ".join(reply.body)
    told = {name for name in must_use(tuple(values)) if name != NAME and _is_told(values[name], body)}
    counts = "|".join(re.escape(figure) for figure in _counts(brief))
    if counts and re.search(rf"(?<![\d.,])(?:{counts})(?!\d)", body):
        told |= {"usage_month", "usage_quarter"}
    required = tuple(name for name in must_use(tuple(values)) if name not in told)
    yield from form_faults(reply, products=len(brief.offers))
    yield from slot_faults(reply, slots=frozenset(values), required=required)
    yield from placing_faults(reply, brief.language)
    if not is_silent(brief):
        yield from inactivity_faults(reply, brief.language)


def _is_told(value: str, body: str) -> bool:
    return value.replace("\u00a0", " ") in body.replace("\u00a0", " ")


def _counts(brief: Brief) -> set[str]:
    """Return the figures of the customer's activity, as they may be written."""
    values = [fact.value for fact in brief.usage if fact.value]
    return {str(value) for value in values} | {format_number(value, locale=brief.locale) for value in values}


def _unfilled(text: str, values: Mapping[str, str]) -> str:
    """Return a finding's words with slots for what the made-up customer put into them."""
    for name, value in sorted(values.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        if len(value) > 2:
            text = text.replace(value, f"{{{{{name}}}}}")
    return text


def _complain(faults: list[str]) -> str:
    """Return the faults as a short list, each once."""
    told = list(dict.fromkeys(" ".join(fault.split()) for fault in faults))[:FAULTS_TOLD]
    return "\n".join(f"- {fault}" for fault in told)[:COMPLAINT_LENGTH]
