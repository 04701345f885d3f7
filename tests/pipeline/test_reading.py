"""Reading: products that cannot be shown are left out, and said so; what draws starts meanwhile."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from querencia.bootstrap import open_project
from querencia.data.products import Product
from querencia.language.notes import LANGUAGES, Note, say
from querencia.pipeline import reading
from querencia.pipeline.engines import Engines
from querencia.pipeline.progress import SilentProgress
from querencia.pipeline.reading import keep_presentable, read_sources


def test_products_that_cannot_be_shown_are_counted_and_named() -> None:
    good = (Product(sku="A", name="Curso de ASP.NET"), Product(sku="B", name="Pack [2024]"))
    bad = tuple(Product(sku=f"X{number}", name="<b>Oferta</b>") for number in range(7))
    notes: list[Note] = []
    assert keep_presentable((good[0], *bad, good[1]), notes) == good
    (note,) = notes
    assert note.level == "warning"
    assert note.values["products"] == 7
    for language in LANGUAGES:
        assert "7 de 9" in say(note, language=language) or "7 of 9" in say(note, language=language)
        assert "'X0', 'X1', 'X2', 'X3', 'X4', …" in say(note, language=language)


@pytest.mark.parametrize("products", [(), (Product(sku="A", name="Plan Oro"),)])
def test_where_all_can_be_shown_nothing_is_said(products: tuple[Product, ...]) -> None:
    notes: list[Note] = []
    assert keep_presentable(products, notes) == products
    assert notes == []


@pytest.mark.parametrize(("long_reading", "begun"), [(0, 1), (1_000_000, 0)])
def test_what_draws_starts_while_a_long_log_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, long_reading: int, begun: int
) -> None:
    line = '{"session":%d,"events":[{"aid":7,"ts":1659304800025,"type":"clicks"}]}\n'
    (tmp_path / "log.jsonl").write_text("".join(line % session for session in range(50)))
    (tmp_path / "querencia.toml").write_text(
        '[project]\nname = "X"\n[events]\npath = "log.jsonl"\nformat = "otto"\n', encoding="utf-8"
    )
    started: list[bool] = []
    monkeypatch.setattr(reading, "LONG_READING", long_reading)
    monkeypatch.setattr("querencia.report.drawing.get_ready", lambda: started.append(True))
    plan = open_project(tmp_path)
    engines = Engines(plan)
    sources = read_sources(plan, engines, SilentProgress())
    engines.close()
    assert sources.log is not None
    assert sources.log.events == 50
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(10)
    assert len(started) == begun


def test_events_of_the_future_are_kept_and_warned_of(tmp_path: Path) -> None:
    line = '{"session":%d,"events":[{"aid":7,"ts":%d,"type":"clicks"}]}\n'
    (tmp_path / "log.jsonl").write_text(
        line % (1, 1659304800025) + line % (2, 3990000000000) + line % (3, 3990000000001)
    )
    (tmp_path / "querencia.toml").write_text(
        '[project]\nname = "X"\n[events]\npath = "log.jsonl"\nformat = "otto"\n', encoding="utf-8"
    )
    engines = Engines(open_project(tmp_path))
    sources = read_sources(open_project(tmp_path), engines, SilentProgress())
    engines.close()
    assert sources.log is not None
    assert sources.log.events == 3
    (note,) = [note for note in sources.notes if note.code == "events_in_future"]
    assert note.level == "warning"
    assert note.values == {"events": 2, "end": "2096-06-08"}
    for language in LANGUAGES:
        assert "2096" in say(note, language=language)
