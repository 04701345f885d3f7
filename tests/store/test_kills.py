"""Workers killed at random moments leave each work stored once, and each call paid once."""

from __future__ import annotations

import pytest

from message_contest.kills import kill_workers

from .conftest import Store

pytestmark = pytest.mark.xdist_group("store")


@pytest.mark.slow
def test_killed_workers_lose_nothing_and_write_nothing_twice(store: Store) -> None:
    remains = kill_workers(store.url, folder=store.folder, works=3_000, kills=6, lease=1.0)
    assert remains.faults() == []
