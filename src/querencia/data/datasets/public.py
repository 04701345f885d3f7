"""Public data sets by name: what ``querencia data get NAME`` can fetch, under what licence, and how."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from querencia.data.datasets import kaggle, openml, uci
from querencia.data.datasets.delivery import Delivery, read_text
from querencia.data.datasets.getters import Credentials, Getter
from querencia.data.datasets.made import MadeDataset, Progress
from querencia.errors import InputError


@dataclass(frozen=True, kw_only=True)
class PublicDataset:
    """A public data set, as it is told to the user before anything is fetched."""

    name: str
    title: str
    about: str
    licence: str
    licence_url: str
    citation: str
    source: str
    base_url: str
    project_file: str
    needs_credentials: bool
    get: Getter


def get_dataset(
    name: str,
    folder: Path,
    *,
    credentials: Credentials | None = None,
    base_url: str | None = None,
    checksum: str | None = None,
    on_progress: Progress | None = None,
) -> MadeDataset:
    """Fetch the public data set `name` into `folder` and leave a project there that is ready to run.

    `credentials` are needed for ``otto`` (Kaggle) only. `base_url` asks another server than the publisher's, and
    `checksum` expects another file than the published one. What is there already is kept: data that are whole, and a
    project file or README that may have been edited. A fetch that was cut off goes on where it stopped. Raises
    InputError for an unknown name or missing credentials, DownloadError where the data did not arrive whole.
    """
    dataset = describe_dataset(name)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{str(folder)!r} is a file: expected a folder, or a path where one can be made.")
    folder = folder.absolute()
    base = (base_url or dataset.base_url).rstrip("/")
    files = dataset.get(
        folder / "data", base_url=base, credentials=credentials, checksum=checksum, on_progress=on_progress
    )
    texts = {
        "querencia.toml": read_text(dataset.project_file),
        "README.md": read_text(
            "public.md",
            name=dataset.name,
            title=dataset.title,
            about=dataset.about,
            source=dataset.source,
            licence=dataset.licence,
            licence_url=dataset.licence_url,
            citation=dataset.citation,
        ),
    }
    kept = []
    with Delivery(folder) as delivery:
        for file_name, text in texts.items():
            if (folder / file_name).exists():
                kept.append(folder / file_name)
            else:
                delivery.write_text(file_name, text)
    return MadeDataset(name=name, files=files, rows={}, project=folder, kept=tuple(kept))


def describe_dataset(name: str) -> PublicDataset:
    """Return what is known of the data set called `name`. Raises InputError with the nearest known name."""
    if name in PUBLIC:
        return PUBLIC[name]
    near = difflib.get_close_matches(name, PUBLIC, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise InputError(f"No public data set is called {name!r}. Expected one of: {', '.join(PUBLIC)}.{hint}")


PUBLIC: Mapping[str, PublicDataset] = MappingProxyType(
    {
        dataset.name: dataset
        for dataset in (
            PublicDataset(
                name="orange-belgium",
                title="Orange Belgium churn uplift",
                about="11,896 customers of a telecommunications operator in a randomised retention campaign of 2020: "
                "160 anonymised components, 18 anonymised factors, who was contacted, and who left within two months.",
                licence="CC BY-NC-ND: cite it, no commercial use, no changed copies",
                licence_url="https://creativecommons.org/licenses/by-nc-nd/4.0/",
                citation="Verhelst, Mercier, Shrestha, Bontempi: A churn prediction dataset from the telecom sector: a "
                "new benchmark for uplift modeling. ECML PKDD, Springer 2025, doi:10.1007/978-3-031-74640-6_21",
                source="https://www.openml.org/d/45580",
                base_url="https://www.openml.org",
                project_file="orange_belgium.toml",
                needs_credentials=False,
                get=openml.get_orange,
            ),
            PublicDataset(
                name="otto",
                title="OTTO recommender systems dataset",
                about="Five weeks of clicks, carts and orders in a German web shop: 12,899,779 sessions with"
                " 216,716,096 events to train on, 1,671,803 sessions to test on. About 12 GB unpacked.",
                licence="CC BY 4.0: cite it",
                licence_url="https://creativecommons.org/licenses/by/4.0/",
                citation="Normann, Baumeister, Wilm: OTTO Recommender Systems Dataset. Kaggle 2023, "
                "doi:10.34740/KAGGLE/DSV/4991874",
                source="https://www.kaggle.com/datasets/otto/recsys-dataset",
                base_url="https://www.kaggle.com",
                project_file="otto_kaggle.toml",
                needs_credentials=True,
                get=kaggle.get_otto,
            ),
            PublicDataset(
                name="online-retail",
                title="UCI Online Retail",
                about="541,909 invoice lines of a British gift shop, from 2010-12-01 to 2011-12-09.",
                licence="CC BY 4.0: cite it",
                licence_url="https://creativecommons.org/licenses/by/4.0/",
                citation="Chen: Online Retail. UCI Machine Learning Repository 2015, doi:10.24432/C5BW33",
                source="https://archive.ics.uci.edu/dataset/352/online+retail",
                base_url="https://archive.ics.uci.edu",
                project_file="online_retail.toml",
                needs_credentials=False,
                get=uci.get_online_retail,
            ),
        )
    }
)
