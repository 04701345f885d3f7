"""No phone, e-mail or link that the brand or the catalogue does not hold."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from querencia.messages.addresses import find_addresses, link_key, phone_key
from querencia.messages.checks.evidence import Evidence
from querencia.messages.checks.finding import Finding
from querencia.messages.checks.remembering import remembered
from querencia.messages.checks.rules import Rules
from querencia.messages.checks.shown import Shown

CHECK = "contacts"


def check_contacts(shown: Shown, evidence: Evidence, _rules: Rules) -> Iterator[Finding]:
    """Yield every address that no record holds, disguised ones and bare domains too."""
    known = _keys(evidence.contacts)
    for passage in shown.passages:
        for address in addresses_in(passage.masked):
            if address.key not in known:
                yield Finding(
                    customer_id=shown.customer_id,
                    check=CHECK,
                    severity="error",
                    text=address.text,
                    reason=f"neither the brand nor the catalogue holds this {address.kind}",
                )


addresses_in = remembered(find_addresses)


@lru_cache(maxsize=1024)
def _keys(contacts: tuple[str, ...]) -> frozenset[str]:
    keys: set[str] = set()
    for contact in contacts:
        keys |= {contact.casefold(), link_key(contact), phone_key(contact)}
    return frozenset(keys - {"", "+"})
