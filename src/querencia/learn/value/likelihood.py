"""Maximum likelihood over positive parameters: what both purchase models share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from querencia.learn.encoding.encoders import Floats

LEAST, MOST = 1e-4, 1e4  # of a parameter, in units in which parameters are about 1
MOST_STEPS = 2000


@dataclass(frozen=True, kw_only=True)
class Optimum:
    """Parameters (m,) at the top of a likelihood, the log likelihood there, and whether it may be trusted.

    `at_bounds` holds the positions of parameters that ended at the least or the greatest value allowed: the data know
    of no reason to stop, and the parameter means nothing by itself.
    """

    parameters: Floats
    log_likelihood: float
    converged: bool
    at_bounds: tuple[int, ...]


def maximise(likelihood: Callable[[Floats], tuple[float, Floats]], *, start: Sequence[float], rows: float) -> Optimum:
    """Return where the log likelihood of `rows` rows is greatest, by L-BFGS-B on the logarithms of the parameters.

    `likelihood` takes parameters (m,) and returns the log likelihood with its derivative by each parameter, (m,).
    """

    def loss(logarithms: Floats) -> tuple[float, Floats]:
        parameters = np.exp(logarithms)
        value, slope = likelihood(parameters)
        return -value / rows, -slope * parameters / rows

    bounds = [(np.log(LEAST), np.log(MOST))] * len(start)
    options = {"maxiter": MOST_STEPS, "maxfun": MOST_STEPS, "ftol": 1e-13, "gtol": 1e-8}
    found = minimize(loss, np.log(start), jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    parameters = np.exp(found.x)
    at_bounds = np.flatnonzero((parameters <= LEAST * 1.001) | (parameters >= MOST / 1.001))
    _, slope = loss(found.x)
    inside = np.delete(slope, at_bounds)
    # L-BFGS-B also gives up where rounding hides any further gain: that is a top as well, if it is flat there.
    flat = bool(np.all(np.abs(inside) < 1e-4))
    return Optimum(
        parameters=parameters,
        log_likelihood=float(-found.fun * rows),
        converged=bool(np.isfinite(found.fun)) and flat,
        at_bounds=tuple(int(position) for position in at_bounds),
    )
