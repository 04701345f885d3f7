"""What contact changes is told by whole intervals, and that nothing was found is said as plainly as a find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from querencia.learn.figures.interval import Interval
from querencia.learn.figures.uplift import RankingTrial
from querencia.report.charts.uplift import draw_qini, draw_uplift_deciles
from querencia.report.edition import Edition
from querencia.report.facts import ReportFacts
from querencia.report.summary import sum_up
from querencia.report.uplift import effect_in_points, read_effect

Relearn = Callable[..., ReportFacts]
Read = Callable[[ReportFacts, str], Any]
SPANISH = Edition(language="es", locale="es_ES", currency="EUR")
ENGLISH = Edition(language="en", locale="en_GB", currency="GBP")


@pytest.mark.parametrize(
    ("effect", "reading", "shown"),
    [
        ((0.02, 0.01, 0.03), "lowers", ("2.00", "1.00", "3.00")),
        ((-0.02, -0.03, -0.01), "raises", ("2.00", "1.00", "3.00")),
        # A fall of 0.28 points is a change of -0.28 points of churn: as the chart of churn by contact tells it.
        ((0.0028, -0.0050, 0.0105), "unclear", ("−0.28", "−1.05", "+0.50")),
    ],
)
def test_an_effect_is_a_fall_a_rise_or_unclear(
    effect: tuple[float, float, float], reading: str, shown: tuple[str, str, str]
) -> None:
    value, low, high = effect
    interval = Interval(value=value, low=low, high=high)
    assert read_effect(interval) == reading
    assert tuple(effect_in_points(interval, edition=ENGLISH).values()) == shown


def test_nothing_found_is_said_and_customers_are_ranked_by_risk(learned: ReportFacts, read: Read) -> None:
    told = read(learned, "uplift")
    assert any("Ninguna forma de elegir a quién contactar se distingue del azar" in text for text in told.warnings)
    assert (
        "el contacto cambió el abandono en −0,28 puntos (95 %: −1,05 a +0,50), que no se distinguen de cero"
        in told.text
    )
    assert any("se ordenan por riesgo de abandono" in text for text in sum_up(learned, edition=SPANISH))
    assert told.exhibits == ("qini", "uplift-deciles")


def test_a_ranking_that_was_found_is_named_with_its_bound(relearn: Relearn, read: Read) -> None:
    found = RankingTrial(
        name="dr_learner", qini=Interval(value=0.012, low=0.008, high=0.016), simultaneous_low=0.0061, auuc=0.02
    )
    facts = relearn("uplift", trials=(found,), ranking="dr_learner", found=True, shown="dr_learner")
    told = read(facts, "uplift")
    assert "ordenar por DR-learner supera al azar (Qini 0,0120; 95 %: 0,0080 a 0,0160)" in told.text
    assert "0,0061, también está por encima de 0" in told.text
    assert not told.warnings
    assert any("ordenar por DR-learner supera al azar" in text for text in sum_up(facts, edition=SPANISH))


def test_harm_is_said_plainly_and_first(relearn: Relearn, read: Read) -> None:
    harm = Interval(value=-0.021, low=-0.03, high=-0.012)
    facts = relearn("uplift", average_effect=harm)
    told = read(facts, "uplift")
    assert (
        told.warnings[0] == "El contacto subió el abandono 2,10 puntos de media (95 %: 1,20 a 3,00): ahuyenta clientes."
    )
    assert any("El contacto hizo daño" in text for text in sum_up(facts, edition=SPANISH))
    aimed = " ".join(sum_up(relearn("uplift", average_effect=harm, ranking="x_learner", found=True), edition=SPANISH))
    assert "Contactar a todos sube el abandono 2,10 puntos" in aimed
    assert "contacte solo a los primeros según X-learner" in aimed
    stop = relearn("uplift", average_effect=harm, ranking="nobody")
    assert any("no contactar a nadie" in text for text in read(stop, "uplift").warnings)
    assert any("El contacto hizo daño" in text for text in sum_up(stop, edition=SPANISH))
    assert "ninguna forma de elegir" not in read(stop, "model").text


def test_contact_that_was_not_random_is_warned_of_with_its_reasons(
    learned: ReportFacts, relearn: Relearn, read: Read
) -> None:
    assert learned.model
    assert learned.model.uplift
    coin = replace(
        learned.model.uplift.randomisation, sound=False, reasons=("predictable", "allocation"), allocation_p=1e-9
    )
    told = read(relearn("uplift", randomisation=coin), "uplift")
    assert any(
        "la proporción contactada no es la prevista y las variables adivinan a quién se contactó" in text
        for text in told.warnings
    )
    assert "p = < 0,001" in told.text
    assert "su efecto se mezcla con los motivos" in read(relearn("uplift", randomisation=coin), "model").text
    undeclared = replace(coin, sound=True, reasons=(), designed=None, allocation_p=None)
    assert (
        "no consta qué proporción estaba prevista" in read(relearn("uplift", randomisation=undeclared), "uplift").text
    )


def test_power_says_what_would_go_unseen(learned: ReportFacts, read: Read) -> None:
    told = read(learned, "uplift")
    assert (
        "un efecto medio de 1,09 puntos o más se vería el 80 % de las veces (contraste bilateral al 5 %)" in told.text
    )
    assert told.tables["Efecto (puntos)"] == (("0,50", "56.400"), ("1,00", "14.100"))


def test_rankings_stand_best_first_with_the_one_in_use_marked(learned: ReportFacts, read: Read) -> None:
    rows = read(learned, "uplift").tables["Orden"]
    assert [row[0] for row in rows] == [
        "riesgo de abandono (en uso)",
        "DR-learner",
        "S-learner",
        "X-learner",
        "no contactar a nadie",
        "T-learner",
    ]
    assert rows[0][1:4] == ("0,0011", "−0,0005 a 0,0027", "−0,0013")


def test_the_curve_tells_departures_per_hundred_customers(learned: ReportFacts) -> None:
    assert learned.model
    assert learned.model.uplift
    point = next(point for point in learned.model.uplift.curve if point.share == pytest.approx(0.2))
    made = draw_qini(learned.model.uplift.curve, ranking="risk", edition=ENGLISH)
    assert f"avoids {100 * point.kept:.2f} departures per 100 customers" in made.sentence
    assert "could have given" in made.sentence
    above = tuple(replace(entry, kept=entry.high + 0.01) for entry in learned.model.uplift.curve)
    outside = draw_qini(above, ranking="risk", edition=ENGLISH).sentence
    assert f"at random, {100 * point.by_chance:.2f}" in outside


def test_tenths_tell_what_was_seen_and_what_was_foretold_if_anything_was(learned: ReportFacts) -> None:
    assert learned.model
    assert learned.model.uplift
    seen = learned.model.uplift.deciles
    assert seen[0].observed
    first = f"{100 * seen[0].observed.value:.2f}".replace("-", "−")
    made = draw_uplift_deciles(seen, edition=ENGLISH)
    assert made.sentence.startswith(f"In the first tenth the fall that was seen is {first} points")
    assert made.sentence.endswith("This ranking foretells no effects.")
    assert made.columns == ("Tenth", "Seen", "95% interval", "Customers")
    foretold = tuple(replace(entry, predicted=0.015 - 0.002 * entry.decile) for entry in seen[:-1])
    made = draw_uplift_deciles((*foretold, replace(seen[-1], observed=None)), edition=ENGLISH)
    # Nobody, or everybody, was contacted in the last tenth: the one before it is told.
    assert made.sentence.startswith("In the first tenth a fall of 1.30 points was foretold")
    assert "in the last, −0.30 and" in made.sentence
    assert made.rows[-1] == ("10", "—", "—", "—", "1,189")


def test_policy_without_outcome_models_leaves_dashes(learned: ReportFacts, relearn: Relearn, read: Read) -> None:
    assert learned.model
    assert learned.model.uplift
    bare = tuple(replace(entry, aipw=None) for entry in learned.model.uplift.policy)
    rows = read(relearn("uplift", policy=bare), "uplift").tables["Contactados"]
    assert rows[0] == ("0 %", "3,64 %", "3,04 % a 4,24 %", "—", "—")


def test_without_contact_the_part_says_why_it_is_empty(facts: ReportFacts, read: Read) -> None:
    assert facts.explore
    assert facts.explore.customers
    nobody = replace(facts.explore.customers, contact_rate=None, churn_by_contact=None)
    assert (
        "No se sabe a quién se contactó"
        in read(replace(facts, explore=replace(facts.explore, customers=nobody)), "uplift").text
    )
    assert "no se estimó" in read(facts, "uplift").text


def test_an_empty_curve_and_no_tenths_leave_the_sentences(relearn: Relearn, read: Read) -> None:
    told = read(relearn("uplift", curve=(), deciles=(), policy=(), trials=()), "uplift")
    assert told.exhibits == ()
    assert "no se distinguen de cero" in told.text
