"""The published figures on CDNOW, whose data come with the package lifetimes (dependency group `oracles`)."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest

from querencia.learn.value.purchases import BetaGeometricModel
from querencia.learn.value.spend import GammaGammaModel


@pytest.fixture(scope="module")
def cdnow() -> pd.DataFrame:
    """2,357 customers, in weeks: read from the package's files, for the package itself is not kept any more."""
    found = find_spec("lifetimes")
    if found is None or found.origin is None:
        pytest.skip("lifetimes is not installed: uv sync --group oracles")
    file = Path(found.origin).parent / "datasets/cdnow_customers_summary_with_transactions.csv"
    return pd.read_csv(file).set_axis(["customer", "frequency", "recency", "age", "spend"], axis=1)


def test_bg_nbd_has_the_parameters_of_the_paper(cdnow: pd.DataFrame) -> None:
    model = BetaGeometricModel().fit(cdnow[["frequency", "recency", "age"]])
    found = (model.r_, model.alpha_, model.a_, model.b_)
    assert found == pytest.approx((0.243, 4.414, 0.793, 2.426), abs=5e-4)
    assert model.log_likelihood_ == pytest.approx(-9582.4, abs=0.05)
    # Customer 1: 2 purchases, the last at 30.43 of 38.86 weeks; the paper expects 1.226 more within 39.
    forecast = model.expected_purchases(cdnow.loc[:0, ["frequency", "recency", "age"]], horizon=39)
    assert forecast == pytest.approx([1.226], abs=5e-4)


def test_gamma_gamma_has_the_parameters_of_the_note(cdnow: pd.DataFrame) -> None:
    again = cdnow[cdnow["frequency"] > 0]
    model = GammaGammaModel().fit(again[["frequency", "spend"]].to_numpy())
    assert len(again) == 946
    assert (model.p_, model.q_, model.v_) == pytest.approx((6.25, 3.74, 15.44), abs=0.01)
