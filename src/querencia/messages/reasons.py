"""Whether a declared reason can stand in a message: judged once, before any message is written.

In a message the clause is a phrase of the records, inside which the checks judge nothing but claims and characters.
Here it has no such shelter.
"""

from __future__ import annotations

from collections.abc import Iterator

from querencia.language.locales import default_locale
from querencia.messages.brief import Disclosure
from querencia.messages.checks.address import check_address
from querencia.messages.checks.characters import check_characters
from querencia.messages.checks.claims import check_claims
from querencia.messages.checks.contacts import check_contacts
from querencia.messages.checks.disclosure import check_disclosure
from querencia.messages.checks.evidence import Evidence
from querencia.messages.checks.finding import Finding
from querencia.messages.checks.language import check_language
from querencia.messages.checks.numbers import check_numbers
from querencia.messages.checks.placeholders import check_placeholders
from querencia.messages.checks.prices import check_prices
from querencia.messages.checks.rules import Rules
from querencia.messages.checks.shown import show_text
from querencia.messages.presentable import presentable_clause
from querencia.messages.writers.phrasebook import phrasebook

# Not those that ask for a whole message, nor those of names and products: here nobody knows the catalogue yet.
_CHECKS = (
    check_placeholders,
    check_numbers,
    check_prices,
    check_contacts,
    check_disclosure,
    check_language,
    check_address,
    check_claims,
    check_characters,
)


def check_reason(clause: str, *, language: str, brand: str, disclose: Disclosure, rules: Rules) -> tuple[Finding, ...]:
    """Return what is wrong with a clause in the sentences that it may complete; `customer_id` is empty."""
    if presentable_clause(clause) != clause:
        reason = "it holds markup, a link, hidden characters or text read in the wrong encoding"
        return (Finding(customer_id="", check="characters", severity="error", text=clause, reason=reason),)
    return tuple(dict.fromkeys(_findings(clause, language, brand, disclose, rules)))


def _findings(clause: str, language: str, brand: str, disclose: Disclosure, rules: Rules) -> Iterator[Finding]:
    evidence = Evidence(
        customer_id="",
        language=language,
        locale=default_locale(language),
        literals=(brand,) if brand else (),
        senders=(brand,) if brand else (),
        brand=brand,
        silent_topics=disclose == "none",
    )
    for sentence in phrasebook(language).alternatives("reason.told", frozenset({"reason"})):
        shown = show_text(None, sentence.say({"reason": clause}), evidence=evidence)
        for check in _CHECKS:
            yield from check(shown, evidence, rules)
