"""One file from a web server that may misbehave: resumed, checked, and put in place only when it is whole."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from querencia.data.datasets.made import Progress
from querencia.errors import DownloadError

ATTEMPTS = 5
_CHUNK = 1 << 18
_ENOUGH = 1 << 20  # bytes: an attempt that brought this much counts as a fresh start
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_TIMEOUT = httpx.Timeout(60, connect=20)


def download(
    url: str,
    to: Path,
    *,
    md5: str | None = None,
    sha256: str | None = None,
    size: int | None = None,
    headers: Mapping[str, str] | None = None,
    on_progress: Progress | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Path:
    """Fetch `url` into the file `to` and return it.

    What arrived before a cut stays in ``to.part`` and is gone on with by a Range request, also by a later call; a
    server that ignores Range, or whose file has changed (ETag), makes it begin anew. Passing failures (5xx, timeouts,
    cuts) are tried again after a growing pause. The file is checked (`size` in bytes, `md5`, `sha256`) before it gets
    its name. A file that is there already with the right checksum is not fetched. An Authorization header is not
    passed on when the server redirects to another host.

    Raises DownloadError, which says what happened, where, and what to do next.
    """
    order = _Order(url=url, to=to, size=size, checksums=_checksums(md5=md5, sha256=sha256))
    try:
        if order.checksums and to.is_file() and _wrong_checksum(to, order.checksums) is None:
            return to
        to.parent.mkdir(parents=True, exist_ok=True)
        with httpx.Client(follow_redirects=True, timeout=_TIMEOUT, headers=dict(headers or {})) as client:
            _fetch_whole(client, order, on_progress=on_progress, sleep=sleep)
        _check(order)
        order.part.replace(to)
        order.memo.unlink(missing_ok=True)
    except OSError as error:
        raise DownloadError(
            f"Cannot write {str(to)!r}: {error.strerror or error}. "
            "Free the disk, or give a folder that you may write to, and run it again: it goes on where it stopped."
        ) from error
    return to


@dataclass(frozen=True, kw_only=True)
class _Order:
    url: str
    to: Path
    size: int | None
    checksums: dict[str, str]

    @property
    def part(self) -> Path:
        """What has arrived so far."""
        return self.to.with_name(f"{self.to.name}.part")

    @property
    def memo(self) -> Path:
        """Which version of the file that is: its address, and the server's ETag or date."""
        return self.to.with_name(f"{self.to.name}.part.json")

    @property
    def shown(self) -> str:
        """The URL without user, password and query, for messages."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

    def arrived(self) -> int:
        """Return how many bytes have arrived."""
        return self.part.stat().st_size if self.part.exists() else 0

    def version(self) -> str | None:
        """Return the ETag or date under which the part was begun, None where it cannot be told."""
        try:
            memo = json.loads(self.memo.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        if not isinstance(memo, dict) or memo.get("address") != self.address:
            return None
        return str(memo["version"]) if memo.get("version") else None

    @property
    def address(self) -> str:
        """The URL's digest: enough to know it again, and no secret in it reaches the disk."""
        return hashlib.sha256(self.url.encode("utf-8")).hexdigest()

    def begin_anew(self) -> None:
        """Forget what has arrived."""
        self.part.unlink(missing_ok=True)
        self.memo.unlink(missing_ok=True)


class _PassingError(Exception):
    """A failure that may be over by the next attempt; `pause` in seconds where the server named one."""

    def __init__(self, reason: str, *, pause: float | None = None) -> None:
        super().__init__(reason)
        self.pause = pause


def _fetch_whole(
    client: httpx.Client, order: _Order, *, on_progress: Progress | None, sleep: Callable[[float], None]
) -> None:
    failures = 0
    while True:
        before = order.arrived()
        try:
            _fetch_rest(client, order, on_progress=on_progress)
            return
        except (_PassingError, httpx.TransportError) as error:
            if isinstance(error, httpx.UnsupportedProtocol):
                raise DownloadError(f"{order.shown!r} cannot be asked for: {error}. Check the address.") from error
            failures = 1 if order.arrived() - before >= _ENOUGH else failures + 1
            if failures >= ATTEMPTS:
                if order.checksums and order.part.exists() and _wrong_checksum(order.part, order.checksums) is None:
                    return  # whole, whatever the server said of its length
                raise DownloadError(_giving_up(order, error)) from error
            pause = getattr(error, "pause", None)
            sleep(min(60.0, 2.0 ** (failures - 1) if pause is None else pause))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise DownloadError(f"{order.shown!r} cannot be fetched: {error}. Check the address.") from error


def _giving_up(order: _Order, error: Exception) -> str:
    arrived = order.arrived()
    kept = f" {arrived:,} bytes are kept in {str(order.part)!r}." if arrived else ""
    reason = str(error) or type(error).__name__
    return (
        f"{order.shown!r} did not arrive whole after {ATTEMPTS} attempts: {reason}.{kept} "
        "Check the connection and run it again: it goes on where it stopped."
    )


