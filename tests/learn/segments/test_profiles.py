"""Profiles of segments."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from querencia.learn.encoding.encoders import NumericEncoder
from querencia.learn.segments.profiles import profile_segments


@pytest.fixture
def customers() -> tuple[pd.DataFrame, pd.DataFrame]:
    random = np.random.default_rng(1)
    segment = np.repeat([0, 1], [250, 750])
    customers = pd.DataFrame(
        {"segment": segment, "engagement": 90.0 - 60 * segment, "churn_probability": 0.1, "cltv": np.nan}
    )
    seats = np.where(segment == 0, 12.0, 4.0) + random.normal(size=1000)
    features = pd.DataFrame(
        {
            "noise": random.normal(size=1000),
            "seats": seats,
            "seats_copy": 3 * seats + 1,
            "plan": pd.Series(np.where((segment == 0) | (np.arange(1000) % 5 == 0), "pro", "basic"), dtype="str"),
        }
    )
    return customers, features


def test_profiles_count_average_and_tell_what_sets_a_segment_apart(
    customers: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    table, features = customers
    encoder = NumericEncoder().fit(features)
    best, rest = profile_segments(
        table, features, encoder=encoder, name_segment=lambda segment, number: f"{segment + 1} of {number}"
    )
    assert (best.segment, best.segment_name, best.customers, best.share) == (0, "1 of 2", 250, 0.25)
    assert (best.engagement, best.churn_probability, best.cltv) == (90.0, pytest.approx(0.1), None)
    assert (rest.segment_name, rest.customers, rest.engagement) == ("2 of 2", 750, 30.0)
    # Noise says nothing, the copy repeats seats, and a plan of two levels is told once.
    traits = {trait.feature: trait for trait in best.traits}
    assert set(traits) == {"seats", "plan_basic"}
    assert (traits["seats"].level, traits["plan_basic"].level) == (None, "basic")
    seats = features["seats"]
    inside = float(seats[:250].mean())
    assert traits["seats"].mean == pytest.approx(inside)
    assert traits["seats"].overall == pytest.approx(float(seats.mean()))
    assert traits["seats"].difference == pytest.approx((inside - seats.mean()) / seats.std(ddof=0))
    assert (traits["plan_basic"].mean, traits["plan_basic"].overall) == (0.0, 0.6)
    assert traits["plan_basic"].difference == pytest.approx(-0.6 / np.sqrt(0.24))
