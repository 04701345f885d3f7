"""What managers and customers call segments, risk groups and levels, in es, en and pt."""

from __future__ import annotations

import math

# Best value first. From nine segments on, the best eight keep these names and the rest are numbered.
_SEGMENTS: dict[str, dict[int, tuple[str, ...]]] = {
    "es": {
        1: ("Todos",),
        2: ("Premium", "Base"),
        3: ("Premium", "Estables", "Base"),
        4: ("Premium", "Estables", "Emergentes", "Base"),
        5: ("Premium", "Destacados", "Estables", "Emergentes", "Base"),
        6: ("Premium", "Destacados", "Estables", "Emergentes", "Ocasionales", "Base"),
        7: ("Élite", "Premium", "Destacados", "Estables", "Emergentes", "Ocasionales", "Base"),
        8: ("Élite", "Premium", "Destacados", "Estables", "Emergentes", "Ocasionales", "Esporádicos", "Base"),
    },
    "en": {
        1: ("All",),
        2: ("Premium", "Core"),
        3: ("Premium", "Steady", "Core"),
        4: ("Premium", "Steady", "Emerging", "Core"),
        5: ("Premium", "Strong", "Steady", "Emerging", "Core"),
        6: ("Premium", "Strong", "Steady", "Emerging", "Occasional", "Core"),
        7: ("Elite", "Premium", "Strong", "Steady", "Emerging", "Occasional", "Core"),
        8: ("Elite", "Premium", "Strong", "Steady", "Emerging", "Occasional", "Sporadic", "Core"),
    },
    "pt": {
        1: ("Todos",),
        2: ("Premium", "Base"),
        3: ("Premium", "Estáveis", "Base"),
        4: ("Premium", "Estáveis", "Emergentes", "Base"),
        5: ("Premium", "Destacados", "Estáveis", "Emergentes", "Base"),
        6: ("Premium", "Destacados", "Estáveis", "Emergentes", "Ocasionais", "Base"),
        7: ("Elite", "Premium", "Destacados", "Estáveis", "Emergentes", "Ocasionais", "Base"),
        8: ("Elite", "Premium", "Destacados", "Estáveis", "Emergentes", "Ocasionais", "Esporádicos", "Base"),
    },
}
_NUMBERED = {"es": "Grupo", "en": "Group", "pt": "Grupo"}
_RISK_GROUPS = {
    "es": ("Cliente fiel (bajo riesgo)", "Cliente con señales de riesgo", "Cliente que requiere atención inmediata"),
    "en": ("Loyal customer (low risk)", "Customer with signs of risk", "Customer who needs attention now"),
    "pt": ("Cliente fiel (baixo risco)", "Cliente com sinais de risco", "Cliente que requer atenção imediata"),
}
_ENGAGEMENT = {
    "es": ("muy bajo", "bajo", "medio", "alto", "muy alto"),
    "en": ("very low", "low", "moderate", "high", "very high"),
    "pt": ("muito baixo", "baixo", "médio", "alto", "muito alto"),
}
_CHURN = {
    "es": ("bajo", "moderado", "alto"),
    "en": ("low", "moderate", "high"),
    "pt": ("baixo", "moderado", "alto"),
}


def segment_names(k: int, language: str) -> tuple[str, ...]:
    """Return the names of `k` segments, best value first (four: Premium, Estables, Emergentes, Base).

    ValueError where `k` is less than 1, KeyError for a language other than es, en, pt.
    """
    if k < 1:
        raise ValueError(f"k is {k!r}; there is at least one segment")
    named = _SEGMENTS[language]
    if k in named:
        return named[k]
    return named[8] + tuple(f"{_NUMBERED[language]} {number}" for number in range(9, k + 1))


def risk_group_name(group: int, language: str) -> str:
    """Return what a manager calls risk group 1 (loyal), 2 (signs of risk) or 3 (needs attention now)."""
    if group not in {1, 2, 3}:
        raise ValueError(f"risk group {group!r}; expected 1, 2 or 3")
    return _RISK_GROUPS[language][group - 1]


def engagement_level(score: float, language: str) -> str:
    """Return an engagement score (0-100) in words, by fifths of the scale: 80 and above is very high."""
    if math.isnan(score):
        raise ValueError("the engagement score is unknown (NaN): it has no level")
    return _ENGAGEMENT[language][min(4, max(0, int(score // 20)))]


def churn_level(risk_group: int, language: str, *, low: bool = True) -> str:
    """Return the churn risk of a risk group in words: low, moderate, high.

    Group 1 holds everybody below one and a half times the usual odds: only where `low` holds is its risk called low.
    """
    if risk_group not in {1, 2, 3}:
        raise ValueError(f"risk group {risk_group!r}; expected 1, 2 or 3")
    return _CHURN[language][1 if risk_group == 1 and not low else risk_group - 1]
