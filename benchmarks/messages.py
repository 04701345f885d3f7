"""Messages: what the checks cost and catch, and how the llm writer fares, printed in one run.

uv run python benchmarks/messages.py                          # every part
uv run python benchmarks/messages.py --only checks,mutations  # some of them
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from message_contest.checks import print_checks
from message_contest.mutations import print_mutations

PARTS: dict[str, Callable[[argparse.Namespace], None]] = {
    "checks": lambda options: print_checks(messages=options.messages),
    "mutations": lambda options: print_mutations(count=options.faults),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(PARTS), help="parts, apart by commas: %(default)s")
    parser.add_argument("--messages", type=int, default=6000, help="messages of `checks`: %(default)s")
    parser.add_argument("--faults", type=int, default=1000, help="messages per fault of `mutations`: %(default)s")
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
