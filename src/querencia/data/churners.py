"""Whether an outcome can be learned from: both classes, and churners enough."""

from __future__ import annotations

from querencia.errors import OutcomeError

FEWEST_CHURNERS = 50


def require_churners(n_churners: int, n_rows: int, *, where: str) -> None:
    """Raise OutcomeError unless `n_rows` labelled rows hold both classes and at least `FEWEST_CHURNERS` churners.

    `where` says what the outcome is and where it stands, such as ``[customers] outcome = 'y' of 'customers.csv'``.
    """
    if n_rows == 0:
        raise OutcomeError(
            f"{where}: no row has an outcome. Expected 1 for customers who left and 0 for those who stayed: fill the "
            "column, or leave the key out."
        )
    if n_churners in (0, n_rows):
        one = "nobody left" if n_churners == 0 else "everybody left"
        raise OutcomeError(
            f"{where}: {n_churners} of {n_rows} customers left, so {one} and there is nothing to tell apart. Expected "
            "some who left and some who stayed: check the column, and [customers] positive."
        )
    if n_churners < FEWEST_CHURNERS:
        raise OutcomeError(
            f"{where}: {n_churners} of {n_rows} customers left. Expected at least {FEWEST_CHURNERS} to learn from: "
            "give more rows, or leave the key out to explore and segment without an outcome."
        )
