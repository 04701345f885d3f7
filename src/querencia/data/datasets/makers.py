"""The makers by name: what ``querencia data make NAME PATH`` can make."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from querencia.data.datasets import orange, otto
from querencia.data.datasets.delivery import Delivery, read_text
from querencia.data.datasets.made import MadeDataset, Progress
from querencia.data.datasets.voiceflip import make_voiceflip
from querencia.errors import InputError

_FILE_SUFFIXES = (".csv", ".jsonl", ".json", ".parquet", ".gz", ".arff", ".toml")


@dataclass(frozen=True, kw_only=True)
class Maker:
    """One kind of synthetic data: what its size is counted in, its usual and least size, and its data file's ending
    (None: always a folder)."""

    name: str
    summary: str
    counted_in: Literal["customers", "sessions"]
    default: int
    least: int
    suffix: str | None
    make: Callable[..., MadeDataset]


def make_dataset(
    name: str,
    path: Path,
    *,
    customers: int | None = None,
    sessions: int | None = None,
    seed: int = 42,
    force: bool = False,
    on_progress: Progress | None = None,
) -> MadeDataset:
    """Make the synthetic data set `name` at `path`: the same name, size and seed give the same bytes.

    A path that ends as the data file would (.csv for orange, .jsonl for otto) is that file alone; any other is a folder
    that becomes a project ready to run. Raises InputError for an unknown name, a size that the maker does not take, or
    a file of another content in the way (unless `force`).
    """
    maker = find_maker(name)
    sizes = {"customers": customers, "sessions": sessions}
    for option, value in sizes.items():
        if value is not None and option != maker.counted_in:
            raise InputError(
                f"--{option} {value} does not go with {maker.name!r}, which is counted in {maker.counted_in}. "
                f"Give --{maker.counted_in} N."
            )
    size = sizes[maker.counted_in]
    size = maker.default if size is None else size
    if size < maker.least:
        raise InputError(
            f"--{maker.counted_in} {size} is too few for {maker.name!r}: expected {maker.least} or more. "
            f"Leave it out for {maker.default:,}."
        )
    if path.suffix in _FILE_SUFFIXES and path.suffix != maker.suffix and not path.is_dir():
        expected = f"a folder or a file ending in {maker.suffix}" if maker.suffix else "a folder"
        raise InputError(f"{str(path)!r} cannot hold {maker.name!r}: expected {expected}.")
    if not 0 <= seed < 2**63:
        raise InputError(f"--seed {seed} is not a seed: expected a whole number from 0 to 2^63 - 1.")
    return maker.make(path, **{maker.counted_in: size}, seed=seed, force=force, on_progress=on_progress)


def find_maker(name: str) -> Maker:
    """Return the maker called `name`. Raises InputError with the nearest known name."""
    if name in MAKERS:
        return MAKERS[name]
    near = difflib.get_close_matches(name, MAKERS, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise InputError(f"No maker is called {name!r}. Expected one of: {', '.join(MAKERS)}.{hint}")


def make_orange(
    path: Path,
    *,
    customers: int = orange.CUSTOMERS,
    seed: int = 42,
    force: bool = False,
    on_progress: Progress | None = None,
) -> MadeDataset:
    """Make an Orange-shaped churn table: the CSV at `path`, or a project folder there."""
    folder, file_name = _split(path, maker=MAKERS["orange"])
    with Delivery(folder, force=force) as delivery:
        with delivery.open(file_name or "data/orange.csv") as file:
            orange.write_orange(file, customers=customers, seed=seed)
        if file_name is None:
            _write_project(delivery, "orange", customers=customers, seed=seed)
    if on_progress is not None:
        on_progress("customers", customers, customers)
    project = None if file_name else delivery.folder
    return MadeDataset(name="orange", files=delivery.files, rows={"customers": customers}, project=project)


def make_otto(
    path: Path, *, sessions: int, seed: int = 42, force: bool = False, on_progress: Progress | None = None
) -> MadeDataset:
    """Make an OTTO-shaped event log: the JSON lines at `path`, or a project folder there. Memory stays bounded."""
    folder, file_name = _split(path, maker=MAKERS["otto"])
    with Delivery(folder, force=force) as delivery:
        with delivery.open(file_name or "data/otto.jsonl") as file:
            events = otto.write_otto(file, sessions=sessions, seed=seed, on_progress=on_progress)
        if file_name is None:
            _write_project(delivery, "otto", sessions=sessions, events=events, seed=seed)
    project = None if file_name else delivery.folder
    rows = {"sessions": sessions, "events": events}
    return MadeDataset(name="otto", files=delivery.files, rows=rows, project=project)


def _write_project(delivery: Delivery, name: str, **values: int) -> None:
    texts = {key: str(value) for key, value in values.items()}
    delivery.write_text("querencia.toml", read_text(f"{name}.toml", **texts))
    delivery.write_text("README.md", read_text(f"{name}.md", **texts))


def _split(path: Path, *, maker: Maker) -> tuple[Path, str | None]:
    """Return the folder and, where `path` is the data file alone, its name."""
    if path.suffix == maker.suffix and not path.is_dir():
        return path.parent, path.name
    return path, None


MAKERS: Mapping[str, Maker] = MappingProxyType(
    {
        maker.name: maker
        for maker in (
            Maker(
                name="voiceflip",
                summary="a voice-processing company with Spanish-speaking customers, 90 days of events, a catalogue",
                counted_in="customers",
                default=5000,
                least=500,
                suffix=None,
                make=make_voiceflip,
            ),
            Maker(
                name="orange",
                summary="a churn table shaped like Orange Belgium's: 160 components, 18 factors, contact by lot",
                counted_in="customers",
                default=orange.CUSTOMERS,
                least=orange.FEWEST,
                suffix=".csv",
                make=make_orange,
            ),
            Maker(
                name="otto",
                summary="an event log shaped like OTTO's, of any size: clicks, carts and orders by session",
                counted_in="sessions",
                default=100_000,
                least=1,
                suffix=".jsonl",
                make=make_otto,
            ),
        )
    }
)
