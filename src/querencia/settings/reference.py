"""The settings, written out: the reference in the documents, and the commented project file of ``querencia init``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from querencia.settings.models import Project

Values = Mapping[str, Any]


def sections() -> Iterator[tuple[str, type[BaseModel], bool]]:
    """Yield each section of the project file: its name, its model, and whether it may be absent altogether."""
    for name, field in Project.model_fields.items():
        model = _model_of(field)
        if model is not None:
            yield name, model, field.default is None
            for key, inner in model.model_fields.items():
                nested = _model_of(inner)
                if nested is not None:
                    yield f"{name}.{key}", nested, False


def settings_reference() -> str:
    """Return the settings reference: one Markdown table for each section of ``querencia.toml``."""
    lines = [
        "# The project file: `querencia.toml`",
        "",
        "Only `[project]` and one of `[customers]` and `[events]` are required. Paths count from the project file.",
        "Unknown keys are refused. Made from the code: `uv run python -m querencia.settings.reference`.",
    ]
    for name, model, _ in sections():
        lines += ["", f"## `[{name}]`", "", (model.__doc__ or "").strip(), ""]
        lines += ["| key | values | default | meaning |", "| --- | --- | --- | --- |"]
        lines += [
            f"| `{key}` | {_kind(field)} | {_default_text(field)} | {_cell(field.description or '')} |"
            for key, field in _own_keys(model)
        ]
    return "\n".join(lines) + "\n"


def render_project_file(values: Values, *, heading: str) -> str:
    """Return a project file that sets `values` ({section: {key: value}}) and shows every other key as a comment."""
    lines = [f"# {line}" if line else "#" for line in heading.splitlines()]
    for name, model, optional in sections():
        given = _given(values, name)
        lines += ["", f"# {(model.__doc__ or '').strip()}"]
        lines.append(f"[{name}]" if given or not optional else f"# [{name}]")
        for key, field in _plain_keys(model):
            text = f"{key} = {_toml(given[key])}" if key in given else f"# {key} = {_toml(_default(field))}"
            lines += [f"## {field.description}", text]
        for key, field in _tables(model):
            lines += ["", f"## {field.description}", *_table(f"{name}.{key}", given.get(key, {}))]
    return "\n".join(lines) + "\n"


def _given(values: Values, section: str) -> Values:
    for part in section.split("."):
        values = values.get(part, {})
    return values


def _plain_keys(model: type[BaseModel]) -> list[tuple[str, FieldInfo]]:
    return [(key, field) for key, field in _own_keys(model) if get_origin(field.annotation) is not dict]


def _tables(model: type[BaseModel]) -> list[tuple[str, FieldInfo]]:
    """Return the keys whose own keys the user chooses: each is a table of the project file."""
    return [(key, field) for key, field in _own_keys(model) if get_origin(field.annotation) is dict]


def _own_keys(model: type[BaseModel]) -> list[tuple[str, FieldInfo]]:
    return [(key, field) for key, field in model.model_fields.items() if _model_of(field) is None]


def _table(name: str, entries: Values) -> list[str]:
    heading = f"[{name}]" if entries else f"# [{name}]"
    keys = {key: key if re.fullmatch(r"[\w-]+", key, re.ASCII) else _toml(key) for key in entries}
    return [heading, *(f"{keys[key]} = {_toml(value)}" for key, value in entries.items())]


def _model_of(field: FieldInfo) -> type[BaseModel] | None:
    candidates: tuple[Any, ...] = (field.annotation, *get_args(field.annotation))
    return next((kind for kind in candidates if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


def _default(field: FieldInfo) -> Any:
    return None if field.default is PydanticUndefined else field.default


def _default_text(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = _default(field)
    return "absent" if default is None else f"`{_toml(default)}`"


def _kind(field: FieldInfo) -> str:
    return _cell(_kind_of(field.annotation))


def _kind_of(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return ", ".join(f"`{_toml(value)}`" for value in arguments)
    if origin is tuple:
        return "list of " + _kind_of(arguments[0])
    if origin is dict:
        return "table of " + _kind_of(arguments[1])
    if hasattr(annotation, "__metadata__"):
        return _kind_of(arguments[0])
    if arguments:
        return " or ".join(_kind_of(kind) for kind in arguments if kind is not type(None))
    names = {str: "text", int: "whole number", float: "number", bool: "true or false"}
    return names.get(annotation, "date or time")


def _toml(value: Any) -> str:
    if value is None:
        return "..."
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    import sys

    sys.stdout.write(settings_reference())
