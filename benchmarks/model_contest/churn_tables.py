"""The tables that churn models are held against each other on."""

from __future__ import annotations

import io
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from querencia.data.datasets.orange import write_orange
from querencia.data.engine import connect
from querencia.data.events import read_events
from querencia.data.outcome import derive_outcome
from querencia.data.per_customer import read_per_customer
from querencia.data.sources import EventSource

# Postage, bank charges and other lines of the shop's invoices that are no articles.
NO_ARTICLES = ("POST", "M", "D", "DOT", "BANK CHARGES", "C2", "CRUK", "AMAZONFEE", "S", "PADS", "B")


@dataclass(frozen=True, kw_only=True)
class Table:
    """Customers (index: id) with their features, who left (n,), and who was contacted (n,), where anybody was."""

    features: pd.DataFrame
    outcome: np.ndarray[Any, Any]
    treatment: np.ndarray[Any, Any] | None = None


def read_telco(data: Path) -> Table:
    """Return IBM's telecom customers: 7,043, of whom 1,869 left."""
    table = pd.read_csv(data / "ibm_telco_churn.csv", index_col="customerID").sort_index()
    table["TotalCharges"] = pd.to_numeric(table["TotalCharges"], errors="coerce")
    outcome = (table.pop("Churn") == "Yes").to_numpy(dtype=np.int64)
    numeric = table.select_dtypes("number").columns
    table[numeric] = table[numeric].astype(float)
    return Table(features=table, outcome=outcome)


def make_orange(*, customers: int, seed: int = 1) -> Table:
    """Return synthetic customers in the shape of Orange's: 178 features, 3.4 % left."""
    file = io.BytesIO()
    write_orange(file, customers=customers, seed=seed)
    file.seek(0)
    table = pd.read_csv(file)
    outcome, treatment = table.pop("y").to_numpy(), table.pop("t").to_numpy()
    return Table(features=table, outcome=outcome, treatment=treatment)


def make_large(*, customers: int, features: int = 30, seed: int = 1) -> Table:
    """Return a synthetic table for sizes: mostly numbers of heavy tails, five factors, about 4 % left."""
    random = np.random.default_rng(seed)
    factors = min(5, features)
    columns: dict[str, Any] = {
        f"n{number}": random.standard_t(4, size=customers) for number in range(features - factors)
    }
    codes = [np.minimum(random.geometric(0.25, size=customers) - 1, 11) for _ in range(factors)]
    for number, code in enumerate(codes):
        columns[f"f{number}"] = pd.Categorical.from_codes(code, [f"V{level}" for level in range(12)])
    log_odds = -4.6 + np.tanh(columns["n0"]) - 0.8 * np.tanh(columns["n1"]) + 0.9 * (np.abs(columns["n2"]) > 1.5)
    log_odds += 0.9 * ((columns["n3"] > 0) & (columns["n4"] < 0)) + 0.5 * np.tanh(columns["n5"] * columns["n6"])
    log_odds += np.array([0, 0.4, -0.3, 0.8, 0, 1.0, 0, -0.5, 0, 0.6, 0, 1.2])[codes[0]]
    log_odds += 0.4 * np.tanh(columns["n7"]) * (codes[1] > 2)
    outcome = (random.random(customers) < 1 / (1 + np.exp(-log_odds))).astype(np.int64)
    return Table(features=pd.DataFrame(columns), outcome=outcome)


def read_retail(data: Path, *, days: int = 90) -> tuple[Table, Table]:
    """Return the gift shop's customers twice: as of 2 x `days` before the log's end, and as of `days` before it.

    The outcome of both is silence in the `days` that follow.
    """
    source = EventSource(
        path=data / "online_retail.csv.gz",
        customer="CustomerID",
        item="StockCode",
        ignore_items=NO_ARTICLES,
        time="InvoiceDate",
        type="'orders'",
        quantity="Quantity",
        price="UnitPrice",
    )
    zone = "Europe/London"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        con = connect("duckdb://", memory="2GB", threads=0, scratch=folder / "scratch")
        log = read_events(
            con, source, into=folder / "events", rejected=folder / "rejected", max_rejected=0.05, timezone=zone
        )
        later = derive_outcome(con, log, days=days, timezone=zone, into=folder / "later")
        cutoff = later.cutoff - timedelta(days=days)
        earlier = derive_outcome(con, log, days=days, timezone=zone, into=folder / "earlier", cutoff=cutoff)
        return _snapshot(con, earlier.training), _snapshot(con, later.training)


def _snapshot(con: Any, folder: Path) -> Table:
    people = con.to_pyarrow(read_per_customer(con, folder)).to_pandas()
    people.index = pd.Index(people.pop("customer").astype(str))
    outcome = people.pop("outcome").to_numpy(dtype=np.int64)
    people = people.astype("float64")
    order = np.argsort(people.index.to_numpy(), kind="stable")
    return Table(features=people.iloc[order], outcome=outcome[order])
