"""The line that says where a commission stands."""

from __future__ import annotations

from dataclasses import replace

from querencia.messages.writers.llm.ports import Tally
from querencia.messages.writers.llm.standing import Standing


def tally(written: int, fallback: int = 0, *, total: int = 2000) -> Tally:
    return Tally(
        pending=total - written - fallback - 64,
        leased=64,
        written=written,
        fallback=fallback,
        calls=written + 100,
        input_tokens=written * 1000,
        output_tokens=written * 400,
        spent=written * 1_000_000,
        reserved=0,
    )


def test_the_line_tells_texts_calls_tokens_money_and_the_time_left() -> None:
    moments = iter([0.0, 30.0])
    standing = Standing(clock=lambda: next(moments))
    assert standing.see(tally(0)) == (0, 2000, "0 written, 100 calls, 0 tokens, $0.00")
    # 610 texts in 30 s: the other 1,390 take 68 s
    line = "600 written, 10 fall back, 700 calls, 840.0 k tokens, $0.60, 1 min 8 s left"
    assert standing.see(tally(600, 10)) == (610, 2000, line)


def test_the_time_left_follows_the_last_minute() -> None:
    moments = iter([0.0, 100.0, 200.0, 210.0])
    standing = Standing(clock=lambda: next(moments))
    for written in (0, 1000, 1010):
        standing.see(tally(written))
    # since the second 100: 15 texts in 110 s; the early thousand is forgotten
    assert standing.see(tally(1015, total=2000))[2].endswith("2 h 0 min left")


def test_works_that_only_others_hold_are_told_instead_of_the_time_left() -> None:
    moments = iter([0.0, 30.0, 31.0])
    standing = Standing(clock=lambda: next(moments))
    standing.see(tally(0))
    rest = replace(tally(1900, 36), elsewhere=64)
    assert standing.see(rest)[2].endswith("$1.90, 64 held by a worker that stopped or works elsewhere")
    assert standing.see(replace(rest, elsewhere=63))[2].endswith(" left")


def test_no_time_left_is_told_while_nothing_is_done() -> None:
    moments = iter([0.0, 30.0, 50.0])
    standing = Standing(clock=lambda: next(moments))
    for written in (0, 1900):
        standing.see(tally(written))
    assert standing.see(tally(1900))[2].endswith("$1.90")
