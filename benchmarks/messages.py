"""Messages: what the checks cost and catch, and how the llm writer fares, printed in one run.

uv run python benchmarks/messages.py                          # every part
uv run python benchmarks/messages.py --only checks,mutations  # some of them
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from message_contest.cells import measure_cells
from message_contest.checks import print_checks
from message_contest.cost import print_cost
from message_contest.kills import report_kills
from message_contest.mutations import print_mutations
from message_contest.overhead import print_overhead
from message_contest.trouble import print_trouble

PARTS: dict[str, Callable[[argparse.Namespace], None]] = {
    "checks": lambda options: print_checks(messages=options.messages),
    "mutations": lambda options: print_mutations(count=options.faults),
    "cells": lambda options: measure_cells(options.customers),
    "overhead": lambda options: print_overhead(messages=options.calls),
    "trouble": lambda options: print_trouble(messages=options.calls, workers=1),
    "kills": lambda options: report_kills(works=options.works, kills=options.kills),
    "cost": lambda _: print_cost(),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(PARTS), help="parts, apart by commas: %(default)s")
    parser.add_argument("--messages", type=int, default=6000, help="messages of `checks`: %(default)s")
    parser.add_argument("--faults", type=int, default=1000, help="messages per fault of `mutations`: %(default)s")
    parser.add_argument("--customers", type=int, default=100_000, help="customers of `cells`: %(default)s")
    parser.add_argument("--calls", type=int, default=2000, help="messages of `overhead` and `trouble`: %(default)s")
    parser.add_argument("--works", type=int, default=100_000, help="works of `kills`: %(default)s")
    parser.add_argument("--kills", type=int, default=20, help="workers killed in `kills`: %(default)s")
    options = parser.parse_args()
    wanted = options.only.split(",")
    unknown = [name for name in wanted if name not in PARTS]
    if unknown:
        parser.error(f"--only: {', '.join(unknown)}: expected some of {', '.join(PARTS)}")
    for name in wanted:
        print(f"\n== {name}")
        PARTS[name](options)


if __name__ == "__main__":
    main()
