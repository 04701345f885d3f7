"""The rules of the house that a machine can hold: layers, lengths, words."""

from __future__ import annotations

import re
import string
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from querencia.language.notes import LANGUAGES

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
WORDING = sorted((ROOT / "src/querencia/language/wording").glob("*.toml"))


def test_layers_hold_without_exceptions() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    done = subprocess.run([*command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "ignore_imports" not in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_no_file_is_longer_than_600_lines() -> None:
    long = [str(path) for path in SOURCES if len(path.read_text(encoding="utf-8").splitlines()) > 600]
    assert long == []


def test_no_room_is_named_for_nothing() -> None:
    forbidden = {"utils", "helpers", "manager", "base", "misc", "common"}
    assert [str(path) for path in SOURCES if forbidden & set(path.with_suffix("").parts)] == []


@pytest.mark.parametrize("path", WORDING, ids=lambda path: path.stem)
def test_every_note_is_worded_alike_in_three_languages(path: Path) -> None:
    for code, wording in tomllib.loads(path.read_text(encoding="utf-8")).items():
        assert set(wording) == set(LANGUAGES), code
        fields = {
            language: {name for _, name, _, _ in string.Formatter().parse(text) if name}
            for language, text in wording.items()
        }
        assert fields["es"] == fields["en"] == fields["pt"], code


def test_every_note_that_is_made_has_its_wording() -> None:
    made = {code for path in SOURCES for code in re.findall(r'Note\(\s*code="(\w+)"', path.read_text(encoding="utf-8"))}
    worded = {code for path in WORDING for code in tomllib.loads(path.read_text(encoding="utf-8"))}
    assert made <= worded
