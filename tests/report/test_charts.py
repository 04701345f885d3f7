"""Every figure of the seed has its chart, and every chart carries exactly the figures it was given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from querencia.explore.figures import ChurnByContact, Correlation, CorrelationMatrix, DayCount, ItemCount
from querencia.learn.figures.churn import RiskFigures
from querencia.report.charts.customers import (
    draw_churn_by_contact,
    draw_churn_shares,
    draw_correlation_matrix,
    draw_correlations,
)
from querencia.report.charts.events import draw_event_types, draw_top_items
from querencia.report.charts.exhibit import Exhibit, count_ticks, distinct, share_ticks
from querencia.report.charts.gallery import hang_exhibits
from querencia.report.charts.moments import draw_events_by_day
from querencia.report.charts.palette import RISK, SEGMENTS
from querencia.report.charts.risk import draw_churn_probability, draw_risk_groups
from querencia.report.charts.segments import draw_engagement_by_value, sample_customers
from querencia.report.charts.sessions import draw_funnel, draw_session_durations
from querencia.report.drawing import draw_svg
from querencia.report.edition import Edition
from querencia.report.facts import ReportFacts

SPANISH = Edition(language="es", locale="es_ES", currency="EUR")
ENGLISH = Edition(language="en", locale="en_GB", currency="GBP")

# The figures of the seed and of the issue, each with the chart that is its twin.
TWINS = {
    "share of customers who left": "churn-shares",
    "share of customers contacted": "contact-shares",
    "churn by contact": "churn-by-contact",
    "ten largest correlations": "correlations",
    "correlation matrix": "correlation-matrix",
    "event types": "event-types",
    "items with most interaction": "top-items",
    "popularity of the items": "item-popularity",
    "events by hour and weekday": "events-by-weekday-hour",
    "events by day": "events-by-day",
    "session durations": "session-durations",
    "events per session": "events-per-session",
    "sessions by minimum length": "sessions-by-minimum-length",
    "types in sequence": "funnel",
    "engagement x value by segment": "engagement-by-value",
    "segment sizes": "segment-sizes",
    "segment profiles": "segment-profiles",
    "risk groups": "risk-groups",
    "churn probability with the risk thresholds": "churn-probability",
    "explained variance": "explained-variance",
    "calibration": "calibration",
}


def all_exhibits(facts: ReportFacts) -> dict[str, Exhibit]:
    edition = Edition(language=facts.language, locale=facts.locale, currency=facts.currency)
    gallery = hang_exhibits(facts, edition=edition)
    return {exhibit.name: exhibit for exhibits in gallery.values() for exhibit in exhibits}


@pytest.fixture(scope="module")
def exhibits(facts: ReportFacts) -> dict[str, Exhibit]:
    return all_exhibits(facts)


def rows_of(exhibit: Exhibit, index: int = 0) -> list[dict[str, Any]]:
    """Return the chart's own data, as Vega-Lite will read them."""
    spec = exhibit.chart.to_dict()
    sets = spec.get("datasets", {})
    found = [data.get("values") or sets[data["name"]] for data in data_of(spec)]
    return list(found[index])


