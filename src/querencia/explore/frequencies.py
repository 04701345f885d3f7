"""Exact statistics of a column at any size, from how often each value occurs: integers in, one rounding out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from math import floor

MEDIAN = Fraction(1, 2)
P90 = Fraction(9, 10)


@dataclass(frozen=True)
class Frequencies:
    """Distinct values, ascending, and how often each occurs (at least once)."""

    values: tuple[int, ...]
    counts: tuple[int, ...]

    @classmethod
    def of(cls, pairs: Iterable[tuple[int, int]]) -> Frequencies:
        """Return the frequencies of (value, count) in any order, values distinct."""
        ordered = sorted(pairs)
        return cls(tuple(value for value, _ in ordered), tuple(count for _, count in ordered))

    @property
    def count(self) -> int:
        """How many values there are, repetitions included."""
        return sum(self.counts)

    @property
    def total(self) -> int:
        """The sum of all values."""
        return sum(value * count for value, count in zip(self.values, self.counts, strict=True))

    @property
    def largest(self) -> int:
        """The largest value; 0 where there is none."""
        return self.values[-1] if self.values else 0

    def at(self, rank: int) -> int:
        """Return the value at `rank` of the sorted values, from 0. IndexError beyond the last."""
        for value, reached in zip(self.values, accumulate(self.counts), strict=True):
            if rank < reached:
                return value
        raise IndexError(f"rank {rank!r} of {self.count} values: expected one from 0 to {self.count - 1}")

    def mean(self) -> float:
        """Return the mean; 0 where there is no value."""
        return self.total / self.count if self.values else 0.0

    def quantile(self, share: Fraction) -> float:
        """Return the quantile, interpolated linearly between neighbours; 0 where there is no value."""
        if not self.values:
            return 0.0
        low, high, weight = neighbours(self.count, share)
        return float(interpolate(self.at(low), self.at(high), weight))

    def refine(self, values: Iterable[int], finer: Iterable[tuple[int, int]]) -> Frequencies:
        """Return the frequencies with the pairs `finer` in place of `values`, which stood for them all."""
        left_out = set(values)
        kept = [pair for pair in zip(self.values, self.counts, strict=True) if pair[0] not in left_out]
        return Frequencies.of([*kept, *finer])

    def between(self, low: int, high: int | None) -> int:
        """Return how many values are at least `low` and below `high` (None: no upper end)."""
        pairs = zip(self.values, self.counts, strict=True)
        return sum(count for value, count in pairs if value >= low and (high is None or value < high))


def neighbours(count: int, share: Fraction) -> tuple[int, int, Fraction]:
    """Return the two ranks between which a quantile of `count` sorted values lies, and how far from the first to the
    second: rank (count - 1) x share (Hyndman and Fan 1996, definition 7)."""
    position = (count - 1) * share
    low = floor(position)
    return low, min(low + 1, count - 1), position - low


def interpolate(low: int, high: int, weight: Fraction) -> Fraction:
    """Return the point at `weight` of the way from `low` to `high`, exactly."""
    return low + (high - low) * weight


def edges(starts: Sequence[int]) -> list[tuple[int, int | None]]:
    """Return where the bars of a histogram begin and end; the last has no end."""
    return list(zip(starts, [*starts[1:], None], strict=True))
