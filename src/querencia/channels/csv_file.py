"""Messages as CSV files: the channel that every other system can read."""

from __future__ import annotations

import csv
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from querencia.messages.brief import Brief
from querencia.messages.drafting import Draft

MESSAGE_COLUMNS = (
    "customer_id", "risk_group", "segment_name", "engagement", "churn_probability", "language", "subject", "message",
    "writer", "status",
)  # fmt: skip
FINDING_COLUMNS = ("customer_id", "check", "severity", "text", "reason")


class _CsvFile:
    """A CSV file being written: UTF-8 without BOM, commas, one header line, Unix line ends."""

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        self._file = path.open("w", encoding="utf-8", newline="")
        self._rows = csv.writer(self._file, lineterminator="\n")
        self._rows.writerow(columns)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def _write(self, row: tuple[Any, ...]) -> None:
        self._rows.writerow(row)


class MessagesFile(_CsvFile):
    """``personalized_messages.csv``: one row per customer. Only a ready message shows its text."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, MESSAGE_COLUMNS)

    def deliver(self, draft: Draft, brief: Brief) -> None:
        """Add the draft of `brief`'s customer."""
        shown = draft.status == "ready" and draft.message is not None
        self._write(
            (
                draft.customer_id,
                brief.risk_group,
                brief.segment_name,
                f"{brief.engagement:.2f}",
                f"{brief.churn_probability:.4f}",
                brief.language,
                draft.message.subject if shown and draft.message else "",
                draft.text if shown else "",
                draft.writer,
                draft.status,
            )
        )


class FindingsFile(_CsvFile):
    """``findings.csv``: one row per finding, in the order of the messages."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, FINDING_COLUMNS)

    def remark(self, check: str, reason: str) -> None:
        """Add a warning that concerns every message, and no customer."""
        self._write(("", check, "warning", "", reason))

    def deliver(self, draft: Draft) -> None:
        """Add what the checks found in a draft."""
        for finding in draft.findings:
            self._write((finding.customer_id, finding.check, finding.severity, finding.text, finding.reason))
