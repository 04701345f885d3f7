"""From cells and briefs to works: what is asked once, and the hash that it is known by."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from hashlib import sha256
from typing import Any

from querencia.messages.brief import Brief
from querencia.messages.cells import Cell
from querencia.messages.writers.llm.facts import write_brief, write_cell
from querencia.messages.writers.llm.guidance import Guidance
from querencia.messages.writers.llm.instructions import prompt_version
from querencia.messages.writers.llm.work import Mode, Work


def cell_work(cell: Cell, *, model: str, guidance: Guidance, position: int = 0) -> Work:
    """Return the work of a cell's text. Equal cells, model and guidance give an equal key, in any run."""
    return _work("cell", cell.language, write_cell(cell), model=model, guidance=guidance, position=position)


def individual_work(brief: Brief, *, model: str, guidance: Guidance, position: int = 0) -> Work:
    """Return the work of one customer's text. Two customers of the very same facts share it."""
    return _work("individual", brief.language, write_brief(brief), model=model, guidance=guidance, position=position)


def _work(mode: Mode, language: str, facts: str, *, model: str, guidance: Guidance, position: int) -> Work:
    prompt = prompt_version(mode, language)
    catalogue = _catalogue_version(facts)
    parts = {"facts": facts, "prompt": prompt, "catalogue": catalogue, "model": model, "guidance": _plain(guidance)}
    return Work(
        key=sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")).hexdigest(),
        mode=mode,
        language=language,
        facts=facts,
        model=model,
        prompt_version=prompt,
        catalogue_version=catalogue,
        position=position,
    )


def _catalogue_version(facts: str) -> str:
    """Return a hash of the products that the text is about: a change elsewhere in the catalogue asks nothing anew."""
    products = [offer["product"] for offer in json.loads(facts)["offers"]]
    return sha256(json.dumps(products, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")).hexdigest()[:16]


def _plain(value: Any) -> Any:
    """Return settings as JSON has them: frozen dataclasses, mappings, sets and tuples, in a stated order."""
    if hasattr(value, "__dataclass_fields__"):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in sorted(value.items())}
    if isinstance(value, (set, frozenset)):
        return sorted(_plain(item) for item in value)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
