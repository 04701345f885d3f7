"""How stable numbers of segments are, and whether more so than on clouds without any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn import config_context
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from querencia.learn.encoding.encoders import Floats
from querencia.learn.segments.clouds import ShapelessCloud

Labels = NDArray[np.int64]
STABILITY_ROWS = 1000  # customers drawn for it: on more, it would only take longer
NULL_REFITS = 3
STARTS = 2
AS_STABLE = 0.03  # numbers of segments this near in stability are as good as each other
LEAST_SPREAD = 0.005  # of a figure over clouds: below it, differences are rounding
LEVEL = 0.95
MANY = 20  # distinct customers per segment: no draw of them will lack any


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A number of segments, `k`, on a sample of the customers.

    `stability` is the mean adjusted Rand index over refits, `explained` the share of the axes' variance between
    segments, `smallest_share` that of the smallest segment. `null_explained` and `null_stability` (clouds,) are the
    same of clouds without segments; the latter is empty where it was not needed. `distinct` is None where it was not
    looked into.
    """

    k: int
    stability: float
    explained: float
    smallest_share: float
    null_explained: Floats
    null_stability: Floats
    distinct: bool | None


def try_segments(
    points: Floats, numbers: Sequence[int], *, n_bootstrap: int, n_null: int, seed: int
) -> tuple[Trial, ...]:
    """Return a trial of each of `numbers` (2 or more) of segments on the standardised `points` (n, a).

    The segments of at most 1,000 customers drawn without replacement are compared with those that `n_bootstrap` refits
    give to them, each on as many drawn with replacement. `n_null` clouds of as many points go the same way, with 3
    refits each.

    Segments are distinct where they explain more of the variance than 95 % of the clouds do, each at the number that
    suits it best, so that trying many numbers finds nothing; and are more stable than 95 % of the clouds at the same
    number. The latter takes the time: it is measured for numbers that explain enough, from the most stable one down,
    as long as they are within `AS_STABLE` of the most stable one that is distinct.
    """
    if not numbers:
        return ()
    random = np.random.default_rng(seed)
    if len(points) > STABILITY_ROWS:
        points = points[np.sort(random.choice(len(points), STABILITY_ROWS, replace=False))]
    with threadpool_limits(1), config_context(assume_finite=True, skip_parameter_validation=True):
        cloud = ShapelessCloud(points)
        clouds = [cloud.draw(random) for _ in range(n_null)]
        fits = {k: _Fit.of(points, k, random=random) for k in numbers}
        nulls = {k: [_Fit.of(each, k, random=random) for each in clouds] for k in numbers}
        null_explained = {k: np.array([fit.explained for fit in nulls[k]]) for k in numbers}
        telling = _explain_enough({k: fits[k].explained for k in numbers}, null_explained)
        stability = {k: fits[k].measure_stability(n_bootstrap, random=random) for k in numbers}
        distinct: dict[int, bool] = {k: False for k in numbers if k not in telling}
        null_stability: dict[int, Floats] = {}
        least = 0.0
        for k in sorted(telling if len(numbers) > 1 else numbers, key=lambda k: -stability[k]):
            if stability[k] < least or not clouds:
                break
            of_clouds = np.array([fit.measure_stability(NULL_REFITS, random=random) for fit in nulls[k]])
            null_stability[k] = of_clouds
            distinct[k] = k in telling and stability[k] > float(np.quantile(of_clouds, LEVEL))
            least = max(least, stability[k] - AS_STABLE) if distinct[k] else least
    return tuple(
        Trial(
            k=k,
            stability=stability[k],
            explained=fits[k].explained,
            smallest_share=fits[k].smallest_share,
            null_explained=null_explained[k],
            null_stability=null_stability.get(k, np.empty(0)),
            distinct=distinct.get(k),
        )
        for k in numbers
    )


def _explain_enough(explained: dict[int, float], null: dict[int, Floats]) -> list[int]:
    """Return the numbers that explain more than 95 % of the clouds do, in standard deviations, at their best number."""
    deviation = {k: max(float(values.std()), LEAST_SPREAD) for k, values in null.items() if len(values)}
    if not deviation:
        return []
    best = np.max([(null[k] - null[k].mean()) / deviation[k] for k in deviation], axis=0)
    bar = float(np.quantile(best, LEVEL))
    return [k for k in deviation if (explained[k] - null[k].mean()) / deviation[k] > bar]


@dataclass(frozen=True, kw_only=True)
class _Fit:
    """`k` segments of `points` (n, a), to be compared with those of points drawn from them."""

    points: Floats
    k: int
    labels: Labels
    explained: float
    scarce: bool

    @classmethod
    def of(cls, points: Floats, k: int, *, random: np.random.Generator) -> _Fit:
        distinct = len(np.unique(points, axis=0))
        labels, inertia = np.zeros(len(points), dtype=np.int64), np.inf
        if distinct >= k:
            model = _fit(points, k, starts=STARTS, random=random)
            labels, inertia = model.labels_.astype(np.int64), float(model.inertia_)
        total = float(((points - points.mean(axis=0)) ** 2).sum())
        explained = max(0.0, 1 - inertia / total)
        return cls(points=points, k=k, labels=labels, explained=explained, scarce=distinct < MANY * k)

    @property
    def smallest_share(self) -> float:
        return float(np.bincount(self.labels, minlength=self.k).min()) / len(self.labels)

    def measure_stability(self, refits: int, *, random: np.random.Generator) -> float:
        """Return the mean adjusted Rand index with `refits` on points drawn with replacement; 0 where none succeeds."""
        agreements = []
        for _ in range(refits):
            drawn = self.points[random.integers(len(self.points), size=len(self.points))]
            if self.scarce and len(np.unique(drawn, axis=0)) < self.k:
                continue  # too few distinct customers drawn to make so many segments
            again = _fit(drawn, self.k, starts=STARTS, random=random)
            agreements.append(rand_agreement(self.labels, again.predict(self.points), self.k))
        return float(np.mean(agreements)) if agreements else 0.0


def _fit(points: Floats, k: int, *, starts: int, random: np.random.Generator) -> KMeans:
    seed = int(random.integers(2**31 - 1))
    return KMeans(k, n_init=starts, tol=1e-3, max_iter=30, random_state=seed).fit(points)


def rand_agreement(first: NDArray[np.integer], second: NDArray[np.integer], number: int) -> float:
    """Return the adjusted Rand index of two labellings (n,) with labels 0 … `number` - 1: L. Hubert, P. Arabie, 1985.

    As scikit-learn's, without its checks, which take longer than the figure itself.
    """
    table = np.bincount(first.astype(np.int64) * number + second, minlength=number * number).astype(np.float64)
    table = table.reshape(number, number)
    together = _pairs(table)
    mine, theirs = _pairs(table.sum(axis=1)), _pairs(table.sum(axis=0))
    expected = mine * theirs / _pairs(table.sum(keepdims=True).ravel())
    most = (mine + theirs) / 2
    return 1.0 if most == expected else float((together - expected) / (most - expected))


def _pairs(counts: Floats) -> float:
    return float((counts * (counts - 1) / 2).sum())
