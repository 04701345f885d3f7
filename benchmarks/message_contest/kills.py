"""Workers killed at any moment: what is left in the store is whole, whatever was under way.

    uv run python -m message_contest.kills          # from benchmarks/: 100,000 works, 20 kills, both databases

Three workers claim works, "write" them at once, and keep them in the store. One of them, chosen at random, is killed
(SIGKILL) and another takes its place. At the end the tables themselves are read: the driver trusts no count of theirs.
"""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, text

from message_contest.postgres import postgres_server
from querencia.messages.writers.llm.ports import Claim, Commission, Completion, Reservation, Settlement
from querencia.messages.writers.llm.reply import Reply
from querencia.messages.writers.llm.work import Usage, Work
from querencia.store.addresses import read_address
from querencia.store.ledger import SqlLedger, open_ledger

COMMISSION = Commission(id="kills", project="kills", budget=-1)
PRICE = 1_000  # nano-dollars that a call costs; twice that is reserved
WORKERS = 3
LIMIT = 100  # works claimed at once
HERE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, kw_only=True)
class Remains:
    """What the tables hold after the last kill. Money in nano-dollars; `seconds` from first claim to last text."""

    works: int
    kills: int
    texts: int
    keys_with_text: int
    unfinished: int
    calls: int
    settled: int
    lost: int
    settled_cost: int
    open_reserved: int
    tally_spent: int
    tally_reserved: int
    tally_written: int
    tally_calls: int
    seconds: float

    def faults(self) -> list[str]:
        """Return what is wrong; nothing, where every work was stored exactly once and no money counted twice."""
        facts = {
            "each work has one text": self.texts == self.keys_with_text == self.works == self.tally_written,
            "none is unfinished": self.unfinished == 0,
            "settled calls cost what they cost": self.settled_cost == self.settled * PRICE == self.tally_spent,
            "calls not settled stay reserved": self.open_reserved == self.tally_reserved,
            "every call is settled or not": self.calls == self.tally_calls,
            "no more calls than works, and those under way at a kill": self.calls <= self.works + self.kills * LIMIT,
        }
        return [fact for fact, holds in facts.items() if not holds]


def kill_workers(url: str, *, folder: Path, works: int, kills: int, lease: float, seed: int = 0) -> Remains:
    """Let three workers write `works` works, kill one of them `kills` times, and return what is left.

    `lease` is how long (seconds) a claim stands. The kills come at random moments over the whole work.
    """
    chance = random.Random(seed)
    with open_ledger(url, folder=folder) as ledger:
        ledger.open(COMMISSION)
        ledger.enqueue(COMMISSION.id, _works(works))
        start = time.monotonic()
        running = [_start(url, folder, lease) for _ in range(WORKERS)]
        try:
            # As shares of the work, so that the last kill comes while there is some left.
            for moment in sorted(chance.uniform(0.02, 0.9) for _ in range(kills)):
                while ledger.tally(COMMISSION.id).written < moment * works:
                    time.sleep(0.02)
                time.sleep(chance.uniform(0, 0.05))
                victim = chance.randrange(WORKERS)
                running[victim].kill()
                running[victim].wait()
                running[victim] = _start(url, folder, lease)
            codes = [worker.wait(timeout=900) for worker in running]
        finally:
            for worker in running:
                worker.kill()
                worker.wait()
        seconds = time.monotonic() - start
        if any(codes):
            raise RuntimeError(f"workers failed: {codes}")
        return _look(ledger, url, folder=folder, works=works, kills=kills, seconds=seconds)


def _works(count: int) -> Iterator[Work]:
    for position in range(count):
        yield Work(
            key=hashlib.sha256(str(position).encode()).hexdigest(),
            mode="individual",
            language="es",
            facts=f'{{"number": {position}}}',
            model="none",
            prompt_version="1",
            catalogue_version="1",
            position=position,
        )


def _start(url: str, folder: Path, lease: float) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "message_contest.kills", "work", str(folder), str(lease)]
    worker = subprocess.Popen(command, cwd=HERE, stdin=subprocess.PIPE)
    assert worker.stdin is not None
    worker.stdin.write(url.encode())  # not on the command line: it holds a password
    worker.stdin.close()
    return worker


