"""The model card says how good the model is, beside what, how that was measured, and what it does not say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from querencia.learn.figures.churn import Rival
from querencia.learn.figures.interval import Interval
from querencia.report.edition import Edition
from querencia.report.facts import ReportFacts
from querencia.report.measures import read_calibration
from querencia.report.summary import count_tiles, sum_up

Relearn = Callable[..., ReportFacts]
Read = Callable[[ReportFacts, str], Any]
SPANISH = Edition(language="es", locale="es_ES", currency="EUR")


def test_the_headline_says_where_it_was_measured_and_the_other_stands_beside_it(
    learned: ReportFacts, read: Read
) -> None:
    card = read(learned, "model")
    assert "aprendió en una fecha de corte y se probó en otra posterior" in card.text
    assert card.tables["Modelo"][0]  # candidates come last under this name
    assert "En fecha posterior el AUC es 0,831; la validación cruzada por sí sola habría prometido 0,846." in card.text
    for shown in ("0,831 (0,810 a 0,852)", "0,846 (0,826 a 0,866)", "0,761 (0,731 a 0,791)"):
        assert shown in card.text
    assert {tile.name for tile in count_tiles(learned, edition=SPANISH)} >= {"auc_time_split"}
    assert any("medido en fecha posterior" in said for said in sum_up(learned, edition=SPANISH))


def test_out_of_fold_is_not_called_a_later_time(relearn: Relearn, read: Read) -> None:
    card = read(relearn("churn", headline="out_of_fold", out_of_fold=None), "model")
    assert "por validación cruzada, con su intervalo" in card.text
    assert "fecha posterior" not in card.text.replace("fecha posterior: partición", "")
    assert "no se sabe cuánto se pierde con el tiempo" in card.text


@pytest.mark.parametrize(
    ("theirs", "said"),
    [
        ((0.761, 0.731, 0.791), "los intervalos de su AUC no se tocan"),
        ((0.825, 0.80, 0.85), "los intervalos de su AUC se solapan"),
        ((0.851, 0.83, 0.87), "prefiera la regla"),
    ],
)
def test_a_simple_rival_is_told_better_or_worse_by_its_interval(
    theirs: tuple[float, float, float], said: str, learned: ReportFacts, relearn: Relearn, read: Read
) -> None:
    assert learned.model
    assert learned.model.churn
    value, low, high = theirs
    quality = replace(learned.model.churn.rivals[0].quality, auc=Interval(value=value, low=low, high=high))
    rivals = (Rival(name="recency_frequency_value", quality=quality),)
    told = read(relearn("churn", rivals=rivals), "model").text
    assert said in told
    assert "Recencia, frecuencia y valor" in told


def test_where_our_lead_is_known_it_decides(learned: ReportFacts, relearn: Relearn, read: Read) -> None:
    assert learned.model
    assert learned.model.churn
    rival = learned.model.churn.rivals[0]
    # Intervals that overlap can hide a lead that the same resamples show.
    near = replace(rival.quality, auc=Interval(value=0.819, low=0.79, high=0.84))
    ahead = Rival(name=rival.name, quality=near, auc_lead=Interval(value=0.012, low=0.004, high=0.020))
    assert "su AUC es 0,012 mayor (95 %: 0,004 a 0,020)" in read(relearn("churn", rivals=(ahead,)), "model").text
    level = replace(ahead, auc_lead=Interval(value=0.012, low=-0.004, high=0.028))
    assert "no se distingue de cero" in read(relearn("churn", rivals=(level,)), "model").text


@pytest.mark.parametrize(
    ("slope", "intercept", "reading"),
    [
        ((0.97, 0.89, 1.05), (-0.05, -0.16, 0.06), "slope_exact"),
        ((0.71, 0.62, 0.80), (0.0, -0.1, 0.1), "slope_extreme"),
        ((1.40, 1.20, 1.60), (0.0, -0.1, 0.1), "slope_timid"),
        ((1.00, 0.90, 1.10), (0.5, 0.3, 0.7), "slope_level"),
    ],
)
def test_calibration_is_read_by_its_whole_intervals(
    slope: tuple[float, float, float], intercept: tuple[float, float, float], reading: str
) -> None:
    first, second = (Interval(value=v, low=low, high=high) for v, low, high in (slope, intercept))
    assert read_calibration(first, second) == reading


def test_models_tried_are_named_and_counted_over_the_folds(learned: ReportFacts, read: Read) -> None:
    rows = read(learned, "model").tables["Modelo"]
    assert [(row[0], row[-1]) for row in rows] == [
        ("LightGBM (elegido)", "9 de 15"),
        ("regresión logística", "1 de 15"),
        ("mezcla", "5 de 15"),
    ]


def test_profit_stands_beside_every_assumption_it_rests_on(learned: ReportFacts, relearn: Relearn, read: Read) -> None:
    told = read(learned, "model").text
    assert "Contactar al 5,8 % con mayor riesgo rendiría 0,41 € por cliente de la tabla (95 %: 0,22 € a 0,63 €)" in told
    for assumption in ("200,00 €", "10,00 €", "1,00 €", "acepta de media el 30 %", "6 y 14"):
        assert assumption in told
    assert learned.model
    assert learned.model.churn
    assert learned.model.churn.profit
    nothing = replace(learned.model.churn.profit, profit=Interval(value=0.0, low=0.0, high=0.0), share=0.0)
    assert "ninguna campaña compensa" in read(relearn("churn", profit=nothing), "model").text


def test_the_gain_curve_tells_what_the_simulated_customers_did(learned: ReportFacts, read: Read) -> None:
    assert learned.model
    assert learned.model.churn
    gain = next(point.gain for point in learned.model.churn.gains if abs(point.share - 0.1) < 1e-9)
    told = read(learned, "model").text
    assert f"En el 10 % de clientes con mayor riesgo estaba el {100 * gain:.1f}".replace(".", ",") in told
    # Lift is gain over share.
    assert ("10 %", f"{gain / 0.1:.1f}".replace(".", ",")) in [
        row[:2] for row in read(learned, "model").tables["Con mayor riesgo"]
    ]


def test_loadings_name_features_and_keep_their_signs(learned: ReportFacts, read: Read) -> None:
    rows = read(learned, "model").tables["Componente"]
    assert [row[0] for row in rows] == ["1", "2", "3", "4", "5"]
    assert rows[0][2].startswith(
        "días con actividad en los últimos 30 días (+0,61), días desde el último evento (−0,52)"
    )


def test_limits_follow_from_the_facts(learned: ReportFacts, relearn: Relearn, read: Read) -> None:
    told = read(learned, "model").text
    assert "no se sabe cuánto se pierde con el tiempo" not in told, "a later time was tested on"
    assert "Se aprendió de solo" not in told, "408 left"
    assert "Los clientes puntuados no son como aquellos" in told
    assert "ninguna forma de elegir se distingue del azar" in told
    few = read(relearn("churn", churners=61, leaks=("fecha_baja",), calibration_method="none"), "model")
    assert "Se aprendió de solo 61 clientes que se fueron" in few.text
    assert "Si fecha_baja solo se conoció después de la baja" in few.text
    assert "Las probabilidades no se calibraron" in few.text
    assert any("fecha_baja" in text for text in few.warnings)
    blind = replace(learned, model=replace(learned.model, uplift=None, drift=None), synthetic=False)  # type: ignore[type-var]
    told = read(blind, "model").text
    assert "sin saber a quién se contactó" in told
    assert "inventados" not in told
    assert "Los clientes puntuados no son" not in told


def test_without_what_models_may_lack_the_card_leaves_it_out(facts: ReportFacts, read: Read) -> None:
    card = read(facts, "model")
    assert card.exhibits == ("calibration", "explained-variance")
    assert not {"Con mayor riesgo", "Componente"} & set(card.tables)
    for absent in ("campaña de retención", "Pendiente de calibración", "Carpeta del modelo", "veces y se promedia"):
        assert absent not in card.text
    assert "Límites" in card.text


def test_the_manager_reads_how_many_times_likelier_those_at_risk_leave(learned: ReportFacts, relearn: Relearn) -> None:
    assert learned.model
    assert learned.model.churn
    lift = next(entry.lift for entry in learned.model.churn.lift if entry.share == 0.1)
    said = [text.replace("\N{NO-BREAK SPACE}", " ") for text in sum_up(learned, edition=SPANISH)]
    shown = f"{lift.value:.1f}".replace(".", ",")
    assert any(f"En el 10 % de clientes con mayor riesgo, el abandono fue {shown} veces el medio" in t for t in said)
    unsure = replace(learned.model.churn.lift[2], lift=Interval(value=1.2, low=0.9, high=1.5))
    assert not any("veces el medio" in text for text in sum_up(relearn("churn", lift=(unsure,)), edition=SPANISH))
