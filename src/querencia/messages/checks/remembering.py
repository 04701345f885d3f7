"""Judgements of wordings that come again: thousands of customers read the same sentence with other figures."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar, TypeVarTuple

Ts = TypeVarTuple("Ts")
A = TypeVar("A")
R = TypeVar("R")

KEPT = 8192
LONGEST = 2000


def remembered(judge: Callable[[str, *Ts], R]) -> Callable[[str, *Ts], R]:
    """Return `judge`, a pure function, with its judgements kept by text and arguments (hashable ones, by position).

    Texts longer than `LONGEST` are judged afresh, and all is forgotten at `KEPT` judgements, so that memory stays flat.
    """
    kept: dict[tuple[str, *Ts], R] = {}

    @wraps(judge)
    def judge_once(text: str, *rest: *Ts) -> R:
        key = (text, *rest)
        try:
            return kept[key]
        except KeyError:  # asked a hundred times a message: looking it up twice would cost
            pass
        judgement = judge(text, *rest)
        if len(text) <= LONGEST:
            if len(kept) >= KEPT:
                kept.clear()
            kept[key] = judgement
        return judgement

    return judge_once


def remembered_last(prepare: Callable[[A], R]) -> Callable[[A], R]:
    """Return `prepare` with its last answer kept for the very same argument: a whole catalogue is slow to hash."""
    kept: list[tuple[A, R]] = []

    @wraps(prepare)
    def prepare_once(argument: A) -> R:
        last = kept[0] if kept else None
        if last is None or last[0] is not argument:
            last = (argument, prepare(argument))
            kept[:] = [last]
        return last[1]

    return prepare_once
