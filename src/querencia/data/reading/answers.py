"""Columns that answer yes or no: the outcome, the treatment, consent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis

from querencia.errors import OutcomeError, SourceError

# In the languages that the project speaks; compared in lower case.
_YES = frozenset({"1", "1.0", "yes", "y", "true", "t", "si", "sí", "sim", "s"})
_NO = frozenset({"0", "0.0", "no", "n", "false", "f", "não", "nao"})

# Above this share of the answers, a third value is no slip of the pen: the key is wrong, and is said to be.
_FEW = 0.05
_SHOWN = 10


@dataclass(frozen=True, kw_only=True)
class Answers:
    """The values of a column (as they stand in the file) that mean yes, and those that mean no."""

    yes: tuple[str, ...]
    no: tuple[str, ...]

    @property
    def expected(self) -> str:
        """What a value that is neither is told to be."""
        return f"neither yes ({', '.join(self.yes)}) nor no ({', '.join(self.no)})"

    def read(self, text: Any) -> Any:
        """Return a cleaned string column as 1, 0 or null (missing, or a third value)."""
        return ibis.cases((_is_one_of(text, self.yes), 1), (_is_one_of(text, self.no), 0)).cast("int64")

    def is_third(self, text: Any) -> Any:
        """Tell which values are neither."""
        return text.notnull() & ~_is_one_of(text, self.yes) & ~_is_one_of(text, self.no)


def understand(counts: Sequence[tuple[str, int]], *, key: str, column: str, file: Path) -> Answers:
    """Return which of a column's values (with how often each occurs) mean yes and no.

    SourceError where more than a few are neither.
    """
    yes = tuple(value for value, _ in counts if _fold(value) in _YES)
    no = tuple(value for value, _ in counts if _fold(value) in _NO)
    if _share_of_others(counts, yes + no) > _FEW:
        raise SourceError(
            f"{key} = {column!r} of {str(file)!r} holds {_shown(counts)}. Expected 1 and 0, true and false, or yes and "
            "no (sí, sim, não): write the column so, or leave the key out."
        )
    return Answers(yes=yes, no=no)


def understand_outcome(counts: Sequence[tuple[str, int]], *, positive: str | None, column: str, file: Path) -> Answers:
    """Return which of the outcome's values mean left, and which stayed; OutcomeError where that is not clear.

    With `positive`, that value means left, and its plain opposite (or else the commonest other value) stayed.
    """
    where = f"[customers] outcome = {column!r} of {str(file)!r}"
    if positive is None:
        try:
            return understand(counts, key="[customers] outcome", column=column, file=file)
        except SourceError as error:
            raise OutcomeError(
                f"{where} holds {_shown(counts)}. Expected 1 (left) and 0 (stayed): name the value that means left as "
                "[customers] positive."
            ) from error
    yes = tuple(value for value, _ in counts if _equal(value, positive))
    if not yes and counts:
        raise OutcomeError(
            f"[customers] positive = {positive!r}: {where} holds {_shown(counts)}. Expected one of these values."
        )
    others = [(value, rows) for value, rows in counts if value not in yes]
    opposite = tuple(value for value, _ in others if _fold(value) in (_NO if _fold(positive) in _YES else _YES | _NO))
    no = opposite or tuple(value for value, _ in others[:1])
    return Answers(yes=yes, no=no)


def _is_one_of(text: Any, values: Sequence[str]) -> Any:
    return ibis.array(list(values)).contains(text) if values else ibis.literal(False)


def _fold(value: str) -> str:
    return value.strip().casefold()


def _equal(value: str, wanted: str) -> bool:
    if _fold(value) == _fold(wanted):
        return True
    try:
        return float(value) == float(wanted)
    except ValueError:
        return False


def _share_of_others(counts: Sequence[tuple[str, int]], known: Sequence[str]) -> float:
    total = sum(rows for _, rows in counts)
    return sum(rows for value, rows in counts if value not in known) / total if total else 0.0


def _shown(counts: Sequence[tuple[str, int]]) -> str:
    values = ", ".join(f"{value!r} ({rows} rows)" for value, rows in counts[:_SHOWN])
    return f"{values} and {len(counts) - _SHOWN} values more" if len(counts) > _SHOWN else values or "no value"
