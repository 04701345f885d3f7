"""The OTTO recommender data set from Kaggle."""

from __future__ import annotations

import base64
from pathlib import Path

from querencia.data.datasets.archives import unpack
from querencia.data.datasets.downloads import download
from querencia.data.datasets.getters import Credentials
from querencia.data.datasets.made import Progress
from querencia.errors import InputError

OTTO_PATH = "/api/v1/datasets/download/otto/recsys-dataset?datasetVersionNumber=1"
OTTO_FILES = ("otto-recsys-train.jsonl", "otto-recsys-test.jsonl")


def get_otto(
    folder: Path,
    *,
    base_url: str,
    credentials: Credentials | None = None,
    checksum: str | None = None,
    on_progress: Progress | None = None,
) -> tuple[Path, ...]:
    """Fetch the archive with the user's credentials and unpack its two logs. `checksum` is the archive's SHA-256."""
    files = tuple(folder / name for name in OTTO_FILES)
    missing = [file for file in files if not file.exists()]
    archive = folder / "otto-recsys-dataset.zip"
    # The archive has its name only once it is whole: one that is there was left by a run that was killed unpacking.
    if missing and not archive.exists():
        _download_archive(
            archive, base_url=base_url, credentials=credentials, checksum=checksum, on_progress=on_progress
        )
    for file in missing:
        unpack(archive, file.name, to=file, on_progress=on_progress)
    archive.unlink(missing_ok=True)
    return files


def _download_archive(
    archive: Path,
    *,
    base_url: str,
    credentials: Credentials | None,
    checksum: str | None,
    on_progress: Progress | None,
) -> None:
    if credentials is None:
        raise InputError(
            "The OTTO data set is on Kaggle, which asks for a user name and key, and none were given. Make a key at "
            "https://www.kaggle.com/settings (API, Create New Token), set KAGGLE_USERNAME and KAGGLE_KEY in the "
            "environment, and run it again."
        )
    pair = f"{credentials.username}:{credentials.key}".encode()
    download(
        f"{base_url}{OTTO_PATH}",
        archive,
        sha256=checksum,
        headers={"Authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"},
        on_progress=on_progress,
    )
