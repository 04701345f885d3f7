"""Where Spark is: which urls mean it, and what a wrong one is told."""

from __future__ import annotations

import pytest

from querencia.data.spark.address import is_spark, require_engine, spark_address
from querencia.errors import SettingsError


@pytest.mark.parametrize(
    ("url", "kind", "hosts", "is_here"),
    [
        ("local[*]", "local", (), True),
        ("local[12]", "local", (), True),
        ("spark://cluster.example:7078", "cluster", (("cluster.example", 7078),), False),
        ("spark://127.0.0.1", "cluster", (("127.0.0.1", 7077),), True),
        ("spark://one:7077,two:7078", "cluster", (("one", 7077), ("two", 7078)), False),
        ("spark-connect://localhost", "connect", (("localhost", 15002),), True),
        ("spark-connect://[::1]:15003/;use_ssl=true", "connect", (("[::1]", 15003),), True),
    ],
)
def test_what_a_url_means(url: str, kind: str, hosts: tuple[tuple[str, int], ...], is_here: bool) -> None:
    address = spark_address(url)
    assert (address.kind, address.hosts, address.is_here, is_spark(url)) == (kind, hosts, is_here, True)
    require_engine(url)


def test_how_spark_itself_writes_it() -> None:
    assert spark_address("local[3]").cores == "3"
    assert spark_address("spark://one,two:7078").url == "spark://one:7077,two:7078"
    assert spark_address("spark-connect://h/;use_ssl=true").remote_url == "sc://h:15002/;use_ssl=true"


@pytest.mark.parametrize(
    "url",
    [
        *("local", "local[0]", "local[-1]", "local[2", "spark://", "spark://host:port", "spark://host:99999"),
        *("spark://h/x", "spark-connect://", "spark-connect://h/x", "sc://h", "yarn", "", "postgresql://h"),
        "duckdb:///file.db",
    ],
)
def test_what_is_no_url(url: str) -> None:
    with pytest.raises(SettingsError, match=r"\[engine\] url = '.*': expected .*spark://host:7077") as told:
        require_engine(url)
    assert repr(url) in str(told.value)


@pytest.mark.parametrize("url", ["spark-connect://h/;token=geheim", "spark-connect://h/;use_ssl=true;Token=geheim"])
def test_a_credential_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(SettingsError, match="SPARK_CONNECT_AUTHENTICATE_TOKEN") as told:
        require_engine(url)
    assert "geheim" not in str(told.value)


def test_a_password_in_a_url_is_not_repeated() -> None:
    with pytest.raises(SettingsError) as told:
        require_engine("spark://me:geheim@host:7077")
    assert "geheim" not in str(told.value)
