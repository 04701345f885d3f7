"""A message: typed parts, not a blob."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Recommendation:
    """One recommended product: the SKU it speaks of, its name as the catalogue has it, and the sentence about it."""

    sku: str
    name: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Message:
    """What one customer will read: `subject`, `greeting`, paragraphs of `body`, `recommendations`, `call_to_action`,
    and lines of the `signature`. All plain text, without markup."""

    customer_id: str
    language: str
    subject: str
    greeting: str
    body: tuple[str, ...]
    recommendations: tuple[Recommendation, ...]
    call_to_action: str
    signature: tuple[str, ...]
    writer: str
