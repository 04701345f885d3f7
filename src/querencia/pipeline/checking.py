"""Check the messages of any CSV file, from whatever system, as our own are checked."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from querencia.data.catalogue import read_catalogue
from querencia.data.products import Product
from querencia.errors import ColumnMissingError, SourceEmptyError, SourceError, SourceMissingError
from querencia.messages.brief import Brief
from querencia.messages.checks.rules import Rules
from querencia.messages.foreign import TextFacts, check_known, check_text
from querencia.pipeline.engines import Engines
from querencia.pipeline.plan import Plan
from querencia.pipeline.progress import Progress
from querencia.pipeline.results import Scored, Sources
from querencia.pipeline.run import recall_scores

MESSAGE, CUSTOMER, STATUS = "message", "customer_id", "status"
NOT_WRITTEN = ("withheld", "failed")
TOLD_EVERY = 128
LONGEST_CELL = 16 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class FileFinding:
    """A finding, and the line of the file where its row begins (the header is line 1)."""

    line: int
    customer_id: str
    check: str
    severity: str
    text: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class CheckedFile:
    """How many messages were read, how many of them have an error, and the findings by line.

    `known` counts the messages to customers of the project, whose own records count as facts too; `outdated` says that
    there is a project, but that it has not been run since its files, its settings or querencia changed.
    """

    file: Path
    messages: int
    faulty: int
    known: int
    outdated: bool
    findings: tuple[FileFinding, ...]


def check_file(path: Path, *, plan: Plan | None, progress: Progress) -> CheckedFile:
    """Check every message of a CSV; with a project, its brand and catalogue count as facts, and, once it has been run,
    what it knows of the customer.

    A row without text whose `status` says that nothing was written is passed over. Raises SourceError where the file
    cannot be read, ColumnMissingError where it has no column `message`.
    """
    rules = plan.writing.rules if plan else Rules()
    recalled = recall_scores(plan) if plan else None
    catalogue = recalled[0].products if recalled else _catalogue(plan)
    findings: list[FileFinding] = []
    messages = faulty = known = 0
    with progress.task("Checking messages") as task:
        briefs = _briefs(plan, recalled, path) if plan and recalled else {}
        for line, row in _rows(path):
            text = row.pop(MESSAGE)
            if not text.strip() and row.get(STATUS) in NOT_WRITTEN:
                continue
            customer = row.get(CUSTOMER, "")
            brief = briefs.get(customer)
            if brief is not None:
                found = check_known(text, brief, columns=row, catalogue=catalogue or (), rules=rules)
                known += 1
            else:
                facts = TextFacts(
                    customer_id=customer,
                    columns=row,
                    locale=plan.locale if plan else None,
                    brand=plan.writing.brand if plan else None,
                    catalogue=catalogue,
                    reasons=tuple(clause for _, clause in plan.writing.reasons) if plan else (),
                )
                found = check_text(text, facts, rules=rules)
            messages += 1
            faulty += any(finding.severity == "error" for finding in found)
            findings += [
                FileFinding(
                    line=line,
                    customer_id=finding.customer_id,
                    check=finding.check,
                    severity=finding.severity,
                    text=finding.text,
                    reason=finding.reason,
                )
                for finding in found
            ]
            if messages % TOLD_EVERY == 0:
                task.update(messages)
    if messages == 0:
        raise SourceEmptyError(f"{str(path)!r} holds no message: expected a header and at least one row with a text.")
    outdated = plan is not None and recalled is None
    return CheckedFile(
        file=path, messages=messages, faulty=faulty, known=known, outdated=outdated, findings=tuple(findings)
    )


def _catalogue(plan: Plan | None) -> tuple[Product, ...] | None:
    if plan is None or plan.catalogue is None:
        return None
    return read_catalogue(plan.catalogue, default_currency=plan.currency)


def _briefs(plan: Plan, recalled: tuple[Sources, Scored], path: Path) -> dict[str, Brief]:
    """Return what a project that has been run may say to the customers of the file."""
    from querencia.pipeline.writing import read_recipients

    if not recalled[1].scored:
        return {}
    wanted = {row.get(CUSTOMER, "") for _, row in _rows(path)}
    engines = Engines(plan)
    try:
        recipients = read_recipients(plan, engines.con, *recalled)
        briefs = (recipient.brief for recipient in recipients)
        return {brief.customer_id: brief for brief in briefs if brief.customer_id in wanted}
    finally:
        engines.close()


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row with the line it begins on."""
    csv.field_size_limit(LONGEST_CELL)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            header = _header(path, next(reader, None))
            begins = reader.line_num + 1
            for cells in reader:
                line, begins = begins, reader.line_num + 1
                if not cells:
                    continue
                if len(cells) != len(header):
                    raise SourceError(
                        f"{str(path)!r}, line {line}: {len(cells)} columns, expected {len(header)} as in the header. "
                        "Quote cells that hold commas or line ends."
                    )
                yield line, dict(zip(header, cells, strict=True))
    except FileNotFoundError as error:
        raise SourceMissingError(f"no file at {str(path)!r}: expected a CSV with a column {MESSAGE!r}.") from error
    except IsADirectoryError as error:
        raise SourceError(f"{str(path)!r} is a folder: expected a CSV with a column {MESSAGE!r}.") from error
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{str(path)!r} is not UTF-8 (byte {error.start}): save it as UTF-8 CSV, and check it again."
        ) from error
    except csv.Error as error:
        raise SourceError(f"{str(path)!r} is not CSV as expected: {error}.") from error


def _header(path: Path, header: list[str] | None) -> list[str]:
    if not header:
        raise SourceEmptyError(f"{str(path)!r} is empty: expected a CSV with a column {MESSAGE!r}.")
    if MESSAGE in header:
        return header
    near = difflib.get_close_matches(MESSAGE, header, n=1)
    hint = f" Did you mean to rename {near[0]!r}?" if near else ""
    raise ColumnMissingError(
        f"{str(path)!r} has no column {MESSAGE!r}; its columns are {', '.join(map(repr, header))}.{hint}"
    )
