"""Every check, in one tuple. Each runs on each message; none can be switched off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from querencia.messages.brief import Brief
from querencia.messages.checks.address import check_address
from querencia.messages.checks.brief_evidence import evidence_of
from querencia.messages.checks.characters import check_characters
from querencia.messages.checks.claims import check_claims
from querencia.messages.checks.contacts import check_contacts
from querencia.messages.checks.disclosure import check_disclosure
from querencia.messages.checks.evidence import Evidence
from querencia.messages.checks.finding import Finding
from querencia.messages.checks.language import check_language
from querencia.messages.checks.length import check_length
from querencia.messages.checks.names import check_names
from querencia.messages.checks.numbers import check_numbers
from querencia.messages.checks.parts import check_parts
from querencia.messages.checks.placeholders import check_placeholders
from querencia.messages.checks.prices import check_prices
from querencia.messages.checks.products import check_products
from querencia.messages.checks.promises import check_promises
from querencia.messages.checks.rules import Rules
from querencia.messages.checks.shown import Shown, show_message
from querencia.messages.message import Message
from querencia.messages.presentable import presentable
from querencia.messages.rendering import plain_text

Check = Callable[[Shown, Evidence, Rules], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (
    check_parts,
    check_placeholders,
    check_numbers,
    check_prices,
    check_products,
    check_names,
    check_contacts,
    check_disclosure,
    check_language,
    check_address,
    check_length,
    check_claims,
    check_promises,
    check_characters,
)


def check_message(message: Message, brief: Brief, *, rules: Rules) -> tuple[Finding, ...]:
    """Return what is wrong with a message, judged by what its reader sees and by the brief it was written from."""
    evidence = evidence_of(presentable(brief))
    shown = show_message(message, text=plain_text(message), evidence=evidence)
    return run_checks(shown, evidence, rules=rules)


def run_checks(shown: Shown, evidence: Evidence, *, rules: Rules) -> tuple[Finding, ...]:
    """Return the findings of every check, each once, in the order of the checks, as grave as the rules say."""
    found = tuple(dict.fromkeys(finding for check in CHECKS for finding in check(shown, evidence, rules)))
    return tuple(_weighed(finding, rules) for finding in found) if rules.severity else found


def _weighed(finding: Finding, rules: Rules) -> Finding:
    return replace(finding, severity=rules.severity.get(finding.check, finding.severity))
