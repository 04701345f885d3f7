"""Declared reasons, judged before any message is written: what every message must pass holds for them too."""

from __future__ import annotations

import pytest

from querencia.messages.brief import Disclosure
from querencia.messages.checks.rules import Rules
from querencia.messages.reasons import check_reason


def faults(clause: str, *, language: str = "es", disclose: Disclosure = "numbers", forbidden: str = "-") -> set[str]:
    rules = Rules(forbidden_claims=(forbidden,))
    found = check_reason(clause, language=language, brand="VoiceFlip", disclose=disclose, rules=rules)
    return {finding.check for finding in found}


@pytest.mark.parametrize(
    ("language", "clause"),
    [
        ("es", "queremos acompañarle mejor en esta etapa con nosotros"),
        ("es", "el uso que hace de VoiceFlip nos dice que podríamos serle más útiles"),
        ("es", "hace algún tiempo que no tenemos noticias suyas"),
        ("en", "we have not heard from you for some time"),
        ("en", "your experience with our support team matters to us"),
        ("pt", "há algum tempo que não temos notícias suas"),
        ("pt", "a sua experiência com o nosso apoio é importante para nós"),
    ],
)
@pytest.mark.parametrize("disclose", ["numbers", "none"])
def test_a_sound_clause_has_no_fault(language: str, clause: str, disclose: Disclosure) -> None:
    assert faults(clause, language=language, disclose=disclose) == set()


@pytest.mark.parametrize(
    ("language", "clause", "check"),
    [
        ("es", "hace tiempo que no te vemos por aquí", "address"),
        ("es", "queremos ofrecerle un servicio gratis para siempre", "claims"),
        ("es", "lleva tres meses sin llamarnos", "numbers"),
        ("es", "hay novedades para usted en ejemplo.com", "characters"),
        ("es", "we have not heard from you for some time", "language"),
        ("es", "hemos revisado su cuenta, [nombre]", "characters"),
        ("en", "our results are guaranteed", "claims"),
        ("en", "hace algún tiempo que no tenemos noticias suyas", "language"),
        ("pt", "gostamos muito de ti", "address"),
        ("pt", "queremos oferecer um serviço grátis para sempre", "claims"),
    ],
)
def test_a_fault_is_found_although_messages_take_the_clause_as_a_record(language: str, clause: str, check: str) -> None:
    assert check in faults(clause, language=language)


def test_the_projects_own_rules_hold_too() -> None:
    clause = "vemos un mayor riesgo de abandono en su cuenta"
    assert faults(clause) == set()
    assert faults(clause, disclose="none") == {"disclosure"}
    assert faults(clause, forbidden="mayor riesgo") == {"claims"}
