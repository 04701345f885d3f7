"""The model card: how good the churn model is, what it learned from and how it was measured, and its limits."""

from __future__ import annotations

from collections import Counter

from querencia.language.notes import Note, say
from querencia.learn.figures.churn import ChurnFigures
from querencia.learn.figures.features import PcaFigures
from querencia.report.blocks import (
    Block,
    Exhibits,
    Heading,
    Listing,
    Section,
    Table,
    Text,
    absent,
    plain,
    table,
    warning,
)
from querencia.report.charts.gallery import Gallery
from querencia.report.edition import Edition, clean, texts
from querencia.report.facts import ReportFacts
from querencia.report.limits import list_limits
from querencia.report.measures import (
    TIME_SPLIT,
    compare_with_base_rate,
    compare_with_rivals,
    tabulate_lift,
    tell_calibration,
    tell_profit,
)
from querencia.report.sections import section
from querencia.report.summary import CHANCE
from querencia.report.wording import name_algorithm, name_feature, name_some

_MOST_COMPONENTS = 5
_MOST_LOADINGS = 6


def write_model(facts: ReportFacts, gallery: Gallery, *, edition: Edition) -> Section:
    """Return the model card: first how far the model can be trusted, then how it was made, then its limits."""
    model = facts.model
    if model is None:
        return section("model", [absent(edition.say("model.absent"))], edition=edition)
    blocks: list[Block] = []
    if model.churn is None:
        blocks.append(absent(edition.say("model.no_outcome")))
    else:
        blocks += _trust(model.churn, gallery, edition=edition)
        blocks += tell_profit(model.churn.profit, edition=edition)
        blocks += _protocol(model.churn, facts, edition=edition)
    blocks += _components(model.pca, gallery, edition=edition)
    limits = list_limits(facts, edition=edition)
    if limits:
        blocks.append(Listing(title=edition.say("card.limits"), items=limits))
    return section("model", blocks, edition=edition)


def _trust(churn: ChurnFigures, gallery: Gallery, *, edition: Edition) -> list[Block]:
    intro = edition.say("model.intro", rows=edition.number(churn.rows), churners=edition.number(churn.churners))
    measured = TIME_SPLIT if churn.headline == TIME_SPLIT else "out_of_fold"
    blocks: list[Block] = list(plain(f"{intro} {edition.say(f'card.measured_{measured}')}"))
    if churn.auc.low <= CHANCE:
        auc = {key: edition.number(getattr(churn.auc, key), 2) for key in ("value", "low", "high")}
        said = edition.say("summary.trust_none", auc=auc["value"], low=auc["low"], high=auc["high"], baseline="")
        blocks.append(warning(said))
    if churn.leaks:
        names = edition.listing(clean(name) for name in churn.leaks)
        blocks.append(warning(edition.say("model.leaks", leaks=names)))
    blocks += [Heading(text=edition.say("card.accuracy")), compare_with_base_rate(churn, edition=edition)]
    blocks += compare_with_rivals(churn, edition=edition)
    blocks.append(Exhibits(exhibits=gallery["model"]))
    blocks += tell_calibration(churn, edition=edition)
    blocks += tabulate_lift(churn, edition=edition)
    return blocks


def _protocol(churn: ChurnFigures, facts: ReportFacts, *, edition: Edition) -> list[Block]:
    """Return what was learned from and how it was measured: facts, the protocol, and the models tried."""
    blocks: list[Block] = [Heading(text=edition.say("card.protocol")), _facts(churn, facts, edition=edition)]
    outcome = _tell_outcome(facts.notes, edition=edition)
    blocks += plain(outcome if churn.leaks else f"{outcome} {edition.say('model.leaks_none')}")
    blocks += _tell_protocol(churn, edition=edition)
    if len(churn.candidates) > 1:
        blocks.append(_candidates(churn, edition=edition))
    return blocks


