"""An Orange-shaped churn table: 160 components with heavy outliers, 18 factors, a rare outcome, contact by lot.

Sizes and rates follow the published description of OpenML 45580; at the size of the original they are exact: 408 of
11,896 left, 9,010 were contacted, 303 of them left. Contact has no effect.
"""

from __future__ import annotations

from typing import BinaryIO

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

CUSTOMERS = 11_896
COMPONENTS = 160
LEVELS = (18, 12, 1, 20, 4, 20, 3, 2, 4, 4, 3, 3, 12, 20, 20, 17, 6, 7)
FEWEST = 500  # below, a level or a class could be missing

_LEFT = 408 / CUSTOMERS
_CONTACTED_OF_LEFT = 303 / 408
_CONTACTED_OF_STAYED = 8707 / (CUSTOMERS - 408)
_SPANS = {0: (-5.9, 220.6), 1: (-244.0, 14.2)}  # the outliers of the first two components


def write_orange(file: BinaryIO, *, customers: int, seed: int) -> None:
    """Write the table as CSV: PC1..PC160, FACTOR1..FACTOR18, t, y."""
    random = np.random.default_rng(np.random.SeedSequence((seed, 3)))
    components = _draw_components(random, customers=customers)
    factors = _draw_factors(random, customers=customers)
    left = _draw_left(random, components=components, factors=factors)
    contacted = _draw_contacted(random, left=left)
    columns = {f"PC{number}": pa.array(column) for number, column in enumerate(components, 1)}
    for number, (levels, column) in enumerate(zip(LEVELS, factors, strict=True), 1):
        columns[f"FACTOR{number}"] = pa.array([f"V{level}" for level in range(1, levels + 1)]).take(pa.array(column))
    columns |= {"t": pa.array(contacted), "y": pa.array(left)}
    csv.write_csv(pa.table(columns), file, csv.WriteOptions(quoting_style="needed"))


def _draw_components(random: np.random.Generator, *, customers: int) -> list[Floats]:
    """Draw components of falling variance and heavy tails; the first leans to the right, the second to the left."""
    columns = []
    for number in range(COMPONENTS):
        scale = 4.2 / (1 + number) ** 0.35
        column = random.standard_t(4 if number < 40 else 7, customers) * scale * 0.7
        if number in _SPANS:
            low, high = _SPANS[number]
            skewed = random.standard_gamma(0.9, customers) * 3.4 + random.standard_t(2.2, customers) ** 2 * 0.4
            column = low + skewed if number == 0 else high - skewed
            column = np.clip(column, low, high)
            column[[int(np.argmin(column)), int(np.argmax(column))]] = low, high
        columns.append(column.round(6))
    return columns


def _draw_factors(random: np.random.Generator, *, customers: int) -> list[Integers]:
    """Draw levels as 0-based indexes, common ones first; every level occurs."""
    columns = []
    for levels in LEVELS:
        weights = 1 / (1.0 + np.arange(levels)) ** 0.9
        column = random.choice(levels, customers, p=weights / weights.sum())
        column[random.permutation(customers)[:levels]] = np.arange(levels)
        columns.append(column)
    return columns


def _draw_left(random: np.random.Generator, *, components: list[Floats], factors: list[Integers]) -> Integers:
    """Let exactly the due number leave: those whose log-odds, with logistic noise, are highest."""
    customers = len(components[0])
    log_odds = np.zeros(customers)
    for number, weight in ((52, -0.5), (21, -0.45), (46, -0.4), (13, 0.4), (14, -0.35), (5, 0.3), (8, -0.3), (30, 0.3)):
        log_odds += weight * np.tanh(components[number] / np.std(components[number]))
    log_odds += 0.45 * np.tanh((components[0] - np.median(components[0])) / 4)
    # What a straight line misses and a tree finds.
    log_odds += 0.9 * (np.abs(components[3]) > 1.2 * np.std(components[3]))
    log_odds += 0.9 * ((components[6] > 0) & (components[9] < 0)) - 0.4
    for factor, level, weight in ((14, 8, 1.8), (14, 0, -0.5), (14, 2, -0.6), (5, 18, 1.2), (0, 5, 0.8), (3, 2, -0.6)):
        log_odds += weight * (factors[factor] == level)
    due = round(customers * _LEFT)
    ranked = np.argsort(-(1.45 * log_odds + random.logistic(size=customers)), kind="stable")
    left = np.zeros(customers, dtype=np.int64)
    left[ranked[:due]] = 1
    return left


def _draw_contacted(random: np.random.Generator, *, left: Integers) -> Integers:
    """Contact by lot, with the same share in both classes up to the original's own small difference."""
    contacted = np.zeros(len(left), dtype=np.int64)
    for outcome, share in ((1, _CONTACTED_OF_LEFT), (0, _CONTACTED_OF_STAYED)):
        rows = random.permutation(np.flatnonzero(left == outcome))
        contacted[rows[: round(len(rows) * share)]] = 1
    return contacted
