"""Models: quality and time beside CatBoost, causalml, scikit-uplift and scikit-learn's boosted trees, in one run.

    uv run --with catboost --with causalml==0.18 --with scikit-uplift python benchmarks/models.py --data FOLDER
    uv run python benchmarks/models.py --only scoring --rows 10000000     # customers scored with a saved model

FOLDER holds ibm_telco_churn.csv, online_retail.csv.gz and hillstrom_email_rct.csv.gz. Libraries that are not installed
are left out, and said so. On a busy machine set OMP_WAIT_POLICY=PASSIVE: threads that wait then leave the cores to
those that work.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from model_contest.churn import compare_churn
from model_contest.scoring import measure_scoring
from model_contest.uplift import compare_uplift

CHURN = ("telco", "retail", "orange", "large")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of the real data")
    parser.add_argument("--only", default="telco,retail,orange,uplift", help="of these, and large and scoring")
    parser.add_argument("--repeats", type=int, default=1, help="how often the folds are dealt: %(default)s")
    parser.add_argument("--rows", type=int, default=1_000_000, help="customers of `large` and `scoring`: %(default)s")
    parser.add_argument("--no-weights", action="store_true", help="leave out class weights and resampling")
    options = parser.parse_args()
    wanted = options.only.split(",")
    tables = tuple(name for name in CHURN if name in wanted)
    if options.data is None and set(wanted) & {"telco", "retail", "uplift"}:
        parser.error("--data: expected the folder of the real data")
    if tables:
        compare_churn(
            options.data, tables=tables, repeats=options.repeats, rows=options.rows, weights=not options.no_weights
        )
    if "uplift" in wanted:
        compare_uplift(options.data)
    if "scoring" in wanted:
        measure_scoring(rows=options.rows)


if __name__ == "__main__":
    main()
