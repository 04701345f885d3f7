"""A project with every figure that models leave, from simulated customers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest

from querencia.learn.figures.churn import (
    Candidate,
    ChurnFigures,
    GainPoint,
    Importance,
    LiftAt,
    ProfitFigures,
    Quality,
    Rival,
)
from querencia.learn.figures.drift import DriftFigures, FeatureDrift
from querencia.learn.figures.features import ComponentLoadings, Loading, PcaFigures
from querencia.learn.figures.interval import Interval
from querencia.learn.figures.segments import CutComparison, SegmentFigures, SegmentTrial
from querencia.learn.figures.uplift import (
    Imbalance,
    PolicyWorth,
    Power,
    QiniPoint,
    Randomisation,
    RankingTrial,
    SampleFor,
    UpliftDecile,
    UpliftFigures,
)
from querencia.learn.figures.value import PurchaseFigures, ValueFigures
from querencia.report.blocks import Block, Exhibits, Heading, Listing, Samples, Section, Table, Text
from querencia.report.charts.gallery import ROOMS, Gallery, hang_exhibits
from querencia.report.drift import write_drift
from querencia.report.edition import Edition
from querencia.report.facts import ReportFacts
from querencia.report.model_card import write_model
from querencia.report.segments import write_segments
from querencia.report.uplift import write_uplift
from querencia.report.value import write_value

ROWS = 12_000


def around(value: float, half: float) -> Interval:
    return Interval(value=value, low=value - half, high=value + half)


def make_gains(rows: int = ROWS) -> tuple[tuple[GainPoint, ...], tuple[LiftAt, ...]]:
    """Return gain curve and lift of simulated customers; the band is the normal one of the hypergeometric share."""
    rng = np.random.default_rng(5)
    probability = rng.beta(0.6, 14, rows)
    left = rng.uniform(size=rows) < probability
    found = np.cumsum(left[np.argsort(-probability)])
    churners = int(left.sum())
    points, lifts = [], []
    for share in np.linspace(0.01, 1, 100):
        count = round(share * rows)
        half = 1.96 * np.sqrt(share * (1 - share) * (rows - churners) / (rows - 1) / churners)
        low, high = max(0.0, share - half), min(1.0, share + half)
        points.append(GainPoint(share=float(share), gain=float(found[count - 1] / churners), low=low, high=high))
    for share in (0.01, 0.05, 0.1, 0.2):
        lift = float(found[round(share * rows) - 1] / churners / share)
        lifts.append(LiftAt(share=share, lift=around(lift, lift / np.sqrt(share * churners * lift))))
    return tuple(points), tuple(lifts)


def make_churn(churn: ChurnFigures) -> ChurnFigures:
    """Return the figures with all that a time split, rivals, repeats and profit add."""
    gains, lift = make_gains()
    names = ["days_inactive", "active_days_30d", "FACTOR15", "PC53", "recency_days", "FACTOR6", "orders_share"]
    names += [f"PC{number}" for number in range(40)]
    weights = 0.8 ** np.arange(len(names))
    shares = weights / weights.sum()
    quality = Quality(
        auc=around(0.846, 0.02),
        average_precision=around(0.19, 0.03),
        brier=around(0.0299, 0.002),
        brier_skill=around(0.095, 0.025),
    )
    simple = Quality(
        auc=around(0.761, 0.03),
        average_precision=around(0.11, 0.02),
        brier=around(0.0324, 0.002),
        brier_skill=around(0.021, 0.01),
    )
    return replace(
        churn,
        candidates=(*churn.candidates, Candidate(model="blend", log_loss=0.1265, auc=0.833, brier=0.0301)),
        headline="time_split",
        out_of_fold=quality,
        repeats=3,
        chosen=("lightgbm",) * 9 + ("blend",) * 5 + ("logistic",),
        calibration_slope=around(0.97, 0.08),
        calibration_intercept=around(-0.05, 0.11),
        gains=gains,
        lift=lift,
        profit=ProfitFigures(
            profit=Interval(value=0.41, low=0.22, high=0.63),
            share=0.058,
            value=200.0,
            incentive=10.0,
            contact=1.0,
            alpha=6.0,
            beta=14.0,
        ),
        rivals=(Rival(name="recency_frequency_value", quality=simple),),
        importance=tuple(
            Importance(feature=name, share=float(share)) for name, share in zip(names, shares, strict=True)
        ),
    )


def make_uplift(rows: int = 11_896) -> UpliftFigures:
    """Return what a campaign like that of the seed leaves: no effect that could be told from zero."""
    rng = np.random.default_rng(8)
    curve = []
    for share in np.linspace(0.02, 1, 50):
        half = 0.0078 * float(np.sqrt(share * (1 - share) + 0.02 * share))
        chance = 0.0028 * share
        curve.append(
            QiniPoint(
                share=float(share),
                kept=chance + 0.7 * half * float(np.sin(3 * share)),
                by_chance=chance,
                low=chance - half,
                high=chance + half,
            )
        )
    deciles = tuple(
        UpliftDecile(
            decile=number,
            customers=rows // 10,
            predicted=None,  # a ranking by risk foretells no effect
            observed=around(float(0.012 - 0.002 * number + rng.normal(0, 0.006)), 0.024),
        )
        for number in range(1, 11)
    )
    trials = tuple(
        RankingTrial(name=name, qini=around(qini, 0.0016), simultaneous_low=qini - 0.0024, auuc=qini + 0.0014)
        for name, qini in (
            ("risk", 0.0011),
            ("dr_learner", 0.0004),
            ("t_learner", -0.0002),
            ("x_learner", 0.0001),
            ("s_learner", 0.0003),
            ("nobody", 0.0),
        )
    )
    return UpliftFigures(
        rows=rows,
        contacted=9_010,
        average_effect=Interval(value=0.0028, low=-0.005, high=0.0105),
        randomisation=Randomisation(
            share=9_010 / rows,
            designed=0.75,
            allocation_p=0.062,
            imbalances=tuple(
                Imbalance(feature=name, difference=difference)
                for name, difference in (("PC12", 0.061), ("active_days_30d", -0.048), ("FACTOR6_V19", 0.039))
            ),
            treatment_auc=around(0.503, 0.012),
            sound=True,
        ),
        power=Power(
            smallest_effect=0.0109,
            power=0.8,
            alpha=0.05,
            samples=(SampleFor(effect=0.005, customers=56_400), SampleFor(effect=0.01, customers=14_100)),
        ),
        trials=trials,
        ranking="risk",
        found=False,
        shown="risk",
        protocol="5 folds stratified by outcome and contact; every effect is foretold out of fold.",
        curve=tuple(curve),
        deciles=deciles,
        policy=tuple(
            PolicyWorth(share=share, ipw=around(0.0364 - 0.003 * share, 0.006), aipw=around(0.0363, 0.005))
            for share in (0.0, 0.1, 0.3, 1.0)
        ),
        resamples=1_000,
    )


def make_drift() -> DriftFigures:
    """Return what a table of half a year later shows: two large changes, a new plan, holes, a lost column."""
    features = [
        FeatureDrift(feature="days_inactive", psi=0.61, level="large", missing_then=0.0, missing_now=0.0),
        FeatureDrift(
            feature="plan",
            psi=0.33,
            level="large",
            missing_then=0.01,
            missing_now=0.012,
            new_levels=("Oro", "Empresas"),
            new_share=0.081,
        ),
        FeatureDrift(feature="active_days_30d", psi=0.17, level="moderate", missing_then=0.02, missing_now=0.19),
    ]
    features += [
        FeatureDrift(feature=f"PC{n}", psi=0.09 * 0.9**n, level="stable", missing_then=0.0, missing_now=0.0)
        for n in range(60)
    ]
    return DriftFigures(
        model="2025-01-31-1f3a",
        rows_then=11_896,
        rows_now=9_204,
        features=tuple(features),
        score_psi=0.128,
        extra_columns=("channel",),
        changed_types=("FACTOR8",),
    )


def make_purchases() -> PurchaseFigures:
    """Return the published parameters of CDNOW, with a made-up check."""
    return PurchaseFigures(
        r=0.243,
        alpha=4.414,
        a=0.793,
        b=2.426,
        customers=2_357,
        repeat_buyers=1_213,
        p=6.25,
        q=3.74,
        v=15.44,
        holdout_days=90,
        expected=0.71,
        observed=0.74,
        error=0.62,
        error_of_own_rate=0.88,
    )


def learn_everything(facts: ReportFacts) -> ReportFacts:
    """Return the facts with every figure of models filled."""
    model = facts.model
    assert model is not None
    assert model.churn is not None
    assert model.pca is not None
    loadings = tuple(
        ComponentLoadings(
            component=number,
            loadings=tuple(
                Loading(feature=name, loading=weight)
                for name, weight in (("active_days_30d", 0.61), ("recency_days", -0.52), ("FACTOR15_V9", 0.33))
            ),
        )
        for number in range(1, 8)
    )
    tried = tuple(
        SegmentTrial(
            k=k,
            stability=0.95 - 0.02 * k,
            null_low=0.4 if k < 6 else None,
            null_high=0.71 if k < 6 else None,
            smallest_share=0.5 / k,
            explained=0.5 + 0.05 * k,
            null_explained=0.4 + 0.05 * k if k < 6 else None,
        )
        for k in range(2, 7)
    )
    learned = replace(
        model,
        churn=make_churn(model.churn),
        pca=PcaFigures(
            components=model.pca.components,
            explained_variance=model.pca.explained_variance,
            loadings=loadings,
            method="incremental",
        ),
        segments=SegmentFigures(
            k=4,
            stability=0.87,
            axes=("engagement", "cltv", "churn_probability"),
            null_stability=0.71,
            distinct=True,
            tried=tried,
            cuts=CutComparison(agreement=0.41, explained=0.71, explained_by_cuts=0.42, adds=True, axis=1),
            method="streaming",
        ),
        value=ValueFigures(
            assumption="purchases",
            source="purchases",
            monthly=None,
            annual_discount=0.10,
            outcome_months=3.0,
            filled=0,
            margin=0.3,
            purchases=make_purchases(),
        ),
        uplift=make_uplift(),
        drift=make_drift(),
        version="2025-07-31-9c2e",
    )
    return replace(facts, model=learned)


@pytest.fixture(scope="session")
def learned(facts: ReportFacts) -> ReportFacts:
    """A whole project in Spanish, with every figure of models."""
    return learn_everything(facts)


@pytest.fixture(scope="session")
def learned_by_language(facts_by_language: ReportFacts) -> ReportFacts:
    """The same project in each language."""
    return learn_everything(facts_by_language)


def read_block(block: Block) -> str:
    """Return what stands in a block, apart from charts."""
    match block:
        case Text() | Heading():
            return block.text
        case Listing():
            return " ".join([block.title, *(f"{tag}: {text}" for tag, text, _ in block.items)])
        case Table():
            return " ".join([block.caption, *block.columns, *(cell for row in block.rows for cell in row)])
        case Exhibits():
            return " ".join(f"{exhibit.title} {exhibit.sentence}" for exhibit in block.exhibits)
        case Samples():
            return " ".join(text for _, text in block.messages)


@dataclass(frozen=True)
class Reading:
    """What a section says: all of it, its warnings, its exhibits, and its tables by their first column's name."""

    text: str
    warnings: tuple[str, ...]
    exhibits: tuple[str, ...]
    tables: dict[str, tuple[tuple[str, ...], ...]]


