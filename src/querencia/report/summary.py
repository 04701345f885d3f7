"""The top of the report: key figures as tiles, and the few sentences a manager can act on."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor

from querencia.learn.figures.churn import ChurnFigures
from querencia.learn.figures.model import ModelFigures
from querencia.learn.figures.uplift import UpliftFigures
from querencia.report.charts.gains import TOLD
from querencia.report.charts.risk import expected_departures
from querencia.report.drift import find_causes
from querencia.report.edition import Edition, clean
from querencia.report.facts import ReportFacts
from querencia.report.measures import TIME_SPLIT
from querencia.report.uplift import NOBODY, effect_in_points, read_effect
from querencia.report.wording import name_ranking

CHANCE = 0.5
_MOST_CAUSES = 3  # of drift, the gravest
_LITTLE = 0.2  # share of the expected departures below which group 3 is told together with group 2


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One key figure: what it counts, the figure, and a detail that keeps it honest."""

    name: str
    figure: str
    label: str
    detail: str = ""


def count_tiles(facts: ReportFacts, *, edition: Edition) -> tuple[Tile, ...]:
    """Return the key figures that are known."""
    explore, model = facts.explore, facts.model
    tiles: list[Tile] = []
    if facts.customers is not None:
        tiles.append(_tile("customers", edition.number(len(facts.customers)), edition=edition))
    elif explore and explore.customers:
        tiles.append(_tile("customers", edition.number(explore.customers.rows), edition=edition))
    rate = _churn_rate(facts)
    if rate is not None:
        detail = edition.say("tile.churn_detail")
        tiles.append(_tile("churn_rate", edition.percent(rate), detail, edition=edition))
    attention = _attention(facts)
    if attention:
        detail = edition.say("tile.attention_detail", share=edition.percent(attention.share))
        tiles.append(_tile("attention", edition.number(attention.customers), detail, edition=edition))
    if model and model.churn:
        auc = model.churn.auc
        detail = edition.say(
            "tile.auc_detail",
            low=edition.number(auc.low, 2),
            high=edition.number(auc.high, 2),
            baseline=edition.number(model.churn.baseline.auc, 1),
        )
        name = "auc_time_split" if model.churn.headline == TIME_SPLIT else "auc"
        tiles.append(_tile(name, edition.number(auc.value, 2), detail, edition=edition))
    if explore and explore.events:
        events = explore.events
        detail = edition.say("tile.events_detail", items=edition.number(events.items))
        tiles.append(_tile("events", edition.number(events.events), detail, edition=edition))
        mean = events.events_per_session.mean
        detail = edition.say("tile.sessions_detail", mean=edition.number(mean, 1 if mean < 100 else 0))
        tiles.append(_tile("sessions", edition.number(events.sessions), detail, edition=edition))
    if facts.message_counts and any(facts.message_counts.values()):
        counts = {key: edition.number(facts.message_counts.get(key, 0)) for key in ("ready", "withheld", "failed")}
        detail = edition.say("tile.ready_detail", withheld=counts["withheld"], failed=counts["failed"])
        tiles.append(_tile("ready", counts["ready"], detail, edition=edition))
    return tuple(tiles)


def _tile(name: str, figure: str, detail: str = "", *, edition: Edition) -> Tile:
    return Tile(name=name, figure=figure, label=edition.say(f"tile.{name}"), detail=detail)


def sum_up(facts: ReportFacts, *, edition: Edition) -> tuple[str, ...]:
    """Return the sentences of the executive summary, most urgent first."""
    explore = facts.explore
    rate = _churn_rate(facts)
    said: list[str] = []
    if rate is not None:
        said.append(edition.say("summary.churn", rate=edition.percent(rate)))
    elif not (facts.model and facts.model.churn) and (facts.customers is not None or (explore and explore.customers)):
        said.append(edition.say("summary.no_outcome"))
    said += _urge(facts, edition=edition)
    if facts.model and facts.model.churn:
        said += _trust(facts.model.churn, edition=edition)
    if facts.model:
        said += _learned(facts.model, edition=edition)
    said += _worth(facts, edition=edition)
    if explore and explore.events and not (facts.model and facts.model.churn):
        figures = explore.events
        said.append(
            edition.say(
                "summary.events",
                events=edition.number(figures.events),
                sessions=edition.number(figures.sessions),
                median=edition.number(floor(figures.events_per_session.median)),
            )
        )
    if explore and explore.customers and explore.events and not facts.joined:
        said.append(edition.say("summary.separate"))
    if facts.message_counts and any(facts.message_counts.values()):
        counts = {key: edition.number(facts.message_counts.get(key, 0)) for key in ("ready", "withheld", "failed")}
        keys = ["messages", *(f"messages_{key}" for key in ("withheld", "failed") if facts.message_counts.get(key))]
        said.append(" ".join(edition.say(f"summary.{key}", **counts) for key in keys))
    return tuple(said) or (edition.say("summary.nothing"),)


@dataclass(frozen=True, kw_only=True)
class _Attention:
    customers: int
    share: float
    expected: float


def _churn_rate(facts: ReportFacts) -> float | None:
    """Return the share that left: of the customer table, else of the rows the model learned from."""
    explore, model = facts.explore, facts.model
    if explore and explore.customers and explore.customers.churn_rate is not None:
        return explore.customers.churn_rate
    if model and model.drift:
        return None  # what the model learned from is another table
    if model and model.churn and model.churn.rows:
        return model.churn.churners / model.churn.rows
    return None


