"""Power agrees with textbook figures and with simulated experiments."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from querencia.learn.uplift.power import customers_for, describe_power, smallest_effect


def test_sample_size_is_that_of_the_textbook_formula() -> None:
    # Rates 0.25 and 0.15 in equal groups: (1.959964 sqrt(2 x 0.2 x 0.8) + 0.841621 sqrt(0.25 x 0.75 + 0.15 x 0.85))^2
    # / 0.1^2 = 249.6 a side.
    assert customers_for(0.1, base_rate=0.25, share=0.5) == pytest.approx(2 * 249.6, abs=1.5)


@given(st.floats(0.01, 0.6), st.floats(0.1, 0.9), st.floats(0.05, 0.9))
def test_the_smallest_effect_of_the_sample_for_an_effect_is_that_effect(rate: float, share: float, part: float) -> None:
    effect = rate * part
    needed = customers_for(effect, base_rate=rate, share=share)
    found = smallest_effect(base_rate=rate, contacted=needed * share, others=needed * (1 - share))  # type: ignore[arg-type]
    assert found <= effect * (1 + 1e-9)
    assert found == pytest.approx(effect, rel=0.5 / needed + 1e-6)


def test_four_of_five_experiments_of_that_size_find_it() -> None:
    random, base, contacted, others = np.random.default_rng(1), 0.2, 3000, 1000
    effect = smallest_effect(base_rate=base, contacted=contacted, others=others)
    kept = random.binomial(contacted, base - effect, 20_000) / contacted
    rest = random.binomial(others, base, 20_000) / others
    pooled = (kept * contacted + rest * others) / (contacted + others)
    found = np.abs(rest - kept) > 1.959964 * np.sqrt(pooled * (1 - pooled) * (1 / contacted + 1 / others))
    assert found.mean() == pytest.approx(0.8, abs=0.015)


def test_small_experiments_say_that_no_fall_is_large_enough() -> None:
    assert smallest_effect(base_rate=0.03, contacted=50, others=20) > 0.03
    described = describe_power(base_rate=0.0343, contacted=9010, others=2886)
    assert described.smallest_effect == pytest.approx(0.01, abs=0.002)  # the Orange table: about one point
    assert [sample.effect for sample in described.samples] == [0.0025, 0.005, 0.01, 0.02]
    needed = [sample.customers for sample in described.samples]
    assert needed == sorted(needed, reverse=True)
    rare = describe_power(base_rate=0.002, contacted=500, others=500)
    assert [sample.effect for sample in rare.samples] == [0.001]
    with pytest.raises(ValueError, match="expected 0 < effect"):
        customers_for(0.3, base_rate=0.2, share=0.5)
