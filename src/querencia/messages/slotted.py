"""Texts with slots, compiled once and filled for each customer, on this machine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from querencia.errors import WorkError
from querencia.messages.brief import Brief
from querencia.messages.message import Message, Recommendation
from querencia.messages.slots import NAME, SLOT, filler_of, is_slot, slots_in
from querencia.messages.writers.offline import write_greeting, write_signature

_PART_ENDS = "\x1e"  # a control character, which no presentable value holds
_DOUBLE_STOP = re.compile(r"([.!?…])\.(?=\s|$)")  # where a record that ends in a stop ends a sentence
_STOPS = (".", "!", "?", "…")
_LINE_ENDS = re.compile(r"\r\n?")
_BRACES = re.compile(r"[{}]")


class SlotError(WorkError):
    """A text cannot be filled: for this brief, which lacks a slot or a product, or for any, for what it holds."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The parts of a text as its writer left them, with slots; a recommendation for each offer, in their order."""

    subject: str
    greeting: str
    body: tuple[str, ...]
    recommendations: tuple[str, ...]
    call_to_action: str


class SlottedText:
    """One text, ready to be filled by any number of briefs of its cell.

    SlotError where the parts hold braces that are no slot, or a slot that is not on the allow-list.
    """

    def __init__(self, parts: Parts, *, writer: str) -> None:
        self.parts = parts
        self.writer = writer
        pieces = (parts.subject, *parts.body, *parts.recommendations, parts.call_to_action, parts.greeting)
        whole = _LINE_ENDS.sub("\n", _PART_ENDS.join(piece.replace(_PART_ENDS, " ") for piece in pieces))
        if _BRACES.search(SLOT.sub("", whole)):
            raise SlotError("the text holds braces that are no slot")
        self.slots = slots_in(whole)
        for name in self.slots:
            if not is_slot(name):
                raise SlotError(f"there is no slot {name!r}")
        self._fillers = tuple((name, filler_of(name)) for name in self.slots if name != NAME)
        self._whole = whole
        self._fills = 0

    def fill(self, brief: Brief) -> Message:
        """Return the message to a (presentable) brief's customer. SlotError where the brief lacks what it asks for.

        A customer whose name is not known is greeted in the phrasebook's words.
        """
        if len(brief.offers) != len(self.parts.recommendations):
            raise SlotError(f"the text is about {len(self.parts.recommendations)} products, not {len(brief.offers)}")
        values = {name: fill(brief) for name, fill in self._fillers}
        for name, value in values.items():
            if not value:
                raise SlotError(f"the text asks for {name!r}, which is not known of this customer")
        values[NAME] = brief.name or ""
        subject, *middle, action, greeting = self._render(values).split(_PART_ENDS)
        paragraphs = len(self.parts.body)
        recommendations = zip(brief.offers, middle[paragraphs:], strict=True)
        return Message(
            customer_id=brief.customer_id,
            language=brief.language,
            subject=subject,
            greeting=greeting if brief.name else write_greeting(brief),
            body=tuple(middle[:paragraphs]),
            recommendations=tuple(
                Recommendation(sku=offer.product.sku, name=offer.product.name, text=text)
                for offer, text in recommendations
            ),
            call_to_action=action,
            signature=write_signature(brief),
            writer=self.writer,
        )

    @cached_property
    def _template(self) -> Template:
        return _environment().from_string(self._whole)

    def _render(self, values: dict[str, str]) -> str:
        self._fills += 1
        if self._fills == 1:  # compiling a template costs as much as a dozen fills: most individual texts have one
            text = SLOT.sub(lambda slot: values[slot[1]], self._whole)
        else:
            try:
                text = self._template.render(values)
            except TemplateError as error:
                raise SlotError(f"the text could not be filled: {type(error).__name__}") from error
        stopped = any(value.endswith(_STOPS) for value in values.values())
        return _DOUBLE_STOP.sub(r"\1", text) if stopped else text


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)
    environment.globals.clear()
    return environment
