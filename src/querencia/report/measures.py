"""The parts of the model card that measure: its figures beside simpler models, calibration, lift, profit."""

from __future__ import annotations

from functools import partial

from querencia.learn.figures.churn import ChurnFigures, ProfitFigures, Quality, Rival
from querencia.learn.figures.interval import Interval
from querencia.report.blocks import Block, Heading, Table, plain, table
from querencia.report.edition import UNKNOWN, Edition
from querencia.report.wording import name_rival, write_interval, write_range

METRICS = ("auc", "average_precision", "brier", "brier_skill")
TIME_SPLIT = "time_split"


def compare_with_base_rate(churn: ChurnFigures, *, edition: Edition) -> Table:
    """Return the four figures with their intervals beside those of the average rate, and how to read each."""
    rows: list[tuple[str, ...]] = []
    for key in METRICS:
        interval: Interval = getattr(churn, key)
        baseline: float = getattr(churn.baseline, key)
        write = partial(edition.number, digits=_digits(key))
        rows.append(
            (
                edition.say(f"model.{key}"),
                write(interval.value),
                write_range(interval, write, edition=edition),
                write(baseline),
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


def _digits(key: str) -> int:
    return 4 if key == "brier" else 3


def compare_with_rivals(churn: ChurnFigures, *, edition: Edition) -> list[Block]:
    """Return the figures beside those of simple models, and of cross-validation where a later time was tested on."""
    if not churn.rivals and churn.out_of_fold is None:
        return []
    measured = TIME_SPLIT if churn.headline == TIME_SPLIT else "out_of_fold"
    rows = [_row(edition.say(f"card.ours_{measured}"), churn, edition=edition)]
    if churn.out_of_fold is not None and measured == TIME_SPLIT:
        rows.append(_row(edition.say("card.ours_out_of_fold"), churn.out_of_fold, edition=edition))
    rows += [_row(name_rival(rival.name, edition=edition), rival.quality, edition=edition) for rival in churn.rivals]
    base = [edition.number(getattr(churn.baseline, key), _digits(key)) for key in METRICS]
    rows.append((edition.say("card.constant"), *base))
    columns = (edition.say("card.model"), *(edition.say(f"model.{key}") for key in METRICS))
    return [table(edition.say("card.comparison"), columns, rows), *plain(*_tell_rivals(churn, edition=edition))]


def _row(name: str, quality: Quality | ChurnFigures, *, edition: Edition) -> tuple[str, ...]:
    cells: list[str] = []
    for key in METRICS:
        interval: Interval = getattr(quality, key)
        cells.append(write_interval(interval, partial(edition.number, digits=_digits(key)), edition=edition))
    return (name, *cells)


def _tell_rivals(churn: ChurnFigures, *, edition: Edition) -> list[str]:
    said: list[str] = []
    if churn.headline == TIME_SPLIT and churn.out_of_fold is not None:
        later, earlier = edition.number(churn.auc.value, 3), edition.number(churn.out_of_fold.auc.value, 3)
        said.append(edition.say("card.optimistic", later=later, earlier=earlier))
    said += [_tell_rival(rival, churn, edition=edition) for rival in churn.rivals]
    return [" ".join(said)] if said else []


def _tell_rival(rival: Rival, churn: ChurnFigures, *, edition: Edition) -> str:
    """Return who ranks better: by the interval of our lead where it is known, else by whether intervals are apart."""
    name, theirs, lead = name_rival(rival.name, edition=edition), rival.quality.auc, rival.auc_lead
    if churn.auc.value < theirs.value:
        return edition.say("card.worse_than", rival=name)
    if lead is None:
        return edition.say(f"card.{'better_than' if churn.auc.low > theirs.high else 'level_with'}", rival=name)
    shown = {"lead": lead.value, "low": lead.low, "high": lead.high}
    told = {key: edition.number(value, 3) for key, value in shown.items()}
    return edition.say(f"card.{'leads' if lead.low > 0 else 'lead_unclear'}", rival=name, **told)


def tell_calibration(churn: ChurnFigures, *, edition: Edition) -> list[Block]:
    """Return the slope and intercept of calibration, and what they say of the probabilities."""
    slope, intercept = churn.calibration_slope, churn.calibration_intercept
    if slope is None or intercept is None:
        return []
    said = edition.say(
        "card.slope",
        slope=edition.number(slope.value, 2),
        low=edition.number(slope.low, 2),
        high=edition.number(slope.high, 2),
        intercept=edition.number(intercept.value, 2),
        intercept_low=edition.number(intercept.low, 2),
        intercept_high=edition.number(intercept.high, 2),
    )
    reading = edition.say(f"card.{read_calibration(slope, intercept)}", share=edition.percent(0.1, 0))
    return list(plain(f"{said} {reading}"))


def read_calibration(slope: Interval, intercept: Interval) -> str:
    """Return what slope and intercept say: exact unless the interval of either leaves out what exact would be."""
    if slope.high < 1:
        return "slope_extreme"
    if slope.low > 1:
        return "slope_timid"
    return "slope_exact" if intercept.low <= 0 <= intercept.high else "slope_level"


def tabulate_lift(churn: ChurnFigures, *, edition: Edition) -> list[Block]:
    """Return the table of lift at each share of the customers at highest risk."""
    if not churn.lift:
        return []
    write = partial(edition.number, digits=1)
    rows = [
        (edition.percent(entry.share, 0), write(entry.lift.value), write_range(entry.lift, write, edition=edition))
        for entry in churn.lift
    ]
    columns = (edition.say("card.lift_share"), edition.say("card.lift_times"), edition.say("model.low_high"))
    return [table(edition.say("card.lift"), columns, rows)]


def tell_profit(profit: ProfitFigures | None, *, edition: Edition) -> list[Block]:
    """Return what a campaign could yield, with every assumption that it rests on."""
    if profit is None:
        return []
    yields = profit.share > 0 and profit.profit.value > 0
    write = partial(edition.money, digits=2)
    said = edition.say(
        "card.profit_says" if yields else "card.profit_none",
        share=edition.percent(profit.share),
        profit=write(profit.profit.value),
        low=write(profit.profit.low),
        high=write(profit.profit.high),
    )
    together = profit.alpha + profit.beta
    assumptions = edition.say(
        "card.assumptions",
        value=write(profit.value),
        incentive=write(profit.incentive),
        contact=write(profit.contact),
        alpha=edition.number(profit.alpha, 0 if profit.alpha == round(profit.alpha) else 1),
        beta=edition.number(profit.beta, 0 if profit.beta == round(profit.beta) else 1),
        mean=edition.percent(profit.alpha / together, 0) if together > 0 else UNKNOWN,
    )
    source = edition.say("card.profit_source")
    return [Heading(text=edition.say("card.profit")), *plain(said, f"{assumptions} {source}")]
