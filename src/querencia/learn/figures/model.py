"""Everything that was learned: the shape of ``model.json``."""

from __future__ import annotations

from dataclasses import dataclass

from querencia.learn.figures.churn import ChurnFigures, RiskFigures
from querencia.learn.figures.drift import DriftFigures
from querencia.learn.figures.features import EngagementFigures, PcaFigures
from querencia.learn.figures.segments import SegmentFigures
from querencia.learn.figures.uplift import UpliftFigures
from querencia.learn.figures.value import ValueFigures


@dataclass(frozen=True, kw_only=True)
class ModelFigures:
    """Everything in ``model.json``; None where it could not be learned. `version` names the model folder."""

    churn: ChurnFigures | None
    pca: PcaFigures | None
    engagement: EngagementFigures | None
    risk: RiskFigures | None
    segments: SegmentFigures | None
    value: ValueFigures | None
    uplift: UpliftFigures | None = None
    drift: DriftFigures | None = None
    version: str = ""
