"""Whether a finished step may be kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from querencia.pipeline.results import Generated, Written

DONE = Generated(
    mode="cell", model="m", works=10, written=8, pending=0, fallbacks={"rejected": 2}, calls=14, input_tokens=1,
    output_tokens=1, spent_usd=0.1, reserved_usd=0.0, budget_usd=5.0,
)  # fmt: skip


@pytest.mark.parametrize(
    ("generated", "complete"),
    [(None, True), (DONE, True), (replace(DONE, pending=1), False), (replace(DONE, passing=1), False)],
)
def test_what_a_model_may_still_write_is_asked_for_by_the_next_run(generated: Generated | None, complete: bool) -> None:
    assert Written(counts={"ready": 1}, samples=(), notes=(), generated=generated).complete is complete
