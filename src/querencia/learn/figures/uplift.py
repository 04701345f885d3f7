"""The figures of uplift: what contacting customers changed, and whom it is best to contact."""

from __future__ import annotations

from dataclasses import dataclass

from querencia.learn.figures.interval import Interval


@dataclass(frozen=True, kw_only=True)
class Imbalance:
    """A feature, and the standardised difference of its means between contacted customers and the others."""

    feature: str
    difference: float


@dataclass(frozen=True, kw_only=True)
class Randomisation:
    """Whether contact looks like the toss of a coin.

    `share` was contacted, `designed` should have been (None: not declared), with `allocation_p` the binomial test's
    p-value; `imbalances` the largest standardised differences; `treatment_auc` how well features foretell contact (0.5:
    not at all). `sound` is False where any of the three speaks against it; `reasons` names them ("allocation",
    "imbalance", "predictable").
    """

    share: float
    designed: float | None
    allocation_p: float | None
    imbalances: tuple[Imbalance, ...]
    treatment_auc: Interval
    sound: bool
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SampleFor:
    """Customers needed in all to show an effect of `effect` (a difference of shares), as now contacted."""

    effect: float
    customers: int


@dataclass(frozen=True, kw_only=True)
class Power:
    """The smallest average effect (a difference of shares) that so many customers show with `power` at `alpha`."""

    smallest_effect: float
    power: float
    alpha: float
    samples: tuple[SampleFor, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RankingTrial:
    """One way to rank customers for contact: "s_learner" …, "dr_learner", "risk", "nobody".

    `qini` is its out-of-fold Qini coefficient (see `learn.metrics.qini`) with its own 95 % interval, which takes the
    scores as given; `simultaneous_low` the lower bound that holds for all that were tried at once and for how they were
    learned, and that decides (see `learn.uplift.simultaneous`); `auuc` the area under its uplift curve.
    """

    name: str
    qini: Interval
    simultaneous_low: float
    auuc: float


@dataclass(frozen=True, kw_only=True)
class QiniPoint:
    """Contacting the `share` of customers ranked first: churners kept per customer of all, as ranked, by chance, and
    the 95 % band of rankings by chance.
    """

    share: float
    kept: float
    by_chance: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class UpliftDecile:
    """A tenth of the customers by foretold effect, highest first: the mean foretold, and the effect observed there.

    `predicted` is None where the ranking foretells no effect, such as that by risk; `observed` where all or none of the
    tenth were contacted.
    """

    decile: int
    customers: int
    predicted: float | None
    observed: Interval | None


@dataclass(frozen=True, kw_only=True)
class PolicyWorth:
    """Churn rate if the `share` of customers ranked first were contacted and nobody else: by inverse probability
    weighting (IPW) and its augmented form (AIPW, None where too few left to foretell outcomes). Share 0 is nobody.
    """

    share: float
    ipw: Interval
    aipw: Interval | None


@dataclass(frozen=True, kw_only=True)
class UpliftFigures:
    """What contact does to churn. Effects are falls in churn probability: more than 0 means that contact keeps
    customers.

    `ranking` names the ranking of the campaign and `found` whether its simultaneous interval clears zero; where it does
    not, the ranking is "risk", or "nobody" where contact does harm on average, and customers have no uplift. Nor have
    they where "risk" itself is found best: it says whom to contact first, not by how much it helps. `curve`, `deciles`
    and `policy` are of the ranking `shown`: the one kept, or the best that was tried. `resamples` were drawn for the
    trials' intervals.
    """

    rows: int
    contacted: int
    average_effect: Interval
    randomisation: Randomisation
    power: Power
    trials: tuple[RankingTrial, ...]
    ranking: str
    found: bool
    shown: str
    protocol: str
    curve: tuple[QiniPoint, ...] = ()
    deciles: tuple[UpliftDecile, ...] = ()
    policy: tuple[PolicyWorth, ...] = ()
    resamples: int | None = None
