"""What a project asks of its texts, beside the facts."""

from __future__ import annotations

from dataclasses import dataclass, field

from querencia.messages.checks.rules import Rules


@dataclass(frozen=True, kw_only=True)
class Guidance:
    """The brand's `voice` and approved `examples` in the project's own words, and the `rules` of the checks.

    Both are the company's, and go to the model as they stand: they may hold nothing of a customer.
    """

    voice: str = ""
    examples: tuple[str, ...] = ()
    rules: Rules = field(default_factory=Rules)
