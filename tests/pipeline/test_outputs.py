"""A file of the output folder appears whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from querencia.errors import WorkError
from querencia.pipeline.outputs import replacing, write_json, write_text


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_text(path, "old")

    def fail_midway() -> None:
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise OSError("disk full")

    with pytest.raises(WorkError, match=r"report\.html.*disk full"):
        fail_midway()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_json_is_readable_utf_8_and_never_nan(tmp_path: Path) -> None:
    path = tmp_path / "new" / "explore.json"
    write_json(path, {"name": "Peñalosa", "path": tmp_path})
    assert "Peñalosa" in path.read_text(encoding="utf-8")
    assert json.loads(path.read_text(encoding="utf-8"))["path"] == str(tmp_path)
    with pytest.raises(ValueError, match="JSON"):
        write_json(path, {"value": float("nan")})
