"""Scoring at size: customers in a file, scored with a saved model, batch by batch through DuckDB."""

from __future__ import annotations

import resource
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from querencia.data.engine import connect
from querencia.learn.problem import ScoringOptions, ScoringProblem
from querencia.learn.saved.folder import load_model, pack_model
from querencia.learn.saved.rescoring import score_with_model
from querencia.learn.scoring import learn_and_score
from querencia.pipeline.feature_table import FeatureTable
from querencia.pipeline.scored_files import PartsInFile

LEARNED_FROM = 100_000
NUMBERS = 27
NUMERIC = tuple(f"f{number}" for number in range(NUMBERS))
CATEGORICAL = ("city", "plan", "band")


def measure_scoring(*, rows: int) -> None:
    """Print how long `rows` customers of 30 features take, and the most memory of the process."""
    with TemporaryDirectory(prefix="querencia-") as place:
        folder = Path(place)
        con = connect(memory="1GB", threads=2, scratch=folder / "scratch")
        few, many = (_make(con, folder / f"{count}.parquet", count) for count in (LEARNED_FROM, rows))
        begun = time.perf_counter()
        labelled = few.labelled(most=LEARNED_FROM)
        learned = learn_and_score(
            ScoringProblem(scoring=few, training=labelled.features, outcome=labelled.outcome),
            options=ScoringOptions(),
            parts=PartsInFile(folder / "few.parquet"),
        )
        print(f"learning from {LEARNED_FROM:,}, and scoring them: {time.perf_counter() - begun:.0f} s", flush=True)
        version, files = pack_model(learned.models, learned.reference, learned.scores.model)
        (folder / version).mkdir()
        for name, content in files.items():
            (folder / version / name).write_bytes(content)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        begun = time.perf_counter()
        scores = score_with_model(
            load_model(folder / version),
            ScoringProblem(scoring=many),
            on_progress=lambda step, done, total: print(f"\r{step} {done / total:.0%} ", end="", flush=True),
            parts=PartsInFile(folder / "many.parquet"),
        )
        seconds = time.perf_counter() - begun
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(
            f"\n{scores.number:,} customers x {len(NUMERIC) + len(CATEGORICAL)} features: {seconds:.0f} s, "
            f"{scores.number / seconds:,.0f} a second; peak memory {peak:.2f} GB ({before:.2f} GB before)"
        )


def _make(con: object, path: Path, rows: int) -> FeatureTable:
    """Write customers whose churn depends on four of their features, 3 % of whom left."""
    numbers = ", ".join(f"sqrt(-2 * ln(random() + 1e-12)) * cos(6.2831853 * random()) AS {name}" for name in NUMERIC)
    odds = "-3.8 + 0.8 * f0 - 0.6 * f1 + 0.5 * f2 * f3 + 0.4 * (plan = 'basic')::INT"
    con.raw_sql("SELECT setseed(0.5)")
    con.raw_sql(f"""
        COPY (
            SELECT *, (random() < 1 / (1 + exp(-({odds}))))::INT AS __outcome FROM (
                SELECT printf('C%09d', i) AS __customer_id, {numbers}, 'city' || (random() * 40)::INT AS city,
                    CASE WHEN random() < 0.6 THEN 'basic' ELSE 'pro' END AS plan, 'b' || (random() * 8)::INT AS band
                FROM range({rows}) AS t(i)
            )
        ) TO '{path}' (FORMAT parquet)
    """)
    return FeatureTable(con=con, path=path, customers=rows, numeric=NUMERIC, categorical=CATEGORICAL, activity=())
