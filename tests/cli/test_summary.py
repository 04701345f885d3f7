"""What a run shows at its end rounds as its report does."""

from __future__ import annotations

from querencia.cli.summary import LOCALE, show
from querencia.explore.figures import (
    EventFigures,
    EventsPerSession,
    ExploreFigures,
    FunnelStep,
    ItemPopularity,
    SessionSeconds,
)
from querencia.learn.figures.churn import Baseline, ChurnFigures
from querencia.learn.figures.interval import Interval
from querencia.learn.figures.model import ModelFigures
from querencia.learn.figures.segments import SegmentProfile
from querencia.pipeline.run import RunResult
from querencia.report.edition import Edition


class Listener:
    """A terminal that keeps what it is told."""

    verbose = True

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)

    def note(self, text: str) -> None:
        self.lines.append(text)

    def table(self, title: str, columns: list[str], rows: list[list[str]]) -> None:
        self.lines += [" | ".join(row) for row in rows]


def shown(**parts: object) -> str:
    facts: dict[str, object] = {"project": "p", "synthetic": False, "currency": "EUR", "locale": "es_ES"}
    facts |= {"rejected": {}, "explore": None, "model": None, "customers": 2, "segments": (), "messages": None}
    facts |= {"samples": (), "notes": (), "files": (), "kept": (), "seconds": 1.0}
    listener = Listener()
    show(RunResult(**(facts | parts)), listener)
    return "\n".join(listener.lines)


def test_a_half_is_rounded_to_the_even_neighbour_as_in_the_report() -> None:
    share, worth = 0.1365, 1_234_566.5
    report = Edition(language="en", locale=LOCALE, currency="EUR")
    profile = SegmentProfile(
        segment=0,
        segment_name="Base",
        customers=1_365,
        share=share,
        engagement=50.25,
        churn_probability=0.0625,
        cltv=worth,
    )
    assert f"{share:.1%}" == "13.7%"  # what Python itself would say
    line = "Base | 1,365 | 13.6% | 50.2 | 6.2% | 1,234,566"
    assert line in shown(segments=(profile,))
    assert report.percent(share) == "13.6%"
    assert report.number(worth) == "1,234,566"


def test_intervals_round_alike_too() -> None:
    figure = Interval(value=0.8125, low=0.7995, high=0.8255)
    churn = ChurnFigures(
        rows=100,
        churners=10,
        model="logistic",
        protocol="",
        auc=figure,
        average_precision=figure,
        brier=figure,
        brier_skill=figure,
        baseline=Baseline(auc=0.5, average_precision=0.0345, brier=0.09, brier_skill=0.0),
        candidates=(),
        calibration=(),
        leaks=(),
    )
    model = ModelFigures(churn=churn, pca=None, engagement=None, risk=None, segments=None, value=None)
    said = shown(model=model)
    assert "AUC 0.812 (0.800 to 0.826)" in said
    assert "base rate 0.034" in said


def test_events_are_summed_up_in_a_line_each() -> None:
    log = EventFigures(
        rows_read=12,
        rejected=1,
        ignored=0,
        duplicates=1,
        events=10,
        sessions=4,
        items=3,
        customers=4,
        missing={},
        types={"clicks": 5, "carts": 1, "orders": 1, "a": 1, "b": 1, "c": 1},
        types_read={"clicks": 6, "carts": 1, "orders": 1, "a": 1, "b": 1, "c": 1},
        top_items=(),
        item_popularity=ItemPopularity(gini=0.4, top_1_percent_items=1, top_1_percent_share=0.6, shares=()),
        by_hour=(),
        by_weekday=(),
        by_weekday_hour=(),
        by_day=(),
        session_seconds=SessionSeconds(mean=2_000.5, median=90.0, p90=0.0, histogram=()),
        events_per_session=EventsPerSession(mean=2.5, median=1.5, p90=4.0, max=6, histogram=()),
        sessions_by_minimum_length=(),
        funnel=(
            FunnelStep(type="clicks", sessions=4, share=1.0, rate=None),
            FunnelStep(type="carts", sessions=0, share=0.0, rate=0.0),
            FunnelStep(type="orders", sessions=0, share=0.0, rate=None),
        ),
    )
    said = shown(explore=ExploreFigures(customers=None, events=log), rejected={"events": 1})
    assert "types: clicks 50.0%, carts 10.0%, orders 10.0%, a 10.0%, b 10.0% and 1 more" in said
    assert "sessions: median 1.5 events and 90 s, mean 2.5 events and 2,000 s" in said
    assert "items: the top 1% (1) hold 60.0% of the events, Gini 0.40" in said
    assert "funnel: 4 sessions with clicks -> carts 0.0% -> orders none" in said
