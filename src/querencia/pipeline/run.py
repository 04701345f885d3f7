"""The run: which step feeds which, and which are already done."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeVar

from querencia.explore.figures import ExploreFigures
from querencia.language.notes import Note
from querencia.learn.figures.model import ModelFigures
from querencia.learn.figures.segments import SegmentProfile
from querencia.pipeline.checkpoints import Checkpoints, fingerprint, stamp_files
from querencia.pipeline.engines import Engines
from querencia.pipeline.lock import sole_run
from querencia.pipeline.outputs import clear_leftovers, write_json
from querencia.pipeline.plan import Generation, Plan
from querencia.pipeline.progress import Progress, SilentProgress
from querencia.pipeline.results import Generated, Sample, Scored, Sources, Written

Goal = Literal["explore", "score", "write", "run"]
Outcome = TypeVar("Outcome")


@dataclass(frozen=True, kw_only=True)
class RunResult:
    """What a run did. Parts are None where the goal did not ask for them, or where they cannot be known."""

    project: str
    synthetic: bool
    currency: str
    locale: str
    rejected: dict[str, int]
    explore: ExploreFigures | None
    model: ModelFigures | None
    customers: int | None
    segments: tuple[SegmentProfile, ...]
    messages: dict[str, int] | None
    samples: tuple[Sample, ...]
    notes: tuple[Note, ...]
    files: tuple[Path, ...]
    kept: tuple[str, ...]
    seconds: float
    writers: dict[str, int] | None = None
    taken_over: dict[str, int] | None = None
    generated: Generated | None = None


@dataclass
class _Run:
    """One run under way."""

    plan: Plan
    progress: Progress
    checkpoints: Checkpoints
    keys: dict[str, str] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    begun: float = field(default_factory=time.monotonic)
    engines: Engines = field(init=False)

    def __post_init__(self) -> None:
        self.engines = Engines(self.plan, self.progress)

    def recall(self, name: str, kind: type[Outcome]) -> Outcome | None:
        return self.checkpoints.recall(name, self.keys[name], kind)

    def step(
        self, name: str, kind: type[Outcome], work: Callable[[], Outcome], outputs: Callable[[Outcome], list[Path]]
    ) -> Outcome:
        """Return what `name` left earlier, where nothing it rests on has changed; else do it and remember."""
        begun = time.monotonic()
        done = self.recall(name, kind)
        if done is not None:
            self.kept.append(name)
            self.progress.say(f"{name}: nothing has changed, kept")
            return done
        self.checkpoints.forget(name)
        done = work()
        if getattr(done, "complete", True):  # what a model is still to write is asked for by the next run
            self.checkpoints.keep(name, self.keys[name], done, outputs=outputs(done))
        self.seconds[name] = round(time.monotonic() - begun, 3)
        return done


def run(plan: Plan, *, goal: Goal = "run", progress: Progress | None = None) -> RunResult:
    """Do what `goal` asks for, and what it rests on; steps that are already done are kept.

    `explore` leaves explore.json and report.html, `score` the customers, segments and model.json, `write` the messages
    as well, and `run` everything. Killed at any moment, the same call goes on. Raises InputError where the project's
    files are wrong, WorkError where the work failed.
    """
    started = datetime.now(UTC)
    state = _Run(plan, progress or SilentProgress(), Checkpoints(plan.workspace / "steps"))
    with sole_run(plan.workspace):
        clear_leftovers(plan.output, plan.workspace)
        try:
            state.keys = _fingerprints(plan)
            result = _work(state, goal)
        finally:
            state.engines.close()
    times = {"seconds": result.seconds, "steps": state.seconds, "kept": state.kept}
    write_json(plan.output / "run.json", {"goal": goal, "started": started, **times})
    return result


def recall_scores(plan: Plan) -> tuple[Sources, Scored] | None:
    """Return what an earlier run has read and scored, where that is still true; else None."""
    state = _Run(plan, SilentProgress(), Checkpoints(plan.workspace / "steps"))
    state.keys = _fingerprints(plan)
    sources, scored = state.recall("read", Sources), state.recall("score", Scored)
    return None if sources is None or scored is None else (sources, scored)


def _work(state: _Run, goal: Goal) -> RunResult:
    plan = state.plan
    if goal in ("write", "run") and plan.writing.reasons and state.recall("write", Written) is None:
        from querencia.pipeline.writing import require_reasons

        require_reasons(plan)  # before hours of work, not after
    if goal in ("write", "run") and plan.generation is not None and state.recall("write", Written) is None:
        from querencia.pipeline.generating import require_means

        require_means(plan, plan.generation)
    sources = _read(state)
    figures = _explore(state, sources) if goal in ("explore", "run") else None
    scored = _score(state, sources) if goal != "explore" else None
    written = _write(state, sources, scored) if scored is not None and goal in ("write", "run") else None
    if figures is not None:
        _report(state, sources, figures, scored, written)
    notes = _notes(sources, scored, written)
    return RunResult(
        project=plan.name,
        synthetic=plan.synthetic,
        currency=plan.currency,
        locale=plan.locale,
        rejected={
            name: table.rejected
            for name, table in (("customers", sources.customers), ("events", sources.log))
            if table is not None
        },
        explore=figures,
        model=scored.model if scored else None,
        customers=scored.customers if scored else None,
        segments=scored.profiles if scored else (),
        messages=dict(written.counts) if written else None,
        writers=dict(written.writers) if written else None,
        taken_over=dict(written.taken_over) if written else None,
        generated=written.generated if written else None,
        samples=written.samples if written else (),
        notes=notes,
        files=_files(plan, goal),
        kept=tuple(state.kept),
        seconds=round(time.monotonic() - state.begun, 3),
    )


# A step's module is imported when the step is really done: a run that keeps everything loads no engine, no models.
def _read(state: _Run) -> Sources:
    def work() -> Sources:
        from querencia.pipeline.reading import read_sources

        return read_sources(state.plan, state.engines, state.progress)

    return state.step("read", Sources, work, lambda sources: _read_files(state.plan, sources))


def _explore(state: _Run, sources: Sources) -> ExploreFigures:
    def work() -> ExploreFigures:
        from querencia.pipeline.exploring import explore

        return explore(state.plan, state.engines, sources, state.progress)

    return state.step("explore", ExploreFigures, work, lambda _: [state.plan.output / "explore.json"])


def _score(state: _Run, sources: Sources) -> Scored:
    def work() -> Scored:
        from querencia.pipeline.scoring import score

        return score(state.plan, state.engines, sources, state.progress)

    return state.step("score", Scored, work, lambda scored: _score_files(state.plan, scored))


def _write(state: _Run, sources: Sources, scored: Scored) -> Written:
    def work() -> Written:
        from querencia.pipeline.writing import write

        return write(state.plan, state.engines.con, sources, scored, state.progress)

    return state.step("write", Written, work, lambda _: list(state.plan.message_files))


def _report(
    state: _Run, sources: Sources, figures: ExploreFigures, scored: Scored | None, written: Written | None
) -> Path:
    # `explore` shows what an earlier run has scored and written, as long as it is still true.
    scored = scored or state.recall("score", Scored)
    written = written or (state.recall("write", Written) if scored else None)
    state.keys["report"] = fingerprint(state.keys, scored is not None, written is not None)

    def work() -> Path:
        from querencia.pipeline.reporting import report

        notes = _notes(sources, scored, written)
        return report(state.plan, sources, figures, scored, written, notes=notes, progress=state.progress)

    return state.step("report", Path, work, lambda path: [path])


def _fingerprints(plan: Plan) -> dict[str, str]:
    """Return the fingerprint of each step: all that its result depends on."""
    read = fingerprint(
        stamp_files(plan.sources), plan.customers, plan.events, plan.catalogue, plan.currency, plan.timezone,
        plan.max_rejected,
    )  # fmt: skip
    explore = fingerprint(read, "explore")
    model = sorted(plan.saved_model.iterdir()) if plan.saved_model is not None and plan.saved_model.is_dir() else []
    score = fingerprint(
        read, plan.modelling, plan.outcome_after_days, plan.seed, plan.language, plan.writing.recommendations,
        plan.saved_model, stamp_files(model),
    )  # fmt: skip
    write = fingerprint(
        score, plan.writing, plan.locale, plan.currency, plan.synthetic, plan.name, _asked_of(plan.generation)
    )  # fmt: skip
    return {"read": read, "explore": explore, "score": score, "write": write}


def _asked_of(generation: Generation | None) -> object:
    """Return what a model's texts depend on: not how fast, or for how much, they are asked for."""
    if generation is None:
        return None
    return generation.wanted | {"server": generation.connection.base_url, "model": generation.connection.model}


