"""The parts of the report about the data: their quality, the customers, the events, and the messages."""

from __future__ import annotations

from collections.abc import Sequence

from querencia.explore.figures import CustomerFigures
from querencia.language.notes import Note, say
from querencia.report.blocks import Block, Exhibits, Listing, Samples, Section, absent, plain, table
from querencia.report.charts.gallery import Gallery
from querencia.report.edition import Edition, clean, clean_text
from querencia.report.facts import ReportFacts

_MOST_NAMES = 12
_MOST_COLUMNS = 10


def section(name: str, blocks: Sequence[Block], *, edition: Edition) -> Section:
    """Return the section with its title."""
    return Section(name=name, title=edition.say(f"section.{name}"), blocks=tuple(blocks))


def write_quality(facts: ReportFacts, *, edition: Edition) -> Section:
    """Return what was read, set aside and missing, and every note."""
    explore = facts.explore
    customers = explore.customers if explore else None
    blocks: list[Block] = list(plain(edition.say("quality.intro")))
    if facts.sources:
        blocks += plain(edition.say("page.sources", sources=edition.listing(clean(name) for name in facts.sources)))
    rows = _counts(facts, edition=edition)
    if rows:
        keys = ("source", "rows_read", "used", "duplicates", "ignored", "rejected")
        columns = [edition.say(f"quality.{key}") for key in keys]
        blocks.append(table(edition.say("quality.sum"), columns, rows))
    if customers:
        blocks += _missing(customers, edition=edition)
    if explore and explore.events:
        blocks += plain(_missing_of_events(explore.events.missing, edition=edition))
    blocks.append(_notes(facts.notes, edition=edition))
    return section("quality", blocks, edition=edition)


def _counts(facts: ReportFacts, *, edition: Edition) -> list[list[str]]:
    explore = facts.explore
    rows: list[list[str]] = []
    if explore and explore.customers:
        figures, read, rejected = explore.customers, facts.customer_rows_read, facts.customer_rows_rejected
        left = "—"
        rows.append(
            [
                edition.say("quality.customers"),
                edition.number(figures.rows if read is None else read),
                edition.number(figures.rows),
                left,
                left,
                left if rejected is None else edition.number(rejected),
            ]
        )
    if explore and explore.events:
        events = explore.events
        counts = (events.rows_read, events.events, events.duplicates, events.ignored, events.rejected)
        rows.append([edition.say("quality.events"), *(edition.number(count) for count in counts)])
    return rows


def _missing(figures: CustomerFigures, *, edition: Edition) -> list[Block]:
    cells = figures.rows * figures.columns
    if figures.missing and cells:
        missing = edition.say(
            "quality.missing_sentence",
            missing=edition.number(figures.missing),
            cells=edition.number(cells),
            share=edition.percent(figures.missing / cells),
        )
    else:
        missing = edition.say("quality.missing_none")
    key = "duplicates_sentence" if figures.duplicates else "duplicates_none"
    twice = edition.say(f"quality.{key}", duplicates=edition.number(figures.duplicates))
    blocks: list[Block] = list(plain(f"{missing} {twice}"))
    holes = sorted(
        ((count, name) for name, count in figures.missing_by_column.items() if count), key=lambda e: (-e[0], e[1])
    )
    if holes:
        rows = [
            (clean(name), edition.number(count), edition.percent(count / figures.rows))
            for count, name in holes[:_MOST_COLUMNS]
        ]
        columns = (
            edition.say("quality.missing_column"),
            edition.say("quality.missing_cells"),
            edition.say("word.share"),
        )
        blocks.append(table(edition.say("quality.missing_caption"), columns, rows))
    return blocks


def _missing_of_events(missing: dict[str, int], *, edition: Edition) -> str:
    lacking = [
        f"{edition.say(f'field.{field}')} ({edition.number(count)})" for field, count in missing.items() if count
    ]
    if not lacking:
        return edition.say("quality.events_missing_none")
    return edition.say("quality.events_missing", fields=edition.listing(lacking))


