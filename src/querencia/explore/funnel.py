"""Types in sequence: how many sessions go from one type of event to the next, such as click, cart, order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from querencia.data.tables import EventLog
from querencia.explore.figures import FunnelStep
from querencia.explore.sessions import session_keys

# What OTTO's logs, and those that follow its words, hold.
USUAL = ("clicks", "carts", "orders")


def order_types(log: EventLog, *, found: Iterable[str]) -> tuple[str, ...]:
    """Return the event types of `log` in the order in which customers take them; empty where that is not known.

    It is the order in which the project file declares them, where it declares two or more; else that of the usual
    types among those `found`, where there are two or more.
    """
    declared = tuple(dict.fromkeys(log.declared))
    present = set(found)
    types = declared if len(declared) > 1 else tuple(kind for kind in USUAL if kind in present)
    return types if len(types) > 1 else ()


def count_funnel(
    con: Any, log: EventLog, events: Any, sessions: Any, *, types: Sequence[str], total: int
) -> tuple[FunnelStep, ...]:
    """Count the sessions in which events of the first k `types` stand in this order in time, for each k.

    An event may stand at the same moment as the one before. `sessions` holds, per session, `entered`: the time of its
    first event of the first type; `total` is how many sessions there are.
    """
    if not types:
        return ()
    steps = {"step_0": sessions.entered.count()}
    (entered,) = con.to_pyarrow(sessions.aggregate(**steps)).to_pylist()
    later = con.to_pyarrow(_count_later(log, events, sessions, types=types)).to_pylist()[0]
    reached = [entered["step_0"], *(later[f"step_{k}"] for k in range(1, len(types)))]
    before: list[int | None] = [None, *reached[:-1]]
    return tuple(
        FunnelStep(
            type=kind,
            sessions=count,
            share=count / total if total else 0.0,
            rate=count / base if base else None,
        )
        for kind, count, base in zip(types, reached, before, strict=True)
    )


def _count_later(log: EventLog, events: Any, sessions: Any, *, types: Sequence[str]) -> Any:
    """Return one row: how many sessions reach each step after the first.

    The later types are few of all events, so their times are gathered per session and looked through there: the
    earliest that does not lie before the step before. A window over all events would sort the whole log.
    """
    keys = session_keys(log)
    steps = list(enumerate(types))[1:]
    later = events.filter(events.type.isin(types[1:]))
    times = {f"times_{k}": later.time.collect(where=later.type == kind) for k, kind in steps}
    path = later.group_by(*keys).agg(**times).inner_join(sessions.filter(sessions.entered.notnull()), keys)
    path = path.mutate(reached_0=path.entered)
    for k, _ in steps:
        path = path.mutate(**{f"reached_{k}": _earliest(path[f"times_{k}"], since=path[f"reached_{k - 1}"])})
    return path.aggregate(**{f"step_{k}": path[f"reached_{k}"].count() for k, _ in steps})


def _earliest(times: Any, *, since: Any) -> Any:
    return times.filter(lambda time: time >= since).mins()