def _read_files(plan: Plan, sources: Sources) -> list[Path]:
    tables = [sources.customers.path] if sources.customers is not None else []
    if sources.log is not None:
        tables += sorted(sources.log.path.iterdir())
    return tables + sorted((plan.output / "rejected").glob("*.csv"))


def _model_folder(plan: Plan, scored: Scored) -> Path:
    return plan.models_folder / scored.model.version


def _score_files(plan: Plan, scored: Scored) -> list[Path]:
    usage = sorted(plan.usage_folder.iterdir()) if plan.usage_folder.is_dir() else []
    return [*plan.score_files, *usage, *(_model_folder(plan, scored).glob("*") if plan.saved_model is None else ())]


def _notes(sources: Sources, scored: Scored | None, written: Written | None) -> tuple[Note, ...]:
    read = [note for table in (sources.customers, sources.log) if table is not None for note in table.notes]
    later = [note for part in (scored, written) if part is not None for note in part.notes]
    return (*read, *sources.notes, *later)


def _files(plan: Plan, goal: Goal) -> tuple[Path, ...]:
    by_goal: dict[Goal, tuple[str, ...]] = {
        "explore": ("report.html", "explore.json"),
        "score": ("customers.csv", "customers.parquet", "segments.csv", "reasons.csv", "model.json"),
        "write": ("personalized_messages.csv", "findings.csv", "customers.csv", "segments.csv", "model.json"),
        "run": (
            "report.html", "personalized_messages.csv", "findings.csv", "customers.csv", "customers.parquet",
            "segments.csv", "reasons.csv", "model.json", "explore.json",
        ),
    }  # fmt: skip
    rejected = sorted((plan.output / "rejected").glob("*.csv"))
    return (*(plan.output / name for name in by_goal[goal]), *rejected)
