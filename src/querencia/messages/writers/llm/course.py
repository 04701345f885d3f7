"""How far a work has come before its next call, and what follows from each way that a call ends."""

from __future__ import annotations

from dataclasses import dataclass, replace

from querencia.messages.writers.llm.failures import Refusal
from querencia.messages.writers.llm.work import Question, Turn

LARGER_CAP = 2  # times the cap, once, for a reply that did not fit
SAME_AGAIN: frozenset[Refusal] = frozenset({"reply_filtered", "empty"})  # may end otherwise, asked once more


@dataclass(frozen=True, kw_only=True)
class Course:
    """The turns that did not pass, how often the server was in trouble, and the refusals that were met already."""

    turns: tuple[Turn, ...] = ()
    troubles: int = 0
    chances: tuple[Refusal, ...] = ()

    def question(self, first: Question) -> Question:
        """Return what is asked now, of a work that `first` was asked for at first."""
        larger = LARGER_CAP if "too_long" in self.chances else 1
        return replace(first, max_tokens=first.max_tokens * larger, turns=self.turns)

    def after_rejection(self, turn: Turn, *, repairs: int) -> Course | None:
        """Return how a work goes on whose reply did not pass; None: it was mended often enough."""
        if len(self.turns) >= repairs:
            return None
        return replace(self, turns=(*self.turns, turn))

    def after_refusal(self, kind: Refusal) -> Course | None:
        """Return how a work goes on that was refused; None where the answer would be the same."""
        if kind in self.chances or not (kind == "too_long" or kind in SAME_AGAIN):
            return None
        return replace(self, chances=(*self.chances, kind))

    def after_trouble(self, *, tries: int) -> Course | None:
        """Return how a work goes on whose call failed in a way that may pass; None: it did too often."""
        if self.troubles + 1 >= tries:
            return None
        return replace(self, troubles=self.troubles + 1)
