"""No placeholder, and nothing that a template or a program leaves behind."""

from __future__ import annotations

import re
from collections.abc import Iterator

from querencia.messages.checks.evidence import Evidence
from querencia.messages.checks.finding import Finding
from querencia.messages.checks.remembering import remembered
from querencia.messages.checks.rules import Rules
from querencia.messages.checks.shown import Shown
from querencia.messages.checks.words_in import words_in

CHECK = "placeholders"

_RESIDUE = re.compile(
    r"\{[{%#]?[^{}\n]{0,80}[}%#]?\}|\{\{|\}\}|\{%|%\}|\$\{|[{}]"  # template syntax
    r"|\[[^\[\]\n]{1,80}\]|[\[\]]"  # [Nombre del Cliente]
    r"|<<[^<>\n]{1,60}>>|<[^\W\d_][^<>\n]{0,60}>|[‹«]\s?(?:nombre|nome|name|cliente|customer)[^›»\n]{0,40}[›»]"
    r"|%\(?[a-zA-Z_]+\)s|%[sd]\b|\b__\w+__\b|_{3,}"
    r"|\b[Xx]{3,}\b|\bXX\b|\.{4,}|\?{3,}"
    r"|\b(?:[Ll]orem|LOREM|[Ii]psum|IPSUM)\b"
    r"|\b(?:TODO|TBD|TBC|FIXME|INSERTAR|INSERT|INSERIR|NOMBRE|NOME|APELLIDOS?|SOBRENOME)\b(?!\s+[A-ZÁÉÍÓÚÑ]{2,}\b)"
    r"|\b(?:undefined|null|NULL|NaN|nan|None|NoneType|object Object)\b(?!\s+of\b)"
    r"|\b[a-z]+(?:_[a-z]+)+\b"  # customer_name
)
# Without one of these signs or words no residue stands there: one look at most passages.
_SIGN = re.compile(r"[{}\[\]<‹«$_]")
_PERCENT = re.compile(r"%[(a-zA-Z_]")
_REPEATED = ("....", "???", "XX", "xx", "xX", "Xx")
_LEFT_WORDS = frozenset(
    [
        "lorem",
        "ipsum",
        "todo",
        "tbd",
        "tbc",
        "fixme",
        "insertar",
        "insert",
        "inserir",
        "nombre",
        "nome",
        "apellido",
        "apellidos",
        "sobrenome",
        "undefined",
        "null",
        "nan",
        "none",
        "nonetype",
        "object",
    ]
)


def check_placeholders(shown: Shown, _evidence: Evidence, _rules: Rules) -> Iterator[Finding]:
    """Yield every placeholder or residue of a template, outside what the records say."""
    for passage in shown.passages:
        for residue in template_residue(passage.wording):
            yield Finding(
                customer_id=shown.customer_id,
                check=CHECK,
                severity="error",
                text=residue,
                reason="a placeholder was left unfilled, or a template left its syntax behind",
            )


@remembered
def template_residue(wording: str) -> tuple[str, ...]:
    """Return the placeholders and residues of a passage, in order."""
    if not _may_be_residue(wording):
        return ()
    return tuple(match[0] for match in _RESIDUE.finditer(wording))


def _may_be_residue(wording: str) -> bool:
    if _SIGN.search(wording) or _PERCENT.search(wording) or any(signs in wording for signs in _REPEATED):
        return True
    return not words_in(wording).isdisjoint(_LEFT_WORDS)
