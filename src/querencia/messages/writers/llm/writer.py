"""The llm writer: fills texts that a model has written, and that have passed the checks, for each customer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from querencia.messages.brief import Brief
from querencia.messages.slotted import SlotError, SlottedText
from querencia.messages.writers.llm.reply import Reply
from querencia.messages.writers.llm.scribe import slotted_text
from querencia.messages.writers.offline import OfflineWriter
from querencia.messages.writers.writer import Written

TEXTS_KEPT = 4096


class LlmWriter:
    """Writes what `texts` holds under the key of each brief; nothing is asked of a model here.

    `key_of` gives the key of the work that serves a brief, None where the offline writer serves it from the start.
    `texts` returns, for finished keys, the reply or the reason why there is none. A customer whose text was never asked
    for (budget, a server that was away) is written to offline, and counted in `unasked`.
    """

    name = "llm"

    def __init__(
        self,
        *,
        key_of: Callable[[Brief], str | None],
        texts: Callable[[Sequence[str]], Mapping[str, Reply | str]],
    ) -> None:
        self._key_of = key_of
        self._texts = texts
        self._known: dict[str, SlottedText | str] = {}
        self._offline = OfflineWriter()
        self.unasked = 0

    def write(self, briefs: Iterable[Brief]) -> Iterator[Written]:
        """Yield one `Written` per brief, in order: by this writer, by the offline one, or why there is no message."""
        batch = list(briefs)
        keys = [self._key_of(brief) for brief in batch]
        self._look_up([key for key in keys if key is not None])
        for brief, key in zip(batch, keys, strict=True):
            text = None if key is None else self._known.get(key)
            if isinstance(text, SlottedText):
                yield self._fill(text, brief)
            elif text is not None:
                yield Written(customer_id=brief.customer_id, message=None, writer=self.name, failure=text)
            else:
                self.unasked += key is not None
                yield from self._offline.write([brief])

    def _fill(self, text: SlottedText, brief: Brief) -> Written:
        try:
            return Written(customer_id=brief.customer_id, message=text.fill(brief), writer=self.name)
        except SlotError as error:
            return Written(customer_id=brief.customer_id, message=None, writer=self.name, failure=str(error))

    def _look_up(self, keys: Sequence[str]) -> None:
        new = [key for key in dict.fromkeys(keys) if key not in self._known]
        if not new:
            return
        if len(self._known) + len(new) > TEXTS_KEPT:
            self._known.clear()
            new = list(dict.fromkeys(keys))
        for key, text in self._texts(new).items():
            self._known[key] = slotted_text(text) if isinstance(text, Reply) else text
