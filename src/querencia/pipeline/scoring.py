"""Third step: score and segment every customer, and choose what to offer each."""

from __future__ import annotations

import shutil
from typing import Any

from querencia.data.activity import usage_facts
from querencia.data.per_customer import write_per_customer
from querencia.language.names import segment_names
from querencia.learn.problem import Scores, ScoringOptions
from querencia.learn.saved.folder import SavedModel, load_model, pack_model
from querencia.learn.saved.rescoring import score_with_model
from querencia.learn.scoring import learn_and_score
from querencia.offers.ranking import recommend
from querencia.pipeline.engines import Engines
from querencia.pipeline.frames import Framed, frame_problem
from querencia.pipeline.outputs import replacing, write_bytes
from querencia.pipeline.plan import Plan
from querencia.pipeline.progress import Progress
from querencia.pipeline.results import Scored, Sources
from querencia.pipeline.score_files import write_scores
from querencia.pipeline.scored_files import PartsInFile

STEPS = {
    "churn": "Learning churn",
    "time_split": "Testing churn over time",
    "quality": "Measuring the churn model",
    "uplift": "Learning what contact changes",
    "engagement": "Scoring engagement",
    "scoring": "Scoring customers",
    "segments": "Cutting segments",
}


def score(plan: Plan, engines: Engines, sources: Sources, progress: Progress) -> Scored:
    """Score every customer, and write customers.parquet, customers.csv, segments.csv, reasons.csv, model.json and the
    folder of the model; with a saved model nothing is learned, and the drift of the customers is measured.
    """
    model = load_model(plan.saved_model) if plan.saved_model is not None else None
    with progress.task("Preparing features"):
        framed = frame_problem(plan, engines, sources, fitting=model.models.schema if model is not None else None)
        _keep_usage(plan, engines, sources, framed)
    scores = _learn(plan, framed, progress) if model is None else _score_saved(plan, model, framed, progress)
    with progress.task("Choosing offers"), replacing(plan.offers_file) as temporary:
        offers = recommend(
            engines.con,
            engines.con.read_parquet(plan.scored_file),
            sources.products,
            log=sources.log,
            joined=sources.joined,
            count=plan.writing.recommendations,
            into=temporary,
        )
    with progress.task("Writing scores"):
        write_scores(plan, engines.con, scores)
    return Scored(
        customers=scores.number,
        scored=scores.model.churn is not None,
        model=scores.model,
        profiles=scores.profiles,
        as_of=framed.as_of,
        notes=(*framed.notes, *scores.notes, *offers.notes),
    )


def _learn(plan: Plan, framed: Framed, progress: Progress) -> Scores:
    """Learn, score, and save the model."""
    with progress.task("Learning and scoring") as task:
        learned = learn_and_score(
            framed.problem,
            options=_options(plan, framed),
            on_progress=lambda step, done, total: task.update(done, total, STEPS.get(step, step)),
            parts=PartsInFile(plan.scored_file),
        )
    version, files = pack_model(learned.models, learned.reference, learned.scores.model)
    for name, content in files.items():
        write_bytes(plan.models_folder / version / name, content)
    return learned.scores.with_version(version)


def _score_saved(plan: Plan, model: SavedModel, framed: Framed, progress: Progress) -> Scores:
    """Score with the model of an earlier run."""
    with progress.task(f"Scoring with model {model.version}") as task:
        return score_with_model(
            model,
            framed.problem,
            options=_options(plan, framed),
            on_progress=lambda step, done, total: task.update(done, total, STEPS.get(step, step)),
            parts=PartsInFile(plan.scored_file),
        )


def _options(plan: Plan, framed: Framed) -> ScoringOptions:
    modelling = plan.modelling
    return ScoringOptions(
        folds=modelling.folds,
        repeats=modelling.repeats,
        components=modelling.components,
        clusters=modelling.clusters,
        axes=modelling.axes,
        weights=modelling.weights,
        scale=modelling.scale,
        thresholds=modelling.thresholds,
        monthly=modelling.monthly,
        margin=modelling.margin,
        horizon_months=modelling.horizon_months,
        annual_discount=modelling.annual_discount,
        outcome_months=framed.outcome_months,
        designed_share=modelling.designed_share,
        seed=plan.seed,
        segment_names=lambda segment, number: segment_names(number, plan.language)[segment],
    )


def _keep_usage(plan: Plan, engines: Engines, sources: Sources, framed: Framed) -> None:
    """Write down what each customer may be told of their activity, for messages to be written from."""
    shutil.rmtree(plan.usage_folder, ignore_errors=True)
    log, as_of = sources.log if sources.joined else None, framed.as_of
    if log is None or as_of is None:
        return

    def shape(events: Any) -> Any:
        return usage_facts(events, as_of=as_of, types=log.types, timezone=plan.timezone)

    write_per_customer(engines.log_con, log, shape, into=plan.usage_folder)
