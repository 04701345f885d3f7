"""Load ``querencia.toml``, and say in plain words what is wrong with it."""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from querencia.errors import SettingsError
from querencia.settings.models import LoadedProject, Project

PROJECT_FILE = "querencia.toml"


def load_project(folder: Path) -> LoadedProject:
    """Return the project whose file stands in `folder` (or at `folder`, where that is the file itself).

    Raises SettingsError with every fault of the file at once: key, line, value, what was expected, the nearest
    known key.
    """
    path = folder if folder.is_file() else folder / PROJECT_FILE
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise SettingsError(
            f"no project file at {str(path)!r}: expected a folder that holds {PROJECT_FILE!r}. "
            f"Make one with `querencia init {folder}`, or name another folder with --project."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{str(path)!r} cannot be read as a UTF-8 text file: {error}.") from error
    return LoadedProject(folder=path.parent.resolve(), settings=parse_project(text, name=str(path)))


def parse_project(text: str, *, name: str = PROJECT_FILE) -> Project:
    """Return the project that `text` (TOML) describes; `name` stands in error messages."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{name} is not valid TOML: {error}. Strings need quotes, sections brackets.") from error
    try:
        return Project.model_validate(raw)
    except ValidationError as error:
        faults = _describe(error.errors(include_url=False), text)
        raise SettingsError(f"{name}: " + ("\n  " if len(faults) > 1 else "") + "\n  ".join(faults)) from error


def _describe(errors: list[ErrorDetails], text: str) -> list[str]:
    faults: dict[str, str] = {}
    for error in errors:
        keys = _known_part(error["loc"])
        place = _place(keys, text)
        faults.setdefault(place, f"{place}{_fault(error, keys)}")
    return list(faults.values())


def _fault(error: ErrorDetails, keys: tuple[str, ...]) -> str:
    if error["type"] == "extra_forbidden":
        known = sorted(_section(keys[:-1]).model_fields)
        near = difflib.get_close_matches(keys[-1], known, n=1, cutoff=0.5)
        hint = f"Did you mean {near[0]!r}?" if near else f"Known here: {', '.join(known)}."
        return f" is not a known key. {hint}"
    if error["type"] == "missing":
        return f" is required: {_description(keys)}"
    message = error["msg"].removeprefix("Value error, ").replace("Input should be", "expected").rstrip(".")
    value = "" if isinstance(error["input"], dict) else f" = {error['input']!r}"
    return f"{value}: {message[:1].lower()}{message[1:]}. {_description(keys)}".rstrip()


def _known_part(location: tuple[int | str, ...]) -> tuple[str, ...]:
    """Return the keys of `location` that stand in the file, without pydantic's names of union members."""
    keys: list[str] = []
    model: type[BaseModel] | None = Project
    for place, part in enumerate(location):
        if model is None or not isinstance(part, str):
            break
        keys.append(part)
        field = model.model_fields.get(part)
        if field is not None and get_origin(field.annotation) is dict:  # a table whose keys the user chooses
            keys += [key for key in location[place + 1 : place + 2] if isinstance(key, str)]
            break
        model = _model_of(field)
    return tuple(keys)


def _model_of(field: FieldInfo | None) -> type[BaseModel] | None:
    if field is None:
        return None
    candidates: tuple[Any, ...] = (field.annotation, *get_args(field.annotation))
    return next((kind for kind in candidates if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


def _section(keys: tuple[str, ...]) -> type[BaseModel]:
    model: type[BaseModel] = Project
    for key in keys:
        model = _model_of(model.model_fields[key]) or model
    return model


def _description(keys: tuple[str, ...]) -> str:
    field: FieldInfo | None = None
    section: type[BaseModel] | None = Project if keys else None
    for key in keys:
        if section is None:
            break
        field = section.model_fields.get(key)
        section = _model_of(field)
    return ((field.description if field else None) or (section.__doc__ if section else None) or "").strip()


def _place(keys: tuple[str, ...], text: str) -> str:
    """Return the key as a user would look for it: ``[section] key (line 12)``."""
    if not keys:
        return "the project"
    if len(keys) == 1:
        name, pattern = f"[{keys[0]}]", rf"^\s*\[{re.escape(keys[0])}\]"
    else:
        name = f"[{'.'.join(keys[:-1])}] {keys[-1]}"
        pattern = (
            rf"^\s*\[{re.escape('.'.join(keys[:-1]))}\](?:(?!^\s*\[[a-z]).)*?^\s*[\"']?{re.escape(keys[-1])}[\"']?\s*="
        )
    found = re.search(pattern, text, flags=re.MULTILINE | re.DOTALL)
    return f"{name} (line {text.count(chr(10), 0, found.end()) + 1})" if found else name
