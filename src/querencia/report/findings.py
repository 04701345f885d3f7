"""The parts of the report about what was learned: the model, segments, risk groups, value, and how all was obtained."""

from __future__ import annotations

from math import fsum

from querencia.data.features import describe_feature
from querencia.language.notes import Note, say
from querencia.learn.figures.churn import ChurnFigures
from querencia.learn.figures.interval import Interval
from querencia.learn.figures.segments import SegmentProfile, Trait
from querencia.learn.figures.value import ValueFigures
from querencia.report.blocks import Block, Exhibits, Section, Table, Text, absent, plain, table, warning
from querencia.report.charts.gallery import Gallery
from querencia.report.edition import Edition, clean, texts
from querencia.report.facts import ReportFacts
from querencia.report.sections import section
from querencia.report.summary import CHANCE

_STEADY = 0.6  # mean adjusted Rand index below which segments are called unstable


def write_model(facts: ReportFacts, gallery: Gallery, *, edition: Edition) -> Section:
    """Return the churn model's figures with their intervals beside the baseline, its calibration and its leaks."""
    model = facts.model
    if model is None:
        return section("model", [absent(edition.say("model.absent"))], edition=edition)
    blocks: list[Block] = []
    if model.churn is None:
        blocks.append(absent(edition.say("model.no_outcome")))
    else:
        blocks += _describe_churn(model.churn, edition=edition)
    if model.pca is None:
        blocks.append(absent(edition.say("model.pca_absent")))
    blocks.append(Exhibits(exhibits=gallery["model"]))
    return section("model", blocks, edition=edition)


def _describe_churn(churn: ChurnFigures, *, edition: Edition) -> list[Block]:
    intro = edition.say("model.intro", rows=edition.number(churn.rows), churners=edition.number(churn.churners))
    blocks: list[Block] = list(plain(intro))
    if churn.auc.low <= CHANCE:
        auc = {key: edition.number(getattr(churn.auc, key), 2) for key in ("value", "low", "high")}
        said = edition.say("summary.trust_none", auc=auc["value"], low=auc["low"], high=auc["high"], baseline="")
        blocks.append(warning(said))
    blocks.append(_metrics(churn, edition=edition))
    if churn.leaks:
        names = edition.listing(clean(name) for name in churn.leaks)
        blocks.append(warning(edition.say("model.leaks", leaks=names)))
    else:
        blocks += plain(edition.say("model.leaks_none"))
    if len(churn.candidates) > 1:
        blocks.append(_candidates(churn, edition=edition))
    return blocks


def _metrics(churn: ChurnFigures, *, edition: Edition) -> Table:
    rows: list[tuple[str, ...]] = []
    for key in ("auc", "average_precision", "brier", "brier_skill"):
        interval: Interval = getattr(churn, key)
        baseline: float = getattr(churn.baseline, key)
        rows.append(
            (
                edition.say(f"model.{key}"),
                edition.number(interval.value, 4 if key == "brier" else 3),
                edition.say(
                    "word.from_to",
                    low=edition.number(interval.low, 4 if key == "brier" else 3),
                    high=edition.number(interval.high, 4 if key == "brier" else 3),
                ),
                edition.number(baseline, 4 if key == "brier" else 3),
                edition.say(f"model.{read_metric(key, interval, baseline)}"),
            )
        )
    columns = [edition.say(f"model.{key}") for key in ("metric", "value", "low_high", "baseline", "reading")]
    return table(edition.say("model.baseline_note"), columns, rows, words=(4,))


def read_metric(key: str, interval: Interval, baseline: float) -> str:
    """Return how a figure compares with its baseline, told by its whole interval and not by its value alone."""
    lower_is_better = key == "brier"
    better = interval.high < baseline if lower_is_better else interval.low > baseline
    worse = interval.low > baseline if lower_is_better else interval.high < baseline
    if key == "auc":
        return "auc_better" if better else "auc_worse" if worse else "auc_chance"
    return "better" if better else "worse" if worse else "not_distinct"


def _candidates(churn: ChurnFigures, *, edition: Edition) -> Table:
    rows = [
        (
            f"{clean(entry.model)} ({edition.say('model.kept')})" if entry.model == churn.model else clean(entry.model),
            edition.number(entry.log_loss, 4),
            edition.number(entry.auc, 3),
            edition.number(entry.brier, 4),
        )
        for entry in churn.candidates
    ]
    columns = [edition.say(f"model.{key}") for key in ("candidate", "log_loss", "auc", "candidate_brier")]
    return table(edition.say("model.candidates"), columns, rows)


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
        blocks += plain(said)
        if figures.stability < _STEADY and figures.k > 1:
            blocks.append(warning(edition.say("segments.unstable")))
    blocks += [_profile_table(facts.profiles, edition=edition), Exhibits(exhibits=gallery["segments"])]
    return section("segments", blocks, edition=edition)


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
            feature=clean(_feature(trait, edition=edition), longest=70),
            difference=("+" if trait.difference > 0 else "") + edition.number(trait.difference, 1),
        )
        for trait in profile.traits
    ]


def _feature(trait: Trait, *, edition: Edition) -> str:
    if trait.level is None:
        return describe_feature(trait.feature, language=edition.language)
    return f"{trait.feature.removesuffix(f'_{trait.level}')}: {trait.level}"


