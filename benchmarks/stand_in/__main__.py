"""``python -m stand_in``: the stand-in as a process of its own."""

from __future__ import annotations

import argparse
import importlib

from stand_in import faults
from stand_in.limits import Limits
from stand_in.server import StandIn
from stand_in.serving import serve_here


def main() -> None:
    """Serve with the options of the command line."""
    parser = argparse.ArgumentParser(prog="stand_in", description="A stand-in for Azure OpenAI on loopback.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds for each answer")
    parser.add_argument("--reply", default="", help="module:function that makes a reply from the facts' JSON")
    parser.add_argument("--rate-limited", type=float, default=0.0, help="share of calls that meet a 429")
    parser.add_argument("--retry-after", type=float, default=0.2, help="seconds that such a 429 asks for; 0: no header")
    parser.add_argument("--server-error", type=float, default=0.0, help="share of calls that meet a 500")
    parser.add_argument("--hang", type=float, default=0.0, help="share of calls that never end")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--requests", type=float, default=0.0, help="requests per minute; 0: no limit")
    parser.add_argument("--tokens", type=float, default=0.0, help="tokens per minute; 0: no limit")
    parser.add_argument("--key", default=None)
    given = parser.parse_args()
    wait = {"retry_after_ms": str(round(given.retry_after * 1000))} if given.retry_after else {}
    shares = [
        (faults.status(429, **wait), given.rate_limited),
        (faults.status(500), given.server_error),
        (faults.HANG, given.hang),
    ]
    module, _, name = given.reply.partition(":")
    app = StandIn(
        reply=getattr(importlib.import_module(module), name) if module else None,
        latency=given.latency,
        plan=faults.at_random([one for one in shares if one[1] > 0], seed=given.seed),
        limits=Limits(requests=given.requests, tokens=given.tokens),
        key=given.key,
    )
    serve_here(app, port=given.port)


if __name__ == "__main__":
    main()
