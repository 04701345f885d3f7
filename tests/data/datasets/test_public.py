"""Public data sets, fetched from a stand-in for their publishers: what arrives is a project that is ready."""

from __future__ import annotations

import base64
import csv
import gzip
import hashlib
import io
import json
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from querencia.data.datasets.getters import Credentials
from querencia.data.datasets.public import PUBLIC, describe_dataset, get_dataset
from querencia.data.datasets.uci import COLUMNS
from querencia.errors import DownloadError, InputError

from .conftest import BadServer, Route

ARFF = b"@relation churn\n@attribute PC1 numeric\n@attribute y {0,1}\n@data\n1.5,0\n"
CARD_PATH = "/api/v1/json/data/45580"
KAGGLE_PATH = "/api/v1/datasets/download/otto/recsys-dataset"
UCI_PATH = "/static/public/352/online+retail.zip"
WHO = Credentials(username="ana", key="k3y-of-ana")

MakeWorkbook = Callable[[Path, list[list[object]]], Path]


def project(folder: Path) -> dict[str, dict[str, object]]:
    return tomllib.loads((folder / "querencia.toml").read_text(encoding="utf-8"))


def archive(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as book:
        for name, body in members.items():
            book.writestr(name, body)
    return buffer.getvalue()


def serve_orange(server: BadServer, body: bytes = ARFF) -> str:
    card = {"data_set_description": {"id": "45580", "url": f"{server.url}/data/file.arff", "licence": "CC BY-NC-ND"}}
    server.routes[CARD_PATH] = Route(json.dumps(card).encode())
    server.routes["/data/file.arff"] = Route(body)
    return hashlib.md5(body).hexdigest()


def test_orange_leaves_a_project(server: BadServer, tmp_path: Path) -> None:
    checksum = serve_orange(server)
    fetched = get_dataset("orange-belgium", tmp_path, base_url=server.url, checksum=checksum)
    assert [file.read_bytes() for file in fetched.files] == [ARFF]
    customers = project(tmp_path)["customers"]
    assert (tmp_path / str(customers["path"])) == fetched.files[0]
    assert (customers["outcome"], customers["treatment"]) == ("y", "t")
    assert (customers["numeric"], customers["categorical"]) == (["PC*"], ["FACTOR*"])
    readme = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "CC BY-NC-ND" in readme
    assert "Verhelst" in readme
    assert sorted(entry.name for entry in (tmp_path / "data").iterdir()) == ["churn-uplift-mlg.arff"]


def test_orange_must_be_the_published_file(server: BadServer, tmp_path: Path) -> None:
    serve_orange(server)
    with pytest.raises(DownloadError, match="bd328613c1c4ef793ab04cd4dd1c6db0"):
        get_dataset("orange-belgium", tmp_path, base_url=server.url)
    assert not (tmp_path / "querencia.toml").exists()


@pytest.mark.parametrize(
    "card", [b"<html>", b"[]", b'{"data_set_description": {}}', b'{"data_set_description":{"url":"file:///x"}}']
)
def test_orange_needs_openmls_description(server: BadServer, tmp_path: Path, card: bytes) -> None:
    server.routes[CARD_PATH] = Route(card)
    with pytest.raises(DownloadError, match="45580"):
        get_dataset("orange-belgium", tmp_path, base_url=server.url)


def test_an_edited_project_file_is_kept(server: BadServer, tmp_path: Path) -> None:
    checksum = serve_orange(server)
    get_dataset("orange-belgium", tmp_path, base_url=server.url, checksum=checksum)
    (tmp_path / "querencia.toml").write_text("# mine\n", encoding="utf-8")
    again = get_dataset("orange-belgium", tmp_path, base_url=server.url, checksum=checksum)
    assert (tmp_path / "querencia.toml").read_text(encoding="utf-8") == "# mine\n"
    assert tmp_path / "querencia.toml" in again.kept
    assert [path for path, _ in server.seen].count("/data/file.arff") == 1


def serve_otto(server: BadServer, **members: bytes) -> None:
    basic = base64.b64encode(b"ana:k3y-of-ana").decode()
    bodies = {f"otto-recsys-{name}.jsonl": body for name, body in members.items()}
    server.routes[KAGGLE_PATH] = Route(archive(bodies), authorization=f"Basic {basic}")


def test_otto_says_how_to_give_credentials(server: BadServer, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"KAGGLE_USERNAME and KAGGLE_KEY.*run it again"):
        get_dataset("otto", tmp_path, base_url=server.url)
    assert server.seen == []


def test_otto_is_unpacked(server: BadServer, tmp_path: Path) -> None:
    train, test = b'{"session":0,"events":[]}\n' * 50_000, b'{"session":1,"events":[]}\n'
    serve_otto(server, train=train, test=test)
    fetched = get_dataset("otto", tmp_path, base_url=server.url, credentials=WHO)
    assert [file.read_bytes() for file in fetched.files] == [train, test]
    events = project(tmp_path)["events"]
    assert tmp_path / str(events["path"]) == fetched.files[0]
    assert events["format"] == "otto"
    assert len(list((tmp_path / "data").iterdir())) == 2
    get_dataset("otto", tmp_path, base_url=server.url)  # all there: neither credentials nor requests
    assert len(server.seen) == 1


def test_otto_goes_on_after_a_kill_while_unpacking(server: BadServer, tmp_path: Path) -> None:
    serve_otto(server, train=b"a\n", test=b"b\n")
    get_dataset("otto", tmp_path, base_url=server.url, credentials=WHO)
    (tmp_path / "data" / "otto-recsys-dataset.zip").write_bytes(server.routes[KAGGLE_PATH].body)
    (tmp_path / "data" / "otto-recsys-test.jsonl").rename(tmp_path / "data" / "otto-recsys-test.jsonl.part")
    fetched = get_dataset("otto", tmp_path, base_url=server.url)
    assert [file.read_bytes() for file in fetched.files] == [b"a\n", b"b\n"]
    assert len(list((tmp_path / "data").iterdir())) == 2
    assert len(server.seen) == 1


def test_otto_with_a_wrong_key_tells_no_key(server: BadServer, tmp_path: Path) -> None:
    serve_otto(server, train=b"", test=b"")
    with pytest.raises(DownloadError, match="401") as caught:
        get_dataset("otto", tmp_path, base_url=server.url, credentials=Credentials(username="ana", key="wr0ng"))
    assert "wr0ng" not in str(caught.value)
    assert "k3y" not in repr(WHO)


def test_an_archive_without_the_log(server: BadServer, tmp_path: Path) -> None:
    serve_otto(server, train=b"x")
    with pytest.raises(DownloadError, match=r"holds no 'otto-recsys-test\.jsonl'"):
        get_dataset("otto", tmp_path, base_url=server.url, credentials=WHO)


def test_a_damaged_archive_is_removed(server: BadServer, tmp_path: Path) -> None:
    serve_otto(server, train=bytes(range(256)) * 1000, test=b"y")
    route = server.routes[KAGGLE_PATH]
    middle = 100
    route.body = route.body[:middle] + bytes([route.body[middle] ^ 255]) + route.body[middle + 1 :]
    with pytest.raises(DownloadError, match=r"damaged.*removed"):
        get_dataset("otto", tmp_path, base_url=server.url, credentials=WHO)
    assert list((tmp_path / "data").iterdir()) == []


def retail_lines() -> list[list[object]]:
    return [
        list(COLUMNS),
        [536365, "85123A", "HEART & HOLDER ", 6, 40513.351388888892, 2.5499999999999998, 17850, "United Kingdom"],
        ["C536379", "D", None, -1, 40513.395833333336, 27.5, None, "EIRE"],
    ]


def serve_retail(server: BadServer, workbook: Path) -> str:
    body = archive({"Online Retail.xlsx": workbook.read_bytes()})
    server.routes[UCI_PATH] = Route(body, faults=["cut"])
    return hashlib.sha256(body).hexdigest()


def test_online_retail_becomes_csv(server: BadServer, tmp_path: Path, make_workbook: MakeWorkbook) -> None:
    checksum = serve_retail(server, make_workbook(tmp_path / "made.xlsx", retail_lines()))
    folder = tmp_path / "retail"
    fetched = get_dataset("online-retail", folder, base_url=server.url, checksum=checksum)
    with gzip.open(fetched.files[0], "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        list(COLUMNS),
        ["536365", "85123A", "HEART & HOLDER ", "6", "2010-12-01 08:26:00", "2.55", "17850", "United Kingdom"],
        ["C536379", "D", "", "-1", "2010-12-01 09:30:00", "27.5", "", "EIRE"],
    ]
    events = project(folder)["events"]
    assert folder / str(events["path"]) == fetched.files[0]
    assert events["type"] == "'orders'"
    assert {"POST", "M", "BANK CHARGES"} <= set(events["ignore_items"])  # type: ignore[call-overload]
    assert sorted(entry.name for entry in (folder / "data").iterdir()) == ["online_retail.csv.gz"]


def test_online_retail_with_other_columns(server: BadServer, tmp_path: Path, make_workbook: MakeWorkbook) -> None:
    checksum = serve_retail(server, make_workbook(tmp_path / "made.xlsx", [["Invoice", "Price"], [1, 2]]))
    with pytest.raises(DownloadError, match=r"begins with \('Invoice', 'Price'\).*expected"):
        get_dataset("online-retail", tmp_path / "retail", base_url=server.url, checksum=checksum)


def test_the_columns_are_those_of_the_real_file(shared_data: Path) -> None:
    with gzip.open(shared_data / "online_retail.csv.gz", "rt", encoding="utf-8") as file:
        assert tuple(file.readline().strip().split(",")) == COLUMNS


def test_each_data_set_tells_its_licence_beforehand() -> None:
    assert set(PUBLIC) == {"orange-belgium", "otto", "online-retail"}
    for name in PUBLIC:
        dataset = describe_dataset(name)
        assert dataset.licence.startswith("CC BY")
        assert dataset.base_url.startswith("https://")
        assert dataset.citation


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(InputError, match=r"'orange-belgum'.*Did you mean 'orange-belgium'"):
        describe_dataset("orange-belgum")


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(InputError, match="is a file"):
        get_dataset("online-retail", tmp_path / "taken")
