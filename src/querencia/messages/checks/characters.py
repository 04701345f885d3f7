"""No markup, no control characters, nothing hidden: plain text, as it looks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from querencia.messages.checks.evidence import Evidence
from querencia.messages.checks.finding import Finding
from querencia.messages.checks.remembering import remembered
from querencia.messages.checks.rules import Rules
from querencia.messages.checks.shown import Shown
from querencia.messages.presentable import HIDDEN, MOJIBAKE

CHECK = "characters"

_MARKUP = re.compile(
    r"</?[a-zA-Z!][^<>\n]{0,300}>|<!--|&(?:[a-zA-Z]{2,8}|#\d{1,7}|#x[0-9a-fA-F]{1,6});"
    r"|\*\*|__\w|`[^`\n]{1,80}`|```|^#{1,6}\s|\]\(|^[ \t]*\|.*\|[ \t]*$",
    re.MULTILINE,
)
_BREAK = re.compile(r"[\n\r\t]")
# Every fault holds one of these signs: one look at most messages.
_SUSPECT = re.compile(HIDDEN.pattern.removesuffix("]") + r"\n\r\t<&*_`#|\]ÃÂ]|â€|ï»¿")


def check_characters(shown: Shown, _evidence: Evidence, _rules: Rules) -> Iterator[Finding]:
    """Yield hidden characters, line breaks inside a part, markup, and text read in the wrong encoding."""
    # Cutting a plain text into lines loses some control characters: that one is read whole.
    plain = shown.message is None
    if not plain and _SUSPECT.search(" ".join([passage.text for passage in shown.passages])) is None:
        return
    for text in (shown.subject or "", shown.text) if plain else (passage.text for passage in shown.passages):
        for offending, reason in character_faults(text):
            yield _finding(shown, offending, reason)
        if not plain and _BREAK.search(text):
            yield _finding(shown, repr(text[:60]), "a part of a message is one line, without tabs")


@remembered
def character_faults(text: str) -> tuple[tuple[str, str], ...]:
    """Return what should not stand in a plain text, and why, in order of kind."""
    hidden = [(f"U+{ord(match[0]):04X}", "this is a control or hidden character") for match in HIDDEN.finditer(text)]
    markup = [(match[0], "plain text would show this markup as it stands") for match in _MARKUP.finditer(text)]
    broken = [(match[0], "the text was read in the wrong encoding") for match in MOJIBAKE.finditer(text)]
    return (*hidden, *markup, *broken)


def _finding(shown: Shown, text: str, reason: str) -> Finding:
    return Finding(customer_id=shown.customer_id, check=CHECK, severity="error", text=text, reason=reason)
