"""A whole run with Spark as the log's engine: the same files, byte for byte, and a quiet terminal."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from querencia.data.datasets.makers import make_dataset

from .conftest import querencia, results

pytestmark = [pytest.mark.xdist_group("spark"), pytest.mark.slow]


def test_a_run_on_spark_leaves_what_a_run_on_duckdb_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyspark", reason="PySpark is not installed: pip install 'querencia[spark]'")
    if shutil.which("java") is None:
        pytest.skip("Spark is not tested: there is no Java on PATH")
    monkeypatch.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
    left = {}
    for name, engine in (("duckdb", "duckdb://"), ("spark", "local[2]")):
        folder = tmp_path / name
        folder.mkdir()
        make_dataset("otto", folder / "log.jsonl", sessions=600)
        with (folder / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write('{"session":1,"events":[{"aid":1,"ts":16608')
        (folder / "querencia.toml").write_text(
            '[project]\nname = "Shop"\nlanguage = "en"\ntimezone = "Europe/Berlin"\n'
            '[events]\npath = "log.jsonl"\nformat = "otto"\noutcome_after_days = 7\n'
            f'[engine]\nurl = "{engine}"\nmemory = "700MB"\n',
            encoding="utf-8",
        )
        done = querencia("run", "--project", folder, "--json")
        assert done.code == 0, done.err
        assert not any(word in done.err for word in ("WARN", "java", "log4j", "Exception", "pyspark"))
        assert json.loads(done.out)["rejected"] == {"events": 1}
        left[name] = results(folder)
    assert (tmp_path / "spark/.querencia/spark/spark.log").is_file()
    assert left["spark"].keys() == left["duckdb"].keys()
    for name, content in left["duckdb"].items():
        assert left["spark"][name] == content, name
