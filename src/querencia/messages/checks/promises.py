"""No offer, deadline, contract or trend that no record holds: what a customer would act upon."""

from __future__ import annotations

from collections.abc import Iterator

from querencia.messages.checks.claims import plain_words
from querencia.messages.checks.evidence import Evidence
from querencia.messages.checks.finding import Finding
from querencia.messages.checks.remembering import remembered
from querencia.messages.checks.rules import Rules
from querencia.messages.checks.shown import Shown
from querencia.messages.checks.vocabulary import vocabulary
from querencia.messages.checks.words_in import bare_words_in

CHECK = "promises"


def check_promises(shown: Shown, evidence: Evidence, _rules: Rules) -> Iterator[Finding]:
    """Yield each promise of our own messages: free, discounted, refunded, due, contracted, grown, a phone in words.

    What brand and catalogue say is masked in the wording, and stays allowed. Records that are not `closed` may hold
    offers of which nobody told us, so there nothing is judged.
    """
    if not evidence.closed:
        return
    language = evidence.language
    for passage in shown.passages:
        for phrase in promises_in(passage.wording, language):
            yield Finding(
                customer_id=shown.customer_id,
                check=CHECK,
                severity="error",
                text=phrase,
                reason="no record holds such an offer, deadline, contract, trend or number; leave it out",
            )


@remembered
def promises_in(wording: str, language: str) -> tuple[str, ...]:
    """Return the promises of a masked passage, in lower case and without accents; most hold no word of any."""
    words = vocabulary(language)
    present = bare_words_in(wording)
    found = sorted(words.promise_words & present)
    patterns = dict.fromkeys(
        pattern for mark in sorted(words.promise_phrases.keys() & present) for pattern in words.promise_phrases[mark]
    )
    if patterns:
        plain = plain_words(wording)
        found += [match[0] for pattern in patterns if (match := pattern.search(plain)) is not None]
    return tuple(found)
