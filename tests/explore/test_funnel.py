"""Types in sequence, by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from querencia.data.engine import connect
from querencia.explore.events import describe_events
from querencia.explore.figures import FunnelStep

from .conftest import Event, write_log

# One letter an event, a second apart.
LETTERS = {"k": "clicks", "c": "carts", "o": "orders", "w": "wishes"}


def funnel_of(folder: Path, *sessions: str, declared: tuple[str, ...] = ()) -> tuple[FunnelStep, ...]:
    events = [
        Event(number, number, 1, datetime(2024, 5, 1) + timedelta(seconds=second), LETTERS[letter])
        for number, session in enumerate(sessions)
        for second, letter in enumerate(session)
    ]
    events = [event._replace(item=n) for n, event in enumerate(events)]
    log = write_log(folder / "events.parquet", events, declared=declared)
    return describe_events(connect(scratch=folder / "scratch"), log, timezone="UTC").funnel


def counts(steps: tuple[FunnelStep, ...]) -> dict[str, int]:
    return {step.type: step.sessions for step in steps}


def test_steps_count_sessions_in_which_types_stand_in_order(tmp_path: Path) -> None:
    # Complete; the cart first; ordered before carted; a second cart after a late click; a cart alone; an order alone.
    steps = funnel_of(tmp_path, "kco", "ck", "koc", "ckco", "c", "o", "k", "kkk")
    assert counts(steps) == {"clicks": 6, "carts": 3, "orders": 2}
    assert [(step.share, step.rate) for step in steps] == [(6 / 8, None), (3 / 8, 3 / 6), (2 / 8, 2 / 3)]


def test_the_earliest_match_leaves_most_room(tmp_path: Path) -> None:
    assert counts(funnel_of(tmp_path, "ckcoc"))["orders"] == 1
    assert counts(funnel_of(tmp_path, "ockc"))["orders"] == 0


@pytest.mark.parametrize(
    ("declared", "types"),
    [
        (("wishes", "orders"), ["wishes", "orders"]),
        (("orders", "carts", "nothing", "clicks"), ["orders", "carts", "nothing", "clicks"]),
        (("orders",), ["clicks", "carts", "orders"]),
    ],
)
def test_the_project_file_orders_the_types(tmp_path: Path, declared: tuple[str, ...], types: list[str]) -> None:
    steps = funnel_of(tmp_path, "kcow", "wo", declared=declared)
    assert [step.type for step in steps] == types
    if "nothing" in declared:
        assert [(step.sessions, step.rate) for step in steps[1:]] == [(0, 0.0), (0, None), (0, None)]


def test_types_that_no_one_ordered_make_no_funnel(tmp_path: Path) -> None:
    assert funnel_of(tmp_path, "wk", "k") == ()
    assert funnel_of(tmp_path, "ko", "ok") == (
        FunnelStep(type="clicks", sessions=2, share=1.0, rate=None),
        FunnelStep(type="orders", sessions=1, share=0.5, rate=0.5),
    )
