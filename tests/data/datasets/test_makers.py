"""The makers by name: same name, size and seed, same bytes; nothing overwritten that is not asked for."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from querencia.data.datasets.makers import MAKERS, make_dataset
from querencia.errors import InputError, WorkError

SMALL = {"voiceflip": {"customers": 600}, "orange": {"customers": 600}, "otto": {"sessions": 300}}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


@pytest.mark.parametrize("name", MAKERS)
def test_a_seed_means_its_bytes(name: str, tmp_path: Path) -> None:
    for folder, seed in (("one", 7), ("two", 7), ("other", 8)):
        make_dataset(name, tmp_path / folder, seed=seed, **SMALL[name])
    one, two, other = (contents(tmp_path / folder) for folder in ("one", "two", "other"))
    assert one == two
    data = [file for file in one if file.startswith("data")]
    assert data
    assert all(one[file] != other[file] for file in data)
    assert not any(b"\r" in body for body in one.values())


@pytest.mark.parametrize("name", MAKERS)
def test_it_is_a_project_and_says_that_it_is_synthetic(name: str, tmp_path: Path) -> None:
    made = make_dataset(name, tmp_path, **SMALL[name])
    assert made.project == tmp_path
    settings = tomllib.loads((tmp_path / "querencia.toml").read_text(encoding="utf-8"))
    assert settings["project"]["synthetic"] is True
    for section in ("customers", "events", "catalogue"):
        if section in settings:
            assert tmp_path / settings[section]["path"] in made.files
    readme = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "synthetic" in readme.splitlines()[0]
    assert "$" not in readme
    assert set(made.files) == {file for file in tmp_path.rglob("*") if file.is_file()}


@pytest.mark.parametrize(("name", "file_name"), [("orange", "table.csv"), ("otto", "log.jsonl")])
def test_a_path_of_a_file_is_that_file_alone(name: str, file_name: str, tmp_path: Path) -> None:
    made = make_dataset(name, tmp_path / "sub" / file_name, **SMALL[name])
    make_dataset(name, tmp_path / "project", **SMALL[name])
    assert made.project is None
    assert made.files == (tmp_path / "sub" / file_name,)
    assert contents(tmp_path / "sub") == {file_name: next(iter(contents(tmp_path / "project" / "data").values()))}


def test_the_same_again_is_left_alone_and_another_refused(tmp_path: Path) -> None:
    make_dataset("orange", tmp_path, seed=1, customers=600)
    before = contents(tmp_path)
    make_dataset("orange", tmp_path, seed=1, customers=600)
    with pytest.raises(InputError, match=r"orange\.csv.*is there already.*--force"):
        make_dataset("orange", tmp_path, seed=2, customers=600)
    assert contents(tmp_path) == before
    make_dataset("orange", tmp_path, seed=2, customers=600, force=True)
    assert contents(tmp_path).keys() == before.keys()
    assert contents(tmp_path)["data/orange.csv"] != before["data/orange.csv"]


@pytest.mark.parametrize("size", [300, 301])
def test_a_longer_or_shorter_file_is_another(tmp_path: Path, size: int) -> None:
    # A longer log begins with the shorter one: the end has to be compared, too.
    make_dataset("otto", tmp_path / "log.jsonl", sessions=size)
    with pytest.raises(InputError, match="is there already"):
        make_dataset("otto", tmp_path / "log.jsonl", sessions=601 - size)


def test_all_or_nothing(tmp_path: Path) -> None:
    (tmp_path / "querencia.toml").write_text("# mine\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"querencia\.toml"):
        make_dataset("voiceflip", tmp_path, customers=600)
    assert list(contents(tmp_path)) == ["querencia.toml"]


@pytest.mark.parametrize(
    ("name", "path", "options", "message"),
    [
        ("voicflip", "x", {}, "Did you mean 'voiceflip'"),
        ("orange", "x", {"sessions": 5}, "counted in customers"),
        ("otto", "x", {"customers": 5}, "counted in sessions"),
        ("orange", "x", {"customers": 10}, "expected 500 or more"),
        ("otto", "x", {"sessions": 0}, "expected 1 or more"),
        ("otto", "x", {"seed": -1}, "--seed -1"),
        ("voiceflip", "x.csv", {}, "expected a folder"),
        ("orange", "x.jsonl", {}, r"ending in \.csv"),
        ("orange", "taken", {}, "is a file"),
    ],
)
def test_wrong_input_is_named(name: str, path: str, options: dict[str, int], message: str, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(InputError, match=message):
        make_dataset(name, tmp_path / path, **options)  # type: ignore[arg-type]
    assert [entry.name for entry in tmp_path.iterdir()] == ["taken"]


def test_a_disk_that_refuses(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(WorkError, match="Cannot write"):
        make_dataset("otto", tmp_path, sessions=10)


def test_progress_ends_at_the_whole(tmp_path: Path) -> None:
    for name, options in SMALL.items():
        told: list[tuple[str, int, int | None]] = []
        make_dataset(name, tmp_path / name, on_progress=lambda *step, told=told: told.append(step), **options)  # type: ignore[misc]
        (counted_in, size), *_ = options.items()
        assert told[-1] == (counted_in, size, size)