def _facts(churn: ChurnFigures, facts: ReportFacts, *, edition: Edition) -> Table:
    version = facts.model.version if facts.model else ""
    measured = TIME_SPLIT if churn.headline == TIME_SPLIT else "out_of_fold"
    rows = [(edition.say("card.version"), clean(version))] if version else []
    rows += [
        (edition.say("card.rows"), edition.number(churn.rows)),
        (
            edition.say("card.churners"),
            f"{edition.number(churn.churners)} ({edition.percent(churn.churners / churn.rows if churn.rows else 0.0)})",
        ),
        (edition.say("card.kept"), name_algorithm(churn.model, edition=edition)),
        (edition.say("card.headline"), edition.say(f"card.headline_{measured}")),
    ]
    return table("", (edition.say("card.fact"), edition.say("card.said")), rows, words=(1,))


def _tell_outcome(notes: tuple[Note, ...], *, edition: Edition) -> str:
    """Return where the outcome comes from: what customers did after a cut-off, or the customer table."""
    for note in notes:
        if note.code == "outcome_from_behaviour":
            return clean(say(note, language=edition.language, locale=edition.locale), longest=600)
    return edition.say("method.outcome_table")


def _tell_protocol(churn: ChurnFigures, *, edition: Edition) -> list[Block]:
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
    if churn.repeats > 1:
        said += " " + edition.say("card.repeats", repeats=edition.number(churn.repeats))
    if len(churn.candidates) > 1:
        said += " " + edition.say("method.chosen", count=edition.number(len(churn.candidates)))
    return list(plain(said))


def _candidates(churn: ChurnFigures, *, edition: Edition) -> Table:
    """Return the models tried; where folds chose for themselves, with how often each was kept."""
    tally = Counter(churn.chosen)
    rows: list[list[str]] = []
    for entry in churn.candidates:
        name = name_algorithm(entry.model, edition=edition)
        row = [f"{name} ({edition.say('model.kept')})" if entry.model == churn.model else name]
        row += [edition.number(entry.log_loss, 4), edition.number(entry.auc, 3), edition.number(entry.brier, 4)]
        if tally:
            count, total = edition.number(tally[entry.model]), edition.number(len(churn.chosen))
            row.append(edition.say("card.tally", count=count, total=total))
        rows.append(row)
    columns = [edition.say(f"model.{key}") for key in ("candidate", "log_loss", "auc", "candidate_brier")]
    columns += [edition.say("card.chosen")] if tally else []
    return table(edition.say("model.candidates"), columns, rows)


def _components(pca: PcaFigures | None, gallery: Gallery, *, edition: Edition) -> list[Block]:
    heading = Heading(text=edition.say("card.components"))
    if pca is None:
        return [heading, absent(edition.say("model.pca_absent"))]
    blocks: list[Block] = [heading]
    if pca.method == "incremental":
        blocks += plain(edition.say("card.incremental"))
    blocks.append(Exhibits(exhibits=gallery["components"]))
    if pca.loadings:
        blocks.append(_loadings(pca, edition=edition))
    return blocks


def _loadings(pca: PcaFigures, *, edition: Edition) -> Table:
    rows: list[tuple[str, ...]] = []
    for entry in pca.loadings[:_MOST_COMPONENTS]:
        place = entry.component - 1
        share = pca.explained_variance[place] if 0 <= place < len(pca.explained_variance) else float("nan")
        weights = [
            edition.say(
                "card.weight",
                feature=name_feature(loading.feature, edition=edition, longest=60),
                weight=("+" if loading.loading > 0 else "") + edition.number(loading.loading, 2),
            )
            for loading in entry.loadings
        ]
        said = name_some(weights, edition=edition, most=_MOST_LOADINGS) if weights else "—"
        rows.append((edition.number(entry.component), edition.percent(share), said))
    columns = [edition.say(f"card.{key}") for key in ("component", "variance", "weighs")]
    return table(edition.say("card.loadings"), columns, rows, words=(2,))
