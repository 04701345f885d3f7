"""From mixed tables to numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from querencia.learn.encoding.encoders import NumericEncoder, TreeEncoder


@pytest.fixture
def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "minutes": [1.0, 2.0, 3.0, 4.0, np.nan, 5.0],
            "plan": pd.Series(["basic", "pro", "basic", None, "pro", "rare"], dtype="str"),
            "seats": [1.0] * 6,
            "trial": [True, False, True, False, True, False],
        }
    )


def test_numbers_are_standardised_categories_flagged_and_missing_values_marked(table: pd.DataFrame) -> None:
    encoder = NumericEncoder(min_frequency=0.3).fit(table)
    names = ["minutes", "seats", "trial", "minutes_missing", "plan_basic", "plan_pro", "plan_(other)"]
    assert list(encoder.get_feature_names_out()) == names
    encoded = pd.DataFrame(encoder.transform(table), columns=names)
    # 3 is the median, so the mean and the place of the missing value.
    assert encoded["minutes"].to_list() == pytest.approx(list(np.array([-2, -1, 0, 1, 0, 2]) / np.sqrt(10 / 6)))
    assert encoded["minutes_missing"].to_list() == [0, 0, 0, 0, 1, 0]
    assert encoded["seats"].to_list() == [0] * 6
    assert encoded["plan_basic"].to_list() == [1, 0, 1, 0, 0, 0]
    assert encoded["plan_(other)"].to_list() == [0, 0, 0, 1, 0, 1]


def test_trees_get_plain_numbers_and_codes(table: pd.DataFrame) -> None:
    encoded = TreeEncoder(min_frequency=0.3).fit(table).transform(table)
    assert encoded[:, 0].tolist()[:4] == [1, 2, 3, 4]
    assert np.isnan(encoded[4, 0])
    codes = encoded[:, 3]
    assert codes[[0, 1, 2, 4, 5]].tolist() == [0, 1, 0, 1, 2]
    assert np.isnan(codes[3])


def test_levels_never_seen_go_with_the_rare_ones_or_nowhere(table: pd.DataFrame) -> None:
    later = table.assign(plan=["new"] * 6)
    with_other = NumericEncoder(min_frequency=0.3).fit(table).transform(later)
    assert with_other[:, -1].tolist() == [1] * 6
    without = NumericEncoder(min_frequency=0.0).fit(table).transform(later)
    assert without[:, -4:].sum() == 0
    assert np.isnan(TreeEncoder(min_frequency=0.0).fit(table).transform(later)[:, 3]).all()


@pytest.mark.parametrize("dtype", ["str", "object", "category"])
def test_the_type_that_holds_a_text_does_not_matter(table: pd.DataFrame, dtype: str) -> None:
    same = table.astype({"plan": dtype})
    expected = NumericEncoder().fit(table).transform(table)
    assert NumericEncoder().fit(same).transform(same) == pytest.approx(expected)


def test_an_outlier_of_200_deviations_does_not_flatten_its_column() -> None:
    usage = np.random.default_rng(0).normal(size=5000)
    wild = np.append(usage, [1000.0, -800.0])
    encoded = NumericEncoder().fit_transform(wild[:, None])[:, 0]
    assert np.abs(encoded).max() < 25
    assert encoded[:-2].std() == pytest.approx(1, abs=0.15)
    assert np.corrcoef(encoded[:-2], usage)[0, 1] == pytest.approx(1)


def test_constant_and_empty_columns_become_zeros_that_stay_zeros() -> None:
    columns = pd.DataFrame({"a": [0.1] * 50, "b": [np.nan] * 50, "c": [1e9 + 0.1] * 50})
    encoder = NumericEncoder().fit(columns)
    assert np.abs(encoder.transform(columns)).max() == 0
    assert np.abs(encoder.transform(columns + 5)).max() == 0


def test_infinities_count_as_missing() -> None:
    X = pd.DataFrame({"a": [1.0, 2.0, np.inf, 3.0]})
    assert NumericEncoder().fit_transform(X)[2].tolist() == [0.0, 1.0]
    assert np.isnan(TreeEncoder().fit_transform(X)[2, 0])


def test_an_empty_table_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 is required"):
        NumericEncoder().fit(pd.DataFrame({"a": []}))
