"""Segments are held against data without groups, and value against purchases that it had not seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from querencia.learn.figures.segments import CutComparison
from querencia.report.edition import Edition
from querencia.report.facts import ReportFacts
from querencia.report.summary import sum_up

Relearn = Callable[..., ReportFacts]
Read = Callable[[ReportFacts, str], Any]
SPANISH = Edition(language="es", locale="es_ES", currency="EUR")


def test_stability_stands_beside_that_of_data_without_groups(learned: ReportFacts, read: Read) -> None:
    told = read(learned, "segments")
    assert "Estabilidad: 0,87 de 1" in told.text
    assert "llegarían por azar hasta 0,71. Los segmentos son más estables que eso" in told.text
    # Value, the second axis, is the one whose cuts explain most.
    assert "solo por valor, en otras tantas partes, explica el 42 % de la varianza" in told.text
    assert "los segmentos, el 71 %: agrupar aporta algo" in told.text
    assert [row[0] for row in told.tables["Segmentos"]] == ["2", "3", "4 (elegido)", "5", "6"]
    assert told.tables["Segmentos"][2] == ("4 (elegido)", "0,87", "0,40 a 0,71", "70 %", "60 %", "12,5 %")
    assert told.tables["Segmentos"][-1][2:5] == ("—", "80 %", "—"), "not held against data without groups"
    assert told.warnings == ()


def test_segments_like_those_of_a_cloud_are_no_groups(relearn: Relearn, read: Read) -> None:
    same = CutComparison(agreement=0.9, explained=0.5, explained_by_cuts=0.49, adds=False)
    facts = relearn("segments", stability=0.55, distinct=False, cuts=same)
    told = read(facts, "segments")
    assert len(told.warnings) == 1, "unstable as well would be the same said twice"
    assert "no como grupos naturales" in told.warnings[0]
    assert "bastarían los cortes" in told.text
    assert any("no grupos naturales" in text for text in sum_up(facts, edition=SPANISH))
    assert "son una división, no un hallazgo" in read(facts, "model").text


def test_stable_cuts_of_a_cloud_are_not_called_groups(relearn: Relearn, read: Read) -> None:
    told = read(relearn("segments", stability=0.9, null_stability=0.71, distinct=False), "segments")
    assert len(told.warnings) == 1
    assert "no explican más" in told.warnings[0]
    assert "no son más estables" not in told.text


def test_one_segment_is_called_one(relearn: Relearn, read: Read) -> None:
    told = read(relearn("segments", k=1, distinct=False, stability=1.0), "segments")
    assert "Un solo segmento" in told.text
    assert told.warnings == ()
    assert "aporta" not in told.text
    asked = read(relearn("segments", k=1, distinct=None, stability=1.0), "segments")
    assert "Un solo segmento" not in asked.text, "one was asked for"


def test_value_from_purchases_tells_its_check_and_parameters(
    learned: ReportFacts, relearn: Relearn, read: Read
) -> None:
    told = read(learned, "value")
    assert "Margen sobre lo vendido: 30 %. Horizonte: sin fin" in told.text
    assert "Aprendido de 2.357 clientes, 1.213 de ellos con más de una compra" in told.text
    assert "tasa mensual de abandono" not in told.text
    assert "se esperaban 0,71 compras por cliente y hubo 0,74" in told.text
    assert "es menor que el de prolongar el ritmo de cada cliente (0,88)" in told.text
    assert [row[1] for row in told.tables["Parámetro"]] == [
        "0,243",
        "4,414",
        "0,793",
        "2,426",
        "6,250",
        "3,740",
        "15,440",
    ]
    assert learned.model
    assert learned.model.value
    assert learned.model.value.purchases
    worse = replace(learned.model.value.purchases, error=0.9, p=None, q=None, v=None)
    told = read(relearn("value", purchases=worse), "value")
    assert "no aporta nada" in told.text
    assert "Muy pocos compraron dos veces" in told.text
    assert len(told.tables["Parámetro"]) == 4
