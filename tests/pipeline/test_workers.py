"""Workers of this machine are told apart from others by their names, and the dead from the living."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

from querencia.pipeline.workers import dead_workers, own_name


def test_only_this_machines_workers_whose_process_is_gone_are_dead() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    host = socket.gethostname()
    gone = [f"{host}-{child.pid}-1", f"{host}-{child.pid}"]
    names = [*gone, own_name(), f"{host}-{os.getppid()}-2", f"other-{child.pid}-1", f"{host}-x", "worker-1"]
    assert dead_workers(names) == gone