def _notes(notes: tuple[Note, ...], *, edition: Edition) -> Block:
    if not notes:
        return plain(edition.say("quality.notes_none"))[0]
    # Warnings first; otherwise in the order the work left them.
    ordered = sorted(notes, key=lambda note: note.level != "warning")
    items = tuple(
        (
            edition.say(f"quality.{note.level}"),
            clean(say(note, language=edition.language, locale=edition.locale), longest=600),
            note.level == "warning",
        )
        for note in ordered
    )
    return Listing(title=edition.say("quality.notes"), items=items)


def write_customers(facts: ReportFacts, gallery: Gallery, *, edition: Edition) -> Section:
    """Return the shape of the customer table and its charts."""
    figures = facts.explore.customers if facts.explore else None
    if figures is None:
        key = "not_explored" if facts.explore is None else "absent"
        return section("customers", [absent(edition.say(f"customers.{key}"))], edition=edition)
    shape = edition.say(
        "customers.shape",
        rows=edition.number(figures.rows),
        columns=edition.number(figures.columns),
        numeric=edition.number(figures.numeric_columns),
        categorical=edition.number(figures.categorical_columns),
    )
    kinds = " ".join(
        edition.say(f"customers.{key}", names=_some(names, edition=edition))
        if names
        else edition.say(f"customers.{key}_none")
        for key, names in (("constant", figures.constant), ("binary", figures.binary))
    )
    blocks: list[Block] = [*plain(shape, kinds), Exhibits(exhibits=gallery["customers"])]
    if figures.churn_rate is None:
        blocks.append(absent(edition.say("customers.no_outcome")))
    if figures.contact_rate is None:
        blocks.append(absent(edition.say("customers.no_contact")))
    return section("customers", blocks, edition=edition)


def _some(names: tuple[str, ...], *, edition: Edition) -> str:
    """Return the names, or the first dozen and how many there are besides."""
    shown = [clean(name, longest=60) for name in names[:_MOST_NAMES]]
    if len(names) <= _MOST_NAMES:
        return edition.listing(shown)
    return edition.say("customers.more", names=", ".join(shown), count=edition.number(len(names) - _MOST_NAMES))


def write_events(facts: ReportFacts, gallery: Gallery, *, edition: Edition) -> Section:
    """Return the size of the event log and its charts."""
    figures = facts.explore.events if facts.explore else None
    if figures is None:
        key = "customers.not_explored" if facts.explore is None else "events.absent"
        return section("events", [absent(edition.say(key))], edition=edition)
    shape = edition.say(
        "events.shape",
        events=edition.number(figures.events),
        customers=edition.number(figures.customers),
        sessions=edition.number(figures.sessions),
        items=edition.number(figures.items),
    )
    blocks: list[Block] = list(plain(shape))
    if facts.explore and facts.explore.customers and not facts.joined:
        blocks += plain(edition.say("events.separate"))
    blocks.append(Exhibits(exhibits=gallery["events"]))
    return section("events", blocks, edition=edition)


def write_messages(facts: ReportFacts, *, edition: Edition) -> Section:
    """Return how many messages there are of each status, and a few to read."""
    counts = facts.message_counts
    keys = ("ready", "withheld", "failed")
    total = sum(counts.get(key, 0) for key in keys) if counts else 0
    if not counts or not total:
        key = "absent" if counts is None else "none"
        return section("messages", [absent(edition.say(f"messages.{key}"))], edition=edition)
    intro = edition.say("messages.intro", total=edition.number(total), ready=edition.number(counts.get("ready", 0)))
    rows = [
        (
            edition.say(f"messages.{key}"),
            edition.number(counts.get(key, 0)),
            edition.percent(counts.get(key, 0) / total if total else 0.0),
        )
        for key in keys
    ]
    columns = (edition.say("messages.status"), edition.say("messages.count"), edition.say("word.share"))
    blocks: list[Block] = [*plain(intro), table("", columns, rows)]
    if facts.sample_messages:
        shown = tuple(
            (edition.say("messages.sample", segment=clean(segment), group=edition.risk_group(group)), clean_text(text))
            for segment, group, text in facts.sample_messages
        )
        blocks.append(Samples(title=edition.say("messages.samples"), messages=shown))
    blocks += plain(edition.say("messages.where"))
    return section("messages", blocks, edition=edition)
