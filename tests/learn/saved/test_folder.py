"""Models that are kept: the same when loaded, the same bytes when learned again, and never executed."""

from __future__ import annotations

import hashlib
import json
import pickle
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import skops.io

from querencia.errors import SourceError, SourceMissingError
from querencia.learn.saved.folder import load_model
from querencia.learn.saved.rescoring import score_with_model

from .conftest import OPTIONS, Kept, make_problem, save


def test_a_loaded_model_gives_the_very_scores_of_the_run_that_learned_it(kept: Kept) -> None:
    again = score_with_model(kept.model, kept.problem, options=OPTIONS)
    pd.testing.assert_frame_equal(again.customers, kept.scores.customers, check_exact=True)
    assert again.profiles == kept.scores.profiles
    assert again.model.churn == kept.scores.model.churn


def test_the_folder_is_named_by_what_it_holds_and_equal_models_are_equal_to_the_byte(
    kept: Kept, tmp_path: Path
) -> None:
    again = save(make_problem(), tmp_path)
    assert again.folder.name == kept.folder.name
    for file in sorted(kept.folder.iterdir()):
        assert (again.folder / file.name).read_bytes() == file.read_bytes(), file.name
    other = save(make_problem(rows=800), tmp_path)
    assert other.folder.name != kept.folder.name


def test_no_customer_id_stands_in_a_model_folder(kept: Kept) -> None:
    for file in kept.folder.iterdir():
        contents = [file.read_bytes()]
        if file.suffix == ".skops":
            with zipfile.ZipFile(file) as archive:
                contents = [archive.read(name) for name in archive.namelist()]
        for content in contents:
            assert b"c00001" not in content
            assert "c00001".encode("utf-32-le") not in content


class _Attack:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return eval, ("__import__('pathlib').Path('owned').touch()",)


def _forge(kept: Kept, folder: Path, models: bytes) -> Path:
    """A folder whose models are `models`, with a manifest that says so: a forger can do that."""
    shutil.copytree(kept.folder, folder)
    (folder / "models.skops").write_bytes(models)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["models.skops"] = hashlib.sha256(models).hexdigest()
    seal(folder, manifest)
    return folder


def seal(folder: Path, manifest: dict[str, Any]) -> None:
    """Write a manifest with the version that it should have."""
    rest = {key: value for key, value in manifest.items() if key != "version"}
    text = json.dumps(rest, ensure_ascii=False, indent=2) + "\n"
    version = hashlib.sha256(text.encode()).hexdigest()[:12]
    (folder / "manifest.json").write_text(json.dumps({"version": version, **rest}))


def test_a_manifest_that_claims_another_version_is_refused(kept: Kept, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(kept.folder, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"version": "../../evil"}))
    with pytest.raises(SourceError, match="not what was saved"):
        load_model(folder)


def test_models_that_lack_a_part_are_refused_before_anything_is_scored(kept: Kept, tmp_path: Path) -> None:
    models = kept.model.models
    assert models.churn is not None
    del models.churn.fold_models_[0].models[0].booster_
    folder = _forge(kept, tmp_path / "forged", skops.io.dumps(models))
    with pytest.raises(SourceError, match=r"cannot score a customer \(AttributeError\)"):
        load_model(folder)


def test_a_pickle_in_place_of_the_models_is_refused_and_does_nothing(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = _forge(kept, tmp_path / "forged", pickle.dumps(_Attack()))
    with pytest.raises(SourceError, match="cannot be read as a model"):
        load_model(folder)
    assert not (tmp_path / "owned").exists()


def test_types_that_no_model_is_made_of_are_refused_by_name(kept: Kept, tmp_path: Path) -> None:
    folder = _forge(kept, tmp_path / "forged", skops.io.dumps(pd.Timestamp))
    with pytest.raises(SourceError, match=r"Timestamp.*no part of a model"):
        load_model(folder)


def test_sound_types_that_are_not_the_models_of_customers_are_refused(kept: Kept, tmp_path: Path) -> None:
    folder = _forge(kept, tmp_path / "forged", skops.io.dumps({"a": [1, 2]}))
    with pytest.raises(SourceError, match="holds a dict: expected the models of customers"):
        load_model(folder)


@pytest.mark.parametrize("name", ["models.skops", "reference.json", "model.json"])
def test_a_changed_file_is_noticed(kept: Kept, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(kept.folder, folder)
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(bytes(content))
    with pytest.raises(SourceError, match="checksum differs"):
        load_model(folder)


def test_a_folder_that_is_none_or_of_another_format_is_refused(kept: Kept, tmp_path: Path) -> None:
    with pytest.raises(SourceMissingError, match=r"no model folder: it has no manifest\.json"):
        load_model(tmp_path)
    folder = tmp_path / "copy"
    shutil.copytree(kept.folder, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"format": 99}))
    with pytest.raises(SourceError, match="is of format 99"):
        load_model(folder)
    (folder / "manifest.json").write_text("{")
    with pytest.raises(SourceError, match="damaged"):
        load_model(folder)
