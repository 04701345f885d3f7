"""A model in a folder of its own, named after what it holds: saved, and loaded again without executing anything."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

from querencia.errors import SourceError, SourceMissingError
from querencia.learn.customer_models import CustomerModels
from querencia.learn.figures.model import ModelFigures
from querencia.learn.problem import CustomerBatch
from querencia.learn.saved.reference import DriftReference
from querencia.learn.saved.sealing import seal, unseal

FORMAT = 1
MANIFEST, MODELS, REFERENCE, FIGURES = "manifest.json", "models.skops", "reference.json", "model.json"
LIBRARIES = ("scikit-learn", "lightgbm", "numpy")


@dataclass(frozen=True, kw_only=True)
class SavedModel:
    """What a model folder holds: the models, the table that they were learned from in outline, and their figures.

    `version` is the folder's name: 12 letters of a hash of all it holds. `libraries` are the versions it was learned
    with.
    """

    version: str
    models: CustomerModels
    reference: DriftReference
    figures: ModelFigures
    libraries: dict[str, str]

    def changed_libraries(self) -> dict[str, tuple[str, str]]:
        """Return the libraries whose major or minor version is another now: then and now."""
        now = _libraries()
        return {
            name: (then, now[name])
            for name, then in self.libraries.items()
            if name in now and then.split(".")[:2] != now[name].split(".")[:2]
        }


def pack_model(
    models: CustomerModels, reference: DriftReference, figures: ModelFigures
) -> tuple[str, dict[str, bytes]]:
    """Return the version of a model, and the files of its folder by name. Equal models give equal files."""
    files = {MODELS: seal(models), REFERENCE: _json(reference), FIGURES: _json(figures)}
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "libraries": _libraries(),
        "columns": dict(zip(models.schema.columns, models.schema.kinds, strict=True)),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
    }
    version = _version(manifest)
    return version, {**files, MANIFEST: _json({"version": version, **manifest})}


def load_model(folder: Path) -> SavedModel:
    """Return the model in `folder`.

    SourceMissingError where there is none, SourceError where it is damaged, of another format, or holds anything that
    no model of querencia is made of. Nothing in it is executed.
    """
    manifest = _read_manifest(folder)
    contents = {}
    for name in (MODELS, REFERENCE, FIGURES):
        contents[name] = _read(folder / name)
        if hashlib.sha256(contents[name]).hexdigest() != manifest["files"].get(name):
            raise SourceError(
                f"{str(folder / name)!r} is not what was saved: its checksum differs from the one in {MANIFEST}. Take "
                "the folder from a backup, or learn a new model by scoring without --model."
            )
    models = unseal(contents[MODELS], source=str(folder / MODELS))
    if not isinstance(models, CustomerModels):
        raise SourceError(
            f"{str(folder / MODELS)!r} holds a {type(models).__name__}: expected the models of customers."
        )
    _try(models, source=str(folder / MODELS))
    return SavedModel(
        version=manifest["version"],
        models=models,
        reference=_parse(DriftReference, contents[REFERENCE], folder / REFERENCE),
        figures=_parse(ModelFigures, contents[FIGURES], folder / FIGURES),
        libraries=manifest["libraries"],
    )


def _try(models: CustomerModels, *, source: str) -> None:
    """Score one customer of whom nothing is known: SourceError where the models cannot."""
    nothing = {
        name: pd.Series(
            [np.nan if kind == "number" else None], index=["nobody"], dtype="float64" if kind == "number" else "str"
        )
        for name, kind in zip(models.schema.columns, models.schema.kinds, strict=True)
    }
    try:
        models.place(models.score(CustomerBatch(features=pd.DataFrame(nothing))))
    except (AttributeError, ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise SourceError(
            f"{source!r} holds models that cannot score a customer ({type(error).__name__}): expected what `querencia "
            "score` wrote. Take the folder from a backup, or learn a new model by scoring without --model."
        ) from error


def _read_manifest(folder: Path) -> dict[str, Any]:
    if not (folder / MANIFEST).is_file():
        raise SourceMissingError(
            f"{str(folder)!r} is no model folder: it has no {MANIFEST}. Expected a folder that `querencia score` "
            "wrote, such as output/models/1f0c9a2b7d3e."
        )
    try:
        manifest = json.loads(_read(folder / MANIFEST))
        if manifest["format"] != FORMAT:
            raise SourceError(
                f"{str(folder)!r} is of format {manifest['format']!r}: this version of querencia reads {FORMAT}. Score "
                "with the version that saved it, or learn a new model by scoring without --model."
            )
        told = manifest.pop("version")
        if told != _version(manifest):
            raise SourceError(f"{str(folder / MANIFEST)!r} is not what was saved: it is not of the version {told!r}.")
        manifest["version"] = told
        found: dict[str, Any] = {**manifest, "version": str(manifest["version"]), "files": dict(manifest["files"])}
        found["libraries"] = {str(name): str(version) for name, version in dict(manifest["libraries"]).items()}
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, SourceError):
            raise
        raise SourceError(f"{str(folder / MANIFEST)!r} is damaged: expected the manifest of a model.") from error
    return found


def _version(manifest: dict[str, Any]) -> str:
    return hashlib.sha256(_json(manifest)).hexdigest()[:12]


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise SourceError(f"{str(file)!r} cannot be read: {error.strerror or error}.") from error


def _parse(kind: Any, content: bytes, file: Path) -> Any:
    try:
        return TypeAdapter(kind).validate_json(content)
    except ValidationError as error:
        raise SourceError(f"{str(file)!r} is damaged: expected what `querencia score` wrote.") from error


def _json(facts: object) -> bytes:
    return (json.dumps(to_jsonable_python(facts), ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


def _libraries() -> dict[str, str]:
    return {name: metadata.version(name) for name in LIBRARIES}