def data_of(spec: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "data" in spec:
        yield spec["data"]
    for key in ("layer", "vconcat"):
        for part in spec.get(key, []):
            yield from data_of(part)


def values_of(exhibit: Exhibit, key: str = "value") -> list[float]:
    return [row[key] for row in rows_of(exhibit)]


@pytest.mark.parametrize("twin", TWINS.values(), ids=TWINS.keys())
def test_every_figure_of_the_seed_has_its_chart(twin: str, exhibits: dict[str, Exhibit]) -> None:
    assert twin in exhibits


def test_no_chart_goes_untested(exhibits: dict[str, Exhibit]) -> None:
    assert set(exhibits) == set(TWINS.values())


def test_charts_have_titles_axes_sentences_and_tables_in_each_language(facts_by_language: ReportFacts) -> None:
    for exhibit in all_exhibits(facts_by_language).values():
        spec = exhibit.chart.to_dict()  # validates against the Vega-Lite schema
        assert spec["title"] == exhibit.title
        assert exhibit.title
        assert any(sign.isdigit() for sign in exhibit.sentence), exhibit.sentence
        assert exhibit.sentence.endswith(".")
        assert "{" not in exhibit.sentence
        assert exhibit.rows
        assert all(len(row) == len(exhibit.columns) for row in exhibit.rows)
        assert all(cell for row in exhibit.rows for cell in row)


def test_axes_name_what_they_measure_and_its_unit(facts_by_language: ReportFacts) -> None:
    units = {
        "events-by-day": ("millones", "millions", "milhões"),
        "calibration": ("%",),
        "event-types": ("mill", "milh"),
    }
    units |= {"funnel": ("%",), "sessions-by-minimum-length": ("%",), "item-popularity": ("%",)}
    units |= {"engagement-by-value": ("EUR",), "churn-probability": ("%",), "explained-variance": ("%",)}
    made = all_exhibits(facts_by_language)
    for name, wanted in units.items():
        titles = list(titles_of(made[name].chart.to_dict()))
        assert any(unit in title for title in titles for unit in wanted), (name, titles)


def titles_of(spec: dict[str, Any]) -> Iterator[str]:
    for axis in ("x", "y"):
        title = spec.get("encoding", {}).get(axis, {}).get("title")
        if title:
            yield title
    for key in ("layer", "vconcat"):
        for part in spec.get(key, []):
            yield from titles_of(part)


def test_event_charts_carry_the_figures(facts: ReportFacts, exhibits: dict[str, Exhibit]) -> None:
    assert facts.explore
    figures = facts.explore.events
    assert figures
    types = rows_of(exhibits["event-types"])
    assert [row["value"] for row in types if row["series"] == "Sin duplicados"] == list(figures.types.values())
    assert [row["value"] for row in types if row["series"] == "Leídos"] == list(figures.types_read.values())
    assert values_of(exhibits["top-items"]) == [item.events for item in figures.top_items]
    week = exhibits["events-by-weekday-hour"]
    assert values_of(week) == [count for counts in figures.by_weekday_hour for count in counts]
    assert rows_of(week)[6 * 24 + 17]["tip"] == "domingo, 17 h: " + f"{figures.by_weekday_hour[6][17]:,}".replace(
        ",", "."
    )
    assert [row[-1] for row in week.rows[:-1]] == [f"{count:,}".replace(",", ".") for count in figures.by_hour]
    assert week.rows[-1][1:-1] == tuple(f"{count:,}".replace(",", ".") for count in figures.by_weekday)
    assert [(row["day"], row["value"]) for row in rows_of(exhibits["events-by-day"])] == [
        (entry.day, entry.events) for entry in figures.by_day
    ]
    bins = figures.session_seconds.histogram
    assert values_of(exhibits["session-durations"], "sessions") == [entry.sessions for entry in bins]
    # Bars, their figures and their axis are shares, all three.
    assert sum(values_of(exhibits["session-durations"])) == pytest.approx(1)
    assert any(title == "Sesiones (%)" for title in titles_of(exhibits["session-durations"].chart.to_dict()))
    bins = figures.events_per_session.histogram
    assert values_of(exhibits["events-per-session"], "sessions") == [entry.sessions for entry in bins]
    assert [row["label"] for row in rows_of(exhibits["events-per-session"])][:3] == ["1", "2", "3–5"]


def test_charts_of_sessions_and_items_carry_the_figures(facts: ReportFacts, exhibits: dict[str, Exhibit]) -> None:
    assert facts.explore
    figures = facts.explore.events
    assert figures
    assert values_of(exhibits["funnel"]) == [step.share for step in figures.funnel]
    assert [row["label"].split("\n")[1:] for row in rows_of(exhibits["funnel"])] == [
        [],
        ["26,7\u00a0% del anterior"],
        ["45,7\u00a0% del anterior"],
    ]
    assert exhibits["funnel"].rows[2] == ("pedidos", "1.561.119", "12,1\u00a0%", "45,7\u00a0%")
    shares = figures.item_popularity.shares
    assert {"items": 0.01, "events": 0.331, "tip": "1\u00a0%: 33,1\u00a0%"} in rows_of(exhibits["item-popularity"], 1)
    assert [row[1] for row in exhibits["item-popularity"].rows][:2] == ["11,7\u00a0%", "33,1\u00a0%"]
    assert len(exhibits["item-popularity"].rows) == len(shares)
    lengths = figures.sessions_by_minimum_length
    drawn = rows_of(exhibits["sessions-by-minimum-length"])
    # Lengths that no session reaches are left out, and so is 1, which every session reaches.
    assert [row["value"] for row in drawn if row["series"] == "Sesiones"] == [
        entry.sessions / figures.sessions for entry in lengths[1:-1]
    ]
    assert [row["value"] for row in drawn if row["series"] == "Eventos en ellas"] == [
        entry.events / figures.events for entry in lengths[1:-1]
    ]


def test_the_funnel_says_how_far_sessions_get_and_where_most_stay_behind(facts: ReportFacts) -> None:
    assert facts.explore
    assert facts.explore.events
    steps = facts.explore.events.funnel
    assert draw_funnel(steps, edition=ENGLISH).sentence == (
        "Of the 12,797,040 sessions with clicks, 12.2% get as far as orders (1,561,119). "
        "The step that fewest take is from clicks to carts: 26.7%."
    )
    assert "fewest" not in draw_funnel(steps[:2], edition=ENGLISH).sentence
    nobody = tuple(replace(step, sessions=0, share=0.0, rate=None) for step in steps)
    assert "nobody takes the first step" in draw_funnel(nobody, edition=ENGLISH).sentence


def test_types_are_drawn_once_where_nothing_was_taken_out() -> None:
    types = {"b": 3, "a": 1}
    made = draw_event_types(types, types, edition=ENGLISH)
    assert values_of(made) == [3, 1]
    assert made.sentence == "75.0% of the 4 events are b; least frequent: a (25.0%)."
    twice = draw_event_types(types, {"b": 5, "a": 1}, edition=ENGLISH)
    assert values_of(twice) == [5, 3, 1, 1]
    assert twice.sentence.endswith("Duplicates taken out: 2 (33.3% of what was read).")


def test_customer_charts_carry_the_figures(facts: ReportFacts, exhibits: dict[str, Exhibit]) -> None:
    assert facts.explore
    figures = facts.explore.customers
    assert figures
    assert figures.churn_by_contact
    assert figures.correlation_matrix
    assert values_of(exhibits["churn-shares"]) == [figures.churn_rate, 1 - 408 / 11_896]
    assert values_of(exhibits["contact-shares"])[0] == figures.contact_rate
    assert values_of(exhibits["churn-by-contact"]) == [303 / 9_010, 105 / 2_886]
    assert [(row["label"], row["value"]) for row in rows_of(exhibits["correlations"])] == [
        (entry.feature, entry.correlation) for entry in figures.correlations
    ]
    cells = rows_of(exhibits["correlation-matrix"])
    assert [cell["value"] for cell in cells] == [v for row in figures.correlation_matrix.values for v in row]


def test_model_charts_carry_the_figures(facts: ReportFacts, exhibits: dict[str, Exhibit]) -> None:
    assert facts.model
    assert facts.model.pca
    assert facts.model.churn
    shares = facts.model.pca.explained_variance
    assert tuple(values_of(exhibits["explained-variance"])) == shares
    assert values_of(exhibits["explained-variance"], "together") == pytest.approx(np.cumsum(shares))
    # The diagonal and its label come first.
    drawn = [(row["predicted"], row["observed"], row["customers"]) for row in rows_of(exhibits["calibration"], 2)]
    assert drawn == [(entry.predicted, entry.observed, entry.customers) for entry in facts.model.churn.calibration]


def test_segment_and_risk_charts_carry_the_figures(facts: ReportFacts, exhibits: dict[str, Exhibit]) -> None:
    assert facts.customers is not None
    assert values_of(exhibits["segment-sizes"]) == [profile.share for profile in facts.profiles]
    for panel, key in enumerate(("engagement", "churn_probability", "cltv")):
        rows = rows_of(exhibits["segment-profiles"], panel)
        assert [row["value"] for row in rows] == [getattr(profile, key) for profile in facts.profiles]
    counts = facts.customers["risk_group"].value_counts()
    assert values_of(exhibits["risk-groups"], "customers") == [counts[1], counts[2], counts[3]]
    assert sum(values_of(exhibits["churn-probability"], "customers")) == len(facts.customers)


def test_segments_and_risk_groups_keep_their_colours(exhibits: dict[str, Exhibit]) -> None:
    assert [row["colour"] for row in rows_of(exhibits["segment-sizes"])] == list(SEGMENTS[:4])
    assert [row["colour"] for row in rows_of(exhibits["segment-profiles"])] == list(SEGMENTS[:4])
    assert [row["colour"] for row in rows_of(exhibits["risk-groups"])] == list(RISK)
    assert {row["colour"] for row in rows_of(exhibits["churn-probability"])} == set(RISK)
    assert not set(SEGMENTS) & set(RISK)


def test_contact_difference_is_the_one_known_of_the_campaign(exhibits: dict[str, Exhibit]) -> None:
    # Published for this table: 0.28 points, 95 % from -0.50 to +1.05, in the other direction.
    said = exhibits["churn-by-contact"].sentence
    assert "−0,28 puntos (95 %: −1,05 a +0,50)" in said.replace("\N{NO-BREAK SPACE}", " ")
    assert "no se distinguen de cero" in said


def test_two_shares_add_up_to_the_whole_as_they_are_shown() -> None:
    made = draw_churn_shares(0.1365, edition=ENGLISH)
    assert [row[1] for row in made.rows] == ["13.6%", "86.4%"]
    made = draw_churn_shares(0.1175, edition=ENGLISH)  # 1 - 0.1175 is 0.8825000000000001, which rounds to 88.3 %
    assert [row[1] for row in made.rows] == ["11.8%", "88.2%"]
    made = draw_churn_shares(0.4445, edition=ENGLISH)
    assert "44.4%" in made.sentence
    assert "55.6% stayed" in made.sentence


def test_a_clear_difference_is_called_an_effect_only_of_random_contact() -> None:
    contact = ChurnByContact(contacted=0.10, not_contacted=0.20)
    made = draw_churn_by_contact(contact, rows=10_000, rate=0.5, edition=ENGLISH)
    assert "only if contact was assigned at random" in made.sentence
    assert "−10.00 points" in made.sentence


def test_without_group_sizes_no_interval_is_claimed() -> None:
    contact = ChurnByContact(contacted=0.10, not_contacted=0.20)
    made = draw_churn_by_contact(contact, rows=10_000, rate=None, edition=ENGLISH)
    assert "95%" not in made.sentence
    assert "low" not in rows_of(made)[0]


def test_a_matrix_without_close_pairs_says_so(exhibits: dict[str, Exhibit]) -> None:
    assert "ninguna pareja pasa de 0,8" in exhibits["correlation-matrix"].sentence
    close = CorrelationMatrix(features=("a", "b"), values=((1.0, -0.9), (-0.9, 1.0)))
    assert "1 of 1 pairs" in draw_correlation_matrix(close, edition=ENGLISH).sentence


def test_only_positive_correlations_leave_no_room_below_zero() -> None:
    made = draw_correlations((Correlation(feature="tenure", correlation=0.4),), edition=ENGLISH)
    domain = made.chart.to_dict()["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert domain[0] == 0
    assert "1 rise with churn and 0 fall" in made.sentence


def test_negative_bars_leave_room_for_their_figures() -> None:
    made = draw_correlations((Correlation(feature="tenure", correlation=-0.4),), edition=ENGLISH)
    domain = made.chart.to_dict()["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert domain[0] <= -1.65 * 0.4


def test_event_types_are_called_by_their_names_in_order_of_size() -> None:
    types = {"orders": 5, "clicks": 80, "wishlist": 15}
    made = draw_event_types(types, types, edition=SPANISH)
    assert [row["label"] for row in rows_of(made)] == ["clics", "wishlist", "pedidos"]
    assert made.sentence.replace("\N{NO-BREAK SPACE}", " ").startswith("El 80,0 % de los 100 eventos son clics")
    alone = draw_event_types({"orders": 7}, {"orders": 7}, edition=SPANISH)
    assert "un solo tipo: pedidos" in alone.sentence


def test_items_with_one_name_stay_two_bars() -> None:
    items = (ItemCount(item=1, events=5, name="Taza"), ItemCount(item=2, events=3, name="Taza"))
    made = draw_top_items(items, events=10, edition=SPANISH)
    assert [row["label"] for row in rows_of(made)] == ["Taza", "Taza (2)"]
    assert "80,0" in made.sentence


def test_long_names_are_cut_to_two_lines() -> None:
    label = distinct(["WHITE HANGING HEART T-LIGHT HOLDER " * 4])[0]
    assert label.count("\n") == 1
    assert all(len(line) <= 24 for line in label.split("\n"))
    assert distinct(["PaymentMethod_Electronic check"]) == ["PaymentMethod_\nElectronic check"]
    assert distinct(["WHITE HANGING HEART HOLDER"]) == ["WHITE HANGING\nHEART HOLDER"]


def test_days_without_events_are_drawn_as_zero() -> None:
    days = (DayCount(day="2025-02-27", events=4), DayCount(day="2025-03-01", events=6))
    made = draw_events_by_day(days, edition=ENGLISH)
    assert [(row["day"], row["value"]) for row in rows_of(made)] == [
        ("2025-02-27", 4),
        ("2025-02-28", 0),
        ("2025-03-01", 6),
    ]
    assert "3 events a day on average" in made.sentence
    assert len(made.rows) == 2


def test_sessions_without_length_are_called_an_instant(facts: ReportFacts) -> None:
    assert facts.explore
    assert facts.explore.events
    seconds = replace(facts.explore.events.session_seconds, mean=0.1, median=0.0, p90=0.0)
    made = draw_session_durations(seconds, edition=ENGLISH)
    assert "less than a second" in made.sentence


def test_ticks_of_shares_are_round_and_never_above_the_whole() -> None:
    assert share_ticks(0.719) == (0.0, 0.2, 0.4, 0.6, 0.8)
    assert share_ticks(1.0) == (0.0, 0.25, 0.5, 0.75, 1.0)
    assert share_ticks(0.034)[1] == 0.01


def test_ticks_of_counts_are_few_round_and_never_above_the_largest() -> None:
    assert count_ticks(2_023) == (0, 1_000, 2_000)
    assert count_ticks(128_939) == (0, 50_000, 100_000)
    assert count_ticks(194_625_041) == (0, 50_000_000, 100_000_000, 150_000_000)
    assert count_ticks(1) == (0, 1)
    assert count_ticks(0) == (0,)
    assert all(2 <= len(count_ticks(largest)) <= 5 for largest in range(1, 2_000))


def test_the_scatter_samples_every_segment_alike_whatever_the_order_of_rows(facts: ReportFacts) -> None:
    assert facts.customers is not None
    sample = sample_customers(facts.customers, key="cltv")
    assert len(sample) == 2_000
    shuffled = facts.customers.sample(frac=1, random_state=5)
    pd.testing.assert_frame_equal(
        sample_customers(shuffled, key="cltv").reset_index(drop=True), sample.reset_index(drop=True)
    )
    shares = facts.customers["segment"].value_counts(normalize=True)
    assert sample["segment"].value_counts(normalize=True)[0] == pytest.approx(shares[0], abs=0.001)


def test_few_customers_are_all_drawn(facts: ReportFacts) -> None:
    assert facts.customers is not None
    few = facts.customers.head(50)
    made = draw_engagement_by_value(few, facts.profiles, edition=ENGLISH)
    assert sorted(row["engagement"] for row in rows_of(made)) == sorted(few["engagement"])
    assert "50 of 50" in made.sentence


@pytest.mark.parametrize(("worst", "scale"), [(None, "log"), (0.0, "symlog"), (-30.0, "symlog")])
def test_a_customer_worth_nothing_does_not_press_the_others_together(
    facts: ReportFacts, worst: float | None, scale: str
) -> None:
    assert facts.customers is not None
    customers = facts.customers.assign(cltv=np.geomspace(1, 100_000, len(facts.customers)).round(2))
    if worst is not None:
        customers.iloc[0, customers.columns.get_loc("cltv")] = worst
    made = draw_engagement_by_value(customers, facts.profiles, edition=ENGLISH)
    y = made.chart.to_dict()["encoding"]["y"]
    assert y["scale"]["type"] == scale
    ticks = y["axis"]["values"]
    assert ticks == sorted(ticks)
    assert {10, 1_000, 10_000} <= set(ticks)
    assert (0 in ticks) == (worst is not None)
    assert (min(ticks) < 0) == (worst == -30)
    assert draw_svg(made, edition=ENGLISH)


def test_without_value_the_scatter_shows_risk_instead(facts: ReportFacts) -> None:
    assert facts.customers is not None
    poor = facts.customers.assign(cltv=np.nan)
    made = draw_engagement_by_value(poor, facts.profiles, edition=ENGLISH)
    assert made.sentence.startswith("Value is not known")
    assert max(values_of(made)) <= 1


def test_customers_beyond_the_axis_fall_into_the_last_bin() -> None:
    probability = np.r_[np.linspace(0.001, 0.08, 999), 0.97]
    group = 1 + (probability >= 0.05).astype(int) + (probability >= 0.0963).astype(int)
    customers = pd.DataFrame({"churn_probability": probability, "risk_group": group})
    risk = RiskFigures(thresholds=(0.05, 0.0963), base_rate=0.0343)
    made = draw_churn_probability(customers, risk, edition=ENGLISH)
    rows = rows_of(made)
    assert sum(row["customers"] for row in rows) == 1_000
    assert [row["customers"] for row in rows if row["group"] == 3] == [1]
    assert max(row["high"] for row in rows) < 0.2
    assert "0.1% that of group 3" in made.sentence
    # The tail is called a tail, in the table and on the axis: 97 % is not "11.6 to 12 %".
    assert rows[-1]["end"] == 0.97
    assert made.rows[0][0] == "0 – 0.5%"
    assert made.rows[-1][0] == "11.5% or more"
    axis = made.chart.to_dict()["layer"][0]["encoding"]["x"]["axis"]
    assert axis["values"][-1] == rows[-1]["low"] == 0.115
    assert "'11.5% or more'" in axis["labelExpr"]


def test_a_last_bin_that_holds_all_is_closed_and_bars_leave_room_for_the_names_of_thresholds() -> None:
    probability = np.linspace(0.0, 1.0, 1_001)
    group = 1 + (probability >= 0.3).astype(int) + (probability >= 0.6).astype(int)
    customers = pd.DataFrame({"churn_probability": probability, "risk_group": group})
    made = draw_churn_probability(customers, RiskFigures(thresholds=(0.3, 0.6), base_rate=0.3), edition=SPANISH)
    shown = [row[0].replace("\N{NO-BREAK SPACE}", " ") for row in made.rows]
    assert shown[0] == "0 – 2,5 %"
    assert shown[-1] == "97,5 – 100 %"
    bars = made.chart.to_dict()["layer"][0]["encoding"]
    tallest = max(row["customers"] for row in rows_of(made))
    assert bars["y"]["scale"]["domain"][1] >= 1.2 * tallest
    assert bars["x"]["axis"]["values"] == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]


def test_expected_departures_add_up_to_the_whole(facts: ReportFacts) -> None:
    assert facts.customers is not None
    made = draw_risk_groups(facts.customers, edition=ENGLISH)
    expected = facts.customers.groupby("risk_group")["churn_probability"].sum()
    assert values_of(made, "expected") == pytest.approx(expected.tolist())
    share = expected[3] / expected.sum()
    assert f"{100 * share:.1f}% of the departures" in made.sentence


def test_customers_without_outcome_have_segments_and_no_risk(facts: ReportFacts) -> None:
    assert facts.customers is not None
    assert facts.model
    blind = facts.customers.assign(churn_probability=np.nan, cltv=np.nan, risk_group=pd.NA)
    profiles = tuple(replace(profile, churn_probability=None, cltv=None) for profile in facts.profiles)
    model = replace(facts.model, churn=None, risk=None, value=None)
    made = all_exhibits(replace(facts, customers=blind, profiles=profiles, model=model))
    assert {"segment-sizes", "segment-profiles"} <= set(made)
    assert not {"risk-groups", "churn-probability", "calibration", "engagement-by-value"} & set(made)
    assert len(made["segment-profiles"].columns) == 2
