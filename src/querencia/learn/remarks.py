"""What is worth saying of what was learned."""

from __future__ import annotations

from collections.abc import Iterator

from querencia.language.notes import Note
from querencia.learn.churn.classifier import HISTOGRAM
from querencia.learn.churn.leakage import SUSPICIOUS_AUC
from querencia.learn.figures.churn import ChurnFigures
from querencia.learn.figures.model import ModelFigures
from querencia.learn.figures.uplift import UpliftFigures
from querencia.learn.problem import ScoringOptions

UNSTABLE = 0.6


def remark(model: ModelFigures, *, options: ScoringOptions, customers: int) -> list[Note]:
    """Return the notes on `model`, learned with `options`: `customers` were scored."""
    return [
        *_on_churn(model.churn, options),
        *_on_uplift(model.uplift),
        *_on_value(model),
        *_on_engagement(model),
        *_on_segments(model, options, customers),
    ]


def _on_churn(churn: ChurnFigures | None, options: ScoringOptions) -> Iterator[Note]:
    if churn is None:
        if options.axes != "components":
            yield Note(code="learn_no_outcome")
        return
    if HISTOGRAM in {candidate.model for candidate in churn.candidates}:
        yield Note(code="learn_without_lightgbm", level="warning")
    if churn.leaks:
        yield Note(code="learn_leaks", values={"features": ", ".join(churn.leaks)}, level="warning")
    elif churn.auc.value > SUSPICIOUS_AUC:
        yield Note(code="learn_too_good", values={"auc": _short(churn.auc.value)}, level="warning")
    if churn.auc.low <= 0.5:
        values: dict[str, str | int | float] = {"low": _short(churn.auc.low), "high": _short(churn.auc.high)}
        yield Note(code="learn_no_better_than_chance", values=values, level="warning")
    if churn.rivals and churn.headline == "out_of_fold":
        yield Note(code="learn_no_time_split", level="warning")
    for rival in churn.rivals:
        if rival.auc_lead is not None and rival.auc_lead.high < 0:
            values = {"auc": _short(churn.auc.value), "rival": _short(rival.quality.auc.value)}
            yield Note(code="learn_rival_better", values=values, level="warning")


def _on_uplift(uplift: UpliftFigures | None) -> Iterator[Note]:
    if uplift is None:
        return
    if not uplift.randomisation.sound:
        yield Note(code="learn_contact_not_random", level="warning")
    if uplift.ranking == "nobody":
        yield Note(code="learn_contact_harms", level="warning")
    elif uplift.found:
        yield Note(code="learn_uplift_found")
    else:
        yield Note(code="learn_uplift_none")


def _on_value(model: ModelFigures) -> Iterator[Note]:
    if model.value is None:
        return
    if model.value.source == "declared":
        yield Note(code="learn_value_declared", values={"monthly": _short(model.value.monthly or 0.0)})
    else:
        yield Note(code=f"learn_value_{model.value.source}")
    if model.value.filled:
        yield Note(code="learn_value_missing", values={"customers": model.value.filled}, level="warning")


def _on_engagement(model: ModelFigures) -> Iterator[Note]:
    if model.engagement is not None and model.engagement.orientation == "loadings":
        yield Note(code="learn_direction_unknown", level="warning")


def _on_segments(model: ModelFigures, options: ScoringOptions, customers: int) -> Iterator[Note]:
    if model.segments is None:
        return
    made = model.segments.k
    if options.clusters != "auto" and made < options.clusters:
        values: dict[str, str | int | float] = {"asked": options.clusters, "made": made, "customers": customers}
        yield Note(code="learn_fewer_segments", values=values, level="warning")
    if made == 1 and options.clusters == "auto":
        yield Note(code="learn_no_segments", values={"customers": customers})
    elif model.segments.distinct is False:
        yield Note(code="learn_indistinct_segments", values={"made": made}, level="warning")
    elif model.segments.stability < UNSTABLE:
        values = {"stability": _short(model.segments.stability)}
        yield Note(code="learn_unstable_segments", values=values, level="warning")


def _short(value: float) -> float:
    return round(float(value), 2)
