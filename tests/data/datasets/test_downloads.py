"""A download arrives whole and checked, or says why not; from a real server that misbehaves."""

from __future__ import annotations

import hashlib
import random
import sys
from pathlib import Path
from typing import Any

import pytest

from querencia.data.datasets import downloads
from querencia.data.datasets.downloads import ATTEMPTS, download
from querencia.errors import DownloadError

from .conftest import BadServer, Route

BODY = random.Random(7).randbytes(300_000)
MD5 = hashlib.md5(BODY).hexdigest()


class Naps:
    """Stands for sleep, and remembers the pauses."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)


@pytest.fixture
def naps() -> Naps:
    return Naps()


def fetch(server: BadServer, to: Path, naps: Naps, **options: Any) -> Path:
    return download(f"{server.url}/file.bin", to, sleep=naps, **options)


def leftovers(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_a_file_arrives_and_tells_its_progress(server: BadServer, tmp_path: Path, naps: Naps) -> None:
    server.routes["/file.bin"] = Route(BODY)
    told: list[tuple[str, int, int | None]] = []
    file = fetch(server, tmp_path / "sub" / "file.bin", naps, md5=MD5, on_progress=lambda *step: told.append(step))
    assert file.read_bytes() == BODY
    assert leftovers(file.parent) == ["file.bin"]
    assert told[-1] == ("bytes of file.bin", len(BODY), len(BODY))
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    assert naps.taken == []


def test_a_file_with_the_right_checksum_is_not_fetched_again(server: BadServer, tmp_path: Path, naps: Naps) -> None:
    server.routes["/file.bin"] = Route(BODY)
    for _ in range(2):
        fetch(server, tmp_path / "file.bin", naps, md5=MD5)
    assert len(server.seen) == 1
    (tmp_path / "file.bin").write_bytes(b"spoiled")
    assert fetch(server, tmp_path / "file.bin", naps, md5=MD5).read_bytes() == BODY


def test_not_found_says_what_and_where_and_what_next(server: BadServer, tmp_path: Path, naps: Naps) -> None:
    with pytest.raises(DownloadError) as caught:
        download(f"{server.url}/gone.bin?key=secret", tmp_path / "file.bin", sleep=naps)
    message = str(caught.value)
    assert f"'{server.url}/gone.bin'" in message
    assert "404" in message
    assert "Check the address" in message
    assert "secret" not in message
    assert len(server.seen) == 1
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_are_not_tried_again(server: BadServer, tmp_path: Path, naps: Naps, status: int) -> None:
    server.routes["/file.bin"] = Route(BODY, always=status)
    with pytest.raises(DownloadError, match=rf"{status}.*credentials.*accept its terms"):
        fetch(server, tmp_path / "file.bin", naps, headers={"Authorization": "Basic c2VjcmV0"})
    assert len(server.seen) == 1


def test_passing_errors_are_tried_again_after_growing_pauses(server: BadServer, tmp_path: Path, naps: Naps) -> None:
    server.routes["/file.bin"] = Route(BODY, faults=[500, 503, 429])
    assert fetch(server, tmp_path / "file.bin", naps).read_bytes() == BODY
    assert naps.taken == [1, 2, 4]


def test_a_server_may_name_the_pause(server: BadServer, tmp_path: Path, naps: Naps) -> None:
    server.routes["/file.bin"] = Route(BODY, faults=[503], headers={"Retry-After": "7"})
    fetch(server, tmp_path / "file.bin", naps)
    assert naps.taken == [7]


def test_errors_that_do_not_pass_end_it(server: BadServer, tmp_path: Path, naps: Naps) -> None:
    server.routes["/file.bin"] = Route(BODY, always=500)
    with pytest.raises(DownloadError, match=rf"after {ATTEMPTS} attempts.*500.*run it again"):
        fetch(server, tmp_path / "file.bin", naps)
    assert len(server.seen) == ATTEMPTS


def test_a_cut_is_resumed_where_it_happened(server: BadServer, tmp_path: Path, naps: Naps) -> None:
    server.routes["/file.bin"] = Route(BODY, faults=["cut", "cut"])
    assert fetch(server, tmp_path / "file.bin", naps, md5=MD5).read_bytes() == BODY
    assert server.ranges_asked() == [None, "bytes=150000-", "bytes=225000-"]
    assert leftovers(tmp_path) == ["file.bin"]


def test_what_arrived_survives_the_process(server: BadServer, tmp_path: Path, naps: Naps) -> None:
    server.routes["/file.bin"] = Route(BODY, always="cut")
    with pytest.raises(DownloadError, match=r"did not arrive whole.*kept in.*file\.bin\.part.*goes on"):
        fetch(server, tmp_path / "file.bin", naps)
    kept = (tmp_path / "file.bin.part").stat().st_size
    assert 0 < kept < len(BODY)
    server.routes["/file.bin"] = Route(BODY)
    assert fetch(server, tmp_path / "file.bin", naps).read_bytes() == BODY
    assert server.ranges_asked()[-1] == f"bytes={kept}-"


def test_a_changed_file_is_begun_anew(server: BadServer, tmp_path: Path, naps: Naps) -> None:
    server.routes["/file.bin"] = Route(b"old" * 100_000, always="cut")
    with pytest.raises(DownloadError):
        fetch(server, tmp_path / "file.bin", naps)
    server.routes["/file.bin"] = Route(BODY, etag='"v2"')
    assert fetch(server, tmp_path / "file.bin", naps).read_bytes() == BODY


def test_a_part_of_another_address_is_not_gone_on_with(server: BadServer, tmp_path: Path, naps: Naps) -> None:
    server.routes["/other.bin"] = Route(b"x" * 1000, always="cut")
    server.routes["/file.bin"] = Route(BODY)
    with pytest.raises(DownloadError):
        download(f"{server.url}/other.bin", tmp_path / "file.bin", sleep=naps)
    assert fetch(server, tmp_path / "file.bin", naps).read_bytes() == BODY


@pytest.mark.parametrize("etag", ['"v1"', None])
def test_a_server_without_ranges_begins_anew(server: BadServer, tmp_path: Path, naps: Naps, etag: str | None) -> None:
    server.routes["/file.bin"] = Route(BODY, faults=["cut"], ranges=False, etag=etag)
    assert fetch(server, tmp_path / "file.bin", naps).read_bytes() == BODY
    assert len(server.seen) == 2


def test_a_wrong_checksum_removes_the_file(server: BadServer, tmp_path: Path, naps: Naps) -> None:
    server.routes["/file.bin"] = Route(BODY)
    with pytest.raises(DownloadError, match=rf"expected md5 {'0' * 32}, it has {MD5}.*removed"):
        fetch(server, tmp_path / "file.bin", naps, md5="0" * 32)
    assert leftovers(tmp_path) == []


def test_a_wrong_checksum_leaves_an_older_file_alone(server: BadServer, tmp_path: Path, naps: Naps) -> None:
    (tmp_path / "file.bin").write_bytes(b"older")
    server.routes["/file.bin"] = Route(BODY)
    with pytest.raises(DownloadError):
        fetch(server, tmp_path / "file.bin", naps, sha256="0" * 64)
    assert (tmp_path / "file.bin").read_bytes() == b"older"


def test_a_wrong_size_is_refused(server: BadServer, tmp_path: Path, naps: Naps) -> None:
    server.routes["/file.bin"] = Route(BODY)
    with pytest.raises(DownloadError, match=r"expected 299,999 bytes, 300,000 arrived"):
        fetch(server, tmp_path / "file.bin", naps, size=len(BODY) - 1)


def test_a_stated_length_that_is_too_long_counts_as_a_cut(server: BadServer, tmp_path: Path, naps: Naps) -> None:
    server.routes["/file.bin"] = Route(BODY, stated_length=len(BODY) + 10, ranges=False)
    with pytest.raises(DownloadError, match="did not arrive whole"):
        fetch(server, tmp_path / "file.bin", naps)
    # With a checksum it is known to be whole all the same.
    assert fetch(server, tmp_path / "file.bin", naps, md5=MD5).read_bytes() == BODY


def test_a_stated_length_that_is_too_short_fails_the_checksum(server: BadServer, tmp_path: Path, naps: Naps) -> None:
    server.routes["/file.bin"] = Route(BODY, stated_length=len(BODY) - 10)
    with pytest.raises(DownloadError, match="expected md5"):
        fetch(server, tmp_path / "file.bin", naps, md5=MD5)


def test_a_redirect_is_followed_and_takes_no_credentials_along(server: BadServer, tmp_path: Path, naps: Naps) -> None:
    other = BadServer()
    try:
        server.routes["/file.bin"] = Route(b"", redirect=f"{other.url}/real.bin", authorization="Basic abc")
        other.routes["/real.bin"] = Route(BODY)
        fetch(server, tmp_path / "file.bin", naps, headers={"Authorization": "Basic abc"})
        assert (tmp_path / "file.bin").read_bytes() == BODY
        assert "authorization" not in other.seen[0][1]
    finally:
        other.close()


def test_a_circle_of_redirects_ends(server: BadServer, tmp_path: Path, naps: Naps) -> None:
    server.routes["/file.bin"] = Route(b"", redirect="/file.bin")
    with pytest.raises(DownloadError, match="redirect"):
        fetch(server, tmp_path / "file.bin", naps)


def test_nobody_answers(tmp_path: Path, naps: Naps) -> None:
    closed = BadServer()
    closed.close()
    with pytest.raises(DownloadError, match="Check the connection"):
        download(f"{closed.url}/file.bin", tmp_path / "file.bin", sleep=naps)
    assert len(naps.taken) == ATTEMPTS - 1


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/file.bin", "no address"])
def test_an_address_of_no_use(tmp_path: Path, naps: Naps, url: str) -> None:
    with pytest.raises(DownloadError, match="Check the address"):
        download(url, tmp_path / "file.bin", sleep=naps)
    assert naps.taken == []


def test_a_folder_that_cannot_be_made(server: BadServer, tmp_path: Path, naps: Naps) -> None:
    (tmp_path / "taken").write_text("a file")
    server.routes["/file.bin"] = Route(BODY)
    with pytest.raises(DownloadError, match="Cannot write"):
        fetch(server, tmp_path / "taken" / "file.bin", naps)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")
def test_a_full_disk(server: BadServer, tmp_path: Path, naps: Naps) -> None:
    server.routes["/file.bin"] = Route(BODY)
    (tmp_path / "file.bin.part").symlink_to("/dev/full")
    with pytest.raises(DownloadError, match=r"Cannot write.*No space left.*goes on"):
        fetch(server, tmp_path / "file.bin", naps)


def test_too_little_room_is_noticed_before(
    server: BadServer, tmp_path: Path, naps: Naps, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.routes["/file.bin"] = Route(BODY)
    room = type("Usage", (), {"free": 1000})
    monkeypatch.setattr(downloads.shutil, "disk_usage", lambda _: room)
    with pytest.raises(DownloadError, match=r"needs 300,000 bytes"):
        fetch(server, tmp_path / "file.bin", naps)
