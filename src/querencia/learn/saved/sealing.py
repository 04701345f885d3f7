"""Models as bytes that execute nothing when they are read, and are the same whenever the models are."""

from __future__ import annotations

import io
import json
from typing import Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

import skops.io
from skops.io.exceptions import UnsupportedTypeException, UntrustedTypesFoundException

from querencia.errors import SourceError
from querencia.learn.saved.trusted import TRUSTED

_SCHEMA = "schema.json"
_UNREADABLE = (
    UnsupportedTypeException, UntrustedTypesFoundException, BadZipFile, KeyError, TypeError, ValueError, AttributeError,
    ImportError, IndexError, OSError, OverflowError, RecursionError,
)  # fmt: skip
_FIRST_DATE = (1980, 1, 1, 0, 0, 0)


def seal(models: object) -> bytes:
    """Return `models` in the format of skops: arrays and a description of the objects, never a pickle.

    skops numbers its parts by their addresses in memory and dates them: both are replaced here, so that equal models
    give equal bytes.
    """
    numbers: dict[int, int] = {}
    names: dict[str, str] = {}
    with ZipFile(io.BytesIO(skops.io.dumps(models))) as archive:
        schema = _renumber(json.loads(archive.read(_SCHEMA)), numbers, names)
        parts = {new: archive.read(old) for old, new in names.items()}
    parts[_SCHEMA] = json.dumps(schema, sort_keys=True, separators=(",", ":")).encode()
    sealed = io.BytesIO()
    with ZipFile(sealed, "w") as archive:
        for name in sorted(parts):
            entry = ZipInfo(name, date_time=_FIRST_DATE)
            entry.compress_type = ZIP_DEFLATED
            archive.writestr(entry, parts[name])
    return sealed.getvalue()


def unseal(sealed: bytes, *, source: str) -> Any:
    """Return the models in `sealed`, which were read from `source`.

    SourceError where it holds anything but the types that querencia's models are made of, or is damaged. Nothing in it
    is executed.
    """
    try:
        strangers = sorted(set(skops.io.get_untrusted_types(data=sealed)) - set(TRUSTED))
        if strangers:
            raise SourceError(
                f"{source!r} holds {strangers[0]!r}, which is no part of a model that querencia saves. It is not "
                "loaded: use a model folder that `querencia score` wrote."
            )
        return skops.io.loads(sealed, trusted=list(TRUSTED))
    except _UNREADABLE as error:
        if isinstance(error, SourceError):
            raise
        raise SourceError(
            f"{source!r} cannot be read as a model ({type(error).__name__}): expected what `querencia score` wrote. "
            "Take the folder from a backup, or learn a new model by scoring without --model."
        ) from error


def _renumber(node: Any, numbers: dict[int, int], names: dict[str, str]) -> Any:
    """Return the description `node` with its parts numbered, and its files named, in the order of their appearance."""
    if isinstance(node, list):
        return [_renumber(part, numbers, names) for part in node]
    if not isinstance(node, dict):
        return node
    renumbered: dict[str, Any] = {}
    for key, value in node.items():
        if key == "__id__":
            renumbered[key] = numbers.setdefault(value, len(numbers))
        elif key == "file":
            renumbered[key] = names.setdefault(value, f"{len(names):05}{value[value.rfind('.') :]}")
        else:
            renumbered[key] = _renumber(value, numbers, names)
    return renumbered
