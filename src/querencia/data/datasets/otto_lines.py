"""Sessions as JSON lines in OTTO's own form, written from arrays at the speed of memory.

A line is made of pieces, each copied whole into one buffer at its place. A piece may be shorter than its slot: what
stands behind it is overwritten by the next piece, because the pieces are copied in order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ITEMS = 1_855_603
TYPES = ("clicks", "carts", "orders")

_SLOT = 40  # bytes: no piece is longer
_ITEM_SLOT = 16
_TIME_AT = len(',"ts":')
_LOW = 5  # digits of a time that change from event to event; the eight before them come from a table of few rows


@dataclass(frozen=True, kw_only=True)
class Sessions:
    """A block of sessions with consecutive ids from `first_id`; events stand session by session, in time order.

    `sizes` counts the events of each session; `items` is below `ITEMS`; `times` are epoch milliseconds (13 digits);
    `types` index `TYPES`.
    """

    first_id: int
    sizes: NDArray[np.int64]
    items: NDArray[np.int64]
    times: NDArray[np.int64]
    types: NDArray[np.int64]


class LineWriter:
    """Turns blocks of sessions into bytes. Holds about 40 MB of tables of ready digits."""

    def __init__(self) -> None:
        self._item_text, self._item_length = _item_tables()
        self._tails, self._tail_length = _tail_tables()
        self._low_digits = _as_slots(_digits(np.arange(10**_LOW), width=_LOW))
        self._high_digits = _as_slots(_digits(np.arange(1), width=8))
        self._lowest_high = 0

    def render(self, sessions: Sessions) -> memoryview:
        """Return the block as UTF-8, one line per session, each ended by a newline."""
        events = len(sessions.items)
        ends = np.cumsum(sessions.sizes)
        first_events = ends - sessions.sizes
        variant = sessions.types * 2
        variant[ends - 1] += 1
        pieces = np.empty(events * 2 * _SLOT, dtype=np.uint8)
        _column(pieces, events, at=0, length=_ITEM_SLOT)[:] = self._item_text[sessions.items]
        _column(pieces, events, at=_SLOT, length=_SLOT)[:] = self._tails[variant]
        self._write_times(pieces, sessions.times)

        ids = np.arange(sessions.first_id, sessions.first_id + len(sessions.sizes))
        head_length = _HEAD + _digit_count(ids) + _HEAD_END
        lengths = np.empty((events, 2), dtype=np.int64)
        lengths[:, 0] = self._item_length[sessions.items]
        lengths[:, 1] = self._tail_length[variant]
        room = lengths.copy()
        room[first_events, 0] += head_length
        stops = np.cumsum(room.ravel())
        starts = stops - lengths.ravel()

        buffer = np.empty(int(stops[-1]) + _SLOT, dtype=np.uint8)
        _places(buffer, _SLOT)[starts] = pieces.view(f"V{_SLOT}")
        _write_heads(buffer, ids, at=starts[2 * first_events] - head_length)
        return buffer[: int(stops[-1])].data

    def _write_times(self, pieces: NDArray[np.uint8], times: NDArray[np.int64]) -> None:
        high = times // 10**_LOW
        low = times - high * 10**_LOW
        least, most = int(high.min()), int(high.max())
        if least < self._lowest_high or most >= self._lowest_high + len(self._high_digits):
            self._lowest_high = least
            self._high_digits = _as_slots(_digits(np.arange(least, most + 1), width=8))
        at = _SLOT + _TIME_AT
        _column(pieces, len(times), at=at, length=8)[:] = self._high_digits[high - self._lowest_high]
        _column(pieces, len(times), at=at + 8, length=_LOW)[:] = self._low_digits[low]


_HEAD = len('{"session":')
_HEAD_END = len(',"events":[')


def _write_heads(buffer: NDArray[np.uint8], ids: NDArray[np.int64], *, at: NDArray[np.int64]) -> None:
    """Write the beginnings of lines last, and exactly: ids of one width at a time, so that nothing spills."""
    widths = _digit_count(ids)
    for width in np.unique(widths):
        chosen = widths == width
        length = _HEAD + int(width) + _HEAD_END
        heads = np.empty((int(chosen.sum()), length), dtype=np.uint8)
        heads[:, :_HEAD] = np.frombuffer(b'{"session":', dtype=np.uint8)
        heads[:, _HEAD : _HEAD + int(width)] = _digits(ids[chosen], width=int(width))
        heads[:, _HEAD + int(width) :] = np.frombuffer(b',"events":[', dtype=np.uint8)
        _places(buffer, length)[at[chosen]] = _as_slots(heads)


def _column(pieces: NDArray[np.uint8], events: int, *, at: int, length: int) -> NDArray[np.void]:
    """View the bytes `at` to `at + length` of each event's two slots: copied whole, four times faster than rows."""
    return np.ndarray((events,), dtype=f"V{length}", buffer=pieces.data, offset=at, strides=(2 * _SLOT,))


def _as_slots(rows: NDArray[np.uint8]) -> NDArray[np.void]:
    return rows.view(f"V{rows.shape[1]}").ravel()


def _places(buffer: NDArray[np.uint8], length: int) -> NDArray[np.void]:
    """View `buffer` as overlapping slots of `length` bytes, one beginning at each byte."""
    return np.ndarray((len(buffer) - length + 1,), dtype=f"V{length}", buffer=buffer.data, strides=(1,))


def _item_tables() -> tuple[NDArray[np.void], NDArray[np.int64]]:
    """Return ``{"aid":`` and the digits of every item, from the left of a slot, and how long each is."""
    widths = _digit_count(np.arange(ITEMS))
    text = np.zeros((ITEMS, _ITEM_SLOT), dtype=np.uint8)
    head = np.frombuffer(b'{"aid":', dtype=np.uint8)
    text[:, : len(head)] = head
    for width in range(1, len(str(ITEMS - 1)) + 1):
        low, high = (10 ** (width - 1) if width > 1 else 0), min(10**width, ITEMS)
        text[low:high, len(head) : len(head) + width] = _digits(np.arange(low, high), width=width)
    return _as_slots(text), len(head) + widths


def _tail_tables() -> tuple[NDArray[np.void], NDArray[np.int64]]:
    """Return what follows an item, by event type and by whether the session goes on or ends, and how long it is."""
    texts = [f',"ts":{"0" * 13},"type":"{kind}"}}{end}' for kind in TYPES for end in (",", "]}\n")]
    table = np.zeros((len(texts), _SLOT), dtype=np.uint8)
    for row, text in zip(table, texts, strict=True):
        row[: len(text)] = np.frombuffer(text.encode("ascii"), dtype=np.uint8)
    return _as_slots(table), np.array([len(text) for text in texts])


def _digits(numbers: NDArray[np.int64], *, width: int) -> NDArray[np.uint8]:
    """Return the last `width` decimal digits of each number as ASCII, zeros in front."""
    text = np.empty((len(numbers), width), dtype=np.uint8)
    rest = numbers
    for place in range(width - 1, -1, -1):
        rest, digit = np.divmod(rest, 10)
        text[:, place] = digit + ord("0")
    return text


def _digit_count(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many decimal digits each non-negative number has (below 10^18)."""
    powers = 10 ** np.arange(1, 18, dtype=np.int64)
    return 1 + np.searchsorted(powers, numbers, side="right").astype(np.int64)
