"""Sessions that cannot be had: each says what is missing, at once or after a bounded wait."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import pytest

from querencia.data.engine import connect
from querencia.errors import SettingsError, WorkError

from .conftest import Cluster, free_port, require_spark

pytestmark = [
    pytest.mark.xdist_group("spark"),
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]


def test_spark_that_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("querencia.data.spark.session")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(SettingsError, match=re.escape("pip install 'querencia[spark]'")):
        connect("local[2]", scratch=tmp_path)


def test_java_that_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_spark(java=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(SettingsError, match=r"Spark needs Java, and there is none on PATH.*Java 17 or newer"):
        connect("local[2]", scratch=tmp_path)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "java"))
    with pytest.raises(SettingsError, match=r"in JAVA_HOME = '.*java'"):
        connect("local[2]", scratch=tmp_path)


@pytest.mark.parametrize("scheme", ["spark", "spark-connect"])
def test_nobody_answers(tmp_path: Path, scheme: str) -> None:
    require_spark(java=False)
    url, began = f"{scheme}://127.0.0.1:{free_port()}", time.monotonic()
    with pytest.raises(WorkError, match=re.escape(f"[engine] url = {url!r}: nothing answers there")):
        connect(url, scratch=tmp_path)
    assert time.monotonic() - began < 10


def test_memory_that_is_too_little_for_spark(tmp_path: Path) -> None:
    require_spark()
    with pytest.raises(SettingsError, match="memory: 400000000 bytes are too little for Spark"):
        connect("local[2]", memory="400MB", scratch=tmp_path)


@pytest.mark.slow
def test_a_cluster_without_room(tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    # The workers have 700 MB each.
    monkeypatch.setattr("querencia.data.spark.session._SECONDS_TO_EXECUTOR", 2.0)
    with pytest.raises(WorkError, match=r"gave no executor within 2 s\. .*7629m of free memory.*\[engine\] memory"):
        connect(cluster.url, memory="8GB", scratch=tmp_path / "first")
    # Nothing of it is left: the next session starts.
    con = connect(cluster.url, memory="600MB", scratch=tmp_path / "second")
    try:
        assert con.to_pyarrow(con.sql("SELECT current_timezone() AS zone"))["zone"].to_pylist() == ["UTC"]
        with pytest.raises(WorkError, match="a Spark session runs in this process already"):
            connect("local[2]", memory="600MB", scratch=tmp_path / "third")
    finally:
        con.disconnect()
    assert (tmp_path / "second" / "spark.log").stat().st_size > 0
