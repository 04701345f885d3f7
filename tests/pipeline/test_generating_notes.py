"""What is said of texts that are missing: given up by the model, away with its server, or beyond the budget."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from querencia.messages.writers.llm.ports import Tally
from querencia.pipeline.generating import _notes


@pytest.mark.parametrize(
    ("pending", "reasons", "stopped", "told"),
    [
        (0, {}, "", {}),
        (0, {"rejected": 3}, "", {"texts_given_up": 3}),
        (480, {"connection": 20}, "trouble", {"model_away": 500}),
        (5, {"timeout": 2, "refused": 1}, "budget", {"budget_reached": 5, "model_away": 2, "texts_given_up": 1}),
    ],
)
def test_only_texts_that_the_model_answered_badly_are_given_up(
    pending: int, reasons: dict[str, int], stopped: str, told: dict[str, int]
) -> None:
    counts = dict.fromkeys(("leased", "written", "calls", "input_tokens", "output_tokens", "spent", "reserved"), 0)
    tally = Tally(pending=pending, fallback=sum(reasons.values()), **counts)
    notes = _notes(cast(Any, SimpleNamespace(budget_usd=1.0)), tally, reasons, stopped)
    assert {note.code: note.values["texts"] for note in notes} == told