def work(url: str, *, folder: Path, lease: float, name: str) -> None:
    """Be one worker, until nothing is unfinished."""
    with open_ledger(url, folder=folder) as ledger:
        while True:
            claims = ledger.claim(COMMISSION.id, worker=name, limit=LIMIT, seconds=lease)
            if claims:
                _write(ledger, claims)
                continue
            tally = ledger.tally(COMMISSION.id)
            if tally.pending == tally.leased == 0:
                return
            time.sleep(0.05)


def _write(ledger: SqlLedger, claims: list[Claim]) -> None:
    attempts = ledger.reserve(COMMISSION.id, [Reservation(claim=claim, cost=2 * PRICE) for claim in claims])
    done = [(claim, attempt) for claim, attempt in zip(claims, attempts, strict=True) if attempt is not None]
    usage = Usage(input=10, output=5)
    ledger.settle(
        [Settlement(attempt=attempt, outcome="accepted", usage=usage, cost=PRICE, seconds=0.1) for _, attempt in done]
    )
    ledger.complete([Completion(claim=claim, reply=_reply(claim.work)) for claim, _ in done])


def _reply(work: Work) -> Reply:
    return Reply(
        subject=work.key, greeting="Hola:", body=["a" * 200], recommendations=["b" * 80], call_to_action="c" * 80
    )


def _look(ledger: SqlLedger, url: str, *, folder: Path, works: int, kills: int, seconds: float) -> Remains:
    tally = ledger.tally(COMMISSION.id)
    engine = create_engine(read_address(url, folder=folder))
    queries = {
        "texts": "SELECT count(*) FROM texts",
        "keys_with_text": "SELECT count(DISTINCT w.key) FROM works w JOIN texts t ON t.work = w.id WHERE t.reply <> ''",
        "unfinished": "SELECT count(*) FROM works WHERE state <> 'written'",
        "calls": "SELECT count(*) FROM attempts",
        "settled": "SELECT count(*) FROM attempts WHERE settled_at IS NOT NULL",
        "lost": "SELECT count(*) FROM attempts WHERE outcome = 'lost'",
        "settled_cost": "SELECT coalesce(sum(cost), 0) FROM attempts WHERE settled_at IS NOT NULL",
        "open_reserved": "SELECT coalesce(sum(reserved), 0) FROM attempts WHERE settled_at IS NULL",
    }
    with engine.connect() as connection:
        found = {name: int(connection.execute(text(query)).scalar_one()) for name, query in queries.items()}
    engine.dispose()
    return Remains(
        works=works,
        kills=kills,
        tally_spent=tally.spent,
        tally_reserved=tally.reserved,
        tally_written=tally.written,
        tally_calls=tally.calls,
        seconds=seconds,
        **found,
    )


def measure_kills(*, works: int = 100_000, kills: int = 20, lease: float = 5.0) -> dict[str, Remains]:
    """Kill workers on SQLite and, where PostgreSQL is installed, on a server of one's own; return what is left."""
    remains: dict[str, Remains] = {}
    with tempfile.TemporaryDirectory() as folder:
        remains["SQLite"] = kill_workers(
            "sqlite:///kills.db", folder=Path(folder), works=works, kills=kills, lease=lease
        )
        _tell("SQLite", remains["SQLite"])
        try:
            with postgres_server() as server:
                remains["PostgreSQL"] = kill_workers(
                    server.create("kills"), folder=Path(folder), works=works, kills=kills, lease=lease
                )
            _tell("PostgreSQL", remains["PostgreSQL"])
        except FileNotFoundError as error:
            print(f"PostgreSQL is NOT measured: {error}")
    return remains


def report_kills(*, works: int, kills: int) -> None:
    """Measure, telling each database as it is done."""
    measure_kills(works=works, kills=kills)


def _tell(name: str, left: Remains) -> None:
    print(f"{name}: {left.works / left.seconds:,.0f} works/s, {left.kills} kills of {WORKERS} workers, {left}")
    print(f"{name}: wrong: {', '.join(left.faults()) or 'nothing'}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["work"]:
        address = sys.stdin.read()
        work(address, folder=Path(sys.argv[2]), lease=float(sys.argv[3]), name=f"worker {time.time_ns()}")
    else:
        measure_kills()
