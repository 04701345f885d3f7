"""A web server on this machine that misbehaves on demand, and workbooks to serve."""

from __future__ import annotations

import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from xml.sax.saxutils import escape

import pytest


@dataclass
class Route:
    """How one path answers. Each entry of `faults` spoils one answer, in turn: a status, ``"cut"`` (half of what was
    asked for, then the connection breaks), or nothing."""

    body: bytes
    faults: list[int | str | None] = field(default_factory=list)
    always: int | str | None = None
    ranges: bool = True
    etag: str | None = '"v1"'
    redirect: str | None = None
    stated_length: int | None = None
    authorization: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that hang up: they were given cause."""


class BadServer:
    """The server: `routes` by path (without query), and the requests it saw."""

    def __init__(self) -> None:
        self.routes: dict[str, Route] = {}
        self.seen: list[tuple[str, dict[str, str]]] = []
        self._httpd = _Quiet(("127.0.0.1", 0), self._handler())
        self._httpd.daemon_threads = True
        self._thread = threading.Thread(target=self._httpd.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._httpd.server_port}"

    def close(self) -> None:
        self._httpd.shutdown()
        self._thread.join()
        self._httpd.server_close()

    def ranges_asked(self) -> list[str | None]:
        return [headers.get("range") for _, headers in self.seen]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                headers = {key.lower(): value for key, value in self.headers.items()}
                server.seen.append((self.path, headers))
                route = server.routes.get(self.path.partition("?")[0])
                if route is None:
                    self.status(404)
                elif route.authorization is not None and headers.get("authorization") != route.authorization:
                    self.status(401)
                elif route.redirect is not None:
                    self.send_response(302)
                    self.send_header("Location", route.redirect)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                else:
                    fault = route.faults.pop(0) if route.faults else route.always
                    if isinstance(fault, int):
                        self.status(fault, route.headers)
                    else:
                        self.give(route, headers, cut=fault == "cut")

            def status(self, code: int, headers: dict[str, str] | None = None) -> None:
                self.send_response(code)
                for key, value in (headers or {}).items():
                    self.send_header(key, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def give(self, route: Route, headers: dict[str, str], *, cut: bool) -> None:
                start = 0
                asked = headers.get("range")
                if asked and route.ranges and headers.get("if-range", route.etag) == route.etag:
                    start = int(asked.removeprefix("bytes=").rstrip("-"))
                    if start >= len(route.body):
                        self.status(416, {"Content-Range": f"bytes */{len(route.body)}"})
                        return
                    self.send_response(206)
                    last = len(route.body) - 1
                    self.send_header("Content-Range", f"bytes {start}-{last}/{len(route.body)}")
                else:
                    self.send_response(200)
                body = route.body[start:]
                if route.etag:
                    self.send_header("ETag", route.etag)
                length = len(body) if route.stated_length is None else route.stated_length
                self.send_header("Content-Length", str(length))
                self.end_headers()
                self.wfile.write(body[: len(body) // 2] if cut else body[:length])
                if cut or length > len(body):
                    self.close_connection = True

        return Handler


@pytest.fixture
def server() -> Iterator[BadServer]:
    running = BadServer()
    yield running
    running.close()


def column_letter(index: int) -> str:
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[index]


@pytest.fixture
def make_workbook() -> Callable[[Path, list[list[object]]], Path]:
    """Write rows as Excel does: texts shared, numbers in place, empty cells left out."""

    def make(path: Path, rows: list[list[object]]) -> Path:
        texts: dict[str, int] = {}
        lines = []
        for number, row in enumerate(rows, 1):
            cells = []
            for column, value in enumerate(row):
                at = f'r="{column_letter(column)}{number}"'
                if value is None or value == "":
                    continue
                if isinstance(value, str):
                    cells.append(f'<c {at} t="s"><v>{texts.setdefault(value, len(texts))}</v></c>')
                else:
                    cells.append(f'<c {at} s="1"><v>{value}</v></c>')
            lines.append(f'<row r="{number}">{"".join(cells)}</row>')
        space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        shared = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in texts)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
            book.writestr("xl/sharedStrings.xml", f'<?xml version="1.0"?><sst xmlns="{space}">{shared}</sst>')
            book.writestr(
                "xl/worksheets/sheet1.xml",
                f'<?xml version="1.0"?><worksheet xmlns="{space}"><sheetData>{"".join(lines)}</sheetData></worksheet>',
            )
        return path

    return make
