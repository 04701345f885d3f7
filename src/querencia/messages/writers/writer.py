"""What every writer promises, whether it fills templates or asks a model over the network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from querencia.messages.brief import Brief
from querencia.messages.message import Message


@dataclass(frozen=True, kw_only=True)
class Written:
    """What a writer made of one brief: a message, or the reason why there is none. `writer` is who really wrote it."""

    customer_id: str
    message: Message | None
    writer: str
    failure: str = ""


class Writer(Protocol):
    """Makes messages from briefs.

    `write` takes briefs as a stream and yields one `Written` for each, in their order. It may read ahead by as many
    briefs as it works on at once, and it never raises for one brief: what could not be written says why.
    """

    @property
    def name(self) -> str:
        """How the writer signs `Message.writer` and the output files."""
        ...

    def write(self, briefs: Iterable[Brief]) -> Iterator[Written]:
        """Yield one `Written` per brief, in order."""
        ...
