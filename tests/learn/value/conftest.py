"""Customers made by the models themselves, so that the truth about them is known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

Histories = np.ndarray


def simulate_histories(
    r: float, alpha: float, a: float, b: float, *, customers: int, seed: int, longest: float = 100.0
) -> Histories:
    """Return frequency, recency and age of customers (n, 3) who buy and leave as BG/NBD says, purchase by purchase."""
    random = np.random.default_rng(seed)
    age = random.uniform(0.2 * longest, longest, customers)
    rate, chance = random.gamma(r, 1 / alpha, customers), random.beta(a, b, customers)
    frequency, recency, now = np.zeros(customers), np.zeros(customers), np.zeros(customers)
    alive = np.arange(customers)
    while len(alive):
        now[alive] += random.exponential(1 / np.maximum(rate[alive], 1e-12))
        alive = alive[now[alive] <= age[alive]]
        frequency[alive] += 1
        recency[alive] = now[alive]
        alive = alive[random.random(len(alive)) >= chance[alive]]
    return np.column_stack([frequency, recency, age])


@pytest.fixture
def simulate() -> Callable[..., Histories]:
    return simulate_histories
