"""What a run shows at its end: figures, the table of segments, three messages, and what to open."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from querencia.cli.console import Terminal
from querencia.explore.figures import EventFigures
from querencia.language.locales import format_number, format_percent
from querencia.language.notes import say
from querencia.learn.figures.interval import Interval
from querencia.learn.figures.model import ModelFigures
from querencia.learn.figures.segments import SegmentProfile
from querencia.pipeline.run import RunResult

LOCALE = "en_US"  # the terminal speaks English; figures round as the report rounds them
RISK_GROUPS = {1: "loyal", 2: "signs of risk", 3: "needs attention now"}
_MOST_TYPES = 5


def show(result: RunResult, terminal: Terminal) -> None:
    """Print `result` for people."""
    terminal.say("")
    terminal.say(f"{result.project}{'  (synthetic data)' if result.synthetic else ''}")
    for line in (*_sources(result), *_model(result.model), *_messages(result)):
        terminal.say(f"  {line}")
    if result.segments:
        terminal.say("")
        terminal.table(
            "Segments",
            ["segment", "customers", "share", "engagement", "churn probability", f"CLTV ({result.currency})"],
            [_segment(profile) for profile in result.segments],
        )
    for sample in result.samples:
        terminal.say("")
        group = f"risk group {sample.risk_group} ({RISK_GROUPS[sample.risk_group]})"
        terminal.say(f"--- {sample.segment_name}, {group}: {sample.subject}")
        terminal.say("\n".join(f"    {line}".rstrip() for line in sample.text.splitlines()))
    terminal.say("")
    for file in result.files:
        terminal.say(str(file))
    terminal.say(f"Done in {result.seconds:.1f} s.")


def tell_notes(result: RunResult, terminal: Terminal) -> None:
    """Print warnings, and with -v every note, beside the result: also where the result is a JSON document."""
    for note in result.notes:
        if note.level == "warning" or terminal.verbose:
            terminal.note(f"{'Warning' if note.level == 'warning' else 'Note'}: {say(note, locale=LOCALE)}")


def in_words(result: RunResult) -> dict[str, Any]:
    """Return the result as the JSON document shows it: every note with its sentence beside its code."""
    notes = [{**asdict(note), "text": say(note, locale=LOCALE)} for note in result.notes]
    return {field.name: getattr(result, field.name) for field in fields(result)} | {"notes": notes}


def _sources(result: RunResult) -> list[str]:
    lines = []
    rejected = result.rejected
    explored = result.explore
    if explored is not None and explored.customers is not None:
        table = explored.customers
        churn = "" if table.churn_rate is None else f", {_percent(table.churn_rate)} left"
        lines.append(f"customers: {table.rows:,} rows, {table.columns} columns{churn}{_count(rejected['customers'])}")
    if explored is not None and explored.events is not None:
        log = explored.events
        lines.append(
            f"events: {log.events:,} of {log.sessions:,} sessions and {log.items:,} items; "
            f"{log.duplicates:,} duplicates, {log.ignored:,} ignored{_count(rejected['events'])}"
        )
        lines += _events(log)
    if explored is None:
        lines += [f"{name}: {count:,} rows rejected" for name, count in rejected.items() if count]
    return lines


def _events(log: EventFigures) -> list[str]:
    """Return a line each on types, sessions, items and the funnel."""
    shares = [f"{name} {_percent(count / log.events)}" for name, count in log.types.items()]
    more = f" and {len(shares) - _MOST_TYPES} more" if len(shares) > _MOST_TYPES else ""
    events, seconds, popular = log.events_per_session, log.session_seconds, log.item_popularity
    lines = [
        f"types: {', '.join(shares[:_MOST_TYPES])}{more}",
        f"sessions: median {_number(events.median, 1)} events and {_number(seconds.median)} s, "
        f"mean {_number(events.mean, 1)} events and {_number(seconds.mean)} s",
        f"items: the top 1% ({popular.top_1_percent_items:,}) hold {_percent(popular.top_1_percent_share)} of the "
        f"events, Gini {_number(popular.gini, 2)}",
    ]
    if log.funnel:
        first, *steps = log.funnel
        rates = "".join(f" -> {step.type} {_rate(step.rate)}" for step in steps)
        lines.append(f"funnel: {first.sessions:,} sessions with {first.type}{rates}")
    return lines


def _rate(rate: float | None) -> str:
    return "none" if rate is None else _percent(rate)


def _count(rejected: int) -> str:
    return f", {rejected:,} rejected (see output/rejected)" if rejected else ", none rejected"


def _model(model: ModelFigures | None) -> list[str]:
    if model is None or model.churn is None:
        return []
    churn = model.churn
    name = churn.model.replace("_", " ")
    base = _number(churn.baseline.average_precision, 3)
    base = _number(churn.baseline.average_precision, 3)
    measured = "tested at a later date" if churn.headline == "time_split" else "out of fold"
    measured += ", when the model was learned" if model.drift is not None else ""
    return [
        f"churn: {name}, AUC {_interval(churn.auc)}, average precision {_interval(churn.average_precision)} "
        f"(base rate {base}), Brier skill {_interval(churn.brier_skill)}, {measured}"
    ]


def _interval(figure: Interval) -> str:
    value, low, high = (_number(part, 3) for part in (figure.value, figure.low, figure.high))
    return f"{value} ({low} to {high})"


def _messages(result: RunResult) -> list[str]:
    if result.messages is None:
        return []
    counts = ", ".join(f"{count:,} {status}" for status, count in result.messages.items())
    return [f"messages: {counts or 'none'}", *_writers(result)]


def _writers(result: RunResult) -> list[str]:
    """Return who wrote the messages, and what a model was paid for it."""
    asked = result.generated
    if asked is None:
        return []
    by = ", ".join(f"{count:,} by the {name} writer" for name, count in (result.writers or {}).items())
    lines = [f"written: {by or 'none'}"]
    if result.taken_over:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in result.taken_over.items())
        lines.append(f"the offline writer took over: {reasons}")
    lines.append(
        f"{asked.model}: {asked.written:,} of {asked.works:,} texts, {asked.calls:,} calls, {asked.input_tokens:,} "
        f"tokens read and {asked.output_tokens:,} written, ${asked.spent_usd:,.4f} of ${asked.budget_usd:,.2f}"
        + (f", and up to ${asked.reserved_usd:,.4f} for calls that never ended" if asked.reserved_usd else "")
    )
    if asked.stopped:
        lines.append(f"{asked.pending:,} texts were not asked for: {asked.stopped}")
    return lines


def _segment(profile: SegmentProfile) -> list[str]:
    return [
        profile.segment_name,
        f"{profile.customers:,}",
        _percent(profile.share),
        "" if profile.engagement is None else _number(profile.engagement, 1),
        "" if profile.churn_probability is None else _percent(profile.churn_probability),
        "" if profile.cltv is None else _number(profile.cltv),
    ]


def _percent(share: float) -> str:
    return format_percent(share, locale=LOCALE)


def _number(value: float, decimals: int = 0) -> str:
    return format_number(value, locale=LOCALE, decimals=decimals)
