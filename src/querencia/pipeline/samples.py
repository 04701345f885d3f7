"""Messages to show as examples."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One message to show: whom it was written for, and its text. No name stands in it unless the data are made up."""

    segment_name: str
    risk_group: int
    subject: str
    text: str
