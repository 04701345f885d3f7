"""The part of the report about contact: what it changed, whether to believe that, and whom to contact."""

from __future__ import annotations

from functools import partial
from typing import Literal

from querencia.learn.figures.interval import Interval
from querencia.learn.figures.uplift import Power, Randomisation, UpliftFigures
from querencia.report.blocks import Block, Exhibits, Heading, Section, Table, Text, absent, plain, table, warning
from querencia.report.charts.gallery import Gallery
from querencia.report.edition import UNKNOWN, Edition, clean
from querencia.report.facts import ReportFacts
from querencia.report.sections import section
from querencia.report.wording import in_hundreds, name_feature, name_ranking, write_range

NOBODY = "nobody"
_MOST_IMBALANCES = 5
_SMALL_P = 0.001


def write_uplift(facts: ReportFacts, gallery: Gallery, *, edition: Edition) -> Section:
    """Return what contact changed; where that is not known, why."""
    uplift = facts.model.uplift if facts.model else None
    if uplift is None:
        customers = facts.explore.customers if facts.explore else None
        key = "no_contact" if customers and customers.contact_rate is None else "absent"
        return section("uplift", [absent(edition.say(f"uplift.{key}"))], edition=edition)
    blocks: list[Block] = []
    if uplift.randomisation.sound:
        blocks += _tell_effect(uplift.average_effect, edition=edition)
    else:
        blocks.append(warning(edition.say("uplift.unsound_effect")))
    blocks += _tell_choice(uplift, edition=edition)
    blocks.append(Exhibits(exhibits=gallery["uplift"]))
    if uplift.policy or uplift.trials:
        blocks.append(Heading(text=edition.say("uplift.choice")))
    if uplift.policy:
        blocks += [_policy(uplift, edition=edition), *plain(edition.say("uplift.policy_note"))]
    if uplift.trials:
        blocks += [_trials(uplift, edition=edition), *plain(edition.say("uplift.qini_note"))]
    blocks += _randomisation(uplift.randomisation, edition=edition)
    blocks += _power(uplift, uplift.power, edition=edition)
    blocks += _protocol(uplift, edition=edition)
    return section("uplift", blocks, edition=edition)


Effect = Literal["lowers", "raises", "unclear"]


def read_effect(effect: Interval) -> Effect:
    """Return what contact did to churn, told by the whole interval of its fall."""
    if effect.low > 0:
        return "lowers"
    return "raises" if effect.high < 0 else "unclear"


def effect_in_points(effect: Interval, *, edition: Edition) -> dict[str, str]:
    """Return effect, low and high as words say them: a fall, a rise, or a signed change of churn, in points."""
    reading = read_effect(effect)
    if reading == "lowers":
        ends = (effect.value, effect.low, effect.high)
    else:
        ends = (-effect.value, -effect.high, -effect.low)
    write = partial(edition.points, digits=2) if reading == "unclear" else partial(in_hundreds, edition=edition)
    return dict(zip(("effect", "low", "high"), map(write, ends), strict=True))


def _tell_effect(effect: Interval, *, edition: Edition) -> list[Block]:
    reading = read_effect(effect)
    said = edition.say(f"uplift.{reading}", **effect_in_points(effect, edition=edition))
    return [warning(said)] if reading == "raises" else list(plain(said))


def _tell_choice(uplift: UpliftFigures, *, edition: Edition) -> list[Block]:
    """Say whether a ranking was found, that there is none, or that nobody should be contacted."""
    if uplift.ranking == NOBODY:
        return [warning(edition.say("uplift.nobody"))]
    kept = next((trial for trial in uplift.trials if trial.name == uplift.ranking), None)
    if not uplift.found or kept is None:
        return [warning(edition.say("uplift.not_found"))]
    write = partial(edition.number, digits=4)
    said = edition.say(
        "uplift.found",
        ranking=name_ranking(kept.name, edition=edition),
        qini=write(kept.qini.value),
        low=write(kept.qini.low),
        high=write(kept.qini.high),
        bound=write(kept.simultaneous_low),
    )
    return list(plain(said))


