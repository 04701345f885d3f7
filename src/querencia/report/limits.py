"""The limits of the model card: what its figures do not say, told from the facts at hand."""

from __future__ import annotations

from collections.abc import Iterator

from querencia.learn.figures.churn import ChurnFigures
from querencia.learn.figures.model import ModelFigures
from querencia.report.drift import find_causes
from querencia.report.edition import Edition, clean
from querencia.report.facts import ReportFacts
from querencia.report.measures import TIME_SPLIT
from querencia.report.summary import CHANCE
from querencia.report.uplift import NOBODY

_FEW = 200  # churners below which intervals are wide, whatever the number of customers

Limit = tuple[str, str, bool]


def list_limits(facts: ReportFacts, *, edition: Edition) -> tuple[Limit, ...]:
    """Return each limit as its subject, a sentence, and whether it forbids to act; those that forbid come first."""
    model = facts.model
    if model is None:
        return ()
    codes = list(_of_churn(model.churn, facts) if model.churn else ())
    codes += [*_of_contact(model), *_of_value(model)]
    if model.segments and model.segments.distinct is False:
        codes.append(("segments", "segments_says", False))
    if model.drift and find_causes(model.drift):
        codes.append(("drift", "drift_says", True))
    if facts.synthetic:
        codes.append(("synthetic", "synthetic_says", False))
    values = _values(model, edition=edition)
    ordered = sorted(codes, key=lambda code: not code[2])
    return tuple(
        (edition.say(f"limits.{tag}"), edition.say(f"limits.{text}", **values), warns) for tag, text, warns in ordered
    )


def _values(model: ModelFigures, *, edition: Edition) -> dict[str, str]:
    churn, value = model.churn, model.value
    return {
        "churners": edition.number(churn.churners) if churn else "",
        "leaks": edition.listing(clean(name) for name in churn.leaks) if churn else "",
        "filled": edition.number(value.filled) if value else "",
    }


def _of_churn(churn: ChurnFigures, facts: ReportFacts) -> Iterator[Limit]:
    if churn.auc.low <= CHANCE:
        yield "chance", "chance_says", True
    if churn.leaks:
        yield "leaks", "leaks_says", True
    if churn.churners < _FEW:
        yield "few", "few_says", False
    if churn.headline != TIME_SPLIT:
        yield "time", "time_says", False
    if any(note.code == "outcome_from_behaviour" for note in facts.notes):
        yield "behaviour", "behaviour_says", False
    if churn.calibration_method == "none":
        yield "uncalibrated", "uncalibrated_says", False
    yield "cause", "cause_says", False
    if churn.profit is not None:
        yield "profit", "profit_says", False
    yield "groups", "groups_says", False


def _of_contact(model: ModelFigures) -> Iterator[Limit]:
    if model.uplift is None:
        if model.churn is not None:
            yield "effect", "effect_says", False
        return
    if not model.uplift.randomisation.sound:
        yield "assignment", "assignment_says", True
    if not model.uplift.found and model.uplift.ranking != NOBODY:
        yield "effect", "effect_none", False


def _of_value(model: ModelFigures) -> Iterator[Limit]:
    if model.value is None:
        return
    if model.value.source == "declared":
        yield "value", "value_says", False
    if model.value.filled:
        yield "filled", "filled_says", False
