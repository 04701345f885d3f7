"""What has changed since a model learned is named, and nothing is warned of where nothing changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from querencia.learn.figures.drift import DriftFigures, FeatureDrift
from querencia.report.charts.drift import draw_drift
from querencia.report.drift import find_causes
from querencia.report.edition import Edition
from querencia.report.facts import ReportFacts
from querencia.report.page import write_sections
from querencia.report.summary import sum_up

Relearn = Callable[..., ReportFacts]
Read = Callable[[ReportFacts, str], Any]
SPANISH = Edition(language="es", locale="es_ES", currency="EUR")


def steady(name: str, psi: float = 0.01) -> FeatureDrift:
    return FeatureDrift(feature=name, psi=psi, level="stable", missing_then=0.1, missing_now=0.1)


def test_warnings_name_what_changed(learned: ReportFacts, read: Read) -> None:
    told = read(learned, "drift")
    assert told.warnings == (
        "Columnas que ahora llevan otro tipo de dato: FACTOR8.",
        "Cambiaron mucho (PSI de 0,25 o más): days_inactive y plan.",
        "Categorías nunca vistas: plan: Oro y Empresas (8,1 % de las filas).",
        "Muchos más valores ausentes que antes: días con actividad en los últimos 30 días (del 2,0 % al 19,0 %).",
    )
    assert "La propia probabilidad de abandono se ha movido algo (PSI 0,13)." in told.text
    assert "Columnas nuevas, que el modelo no usa: channel." in told.text
    assert "entrene el modelo de nuevo" in told.text


def test_the_manager_is_told_in_one_sentence_what_changed(learned: ReportFacts, facts: ReportFacts) -> None:
    said = [text for text in sum_up(learned, edition=SPANISH) if "han cambiado desde que se entrenó" in text]
    assert len(said) == 1
    for cause in ("2 variables cambiaron mucho", "columnas de otro tipo: 1"):
        assert cause in said[0]
    assert "categorías nuevas: 1" in said[0]
    assert not [text for text in sum_up(facts, edition=SPANISH) if "han cambiado" in text]


def test_a_table_like_the_first_is_said_to_be(relearn: Relearn, read: Read) -> None:
    calm = {"extra_columns": (), "changed_types": (), "score_psi": 0.004}
    facts = relearn("drift", features=(steady("a"), steady("b")), **calm)
    told = read(facts, "drift")
    assert told.warnings == ()
    assert "el modelo puede usarse como hasta ahora" in told.text
    assert "apenas se ha movido" in told.text
    assert not [text for text in sum_up(facts, edition=SPANISH) if "han cambiado" in text]
    assert "Los clientes puntuados no son" not in read(facts, "model").text


def test_causes_are_counted_by_hand() -> None:
    few = DriftFigures(
        model="m",
        rows_then=10,
        rows_now=10,
        features=(
            steady("a"),
            replace(steady("b"), missing_now=0.149),  # 4.9 points more
            replace(steady("c"), missing_now=0.16),
            replace(steady("d"), new_levels=("x",), new_share=0.2),
            replace(steady("e", 0.4), level="large"),
            replace(steady("f", 0.2), level="moderate"),
        ),
        extra_columns=("z",),
    )
    assert find_causes(few) == {"large": 1, "new_levels": 1, "gaps": 1}


def test_features_that_changed_are_all_listed_and_the_others_counted(learned: ReportFacts, read: Read) -> None:
    rows = read(learned, "drift").tables["Variable"]
    assert [row[0] for row in rows[:3]] == ["days_inactive", "plan", "días con actividad en los últimos 30 días"]
    assert rows[1] == ("plan", "0,330", "grande", "1,0 %", "1,2 %", "Oro y Empresas", "8,1 %")
    assert len(rows) == 15
    assert "Otras 48 variables" in read(learned, "drift").text


def test_the_chart_shows_twenty_features_between_the_bounds_of_the_convention(learned: ReportFacts) -> None:
    assert learned.model
    assert learned.model.drift
    made = draw_drift(learned.model.drift.features, edition=SPANISH)
    spec = made.chart.to_dict()
    sets = [spec["datasets"][layer["data"]["name"]] for layer in spec["layer"]]
    assert [row["at"] for row in sets[0]] == [0.1, 0.25]
    assert [row["value"] for row in sets[1]] == [entry.psi for entry in learned.model.drift.features[:20]]
    assert len({row["colour"] for row in sets[1]}) == 3, "stable, moderate and large differ"
    assert "de 63 variables, 2 han cambiado mucho y 1, algo" in made.sentence


def test_without_a_saved_model_there_is_no_such_part(facts: ReportFacts, learned: ReportFacts) -> None:
    names = [
        [part.name for part in write_sections(replace(made, explore=None, customers=None), edition=SPANISH)]
        for made in (facts, learned)
    ]
    assert "drift" not in names[0]
    assert names[1][:2] == ["quality", "drift"]
