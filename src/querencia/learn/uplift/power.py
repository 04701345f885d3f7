"""Power: which average effects an experiment of this size can show at all.

Two proportions, two-sided test, normal approximation: J. Fleiss, B. Levin and M. Paik, "Statistical Methods for Rates
and Proportions", 2003, section 4.2, without the continuity correction.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from scipy.optimize import brentq
from scipy.stats import norm

from querencia.learn.figures.uplift import Power, SampleFor

ALPHA, POWER = 0.05, 0.8
EFFECTS = (0.0025, 0.005, 0.01, 0.02, 0.05)


def smallest_effect(
    *, base_rate: float, contacted: int, others: int, alpha: float = ALPHA, power: float = POWER
) -> float:
    """Return the smallest fall from `base_rate`, a difference of shares, that is found with the chance `power`.

    `contacted` and `others` are customers on each side, `base_rate` the churn rate without contact. More than
    `base_rate` says that not even the end of all churn would be found.
    """

    def excess(effect: float) -> float:
        shown = base_rate - min(effect, base_rate)
        return effect - _detectable(base_rate, shown, contacted, others, alpha, power)

    return float(brentq(excess, 0.0, 10.0, xtol=1e-12))


def customers_for(effect: float, *, base_rate: float, share: float, alpha: float = ALPHA, power: float = POWER) -> int:
    """Return how many customers are needed in all, a `share` of them contacted, to find a fall of `effect`.

    ValueError unless 0 < effect <= base_rate < 1 and 0 < share < 1.
    """
    if not (0 < effect <= base_rate < 1 and 0 < share < 1):
        raise ValueError(f"effect {effect!r} of {base_rate!r}, share {share!r}: expected 0 < effect <= base rate < 1.")
    # The detectable effect falls with the root of the number of customers.
    detectable = _detectable(base_rate, base_rate - effect, share, 1 - share, alpha, power)
    return math.ceil((detectable / effect) ** 2)


def describe_power(*, base_rate: float, contacted: int, others: int, effects: Sequence[float] = EFFECTS) -> Power:
    """Return the smallest effect that so many customers show, and the customers that each of `effects` needs.

    Effects above `base_rate` cannot be, and are left out; where all are, half the base rate stands instead.
    """
    share = contacted / (contacted + others)
    possible = [effect for effect in effects if effect < base_rate] or [base_rate / 2] * (0 < base_rate < 1)
    return Power(
        smallest_effect=smallest_effect(base_rate=base_rate, contacted=contacted, others=others),
        power=POWER,
        alpha=ALPHA,
        samples=tuple(
            SampleFor(effect=effect, customers=customers_for(effect, base_rate=base_rate, share=share))
            for effect in possible
        ),
    )


def _detectable(base: float, shown: float, contacted: float, others: float, alpha: float, power: float) -> float:
    """Return the effect found with `power` by sides of such size, were their rates `base` and `shown`."""
    pooled = (others * base + contacted * shown) / (others + contacted)
    null = math.sqrt(pooled * (1 - pooled) * (1 / contacted + 1 / others))
    true = math.sqrt(shown * (1 - shown) / contacted + base * (1 - base) / others)
    return float(norm.ppf(1 - alpha / 2) * null + norm.ppf(power) * true)