def _trials(uplift: UpliftFigures, *, edition: Edition) -> Table:
    write = partial(edition.number, digits=4)
    rows: list[tuple[str, ...]] = []
    for trial in sorted(uplift.trials, key=lambda entry: (-entry.qini.value, entry.name)):
        name = name_ranking(trial.name, edition=edition)
        if trial.name == uplift.ranking:
            name = edition.say("uplift.kept", ranking=name)
        elif trial.name == uplift.shown:
            name = edition.say("uplift.shown", ranking=name)
        qini = trial.qini
        cells = (write(qini.value), write_range(qini, write, edition=edition), write(trial.simultaneous_low))
        rows.append((name, *cells, write(trial.auuc)))
    columns = [edition.say(f"uplift.{key}") for key in ("trial", "qini")]
    columns += [edition.say("model.low_high"), edition.say("uplift.bound"), edition.say("uplift.auuc")]
    return table(edition.say("uplift.trials"), columns, rows)


def _policy(uplift: UpliftFigures, *, edition: Edition) -> Table:
    write = partial(edition.percent, digits=2)  # what contact changes is often less than a tenth of a point
    rows = [
        (
            edition.percent(entry.share, 0),
            write(entry.ipw.value),
            write_range(entry.ipw, write, edition=edition),
            write(entry.aipw.value) if entry.aipw else UNKNOWN,
            write_range(entry.aipw, write, edition=edition) if entry.aipw else UNKNOWN,
        )
        for entry in uplift.policy
    ]
    caption = edition.say("uplift.policy", ranking=name_ranking(uplift.shown, edition=edition))
    keys = ("uplift.policy_share", "uplift.ipw", "model.low_high", "uplift.aipw", "model.low_high")
    columns = [edition.say(key) for key in keys]
    return table(caption, columns, rows)


def _randomisation(found: Randomisation, *, edition: Edition) -> list[Block]:
    blocks: list[Block] = [Heading(text=edition.say("uplift.random"))]
    if found.sound:
        blocks += plain(edition.say("uplift.sound"))
    else:
        known = [reason for reason in ("allocation", "imbalance", "predictable") if reason in found.reasons]
        told = [edition.say(f"uplift.{reason}") for reason in known]
        told += [clean(reason) for reason in found.reasons if reason not in known]
        blocks.append(warning(edition.say("uplift.unsound", reasons=edition.listing(told) or "—")))
    auc = found.treatment_auc
    foretold = {"auc": auc.value, "low": auc.low, "high": auc.high}
    said = edition.say("uplift.treatment_auc", **{key: edition.number(value, 2) for key, value in foretold.items()})
    blocks += plain(f"{_tell_share(found, edition=edition)} {said}")
    if found.imbalances:
        blocks.append(_imbalances(found, edition=edition))
    return blocks


def _tell_share(found: Randomisation, *, edition: Edition) -> str:
    share, p = edition.percent(found.share), found.allocation_p
    if found.designed is None or p is None:
        return edition.say("uplift.share", share=share)
    shown = edition.number(p, 3) if p >= _SMALL_P else f"< {edition.number(_SMALL_P, 3)}"
    return edition.say("uplift.share_designed", share=share, designed=edition.percent(found.designed), p=shown)


def _imbalances(found: Randomisation, *, edition: Edition) -> Table:
    rows = [
        (name_feature(entry.feature, edition=edition), edition.number(entry.difference, 3))
        for entry in found.imbalances[:_MOST_IMBALANCES]
    ]
    columns = (edition.say("uplift.feature"), edition.say("uplift.difference"))
    return table(edition.say("uplift.imbalances"), columns, rows)


def _power(uplift: UpliftFigures, power: Power, *, edition: Edition) -> list[Block]:
    said = edition.say(
        "uplift.power_says",
        rows=edition.number(uplift.rows),
        contacted=edition.number(uplift.contacted),
        effect=in_hundreds(power.smallest_effect, edition=edition),
        power=edition.percent(power.power, 0),
        alpha=edition.percent(power.alpha, 0),
    )
    blocks: list[Block] = [Heading(text=edition.say("uplift.power")), *plain(said)]
    if power.samples:
        rows = [
            (in_hundreds(entry.effect, edition=edition), edition.number(entry.customers)) for entry in power.samples
        ]
        columns = (edition.say("uplift.sample_effect"), edition.say("uplift.sample_customers"))
        blocks.append(table(edition.say("uplift.samples"), columns, rows))
    return blocks


def _protocol(uplift: UpliftFigures, *, edition: Edition) -> list[Block]:
    if uplift.resamples is None:
        said = edition.say("uplift.protocol_bare")
    else:
        said = edition.say("uplift.protocol", resamples=edition.number(uplift.resamples))
    record = clean(uplift.protocol, longest=1_000)
    if not record:
        return list(plain(said))
    return [*plain(f"{said} {edition.say('uplift.record')}"), Text(text=record, kind="foreign")]
