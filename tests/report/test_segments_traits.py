"""What sets a segment apart is told in words: a level beside its column, a feature of behaviour by its meaning."""

from __future__ import annotations

from querencia.learn.figures.segments import Trait
from querencia.report.edition import Edition
from querencia.report.segments import describe_trait

EDITION = Edition(language="es", locale="es_ES", currency="EUR")


def test_a_level_stands_beside_its_column() -> None:
    trait = Trait(feature="tipo_plan_Inicio", level="Inicio", mean=0.5, overall=0.2, difference=1.0)
    assert describe_trait(trait, edition=EDITION) == "tipo_plan: Inicio"


def test_a_feature_of_behaviour_is_told_by_its_meaning() -> None:
    trait = Trait(feature="active_days_30d", mean=5.0, overall=2.0, difference=1.0)
    assert describe_trait(trait, edition=EDITION) == "días con actividad en los últimos 30 días"
