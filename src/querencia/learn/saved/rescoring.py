"""Scoring new customers with a model of an earlier run: nothing is learned, and what has changed is said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd
from threadpoolctl import threadpool_limits

from querencia.errors import InputError
from querencia.language.notes import Note
from querencia.learn.batches import PartsInMemory, SoundBatches
from querencia.learn.figures.drift import DriftFigures
from querencia.learn.passes import Progress, place_parts, profile_parts, score_batches
from querencia.learn.preparation import prepare_batches
from querencia.learn.problem import CustomerBatch, CustomerBatches, ScoredParts, Scores, ScoringOptions, ScoringProblem
from querencia.learn.saved.drift import DriftCounter
from querencia.learn.saved.folder import SavedModel
from querencia.learn.saved.schema import FeatureSchema, Kind

MOST_NAMED = 8


def score_with_model(
    model: SavedModel,
    problem: ScoringProblem,
    *,
    options: ScoringOptions | None = None,
    on_progress: Progress | None = None,
    parts: ScoredParts | None = None,
) -> Scores:
    """Score every customer of `problem.scoring` with `model`, into `parts` (None: in memory).

    Of `options` only the names of the segments count: all else is the model's. `figures.drift` of the result says how
    far the customers differ from those that the model learned from. ColumnMissingError for a table that lacks a
    feature, InputError for one that tells value from elsewhere than the model learned to.
    """
    options, parts = options or ScoringOptions(), PartsInMemory() if parts is None else parts
    with threadpool_limits(1):
        sound = prepare_batches(problem, fewest=1)
        models = model.models
        difference = models.schema.compare(_kinds(sound), model=model.version)
        _require_same_value(model, problem)
        batches = _Conforming(sound, models.schema)
        counter = DriftCounter(reference=model.reference)
        parts.write(
            score_batches(
                models,
                batches,
                tell=on_progress or _say_nothing,
                watch=lambda batch, scored: counter.add(batch.features, scored["churn_probability"].to_numpy()),
            )
        )
        names = options.segment_names
        parts.write(place_parts(models, parts, names=names))
        profiles = profile_parts(models, batches, parts, names=names)
    drift = counter.figures(model.version, difference)
    figures = replace(model.figures, drift=drift, version=model.version)
    notes = tuple(_tell(model, drift, sound))
    return Scores(parts=parts, number=batches.customers, model=figures, profiles=profiles, notes=notes)


def _say_nothing(step: str, done: int, total: int) -> None:
    """Take progress and keep it to oneself."""


class _Conforming:
    """Batches with the columns that a model learned from, each of the kind it had then."""

    def __init__(self, batches: CustomerBatches, schema: FeatureSchema) -> None:
        self._batches, self._schema = batches, schema
        self.customers = batches.customers

    def __iter__(self) -> Iterator[CustomerBatch]:
        """Yield every customer once."""
        for batch in self._batches:
            yield replace(batch, features=self._schema.conform(batch.features))


def _kinds(batches: CustomerBatches) -> dict[str, Kind]:
    first: pd.DataFrame = next(iter(batches)).features
    schema = FeatureSchema.of(first)
    return dict(zip(schema.columns, schema.kinds, strict=True))


def _require_same_value(model: SavedModel, problem: ScoringProblem) -> None:
    source = model.models.value.source
    # Purchases are learned from prices.
    if source not in ("declared", problem.value_source) and (source, problem.value_source) != ("purchases", "prices"):
        raise InputError(
            f"The model {model.version!r} values customers by their {source}; this project knows their value from "
            f"{problem.value_source!r}. Expected the same source: give [customers] revenue or [events] price as "
            "when it was learned, or learn a new model by scoring without --model."
        )


def _tell(model: SavedModel, drift: DriftFigures, batches: SoundBatches) -> Iterator[Note]:
    yield Note(code="model_used", values={"version": model.version, "rows": drift.rows_then})
    if batches.infinite:
        yield Note(code="learn_infinite", values={"cells": batches.infinite}, level="warning")
    if large := [one.feature for one in drift.features if one.level == "large"]:
        yield Note(code="drift_large", values={"features": _some(large)}, level="warning")
    if new := [f"{one.feature} ({', '.join(one.new_levels)})" for one in drift.features if one.new_levels]:
        yield Note(code="drift_new_levels", values={"features": _some(new)}, level="warning")
    if missing := [one.feature for one in drift.features if one.missing_now > one.missing_then + 0.05]:
        yield Note(code="drift_missing", values={"features": _some(missing)}, level="warning")
    if drift.changed_types:
        yield Note(code="drift_types", values={"columns": _some(list(drift.changed_types))}, level="warning")
    if drift.extra_columns:
        yield Note(code="drift_extra", values={"columns": _some(list(drift.extra_columns))})
    for name, (then, now) in model.changed_libraries().items():
        yield Note(code="model_library", values={"library": name, "then": then, "now": now}, level="warning")


def _some(names: list[str]) -> str:
    return ", ".join(names[:MOST_NAMED]) + (" …" if len(names) > MOST_NAMED else "")
