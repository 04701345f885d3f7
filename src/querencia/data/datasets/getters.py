"""What the getters of public data share: their form, and the credentials that one of them needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from querencia.data.datasets.made import Progress


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """A user name and a key. The key shows in no representation."""

    username: str
    key: str = field(repr=False)


class Getter(Protocol):
    """Fetches one data set into a folder."""

    def __call__(
        self,
        folder: Path,
        *,
        base_url: str,
        credentials: Credentials | None,
        checksum: str | None,
        on_progress: Progress | None,
    ) -> tuple[Path, ...]:
        """Fetch into `folder` what is not there yet, and return the data files."""
        ...
