"""Serving an ASGI application on loopback: in a thread of this process, or as a process of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

BENCHMARKS = Path(__file__).resolve().parents[1]


@contextmanager
def serving(app: Callable[..., Any]) -> Iterator[str]:
    """Serve `app` from a thread on a free port of 127.0.0.1, and give its address."""
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listening:
        server = _server(app)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield address(listening)
        finally:
            server.should_exit = server.force_exit = True
            thread.join(timeout=10)


@contextmanager
def serving_apart(*options: str) -> Iterator[str]:
    """Start ``python -m stand_in`` with `options` in another process, and give its address; ended on leaving."""
    command = [sys.executable, "-m", "stand_in", *options]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(BENCHMARKS), os.environ.get("PYTHONPATH", "")])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise RuntimeError(f"The stand-in did not start: exit code {process.wait()}.")
            yield json.loads(line)["url"]
        finally:
            process.terminate()
            process.wait(timeout=10)


def counts(url: str) -> dict[str, Any]:
    """Return what the stand-in at `url` has counted: calls, outcomes, most in flight."""
    with urllib.request.urlopen(f"{url}/counts", timeout=10) as response:
        return dict(json.load(response))


def address(listening: socket.socket) -> str:
    """Return the URL of a listening socket."""
    return f"http://127.0.0.1:{listening.getsockname()[1]}"


def serve_here(app: Callable[..., Any], *, port: int = 0) -> None:
    """Serve `app` until told to end, after printing one line of JSON with its address."""
    with socket.create_server(("127.0.0.1", port), backlog=2048) as listening:
        print(json.dumps({"url": address(listening)}), flush=True)
        _server(app).run(sockets=[listening])


def _server(app: Callable[..., Any]) -> uvicorn.Server:
    # Answers that break off and calls that never end are what it is for: it says nothing of them.
    config = uvicorn.Config(
        app, loop="asyncio", http="h11", ws="none", lifespan="off", log_config=None, log_level=60, access_log=False,
        timeout_keep_alive=30, timeout_graceful_shutdown=1,
    )  # fmt: skip
    return uvicorn.Server(config)