def _attention(facts: ReportFacts, *, group: int = 3) -> _Attention | None:
    customers = facts.customers
    if customers is None or not customers["risk_group"].notna().any():
        return None
    known = customers.dropna(subset=["churn_probability", "risk_group"])
    inside = known.loc[known["risk_group"].astype(int) == group, "churn_probability"]
    whole = expected_departures(known["churn_probability"]) or 1.0
    return _Attention(
        customers=len(inside), share=len(inside) / len(known), expected=expected_departures(inside) / whole
    )


def _urge(facts: ReportFacts, *, edition: Edition) -> list[str]:
    attention = _attention(facts)
    if attention is None:
        return []
    if facts.model and facts.model.churn and facts.model.churn.auc.low <= CHANCE:
        return []  # a list that chance could have drawn is nothing to start from
    if attention.customers == 0:
        second = _attention(facts, group=2) or attention
        count, share = edition.number(second.customers), edition.percent(second.share)
        return [edition.say("summary.attention_none", count=count, share=share)]
    return [" ".join(_urge_groups(facts, attention, edition=edition))]


def _urge_groups(facts: ReportFacts, third: _Attention, *, edition: Edition) -> list[str]:
    """Say where to start, and what lies elsewhere: a small group 3 is not where most departures are."""
    first, second = _attention(facts, group=1) or third, _attention(facts, group=2) or third
    if third.expected < _LITTLE and second.customers:
        said = edition.say(
            "summary.attention_both",
            count=edition.number(third.customers),
            second=edition.number(second.customers),
            share=edition.percent(second.share + third.share),
            expected=edition.percent(second.expected + third.expected),
        )
    else:
        said = edition.say(
            "summary.attention",
            count=edition.number(third.customers),
            share=edition.percent(third.share),
            expected=edition.percent(third.expected),
        )
    if first.expected <= third.expected:
        return [said]
    return [said, edition.say("summary.attention_rest", expected=edition.percent(first.expected))]


def _trust(churn: ChurnFigures, *, edition: Edition) -> list[str]:
    low, high = edition.number(churn.auc.low, 2), edition.number(churn.auc.high, 2)
    auc, baseline = edition.number(churn.auc.value, 2), edition.number(churn.baseline.auc, 1)
    good = "trust_good_time_split" if churn.headline == TIME_SPLIT else "trust_good"
    key = good if churn.auc.low > CHANCE else "trust_none"
    said = [edition.say(f"summary.{key}", auc=auc, low=low, high=high, baseline=baseline)]
    if churn.auc.low > CHANCE:
        said += _lift(churn, edition=edition)
    if churn.leaks:
        said.append(edition.say("summary.leak", leaks=edition.listing(clean(name) for name in churn.leaks)))
    return said


def _lift(churn: ChurnFigures, *, edition: Edition) -> list[str]:
    """Say how much likelier those at highest risk were to leave, if they were."""
    told = min(churn.lift, key=lambda entry: abs(entry.share - TOLD), default=None)
    if told is None or told.lift.low <= 1:
        return []
    ends = {key: edition.number(getattr(told.lift, key), 1) for key in ("low", "high")}
    share, lift = edition.percent(told.share, 0), edition.number(told.lift.value, 1)
    return [edition.say("summary.lift", share=share, lift=lift, **ends)]


def _learned(model: ModelFigures, *, edition: Edition) -> list[str]:
    """Say whether the customers have changed since, what contact does, and whether segments are real."""
    said: list[str] = []
    causes = find_causes(model.drift) if model.drift else {}
    if causes:
        told = [
            edition.say(f"drift_cause.{'large_one' if (cause, count) == ('large', 1) else cause}", count=count)
            for cause, count in list(causes.items())[:_MOST_CAUSES]
        ]
        said.append(edition.say("summary.drift", causes=edition.listing(told)))
    if model.uplift:
        said.append(_aim(model.uplift, edition=edition))
    if model.segments and model.segments.distinct is False and model.segments.k > 1:
        said.append(edition.say("summary.segments_blurred"))
    return said


def _aim(uplift: UpliftFigures, *, edition: Edition) -> str:
    """Say whom to contact: nobody where contact did harm, else those ranked first, if any ranking was found."""
    if not uplift.randomisation.sound:
        return edition.say("summary.uplift_unsound")
    reading = read_effect(uplift.average_effect)
    harms = reading == "raises"
    effect = effect_in_points(uplift.average_effect, edition=edition)
    average = f"{edition.say('summary.uplift_lowers', **effect)} " if reading == "lowers" else ""
    if uplift.found and uplift.ranking != NOBODY:
        ranking = name_ranking(uplift.ranking, edition=edition)
        if harms:
            return edition.say("summary.uplift_aimed", ranking=ranking, **effect)
        return average + edition.say("summary.uplift_found", ranking=ranking)
    if harms:
        return edition.say("summary.uplift_harms", **effect)
    if uplift.ranking == NOBODY:
        return edition.say("summary.uplift_nobody")
    return average + edition.say("summary.uplift_none")


def _worth(facts: ReportFacts, *, edition: Edition) -> list[str]:
    totals = [(profile.customers * (profile.cltv or 0.0), profile) for profile in facts.profiles]
    whole = sum(total for total, _ in totals)
    if not whole or len(totals) < 2:
        return []
    if facts.model and facts.model.value and facts.model.value.source == "declared":
        return [edition.say("summary.value_declared")]
    total, best = max(totals, key=lambda pair: pair[0])
    return [
        edition.say(
            "summary.value",
            segment=clean(best.segment_name),
            share=edition.percent(best.share),
            value_share=edition.percent(total / whole),
        )
    ]
