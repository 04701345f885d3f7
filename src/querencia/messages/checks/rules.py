"""The limits that a project may tighten. No rule switches a check off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import get_args

from querencia.messages.checks.finding import Severity

# Matters of manner. What the other checks find would tell a customer something untrue, or show what nobody may see.
ADJUSTABLE = frozenset({"address", "length"})


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Lengths in characters, and claims that the project forbids beside those that every message must avoid.

    `forbidden_claims` holds phrases for every language, `claims_by_language` for one; both are matched as whole words,
    whatever their case and accents. `severity` says how grave the findings of a check in `ADJUSTABLE` are: a finding
    is told all the same. ValueError for any other check.
    """

    subject_min: int = 3
    subject_max: int = 78
    text_min: int = 120
    text_max: int = 6000
    paragraph_max: int = 1500
    line_max: int = 200
    forbidden_claims: tuple[str, ...] = ()
    claims_by_language: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    severity: Mapping[str, Severity] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("subject_min", "text_min"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)!r}; an empty message is never right: at least 1")
        if self.subject_min > self.subject_max or self.text_min > self.text_max:
            raise ValueError("a smallest length is above its largest; no message could pass")
        for check, severity in self.severity.items():
            if check not in ADJUSTABLE:
                allowed = ", ".join(sorted(ADJUSTABLE))
                raise ValueError(f"the severity of {check!r} cannot be set; expected one of {allowed}")
            if severity not in get_args(Severity):
                raise ValueError(f"severity {severity!r} of {check!r}; expected one of {', '.join(get_args(Severity))}")

    def claims(self, language: str) -> tuple[str, ...]:
        """Return the project's own forbidden phrases for a language."""
        return self.forbidden_claims + tuple(self.claims_by_language.get(language, ()))
