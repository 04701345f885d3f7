"""Under 30 % injected 429s, 10 % 500s and 5 % hangs: every message is delivered or falls back, none twice."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from pathlib import Path

from message_contest.whole import REPLIES, enqueue, opened, whole_plan
from querencia.messages.writers.llm.crew import work_in_crew
from querencia.messages.writers.llm.errand import Patience
from querencia.messages.writers.llm.reply import Reply
from querencia.messages.writers.llm.worker import Shifts
from stand_in.serving import counts, serving_apart

FAULTS = ("--rate-limited", "0.3", "--server-error", "0.1", "--hang", "0.05", "--retry-after", "0.2")
SHIFTS = Shifts(lease=30, poll=0.5, patience=Patience(first=0.2, longest=5.0))


def print_trouble(*, messages: int, workers: int = 1) -> None:
    """Write so many individual messages against such a server, and print how each ended and what was asked."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving_apart(*REPLIES, "--latency", "0.5", *FAULTS) as url,
    ):
        plan = whole_plan(url, "sqlite:///texts.db", Path(folder), timeout=5.0, shifts=SHIFTS)
        keys = enqueue(plan, messages)
        begun = time.perf_counter()
        work_in_crew(plan, workers=workers)
        seconds = time.perf_counter() - begun
        with opened(plan) as ledger:
            texts, tally = ledger.texts(keys), ledger.tally(plan.commission.id)
        asked = counts(url)["outcomes"]
    ends = Counter("written" if isinstance(text, Reply) else text for text in texts.values())
    assert len(texts) == messages
    assert tally.pending == tally.leased == tally.reserved == 0
    told = ", ".join(f"{count:,} {end}" for end, count in ends.most_common())
    met = ", ".join(f"{count:,} {name}" for name, count in sorted(asked.items()))
    print(f"{messages:,} messages in {seconds:.0f} s: {told}; {tally.calls:,} calls ({met}), none stored twice")
