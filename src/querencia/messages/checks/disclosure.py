"""Where the project discloses nothing of engagement and churn, neither is spoken of."""

from __future__ import annotations

from collections.abc import Iterator

from querencia.messages.checks.evidence import Evidence
from querencia.messages.checks.finding import Finding
from querencia.messages.checks.rules import Rules
from querencia.messages.checks.shown import Shown
from querencia.messages.checks.vocabulary import vocabulary

CHECK = "disclosure"


def check_disclosure(shown: Shown, evidence: Evidence, _rules: Rules) -> Iterator[Finding]:
    """Yield mentions of engagement or churn that the project does not disclose."""
    if not evidence.silent_topics:
        return
    topics = vocabulary(evidence.language).topics
    for passage in shown.passages:
        for match in topics.finditer(passage.masked):
            yield Finding(
                customer_id=shown.customer_id,
                check=CHECK,
                severity="error",
                text=match[0],
                reason='engagement and churn are not to be mentioned: the project says disclose = "none"',
            )