WRITERS: dict[str, Callable[[ReportFacts, Gallery, Edition], Section]] = {
    "drift": lambda facts, gallery, edition: write_drift(facts, gallery, edition=edition),
    "segments": lambda facts, gallery, edition: write_segments(facts, gallery, edition=edition),
    "uplift": lambda facts, gallery, edition: write_uplift(facts, gallery, edition=edition),
    "model": lambda facts, gallery, edition: write_model(facts, gallery, edition=edition),
}


@pytest.fixture(scope="session")
def read() -> Callable[[ReportFacts, str], Reading]:
    """How to read one section of the report on some facts, without drawing it; no-break spaces become spaces."""

    def read_section(facts: ReportFacts, name: str) -> Reading:
        edition = Edition(language=facts.language, locale=facts.locale, currency=facts.currency)
        # Charts of other sections would take most of the time.
        rooms = [room for room in ROOMS if room == name or (name, room) == ("model", "components")]
        gallery = hang_exhibits(facts, edition=edition, rooms=rooms)
        section = write_value(facts, edition=edition) if name == "value" else WRITERS[name](facts, gallery, edition)
        blocks = section.blocks
        warned = [block.text for block in blocks if isinstance(block, Text) and block.kind == "warning"]
        tables = {block.columns[0]: block.rows for block in blocks if isinstance(block, Table)}
        drawn = [exhibit.name for block in blocks if isinstance(block, Exhibits) for exhibit in block.exhibits]
        return Reading(
            text=plain_spaces(" ".join(read_block(block) for block in blocks)),
            warnings=tuple(plain_spaces(text) for text in warned),
            exhibits=tuple(drawn),
            tables={
                name: tuple(tuple(plain_spaces(cell) for cell in row) for row in rows) for name, rows in tables.items()
            },
        )

    return read_section


def plain_spaces(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture(scope="session")
def relearn(learned: ReportFacts) -> Callable[..., ReportFacts]:
    """How to change the figures of one part of the whole project: `relearn("churn", leaks=("a",))`."""

    def change(part: str, **figures: object) -> ReportFacts:
        assert learned.model is not None
        changed = replace(getattr(learned.model, part), **figures)
        return replace(learned, model=replace(learned.model, **{part: changed}))

    return change
