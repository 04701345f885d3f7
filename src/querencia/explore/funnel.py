"""Types in sequence: how many sessions go from one type of event to the next, such as click, cart, order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import reduce
from operator import add, or_
from typing import Any

import ibis

from querencia.data.dialect import kept
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
    entered = int(con.to_pyarrow(sessions.entered.count()).as_py())
    further = _count_further(con, log, events, sessions, later=types[1:])
    reached = [entered, *(sum(count for steps, count in further.items() if steps >= k) for k in range(1, len(types)))]
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


def _count_further(con: Any, log: EventLog, events: Any, sessions: Any, *, later: Sequence[str]) -> Counter[int]:
    """Return how many sessions take how many steps after the first.

    The `later` types are few of all events, and of most sessions their first and last times tell enough; only where
    the first of a type comes too early and the last does not are all of its times looked at. A window over all events
    would sort the whole log, and lists of times for every session would fill the memory.
    """
    keys = session_keys(log)
    chosen = events.filter(events.type.isin(later))
    taken = Counter[int]()
    with kept(con, _walk(chosen, sessions, keys=keys, later=later)) as walks:
        counted = walks.group_by("steps", "unclear").agg(sessions=walks.count())
        rows = con.to_pyarrow(counted).to_pylist()
        if any(row["unclear"] for row in rows):
            unclear = walks.filter(walks.unclear)
            looked_at = _walk_closely(chosen, unclear, keys=keys, later=later)
            rows += con.to_pyarrow(looked_at.group_by("steps").agg(sessions=looked_at.count())).to_pylist()
    for row in rows:
        if not row.get("unclear"):
            taken[row["steps"]] += row["sessions"]
    return taken


def _walk(chosen: Any, sessions: Any, *, keys: Sequence[str], later: Sequence[str]) -> Any:
    """Return keys, `entered`, `steps` taken and whether these are `unclear`, of each session that may take any."""
    spans = {}
    for k, kind in enumerate(later):
        spans[f"first_{k}"] = chosen.time.min(where=chosen.type == kind)
        spans[f"last_{k}"] = chosen.time.max(where=chosen.type == kind)
    walk = chosen.group_by(*keys).agg(**spans).inner_join(sessions.filter(sessions.entered.notnull()), keys)
    since, reached, unclear = walk.entered, [], [ibis.literal(False)]
    for k, _ in enumerate(later):
        first, last = walk[f"first_{k}"], walk[f"last_{k}"]
        if k == len(later) - 1:
            # Nothing comes after the last step: when it was taken does not matter.
            since = ibis.ifelse(last >= since, last, ibis.null(last.type()))
        else:
            unclear.append(((first < since) & (last >= since)).fill_null(False))
            since = ibis.ifelse(first >= since, first, ibis.null(first.type()))
        reached.append(since.notnull().cast("int64"))
    return walk.select(*keys, "entered", steps=reduce(add, reached), unclear=reduce(or_, unclear))


def _walk_closely(chosen: Any, walks: Any, *, keys: Sequence[str], later: Sequence[str]) -> Any:
    """Return `steps` of the sessions of `walks`, from all their times."""
    times = {f"times_{k}": chosen.time.collect(where=chosen.type == kind) for k, kind in enumerate(later)}
    path = chosen.semi_join(walks, keys).group_by(*keys).agg(**times).inner_join(walks, keys)
    since, reached = path.entered, []
    for k, _ in enumerate(later):
        since = _earliest(path[f"times_{k}"], since=since)
        reached.append(since.notnull().cast("int64"))
    return path.select(steps=reduce(add, reached))


def _earliest(times: Any, *, since: Any) -> Any:
    return times.filter(lambda time: time >= since).mins()
