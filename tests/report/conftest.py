"""Figures to report on: small ones made by hand, and a believable company made from numpy."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from querencia.explore.figures import (
    Bin,
    ChurnByContact,
    Correlation,
    CorrelationMatrix,
    CustomerFigures,
    DayCount,
    EventFigures,
    EventsPerSession,
    ExploreFigures,
    FunnelStep,
    ItemCount,
    ItemPopularity,
    MinimumLength,
    PopularityShare,
    SessionSeconds,
)
from querencia.language.names import segment_names
from querencia.learn.figures.churn import Baseline, CalibrationBin, Candidate, ChurnFigures, RiskFigures
from querencia.learn.figures.features import EngagementFigures, PcaFigures
from querencia.learn.figures.interval import Interval
from querencia.learn.figures.model import ModelFigures
from querencia.learn.figures.segments import SegmentFigures, SegmentProfile, Trait
from querencia.learn.figures.value import ValueFigures
from querencia.report.facts import ReportFacts, SampleMessage

LOCALES = {"es": "es_ES", "en": "en_GB", "pt": "pt_BR"}
THRESHOLDS = (0.0506, 0.0963)


def make_customer_figures() -> CustomerFigures:
    names = ("FACTOR15_V9", "FACTOR15_V1", "FACTOR15_V3", "PC53", "FACTOR6_V19", "PC22", "PC47", "PC1", "PC14", "PC15")
    values = (0.172519, -0.070962, -0.070776, -0.055799, 0.054071, -0.045386, -0.044404, 0.042232, 0.041739, -0.037835)
    rng = np.random.default_rng(3)
    matrix = np.corrcoef(rng.normal(size=(40, 10)), rowvar=False)
    return CustomerFigures(
        rows=11_896,
        columns=180,
        missing=0,
        duplicates=0,
        constant=("FACTOR3",),
        binary=("FACTOR8", "y", "t"),
        churn_rate=408 / 11_896,
        contact_rate=9_010 / 11_896,
        churn_by_contact=ChurnByContact(contacted=303 / 9_010, not_contacted=105 / 2_886),
        correlations=tuple(Correlation(feature=n, correlation=v) for n, v in zip(names, values, strict=True)),
        correlation_matrix=CorrelationMatrix(features=names, values=tuple(map(tuple, matrix.round(6).tolist()))),
        numeric_columns=160,
        categorical_columns=18,
        missing_by_column={},
    )


def make_event_figures() -> EventFigures:
    start = date(2022, 8, 1)
    by_day = tuple(
        DayCount(day=(start + timedelta(days=n)).isoformat(), events=7_000_000 + 900_000 * (n % 7)) for n in range(28)
    )
    items = (1460571, 485256, 108125, 29735, 1733943, 832192, 184976, 166037, 554660, 231487)
    counts = (128_939, 126_745, 118_470, 113_220, 105_028, 91_294, 90_201, 84_620, 80_162, 79_459)
    edges: tuple[float | None, ...] = (0, 1, 60, 600, 3600, 86400, 604800, None)
    sessions = (2_100_000, 900_000, 1_800_000, 1_500_000, 1_900_000, 2_400_000, 2_299_779)
    sizes: tuple[float | None, ...] = (1, 2, 3, 6, 11, 21, 51, 101, None)
    by_size = (900_000, 2_000_000, 3_300_000, 2_600_000, 1_700_000, 1_300_000, 700_000, 399_779)
    days = (31.0, 30.1, 29.5, 29.0, 28.0, 30.8, 38.0)
    grid = tuple(
        tuple(int(day * 4e4 * (1.05 + np.sin((hour - 11) / 24 * 2 * np.pi))) for hour in range(24)) for day in days
    )
    least = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500)
    long = (12_899_779, 12_899_779, 10_396_320, 7_702_164, 4_790_515, 2_613_862, 934_512, 320_110, 58_990, 0)
    held = (216_384_937, 216_384_937, 211_394_181, 201_881_005, 183_010_772, 154_200_310, 96_820_041, 48_310_927)
    held += (14_003_112, 0)
    return EventFigures(
        rows_read=216_716_096,
        rejected=0,
        ignored=0,
        duplicates=331_159,
        events=216_384_937,
        sessions=12_899_779,
        items=1_855_603,
        customers=12_899_779,
        missing={"customer": 0, "item": 0, "time": 0, "type": 0},
        types={"clicks": 194_625_041, "carts": 16_887_978, "orders": 4_871_918},
        types_read={"clicks": 194_720_954, "carts": 16_896_191, "orders": 5_098_951},
        top_items=tuple(ItemCount(item=i, events=n) for i, n in zip(items, counts, strict=True)),
        item_popularity=ItemPopularity(
            gini=0.7214,
            top_1_percent_items=18_557,
            top_1_percent_share=0.331,
            shares=tuple(
                PopularityShare(items=items, events=events)
                for items, events in zip(
                    (0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0), (0.117, 0.331, 0.56, 0.69, 0.85, 0.95, 1.0), strict=True
                )
            ),
        ),
        by_hour=tuple(map(sum, zip(*grid, strict=True))),
        by_weekday=tuple(map(sum, grid)),
        by_weekday_hour=grid,
        by_day=by_day,
        session_seconds=SessionSeconds(
            mean=591_545.56, median=185_056.87, p90=1_825_765.52, histogram=_bins(edges, sessions)
        ),
        events_per_session=EventsPerSession(mean=16.8, median=6.0, p90=39.0, max=500, histogram=_bins(sizes, by_size)),
        sessions_by_minimum_length=tuple(
            MinimumLength(length=length, sessions=sessions, events=events)
            for length, sessions, events in zip(least, long, held, strict=True)
        ),
        funnel=(
            FunnelStep(type="clicks", sessions=12_797_040, share=12_797_040 / 12_899_779, rate=None),
            FunnelStep(type="carts", sessions=3_418_702, share=3_418_702 / 12_899_779, rate=3_418_702 / 12_797_040),
            FunnelStep(type="orders", sessions=1_561_119, share=1_561_119 / 12_899_779, rate=1_561_119 / 3_418_702),
        ),
    )


def _bins(edges: tuple[float | None, ...], counts: tuple[int, ...]) -> tuple[Bin, ...]:
    return tuple(
        Bin(low=float(low or 0), high=high, sessions=count)
        for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)
    )


def make_customers(language: str = "es", rows: int = 5_000) -> pd.DataFrame:
    rng = np.random.default_rng(11)
    engagement = rng.uniform(0, 100, rows).round(2)
    probability = rng.beta(0.6, 14, rows).round(4)
    cltv = (rng.lognormal(6.2, 0.8, rows) * (1.2 - probability)).round(2)
    segment = np.clip((4 - np.argsort(np.argsort(np.log(cltv) + engagement / 60)) * 4 // rows) - 1, 0, 3)
    names = segment_names(4, language)
    group = 1 + (probability >= THRESHOLDS[0]).astype(int) + (probability >= THRESHOLDS[1]).astype(int)
    return pd.DataFrame(
        {
            "engagement": engagement,
            "churn_probability": probability,
            "cltv": cltv,
            "segment": segment,
            "segment_name": [names[number] for number in segment],
            "risk_group": group,
        },
        index=[f"c{number:05d}" for number in range(rows)],
    )


def make_profiles(customers: pd.DataFrame) -> tuple[SegmentProfile, ...]:
    traits = (Trait(feature="sessions_30d", mean=12.0, overall=5.0, difference=1.42),)
    return tuple(
        SegmentProfile(
            segment=int(number),
            segment_name=str(part["segment_name"].iloc[0]),
            customers=len(part),
            share=len(part) / len(customers),
            engagement=float(part["engagement"].mean()),
            churn_probability=float(part["churn_probability"].mean()),
            cltv=float(part["cltv"].mean()),
            traits=traits,
        )
        for number, part in customers.groupby("segment")
    )


def make_model_figures() -> ModelFigures:
    predicted = (0.002, 0.005, 0.008, 0.012, 0.017, 0.023, 0.032, 0.045, 0.068, 0.135)
    observed = (0.003, 0.004, 0.009, 0.011, 0.019, 0.021, 0.030, 0.049, 0.066, 0.131)
    return ModelFigures(
        churn=ChurnFigures(
            rows=11_896,
            churners=408,
            model="lightgbm",
            protocol="5 outer folds, calibrated inside each.",
            auc=Interval(value=0.8312, low=0.8101, high=0.8517),
            average_precision=Interval(value=0.181, low=0.152, high=0.213),
            brier=Interval(value=0.0302, low=0.0279, high=0.0326),
            brier_skill=Interval(value=0.0879, low=0.061, high=0.114),
            baseline=Baseline(auc=0.5, average_precision=0.0343, brier=0.0331, brier_skill=0.0),
            candidates=(
                Candidate(model="lightgbm", log_loss=0.1269, auc=0.8312, brier=0.0302),
                Candidate(model="logistic", log_loss=0.1341, auc=0.7712, brier=0.0316),
            ),
            calibration=tuple(
                CalibrationBin(predicted=p, observed=o, customers=1_190)
                for p, o in zip(predicted, observed, strict=True)
            ),
            leaks=(),
            folds=5,
            strata=("outcome", "contact"),
            calibration_method="sigmoid",
            resamples=1_000,
            seed=7,
        ),
        pca=PcaFigures(components=50, explained_variance=tuple(float(v) for v in (0.06 * 0.93 ** np.arange(50)))),
        engagement=EngagementFigures(weights=(0.5, 0.3, 0.15, 0.05), scale="percentile", orientation="activity"),
        risk=RiskFigures(thresholds=THRESHOLDS, base_rate=0.0343),
        segments=SegmentFigures(k=4, stability=0.93, axes=("engagement", "cltv", "churn_probability")),
        value=ValueFigures(
            assumption="Declared: 83.33 a month for everybody.",
            source="declared",
            monthly=83.33,
            annual_discount=0.10,
            outcome_months=2.0,
        ),
    )


def make_facts(language: str = "es") -> ReportFacts:
    customers = make_customers(language)
    return ReportFacts(
        project="VoiceFlip",
        language=language,
        locale=LOCALES[language],
        currency="EUR",
        timezone="Europe/Madrid",
        explore=ExploreFigures(customers=make_customer_figures(), events=make_event_figures()),
        model=make_model_figures(),
        profiles=make_profiles(customers),
        customers=customers,
        message_counts={"ready": 4_583, "failed": 0, "withheld": 417},
        sample_messages=(
            SampleMessage("Premium", 1, "Buenos días:\n\nGracias por seguir con nosotros.\n\nEl equipo"),
            SampleMessage("Base", 3, "Buenos días:\n\nQueremos ayudarle hoy mismo.\n\nEl equipo"),
        ),
        synthetic=True,
        sources=("customers.csv", "events.jsonl"),
        joined=True,
        customer_rows_read=11_896,
        customer_rows_rejected=0,
    )


@pytest.fixture(scope="session")
def facts() -> ReportFacts:
    """A whole project in Spanish."""
    return make_facts("es")


@pytest.fixture(scope="session", params=["es", "en", "pt"])
def facts_by_language(request: pytest.FixtureRequest) -> ReportFacts:
    """The same project in each language."""
    return make_facts(request.param)


@pytest.fixture
def bare_facts(facts: ReportFacts) -> ReportFacts:
    """A project of which nothing is known."""
    return replace(
        facts,
        explore=None,
        model=None,
        profiles=(),
        customers=None,
        message_counts=None,
        sample_messages=(),
        synthetic=False,
        sources=(),
        customer_rows_read=None,
        customer_rows_rejected=None,
    )
