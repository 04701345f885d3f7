"""The part of the report about drift: how the customers scored differ from those that a saved model learned from."""

from __future__ import annotations

from collections.abc import Sequence

from querencia.learn.figures.drift import DriftFigures, FeatureDrift
from querencia.report.blocks import Block, Exhibits, Section, Table, absent, plain, table, warning
from querencia.report.charts.drift import BOUNDS
from querencia.report.charts.gallery import Gallery
from querencia.report.edition import Edition, clean
from querencia.report.facts import ReportFacts
from querencia.report.sections import section
from querencia.report.wording import name_feature, name_some

_GAP = 0.05  # more missing values than before, as a share of rows, beyond which it is warned of
_FEWEST_ROWS, _MOST_ROWS = 15, 60
_MOST_LEVELS = 5
_LONGEST_LEVEL = 40


def write_drift(facts: ReportFacts, gallery: Gallery, *, edition: Edition) -> Section:
    """Return what has changed since the model learned: warnings that name it, the chart, and the features."""
    drift = facts.model.drift if facts.model else None
    if drift is None:
        return section("drift", [absent(edition.say("drift.none"))], edition=edition)
    counts = {"now": edition.number(drift.rows_now), "then": edition.number(drift.rows_then)}
    blocks: list[Block] = list(plain(edition.say("drift.intro", model=clean(drift.model) or "—", **counts)))
    causes = find_causes(drift)
    blocks += [warning(_tell_cause(cause, drift, edition=edition)) for cause in causes]
    blocks += plain(edition.say("drift.act" if causes else "drift.calm"))
    quiet = _tell_the_rest(drift, edition=edition)
    if quiet:
        blocks += plain(quiet)
    if drift.features:
        blocks += [Exhibits(exhibits=gallery["drift"]), *_features(drift.features, edition=edition)]
        moderate, large = (edition.number(bound, 2 if bound == BOUNDS[1] else 1) for bound in BOUNDS)
        blocks += plain(edition.say("drift.method", moderate=moderate, large=large))
    return section("drift", blocks, edition=edition)


def find_causes(drift: DriftFigures) -> dict[str, int]:
    """Return what a reader must be warned of, most serious first, each with how many columns it touches."""
    counts = {
        "changed_types": len(drift.changed_types),
        "large": sum(entry.level == "large" for entry in drift.features),
        "new_levels": sum(bool(entry.new_levels) for entry in drift.features),
        "gaps": sum(_has_gaps(entry) for entry in drift.features),
    }
    return {cause: count for cause, count in counts.items() if count}


def _has_gaps(entry: FeatureDrift) -> bool:
    return entry.missing_now > entry.missing_then + _GAP


def _tell_cause(cause: str, drift: DriftFigures, *, edition: Edition) -> str:
    if cause == "changed_types":
        return edition.say("drift.changed_types", columns=_names(drift.changed_types, edition=edition))
    if cause == "large":
        bound, features = edition.number(BOUNDS[1], 2), _features_at("large", drift, edition=edition)
        return edition.say("drift.large", bound=bound, features=features)
    if cause == "new_levels":
        levels = [_tell_levels(entry, edition=edition) for entry in drift.features if entry.new_levels]
        return edition.say("drift.new_levels", levels=name_some(levels, edition=edition))
    gaps = [
        edition.say(
            "drift.gap",
            feature=name_feature(entry.feature, edition=edition),
            before=edition.percent(entry.missing_then),
            now=edition.percent(entry.missing_now),
        )
        for entry in drift.features
        if _has_gaps(entry)
    ]
    return edition.say("drift.gaps", features=name_some(gaps, edition=edition))


def _tell_the_rest(drift: DriftFigures, *, edition: Edition) -> str:
    """Return what is worth knowing and no warning: the probability's own drift, moderate ones, columns not used."""
    said: list[str] = []
    if drift.score_psi is not None:
        level = "large" if drift.score_psi >= BOUNDS[1] else "moderate" if drift.score_psi >= BOUNDS[0] else "stable"
        said.append(edition.say(f"drift.score_{level}", psi=edition.number(drift.score_psi, 2)))
    moderate = _features_at("moderate", drift, edition=edition)
    if moderate:
        said.append(edition.say("drift.moderate", bound=edition.number(BOUNDS[0], 1), features=moderate))
    if drift.extra_columns:
        said.append(edition.say("drift.extra_columns", columns=_names(drift.extra_columns, edition=edition)))
    return " ".join(said)


def _features_at(level: str, drift: DriftFigures, *, edition: Edition) -> str:
    named = [name_feature(entry.feature, edition=edition) for entry in drift.features if entry.level == level]
    return name_some(named, edition=edition)


def _names(columns: Sequence[str], *, edition: Edition) -> str:
    return name_some([clean(column, longest=60) or "—" for column in columns], edition=edition)


def _tell_levels(entry: FeatureDrift, *, edition: Edition) -> str:
    feature, share = name_feature(entry.feature, edition=edition), edition.percent(entry.new_share)
    return edition.say("drift.of_feature", feature=feature, levels=_levels(entry, edition=edition), share=share)


def _levels(entry: FeatureDrift, *, edition: Edition) -> str:
    named = [clean(level, longest=_LONGEST_LEVEL) or "—" for level in entry.new_levels]
    return name_some(named, edition=edition, most=_MOST_LEVELS)


def _features(features: Sequence[FeatureDrift], *, edition: Edition) -> list[Block]:
    """Return the table of the features that changed most, and how many it leaves out."""
    listed = [entry for entry in features if entry.level != "stable" or entry.new_levels or _has_gaps(entry)]
    room = max(0, _FEWEST_ROWS - len(listed))
    listed = [*listed[:_MOST_ROWS], *[entry for entry in features if entry not in listed][:room]]
    blocks: list[Block] = [_table(sorted(listed, key=lambda entry: -entry.psi), edition=edition)]
    left = len(features) - len(listed)
    return [*blocks, *plain(edition.say("drift.rest", count=edition.number(left)))] if left else blocks


def _table(features: Sequence[FeatureDrift], *, edition: Edition) -> Table:
    named = any(entry.new_levels for entry in features)
    rows: list[list[str]] = []
    for entry in features:
        level = entry.level if entry.level in {"stable", "moderate", "large"} else "stable"
        row = [name_feature(entry.feature, edition=edition), edition.number(entry.psi, 3)]
        row += [edition.say(f"drift.level_{level}")]
        row += [edition.percent(entry.missing_then), edition.percent(entry.missing_now)]
        if named:
            share = edition.percent(entry.new_share) if entry.new_levels else "—"
            row += [_levels(entry, edition=edition) or "—", share]
        rows.append(row)
    keys = ["feature", "psi", "change", "missing_then", "missing_now", *(["levels", "new_share"] if named else [])]
    columns = [edition.say(f"drift.{key}") for key in keys]
    return table(edition.say("drift.table"), columns, rows, words=(2, 5))
