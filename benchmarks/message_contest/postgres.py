"""A PostgreSQL server of one's own, thrown away after use: nothing installed is started or touched."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

USER = "querencia"
_START = 60  # seconds that a server may take to start
_OTHERS = ("postgres", "nobody")  # PostgreSQL does not run as root


@dataclass(frozen=True)
class PostgresServer:
    """A running server on loopback; `url` and `create` give addresses that hold its password."""

    port: int
    password: str
    process: subprocess.Popen[bytes]

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def create(self, database: str) -> str:
        """Create an empty database and return its url."""
        with self.connect("postgres") as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
        return self.url(database)

    def connect(self, database: str) -> psycopg.Connection[Any]:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=USER, password=self.password, dbname=database, autocommit=True
        )


def postgres_programs() -> Path | None:
    """Return the folder of `initdb` and `postgres`, newest version first; None where there is none."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    packaged = Path("/usr/lib/postgresql").glob("*/bin")  # Debian keeps them off the path
    folders += sorted(packaged, key=lambda folder: float(folder.parent.name), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


@contextmanager
def postgres_server(*, durable: bool = True) -> Iterator[PostgresServer]:
    """Run a server while the context lasts; `durable` False spares it waiting for the disk (tests).

    Raises FileNotFoundError where PostgreSQL is not installed.
    """
    programs = postgres_programs()
    if programs is None:
        raise FileNotFoundError(
            "PostgreSQL's initdb and postgres were found neither on PATH nor in /usr/lib/postgresql"
        )
    folder = Path(tempfile.mkdtemp(prefix="querencia-postgres-"))
    try:
        server = _start(programs, folder, durable=durable)
        try:
            yield server
        finally:
            server.process.send_signal(signal.SIGINT)  # ends sessions, then the server
            server.process.wait(timeout=_START)
    finally:
        shutil.rmtree(folder)


def _start(programs: Path, folder: Path, *, durable: bool) -> PostgresServer:
    password = secrets.token_hex(16)
    (folder / "password").write_text(password)
    owner = _owner(folder)
    data = folder / "data"
    access = ["--auth=scram-sha-256", f"--username={USER}", f"--pwfile={folder / 'password'}"]
    initdb = [programs / "initdb", f"--pgdata={data}", *access, "--encoding=UTF8", "--locale=C", "--no-sync"]
    subprocess.run(initdb, cwd=folder, check=True, stdout=subprocess.DEVNULL, **owner)
    port = _free_port()
    options = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": 50}
    if not durable:
        options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([programs / "postgres", "-D", data, *settings], cwd=folder, stderr=log, **owner)
    server = PostgresServer(port=port, password=password, process=process)
    _wait(server, log=folder / "log")
    return server


def _owner(folder: Path) -> dict[str, Any]:
    """Return as whom the server runs, and give that user the folder."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = next(known[name] for name in _OTHERS if name in known)
    for path in (folder, folder / "password"):
        os.chown(path, entry.pw_uid, entry.pw_gid)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(server: PostgresServer, *, log: Path) -> None:
    until = time.monotonic() + _START
    while True:
        try:
            server.connect("postgres").close()
        except psycopg.OperationalError:
            if server.process.poll() is not None or time.monotonic() > until:
                server.process.kill()
                raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace')[-2000:]}") from None
            time.sleep(0.05)
        else:
            return
