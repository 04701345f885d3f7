"""Intervals around shares, for what the charts say about chance."""

from __future__ import annotations

from math import sqrt

_Z = 1.959963984540054  # 97.5 % point of the standard normal distribution


def wilson_interval(share: float, count: float) -> tuple[float, float]:
    """Return the 95 % score interval of a share seen among `count` (Wilson 1927, J. Am. Stat. Assoc. 22, p. 209)."""
    if count <= 0:
        return 0.0, 1.0
    squared = _Z * _Z
    middle = (share + squared / (2 * count)) / (1 + squared / count)
    half = _Z / (1 + squared / count) * sqrt(share * (1 - share) / count + squared / (4 * count * count))
    return max(0.0, middle - half), min(1.0, middle + half)


def difference_interval(one: float, count_one: float, other: float, count_other: float) -> tuple[float, float]:
    """Return the normal 95 % interval of the difference of two independent shares, `one` minus `other`."""
    half = _Z * sqrt(one * (1 - one) / count_one + other * (1 - other) / count_other)
    return one - other - half, one - other + half
