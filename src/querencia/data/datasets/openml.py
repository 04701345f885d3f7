"""Orange Belgium's churn table from OpenML."""

from __future__ import annotations

import json
from pathlib import Path

from querencia.data.datasets.downloads import download
from querencia.data.datasets.getters import Credentials
from querencia.data.datasets.made import Progress
from querencia.errors import DownloadError

ORANGE_ID = 45580
ORANGE_MD5 = "bd328613c1c4ef793ab04cd4dd1c6db0"


def get_orange(
    folder: Path,
    *,
    base_url: str,
    credentials: Credentials | None = None,
    checksum: str | None = None,
    on_progress: Progress | None = None,
) -> tuple[Path, ...]:
    """Ask OpenML's API where the ARFF file is, and fetch it. `checksum` is an MD5. Needs no credentials."""
    del credentials
    file = folder / "churn-uplift-mlg.arff"
    expected = checksum or ORANGE_MD5
    card_url = f"{base_url}/api/v1/json/data/{ORANGE_ID}"
    card = download(card_url, folder / f"openml-{ORANGE_ID}.json")
    try:
        url = _file_url(card.read_bytes(), card_url=card_url)
    finally:
        card.unlink(missing_ok=True)
    return (download(url, file, md5=expected, on_progress=on_progress),)


def _file_url(card: bytes, *, card_url: str) -> str:
    """Return the address of the data that OpenML's description of a data set names."""
    try:
        url = json.loads(card)["data_set_description"]["url"]
    except (ValueError, KeyError, TypeError) as error:
        raise DownloadError(
            f"{card_url!r} did not answer with OpenML's description of a data set (JSON with "
            "data_set_description.url). Try again later, or look on the data set's page."
        ) from error
    if not isinstance(url, str) or not url.startswith(("https://", "http://")):
        raise DownloadError(
            f"{card_url!r} names {url!r} as the data's address: expected a web address. Try again later."
        )
    return url
