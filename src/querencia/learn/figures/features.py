"""The figures of encoded features: principal components and engagement."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Loading:
    """How much a feature weighs in a component, from -1 to 1."""

    feature: str
    loading: float


@dataclass(frozen=True, kw_only=True)
class ComponentLoadings:
    """The features that weigh most in a component (1-based), largest first."""

    component: int
    loadings: tuple[Loading, ...]


@dataclass(frozen=True, kw_only=True)
class PcaFigures:
    """`explained_variance` is the share of variance of each component, largest first. `method`: "exact" or
    "incremental".
    """

    components: int
    explained_variance: tuple[float, ...]
    loadings: tuple[ComponentLoadings, ...] = ()
    method: str = "exact"


@dataclass(frozen=True, kw_only=True)
class EngagementFigures:
    """How engagement was made: component weights, scale, and what oriented the components."""

    weights: tuple[float, ...]
    scale: str
    orientation: str
