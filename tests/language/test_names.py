from __future__ import annotations

import pytest

from querencia.language.names import churn_level, engagement_level, risk_group_name, segment_names


def test_four_segments_have_the_seeds_names() -> None:
    assert segment_names(4, "es") == ("Premium", "Estables", "Emergentes", "Base")
    assert segment_names(4, "en") == ("Premium", "Steady", "Emerging", "Core")
    assert segment_names(4, "pt") == ("Premium", "Estáveis", "Emergentes", "Base")


@pytest.mark.parametrize("language", ["es", "en", "pt"])
@pytest.mark.parametrize("k", range(1, 13))
def test_every_segment_has_a_name_of_its_own(k: int, language: str) -> None:
    assert len(set(segment_names(k, language))) == k


def test_beyond_eight_segments_are_numbered() -> None:
    assert segment_names(10, "es")[8:] == ("Grupo 9", "Grupo 10")
    assert segment_names(9, "en")[8] == "Group 9"
    with pytest.raises(ValueError, match="at least one"):
        segment_names(0, "es")


def test_levels_follow_fifths_of_the_scale() -> None:
    scores = (0, 19.99, 20, 40, 60, 79.99, 80, 100)
    assert [engagement_level(score, "en") for score in scores] == [
        *("very low", "very low", "low", "moderate", "high", "high", "very high", "very high")
    ]
    with pytest.raises(ValueError, match="unknown"):
        engagement_level(float("nan"), "es")


def test_risk_groups_have_names_and_levels() -> None:
    assert [churn_level(group, "es") for group in (1, 2, 3)] == ["bajo", "moderado", "alto"]
    assert [churn_level(group, "en", low=False) for group in (1, 2, 3)] == ["moderate", "moderate", "high"]
    assert risk_group_name(1, "es") == "Cliente fiel (bajo riesgo)"
    assert risk_group_name(3, "pt") == "Cliente que requer atenção imediata"
    for name in (churn_level, risk_group_name):
        with pytest.raises(ValueError, match="expected 1, 2 or 3"):
            name(4, "es")
