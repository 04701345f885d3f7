"""The part of the report about segments: what they are, whether they are real, and what sets each apart."""

from __future__ import annotations

from querencia.data.features import describe_feature
from querencia.learn.figures.segments import CutComparison, SegmentFigures, SegmentProfile, SegmentTrial, Trait
from querencia.report.blocks import Block, Exhibits, Section, Table, absent, plain, table, warning
from querencia.report.charts.gallery import Gallery
from querencia.report.edition import Edition, clean, texts
from querencia.report.facts import ReportFacts
from querencia.report.sections import section

_STEADY = 0.6  # mean adjusted Rand index below which segments are called unstable


def write_segments(facts: ReportFacts, gallery: Gallery, *, edition: Edition) -> Section:
    """Return the segments' table and charts."""
    figures = facts.model.segments if facts.model else None
    if not facts.profiles:
        return section("segments", [absent(edition.say("segments.absent"))], edition=edition)
    blocks: list[Block] = []
    if figures:
        said = edition.say(
            "segments.intro",
            k=edition.number(figures.k),
            axes=_name_axes(figures.axes, edition=edition),
            stability=edition.number(figures.stability, 2),
        )
        blocks += _tell_stability(figures, said, edition=edition)
    blocks += [_profile_table(facts.profiles, edition=edition), Exhibits(exhibits=gallery["segments"])]
    return section("segments", blocks, edition=edition)


def _tell_stability(figures: SegmentFigures, intro: str, *, edition: Edition) -> list[Block]:
    """Return whether the segments are natural groups, what was tried, and whether plain cuts would do."""
    null = edition.number(figures.null_stability, 2) if figures.null_stability is not None else "—"
    if figures.distinct is False and figures.k > 1:
        stable = figures.null_stability is not None and figures.stability > figures.null_stability
        key = "not_distinct_explained" if stable else "not_distinct"
        blocks: list[Block] = [*plain(intro), warning(edition.say(f"segments.{key}", null=null))]
    elif figures.distinct and figures.null_stability is not None:
        said = f"{edition.say('segments.null', null=null)} {edition.say('segments.distinct')}"
        blocks = list(plain(f"{intro} {said}"))
    else:
        blocks = list(plain(intro))
    if figures.k == 1 and figures.distinct is False:
        blocks += plain(edition.say("segments.one"))
    elif figures.k > 1 and figures.stability < _STEADY and figures.distinct is not False:
        blocks.append(warning(edition.say("segments.unstable")))
    if figures.cuts is not None and figures.k > 1:
        blocks += plain(_compare_with_cuts(figures.cuts, figures.axes, edition=edition))
    if figures.method != "exact":
        blocks += plain(edition.say("segments.streaming"))
    if len(figures.tried) > 1:
        blocks.append(_trials(figures, edition=edition))
    return blocks


def _compare_with_cuts(cuts: CutComparison, axes: tuple[str, ...], *, edition: Edition) -> str:
    said = edition.say(
        f"segments.{'cuts_add' if cuts.adds else 'cuts_same'}",
        axis=_name_axes(axes[cuts.axis : cuts.axis + 1], edition=edition),
        cuts=edition.percent(cuts.explained_by_cuts, 0),
        own=edition.percent(cuts.explained, 0),
    )
    return f"{said} {edition.say('segments.agreement', agreement=edition.number(cuts.agreement, 2))}"


def _trials(figures: SegmentFigures, *, edition: Edition) -> Table:
    rows = [_trial(trial, kept=trial.k == figures.k, edition=edition) for trial in figures.tried]
    keys = ("tried", "trial_stability", "trial_null", "trial_explained", "trial_null_explained", "smallest")
    columns = [edition.say(f"segments.{key}") for key in keys]
    return table(edition.say("segments.trials"), columns, rows)


def _trial(trial: SegmentTrial, *, kept: bool, edition: Edition) -> tuple[str, ...]:
    low, high = trial.null_low, trial.null_high
    null = "—"
    if low is not None and high is not None:
        null = edition.say("word.from_to", low=edition.number(low, 2), high=edition.number(high, 2))
    k = edition.number(trial.k)
    name = edition.say("segments.tried_kept", k=k) if kept else k
    explained = "—" if trial.null_explained is None else edition.percent(trial.null_explained, 0)
    cells = (edition.number(trial.stability, 2), null, edition.percent(trial.explained, 0), explained)
    return name, *cells, edition.percent(trial.smallest_share)


def _name_axes(axes: tuple[str, ...], *, edition: Edition) -> str:
    """Return the axes as a phrase; components, which have numbers and no names, are told together."""
    named = ["components" if axis.startswith("component") else axis for axis in axes]
    known = texts(edition.language)
    return edition.listing(known.get(f"axis.{axis}", clean(axis)) for axis in dict.fromkeys(named))


def _profile_table(profiles: tuple[SegmentProfile, ...], *, edition: Edition) -> Table:
    keys = ["segment", "customers", "share"]
    measures = [
        key
        for key in ("engagement", "churn_probability", "cltv")
        if any(getattr(profile, key) is not None for profile in profiles)
    ]
    traits = any(profile.traits for profile in profiles)
    columns = [edition.say(f"segments.{key}") for key in [*keys, *measures, *(["traits"] if traits else [])]]
    rows: list[list[str]] = []
    for profile in profiles:
        row = [clean(profile.segment_name), edition.number(profile.customers), edition.percent(profile.share)]
        row += [_mean(getattr(profile, key), key, edition=edition) for key in measures]
        if traits:
            row.append(", ".join(_trait(profile, edition=edition)) or "—")
        rows.append(row)
    caption = edition.say("segments.table") + (f". {edition.say('segments.traits_note')}" if traits else "")
    return table(caption, columns, rows, words=(len(columns) - 1,) if traits else ())


def _trait(profile: SegmentProfile, *, edition: Edition) -> list[str]:
    return [
        edition.say(
            "word.deviations",
            feature=clean(describe_trait(trait, edition=edition), longest=70),
            difference=("+" if trait.difference > 0 else "") + edition.number(trait.difference, 1),
        )
        for trait in profile.traits
    ]


def describe_trait(trait: Trait, *, edition: Edition) -> str:
    """Return the feature of a trait in words: a level beside its column, a feature of behaviour by its meaning."""
    if trait.level is None:
        return describe_feature(trait.feature, language=edition.language)
    return f"{trait.feature.removesuffix(f'_{trait.level}')}: {trait.level}"


def _mean(value: float | None, key: str, *, edition: Edition) -> str:
    if value is None:
        return "—"
    if key == "churn_probability":
        return edition.percent(value)
    return edition.number(value, 1) if key == "engagement" else edition.money(value)
