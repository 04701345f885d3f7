"""querencia: the engine for keeping customers.

The public API, loaded on first use (PEP 562), so that ``import querencia`` stays light.
"""

from __future__ import annotations

from importlib import import_module, metadata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from querencia.bootstrap import open_project
    from querencia.errors import InputError, QuerenciaError, WorkError
    from querencia.learn.churn.classifier import ChurnClassifier
    from querencia.learn.engagement import EngagementScorer
    from querencia.learn.segments.segmenter import CustomerSegmenter
    from querencia.learn.uplift.dr_learner import DRLearner
    from querencia.learn.uplift.s_learner import SLearner
    from querencia.learn.uplift.t_learner import TLearner
    from querencia.learn.uplift.x_learner import XLearner
    from querencia.pipeline.run import run

__version__ = metadata.version("querencia")

_HOMES = {
    "ChurnClassifier": "querencia.learn.churn.classifier",
    "CustomerSegmenter": "querencia.learn.segments.segmenter",
    "DRLearner": "querencia.learn.uplift.dr_learner",
    "EngagementScorer": "querencia.learn.engagement",
    "InputError": "querencia.errors",
    "QuerenciaError": "querencia.errors",
    "SLearner": "querencia.learn.uplift.s_learner",
    "TLearner": "querencia.learn.uplift.t_learner",
    "WorkError": "querencia.errors",
    "XLearner": "querencia.learn.uplift.x_learner",
    "open_project": "querencia.bootstrap",
    "run": "querencia.pipeline.run",
}

__all__ = [
    "ChurnClassifier",
    "CustomerSegmenter",
    "DRLearner",
    "EngagementScorer",
    "InputError",
    "QuerenciaError",
    "SLearner",
    "TLearner",
    "WorkError",
    "XLearner",
    "__version__",
    "open_project",
    "run",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
