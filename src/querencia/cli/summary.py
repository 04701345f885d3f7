"""What a run shows at its end: figures, the table of segments, three messages, and what to open."""

from __future__ import annotations

from querencia.cli.console import Terminal
from querencia.language.notes import say
from querencia.learn.figures import Interval, ModelFigures, SegmentProfile
from querencia.pipeline.run import RunResult

RISK_GROUPS = {1: "loyal", 2: "signs of risk", 3: "needs attention now"}


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
    for note in result.notes:
        if note.level == "warning" or terminal.verbose:
            terminal.note(f"{'Warning' if note.level == 'warning' else 'Note'}: {say(note)}")
    terminal.say("")
    for file in result.files:
        terminal.say(str(file))
    terminal.say(f"Done in {result.seconds:.1f} s.")


def _sources(result: RunResult) -> list[str]:
    lines = []
    rejected = result.rejected
    explored = result.explore
    if explored is not None and explored.customers is not None:
        table = explored.customers
        churn = "" if table.churn_rate is None else f", {table.churn_rate:.1%} left"
        lines.append(f"customers: {table.rows:,} rows, {table.columns} columns{churn}{_count(rejected['customers'])}")
    if explored is not None and explored.events is not None:
        log = explored.events
        lines.append(
            f"events: {log.events:,} of {log.sessions:,} sessions and {log.items:,} items; "
            f"{log.duplicates:,} duplicates, {log.ignored:,} ignored{_count(rejected['events'])}"
        )
    if explored is None:
        lines += [f"{name}: {count:,} rows rejected" for name, count in rejected.items() if count]
    return lines


def _count(rejected: int) -> str:
    return f", {rejected:,} rejected (see output/rejected)" if rejected else ", none rejected"


def _model(model: ModelFigures | None) -> list[str]:
    if model is None or model.churn is None:
        return []
    churn = model.churn
    name = churn.model.replace("_", " ")
    return [
        f"churn: {name}, AUC {_interval(churn.auc)}, average precision {_interval(churn.average_precision)} "
        f"(base rate {churn.baseline.average_precision:.3f}), Brier skill {_interval(churn.brier_skill)}, out of fold"
    ]


def _interval(figure: Interval) -> str:
    return f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"


def _messages(result: RunResult) -> list[str]:
    if result.messages is None:
        return []
    counts = ", ".join(f"{count:,} {status}" for status, count in result.messages.items())
    return [f"messages: {counts or 'none'}"]


def _segment(profile: SegmentProfile) -> list[str]:
    return [
        profile.segment_name,
        f"{profile.customers:,}",
        f"{profile.share:.1%}",
        "" if profile.engagement is None else f"{profile.engagement:.1f}",
        "" if profile.churn_probability is None else f"{profile.churn_probability:.1%}",
        "" if profile.cltv is None else f"{profile.cltv:,.0f}",
    ]
