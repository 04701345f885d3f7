"""Whether two contenders found the same figures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_RELATIVE = 1e-9
_SHOWN = 120


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Figures that differ, each with its place and both values; and whole sections that only one of the two has."""

    differences: tuple[str, ...]
    uncompared: tuple[str, ...]


def compare(expected: dict[str, Any], found: dict[str, Any]) -> Comparison:
    """Compare two contenders' figures: whole numbers and texts exactly, floats to 1e-9 of their size.

    A figure that is null in one and not there in the other is no figure.
    """
    uncompared: list[str] = []
    differences = list(_differ(expected, found, place="", uncompared=uncompared))
    return Comparison(differences=tuple(differences), uncompared=tuple(uncompared))


def _differ(expected: Any, found: Any, *, place: str, uncompared: list[str]) -> Iterator[str]:
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in sorted(expected.keys() | found.keys()):
            here = f"{place}.{key}" if place else key
            if key in expected and key in found:
                yield from _differ(expected[key], found[key], place=here, uncompared=uncompared)
            elif expected.get(key) is None and found.get(key) is None:
                continue
            elif place:
                yield f"{here}: {_show(expected.get(key))} expected, {_show(found.get(key))} found"
            else:
                uncompared.append(here)
    elif isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            yield f"{place}: {len(expected)} expected, {len(found)} found"
        for index, (left, right) in enumerate(zip(expected, found, strict=False)):
            yield from _differ(left, right, place=f"{place}[{index}]", uncompared=uncompared)
    elif not _is_same(expected, found):
        yield f"{place}: {_show(expected)} expected, {_show(found)} found"


def _is_same(expected: Any, found: Any) -> bool:
    numbers = isinstance(expected, int | float) and isinstance(found, int | float)
    if numbers and isinstance(expected, float) | isinstance(found, float):
        return math.isclose(expected, found, rel_tol=_RELATIVE, abs_tol=0.0)
    return bool(expected == found) and (numbers or type(expected) is type(found))


def _show(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