def _fetch_rest(client: httpx.Client, order: _Order, *, on_progress: Progress | None) -> None:
    """Fetch what is missing of the part, once."""
    # The bytes are counted and resumed as they travel: no compression on the way.
    asked = {"Accept-Encoding": "identity"}
    offset, version = order.arrived(), order.version()
    if offset and (version or order.checksums):
        asked["Range"] = f"bytes={offset}-"
        if version:
            asked["If-Range"] = version
    elif offset:
        order.begin_anew()
    with client.stream("GET", order.url, headers=asked) as response:
        if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and "Range" in asked:
            if _range(response)[1] == offset:
                return  # everything had arrived
            order.begin_anew()
            raise _PassingError("the server's file is shorter than what had arrived", pause=0)
        _refuse(response, order)
        start, total = _range(response)
        if response.status_code != httpx.codes.PARTIAL_CONTENT or "Range" not in asked:
            start, total = 0, _length(response)
        elif start != offset:
            order.begin_anew()
            raise _PassingError(f"the server went on at byte {start:,} when asked for {offset:,}", pause=0)
        _store(response, order, start=start, total=total, on_progress=on_progress)


def _store(
    response: httpx.Response, order: _Order, *, start: int, total: int | None, on_progress: Progress | None
) -> None:
    total = total if total is not None else order.size
    if total is not None and shutil.disk_usage(order.to.parent).free < total - start:
        raise DownloadError(
            f"{order.shown!r} needs {total - start:,} bytes, and the disk of {str(order.to.parent)!r} has fewer free. "
            "Free some, or give another folder, and run it again."
        )
    if start == 0:
        memo = {"address": order.address, "version": _version(response)}
        order.memo.write_text(json.dumps(memo), encoding="utf-8")
    arrived = start
    # Chunks as they come from the network: collecting larger ones would lose the last of them to a cut.
    with order.part.open("ab" if start else "wb") as file:
        for chunk in response.iter_bytes():
            file.write(chunk)
            arrived += len(chunk)
            if on_progress is not None:
                on_progress(f"bytes of {order.to.name}", arrived, total)
    if total is not None and arrived < total:
        raise _PassingError(f"cut off after {arrived:,} of {total:,} bytes")


def _version(response: httpx.Response) -> str | None:
    """Return what identifies the file for If-Range: a strong ETag, or the date (RFC 9110, section 13.1.5)."""
    etag = response.headers.get("etag", "")
    if etag and not etag.startswith("W/"):
        return str(etag)
    date = response.headers.get("last-modified")
    return str(date) if date else None


def _length(response: httpx.Response) -> int | None:
    length = response.headers.get("content-length", "")
    encoded = response.headers.get("content-encoding", "identity") != "identity"
    return int(length) if length.isdecimal() and not encoded else None


def _range(response: httpx.Response) -> tuple[int, int | None]:
    """Return the first byte and the whole length that Content-Range names: ``bytes 5-9/10``, ``bytes */10``."""
    found = re.fullmatch(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)", response.headers.get("content-range", ""))
    if found is None:
        return -1, None
    return int(found[1] or 0), int(found[2]) if found[2] != "*" else None


def _refuse(response: httpx.Response, order: _Order) -> None:
    """Raise where the server's answer is not the file."""
    status = response.status_code
    if status in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
        return
    answer = f"{order.shown!r} answered {status} {response.reason_phrase}".rstrip()
    if status in _PASSING:
        pause = response.headers.get("retry-after", "")
        raise _PassingError(answer, pause=float(pause) if pause.isdecimal() else None)
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        raise DownloadError(
            f"{answer}: the credentials are missing, wrong, or not allowed this file. Check the user name and key, and "
            "whether the data set's page asks you to accept its terms first."
        )
    if status in (httpx.codes.NOT_FOUND, httpx.codes.GONE):
        raise DownloadError(
            f"{answer}: the file is not there. Check the address; if the publisher has moved it, look on the data "
            "set's page, or update querencia."
        )
    raise DownloadError(f"{answer}, and a file was expected. Try again later, or look on the data set's page.")


def _check(order: _Order) -> None:
    arrived = order.arrived()
    wrong = None
    if order.size is not None and arrived != order.size:
        wrong = f"expected {order.size:,} bytes, {arrived:,} arrived"
    elif found := _wrong_checksum(order.part, order.checksums):
        wrong = found
    if wrong is not None:
        order.begin_anew()
        raise DownloadError(
            f"{order.shown!r} is not the file that was expected: {wrong}. What arrived was removed. Run it again; if "
            "that does not help, the publisher has changed the file: look on the data set's page, or update querencia."
        )


def _checksums(**given: str | None) -> dict[str, str]:
    return {name: value.lower() for name, value in given.items() if value}


def _wrong_checksum(path: Path, checksums: dict[str, str]) -> str | None:
    """Return how the file's checksum differs, None where it does not."""
    for name, expected in checksums.items():
        digest = hashlib.new(name, usedforsecurity=False)
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
        if digest.hexdigest() != expected:
            return f"expected {name} {expected}, it has {digest.hexdigest()}"
    return None
