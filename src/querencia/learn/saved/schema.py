"""The table that a model fits: its columns, in order, and what kind each one is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self

import pandas as pd

from querencia.errors import ColumnMissingError
from querencia.learn.encoding.encoders import split_types

Kind = Literal["number", "text"]
_MOST_NAMED = 8


@dataclass(frozen=True, kw_only=True)
class FeatureSchema:
    """The features that were learned from: `columns` in order, and of each whether it is a "number" or "text"."""

    columns: tuple[str, ...]
    kinds: tuple[Kind, ...]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Self:
        """Return the schema of the features of `frame`."""
        numeric = set(split_types(frame)[0])
        kinds: tuple[Kind, ...] = tuple("number" if i in numeric else "text" for i in range(frame.shape[1]))
        return cls(columns=tuple(map(str, frame.columns)), kinds=kinds)

    def compare(self, found: Mapping[str, Kind], *, model: str) -> SchemaDifference:
        """Return how the columns `found` in a new table differ from these.

        ColumnMissingError, naming all that differs, where a column that was learned from is not there: the model cannot
        score without it.
        """
        missing = [name for name in self.columns if name not in found]
        extra = tuple(name for name in found if name not in self.columns)
        changed = tuple(
            name for name, kind in zip(self.columns, self.kinds, strict=True) if found.get(name, kind) != kind
        )
        if missing:
            more = f" Besides, it has columns that the model does not know: {_some(extra)}." if extra else ""
            raise ColumnMissingError(
                f"The model {model!r} was learned from columns that the table does not have: {_some(missing)}.{more} "
                "Expected the columns it was learned from: give a table with them, or learn a new model by scoring "
                "without --model."
            )
        return SchemaDifference(extra=extra, changed=changed)

    def conform(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the columns of `frame` that were learned from, in order and of their kind.

        Text in a column of numbers that is no number becomes missing; a number in a column of text is written as text,
        a whole one without decimals.
        """
        columns = {
            name: _as_number(frame[name]) if kind == "number" else _as_text(frame[name])
            for name, kind in zip(self.columns, self.kinds, strict=True)
        }
        return pd.DataFrame(columns, index=frame.index)


@dataclass(frozen=True, kw_only=True)
class SchemaDifference:
    """What a new table has besides, and which of its columns are of another kind than was learned from."""

    extra: tuple[str, ...]
    changed: tuple[str, ...]


def _as_number(column: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.astype("float64")
    return pd.to_numeric(column.astype("str"), errors="coerce").astype("float64")


def _as_text(column: pd.Series) -> pd.Series:
    if not pd.api.types.is_numeric_dtype(column.dtype):
        return column.astype("category")
    texts = [None if pd.isna(value) else f"{value:.15g}" for value in column.astype("float64")]
    return pd.Series(texts, index=column.index, dtype="str").astype("category")


def _some(names: tuple[str, ...] | list[str]) -> str:
    shown = ", ".join(map(repr, names[:_MOST_NAMED]))
    return shown if len(names) <= _MOST_NAMED else f"{shown} and {len(names) - _MOST_NAMED} more"
