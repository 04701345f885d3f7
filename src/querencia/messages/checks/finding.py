"""What a check says when something is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One fault of one message: which check, how grave, the offending words, and why they offend.

    An error keeps the message from being shown; a warning does not.
    """

    customer_id: str
    check: str
    severity: Severity
    text: str
    reason: str
