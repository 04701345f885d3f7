"""A finished step is kept while nothing it rests on has changed; anything else, and it is done again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from querencia.pipeline.checkpoints import Checkpoints, fingerprint, stamp_files


@dataclass(frozen=True)
class Counted:
    rows: int
    path: Path
    names: tuple[str, ...] = ()


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Checkpoints, Counted]:
    output = tmp_path / "table.csv"
    output.write_text("a\n1\n")
    result = Counted(rows=1, path=output, names=("a",))
    checkpoints = Checkpoints(tmp_path / "steps")
    checkpoints.keep("read", "key", result, outputs=[output])
    return checkpoints, result


def test_a_finished_step_gives_its_result_back(kept: tuple[Checkpoints, Counted]) -> None:
    checkpoints, result = kept
    assert checkpoints.recall("read", "key", Counted) == result


def test_another_fingerprint_is_another_step(kept: tuple[Checkpoints, Counted]) -> None:
    assert kept[0].recall("read", "other", Counted) is None
    assert kept[0].recall("score", "key", Counted) is None


@pytest.mark.parametrize("change", ["edited", "deleted"])
def test_a_step_whose_files_changed_is_undone(kept: tuple[Checkpoints, Counted], change: str) -> None:
    checkpoints, result = kept
    if change == "edited":
        result.path.write_text("a\n1\n2\n")
    else:
        result.path.unlink()
    assert checkpoints.recall("read", "key", Counted) is None


@pytest.mark.parametrize(
    "content", ["", "{", '{"fingerprint": "key"}', '{"fingerprint": "key", "outputs": [], "result": 3}']
)
def test_a_broken_record_is_no_record(kept: tuple[Checkpoints, Counted], content: str) -> None:
    checkpoints, _ = kept
    (checkpoints.folder / "read.json").write_text(content)
    assert checkpoints.recall("read", "key", Counted) is None


def test_a_forgotten_step_is_undone(kept: tuple[Checkpoints, Counted]) -> None:
    kept[0].forget("read")
    kept[0].forget("read")
    assert kept[0].recall("read", "key", Counted) is None


def test_fingerprints_tell_facts_apart() -> None:
    facts = Counted(rows=1, path=Path("a"))
    assert fingerprint(facts, 1) == fingerprint(Counted(rows=1, path=Path("a")), 1)
    assert len({fingerprint(facts), fingerprint(replace(facts, rows=2)), fingerprint(facts, None)}) == 3


def test_stamps_expand_globs_and_mark_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1")
    (tmp_path / "b.csv").write_text("22")
    sizes = [(Path(name).name, size) for name, size, _ in stamp_files([tmp_path / "*.csv", tmp_path / "none.csv"])]
    assert sizes == [("a.csv", 1), ("b.csv", 2), ("none.csv", -1)]
