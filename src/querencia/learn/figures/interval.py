"""A figure and how far it may be trusted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A figure with its bootstrap 95 % interval."""

    value: float
    low: float
    high: float
