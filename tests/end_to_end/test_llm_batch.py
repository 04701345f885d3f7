"""The Batch API as a user meets it: one key more, half the price, and a command that may be stopped meanwhile."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from stand_in.batches import BatchPlan
from stand_in.server import StandIn

from .conftest import command, declare, messages_of, write

pytestmark = pytest.mark.xdist_group("llm")  # as test_llm: customers are scored once for all of them


def asked(server: StandIn) -> Counter[str]:
    """Return how often each text was asked for, in all batches."""
    contents = server.batches.contents
    files = [batch["input_file_id"] for batch in server.batches.batches.values()]
    return Counter(line for file in files for line in contents[file].decode().splitlines())


@pytest.mark.parametrize("messages", ["cells = 40", 'mode = "individual"\ntop = 60'], ids=["cell", "individual"])
def test_batches_write_the_same_messages_at_half_the_price(company: Path, server: StandIn, messages: str) -> None:
    declare(company, messages, llm="batch = true\nworkers = 2")
    halved = write(company).generated
    by_batches = messages_of(company)
    assert server.calls == 0
    assert halved is not None
    assert sum(asked(server).values()) == halved.calls == halved.written == halved.works
    for leftover in company.glob("querencia.db*"):
        leftover.unlink()
    (company / ".querencia/steps/write.json").unlink()
    declare(company, messages)
    whole = write(company).generated
    assert whole is not None
    assert server.calls == halved.calls
    assert halved.spent_usd == pytest.approx(whole.spent_usd / 2, rel=0.001)
    assert halved.reserved_usd == 0
    assert by_batches.equals(messages_of(company))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process, and no SIGKILL")
@pytest.mark.parametrize("end", ["SIGINT", "SIGKILL"])
def test_a_command_that_is_stopped_leaves_its_batch_and_the_next_collects_it(
    company: Path, server: StandIn, end: str
) -> None:
    server.batches.plan = BatchPlan(looks=10**6)
    declare(company, "cells = 30", llm="batch = true")
    code, said = run_until(company, "is under way", signal.Signals[end])
    assert code == (130 if end == "SIGINT" else -signal.SIGKILL), said
    [batch] = server.batches.batches
    assert f"Batch {batch} is under way with" in said
    assert "You may stop the command" in said
    with sqlite3.connect(company / "querencia.db") as store:
        leased = store.execute("SELECT count(*) FROM works WHERE state = 'leased'").fetchone()[0]
        assert (leased > 0) == (end == "SIGKILL")
        store.execute("UPDATE works SET lease_until = 0 WHERE state = 'leased'")  # as after two minutes
    server.batches.plan = BatchPlan()
    result: Any = write(company)
    assert list(server.batches.batches) == [batch]
    assert (result.generated.pending, result.generated.reserved_usd) == (0, 0)
    assert set(asked(server).values()) == {1}
    assert result.writers == {"llm": result.messages["ready"]}


def run_until(folder: Path, said: str, end: signal.Signals) -> tuple[int, str]:
    """Start writing, end it by a signal when it says so, and return its exit code and what it said."""
    process = subprocess.Popen(
        command("write", "--project", folder), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if said in line:
            os.kill(process.pid, end)
            break
    lines.append(process.stderr.read())
    process.stderr.close()
    return process.wait(), "".join(lines)
