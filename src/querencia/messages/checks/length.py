"""Neither too short to say anything, nor too long to be read."""

from __future__ import annotations

from collections.abc import Iterator

from querencia.messages.checks.evidence import Evidence
from querencia.messages.checks.finding import Finding
from querencia.messages.checks.rules import Rules
from querencia.messages.checks.shown import Shown

CHECK = "length"


def check_length(shown: Shown, _evidence: Evidence, rules: Rules) -> Iterator[Finding]:
    """Yield the parts whose length in characters is out of the rules' bounds."""
    if shown.subject is not None and not rules.subject_min <= len(shown.subject.strip()) <= rules.subject_max:
        bounds = f"{rules.subject_min} to {rules.subject_max}"
        yield _finding(shown, shown.subject, f"a subject has {bounds} characters, not {len(shown.subject.strip())}")
    size = len(shown.text.strip())
    if not rules.text_min <= size <= rules.text_max:
        reason = f"a message has {rules.text_min} to {rules.text_max} characters, not {size}"
        yield _finding(shown, shown.text, reason)
    for passage in shown.passages:
        limit = rules.line_max if passage.kind in {"greeting", "product", "signature"} else rules.paragraph_max
        if passage.kind != "subject" and len(passage.text) > limit:
            yield _finding(shown, passage.text, f"this part has at most {limit} characters, not {len(passage.text)}")


def _finding(shown: Shown, text: str, reason: str) -> Finding:
    short = " ".join(text[:80].split())
    return Finding(customer_id=shown.customer_id, check=CHECK, severity="error", text=short, reason=reason)
