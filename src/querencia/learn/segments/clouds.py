"""Clouds without segments: what a clustering of these axes would look like if there were nothing to find."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm, rankdata

from querencia.learn.encoding.encoders import Floats

GRID = 200
TAIL = 0.01  # of the customers, on either side: an outlier or two are no mode


class ShapelessCloud:
    """Customers like the ones given, axis by axis and in how axes rise together, but of one hump on every axis.

    Neither a Gaussian nor a box would do: engagement is a percentile, and so uniform, and value is skewed; against
    these, cuts of a continuum look like segments. So each axis of the cloud is the customers' own, smoothed with the
    narrowest Gaussian kernel that leaves one mode (the critical bandwidth of B. Silverman, 1981), at their mean and
    standard deviation; and the axes have the customers' rank correlations, through a Gaussian copula. What is lost on
    the way is what segments are: several humps, and shapes of dependence that no correlation tells of.
    """

    def __init__(self, points: Floats) -> None:
        self._points = points
        self._widths = [critical_bandwidth(axis) for axis in points.T]
        self._root = _copula_root(points)

    def draw(self, random: np.random.Generator) -> Floats:
        """Return a cloud of as many points on the same axes, (n, a)."""
        rows, axes = self._points.shape
        normal = random.normal(size=(rows, axes)) @ self._root.T
        cloud = np.empty_like(self._points)
        for axis, (values, width) in enumerate(zip(self._points.T, self._widths, strict=True)):
            smooth = np.sort(_reflect(random.choice(values, rows) + width * random.normal(size=rows), values))
            spread = smooth.std()
            smooth = values.mean() + (smooth - smooth.mean()) * (values.std() / spread if spread > 0 else 1.0)
            cloud[np.argsort(normal[:, axis], kind="stable"), axis] = smooth
        return cloud


def critical_bandwidth(values: Floats) -> float:
    """Return the least standard deviation of a Gaussian kernel under which the density of `values` (n,) has one mode.

    To about 1 % of their range; the 1 % of the values at either end have no say.
    """
    low, high = np.quantile(values, [TAIL, 1 - TAIL])
    if not high > low:
        return 0.0
    counts, _ = np.histogram(values, bins=GRID, range=(low, high))
    narrow, wide = 1.0, float(GRID)  # in bins
    while wide / narrow > 1.05:
        middle = float(np.sqrt(narrow * wide))
        if _count_modes(counts.astype(np.float64), middle) <= 1:
            wide = middle
        else:
            narrow = middle
    return wide * float(high - low) / GRID


def _count_modes(counts: Floats, bandwidth: float) -> int:
    reach = int(np.ceil(4 * bandwidth))
    kernel = norm.pdf(np.arange(-reach, reach + 1) / bandwidth)
    density = np.convolve(counts, kernel / kernel.sum())
    steps = np.diff(np.concatenate([[0.0], density, [0.0]]))
    rises = np.sign(steps[np.abs(steps) > 1e-9 * density.max()])
    return int(((rises[:-1] > 0) & (rises[1:] < 0)).sum())


def _reflect(drawn: Floats, values: Floats) -> Floats:
    """Return `drawn` with what lies beyond the ends of `values` turned back inside, so that edges stay edges."""
    low, high = float(values.min()), float(values.max())
    turned = np.where(drawn < low, 2 * low - drawn, np.where(drawn > high, 2 * high - drawn, drawn))
    return np.asarray(np.clip(turned, low, high))


def _copula_root(points: Floats) -> Floats:
    """Return the root (a, a) of the correlations of a Gaussian copula with the rank correlations of `points`."""
    axes = points.shape[1]
    ranks = np.column_stack([rankdata(axis) for axis in points.T])
    spearman = np.corrcoef(ranks, rowvar=False).reshape(axes, axes)
    pearson = 2 * np.sin(np.pi / 6 * spearman)
    values, vectors = np.linalg.eigh(pearson)  # may be slightly off any correlation matrix
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    return np.asarray(root / np.sqrt((root**2).sum(axis=1))[:, None])