def _mean(value: float | None, key: str, *, edition: Edition) -> str:
    if value is None:
        return "—"
    if key == "churn_probability":
        return edition.percent(value)
    return edition.number(value, 1) if key == "engagement" else edition.money(value)


def write_risk(facts: ReportFacts, gallery: Gallery, *, edition: Edition) -> Section:
    """Return the risk groups: where they begin, how many customers, how churn probability is spread."""
    risk = facts.model.risk if facts.model else None
    if risk is None or not gallery["risk"]:
        return section("risk", [absent(edition.say("risk.absent"))], edition=edition)
    intro = edition.say(
        "risk.intro",
        first=edition.percent(risk.thresholds[0]),
        second=edition.percent(risk.thresholds[1]),
        base=edition.percent(risk.base_rate),
    )
    return section("risk", [*plain(intro), Exhibits(exhibits=gallery["risk"])], edition=edition)


def write_value(facts: ReportFacts, *, edition: Edition) -> Section:
    """Return what CLTV rests on: measured or declared, and with which numbers."""
    value = facts.model.value if facts.model else None
    if value is None:
        return section("value", [absent(edition.say("value.absent"))], edition=edition)
    blocks: list[Block] = list(plain(edition.say("value.formula")))
    blocks += _value_source(value, edition=edition)
    numbers = [edition.say("value.discount", discount=edition.percent(value.annual_discount))]
    if value.outcome_months is not None:
        shown = round(value.outcome_months, 1)
        months = edition.number(shown, 0 if shown == int(shown) else 1)
        numbers.append(edition.say("value.months", months=months))
    if value.filled:
        numbers.append(edition.say("value.filled", filled=edition.number(value.filled)))
    blocks += plain(" ".join(numbers), edition.say("value.steady"))
    return section("value", blocks, edition=edition)


def _value_source(value: ValueFigures, *, edition: Edition) -> list[Block]:
    if value.source == "declared" and value.monthly is not None:
        return [warning(edition.say("value.declared", monthly=edition.money(value.monthly, 2)))]
    if value.source in {"revenue", "prices"}:
        return list(plain(edition.say(f"value.{value.source}")))
    # A source these texts do not know is told in the words of the computation.
    return [*plain(edition.say("value.other")), Text(text=clean(value.assumption, longest=600), kind="foreign")]


def write_method(facts: ReportFacts, *, edition: Edition) -> Section:
    """Return how each figure was obtained."""
    explore, model = facts.explore, facts.model
    blocks: list[Block] = []
    if explore and explore.events:
        keys = ["read", "quantiles", *(["funnel"] if explore.events.funnel else [])]
        blocks += plain(" ".join(edition.say(f"method.{key}") for key in keys))
    if explore and explore.customers and explore.customers.correlations:
        blocks += plain(edition.say("method.correlation"))
    if explore and explore.customers and explore.customers.churn_by_contact:
        blocks += plain(edition.say("method.contact_interval"))
    if model and model.churn:
        blocks += plain(edition.say("method.out_of_fold"), edition.say("method.calibration_interval"))
        blocks += _protocol(model.churn, facts.notes, edition=edition)
    if model and model.pca:
        share = edition.percent(fsum(model.pca.explained_variance))
        blocks += plain(edition.say("method.pca", components=edition.number(model.pca.components), share=share))
    if model and model.engagement:
        known = texts(edition.language)
        figures = model.engagement
        said = edition.say(
            "method.engagement",
            weights=edition.listing(edition.percent(weight, 0) for weight in figures.weights),
            orientation=known.get(f"method.orientation_{figures.orientation}", clean(figures.orientation)),
            scale=known.get(f"method.scale_{figures.scale}", clean(figures.scale)),
        )
        blocks += plain(said)
    if model and model.risk:
        first, second = (edition.percent(threshold, 2) for threshold in model.risk.thresholds)
        blocks += plain(edition.say("method.risk", first=first, second=second))
    if model and model.segments:
        blocks += plain(edition.say("method.segments"))
    return section("method", blocks or [absent(edition.say("page.absent"))], edition=edition)


def _protocol(churn: ChurnFigures, notes: tuple[Note, ...], *, edition: Edition) -> list[Block]:
    """Return how the churn model was measured; in the record's English where its facts are not there."""
    if churn.folds is None or churn.resamples is None:
        record = Text(text=clean(churn.protocol, longest=1_000), kind="foreign")
        return [*plain(edition.say("method.protocol_record")), record]
    known = texts(edition.language)
    said = edition.say(
        "method.protocol",
        folds=edition.number(churn.folds),
        strata=edition.listing(known.get(f"method.strata_{name}", clean(name)) for name in churn.strata),
        calibration=known.get(f"method.calibration_{churn.calibration_method}", clean(churn.calibration_method)),
        resamples=edition.number(churn.resamples),
        seed=churn.seed,
    )
    if len(churn.candidates) > 1:
        said += " " + edition.say("method.chosen", count=edition.number(len(churn.candidates)))
    told = [
        clean(say(note, language=edition.language, locale=edition.locale), longest=600)
        for note in notes
        if note.code == "outcome_from_behaviour"
    ]
    return list(plain(told[0] if told else edition.say("method.outcome_table"), said))
