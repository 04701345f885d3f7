"""The features of behaviour: their names, what they mean, and which of them speak of engagement."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from querencia.language.notes import Note, say

WINDOWS = (7, 30, 90)

# Types whose events are purchases, however a log calls them; compared casefolded.
PURCHASE_TYPES = frozenset(
    {"order", "orders", "purchase", "purchases", "sale", "sales", "buy", "transaction", "transactions"}
)

FEATURES = {
    "{what}_7d, _30d, _90d, _total": "events, events of each type, sessions: count in the last N days, and in all",
    "{what}_per_week": "the same per week since the customer's first event (at least one week)",
    "{what}_per_week_30d, _90d": "the same per week of the window that the customer was there for (at least one week); "
    "the count of 7 days is its own rate",
    "{type}_share": "share of a type among all the customer's events",
    "events_trend, sessions_trend": "(last 30 days - the 30 before) / (their sum), from -1 to 1",
    "recency_days": "days since the last event",
    "tenure_days": "days since the first event",
    "active_days_30d, active_days_total": "local days with an event",
    "events_per_session_mean, events_per_session_max": "events of one session",
    "session_seconds_mean": "seconds from a session's first event to its last",
    "gap_days_mean, gap_days_max": "days from the start of one session to the start of the next",
    "last_gap_ratio": "the latest such gap / the mean gap",
    "recency_gap_ratio": "recency / the mean gap: how overdue the customer is",
    "night_share, morning_share, afternoon_share, evening_share": "share of events from 0, 6, 12, 18 h, local time",
    "weekend_share": "share of events on Saturday or Sunday, local time",
    "distinct_items_30d, distinct_items_90d, distinct_items_total": "different items",
    "spend_30d, spend_90d, spend_total": "money spent; only where the log has prices",
    "spend_per_month": "money spent per month since the first event (at least one month)",
    "average_order_value": "money spent / sessions with a purchase",
}
"""Families of features and what each means. {type} is an event type's name in snake case."""

_COUNTED = ("events", "sessions")
_DAY_PARTS = ("night", "morning", "afternoon", "evening", "weekend")
_OWN_NAMES = frozenset({"active_days", "distinct_items", "spend", *_COUNTED, *_DAY_PARTS})
_SINGLES = frozenset(name.strip() for family in FEATURES if "{" not in family for name in family.split(","))
_PARTS = re.compile(r"(?P<what>.+?)(?P<rate>_per_week)?(?:_(?P<days>7|30|90)d|_total)?")
_ENGAGED = re.compile(r".+(_(7|30|90)d|_total|_per_week|_per_month)")


def name_types(types: Sequence[str]) -> dict[str, str]:
    """Return the snake-case name of each event type, distinct from one another and from this module's own words."""
    names: dict[str, str] = {}
    for kind in types:
        letters = unicodedata.normalize("NFKD", kind.casefold()).encode("ascii", "ignore").decode()
        plain = re.sub(r"[^0-9a-z]+", "_", letters).strip("_") or "other"
        # A type must not take the name of another one's rate.
        plain = re.sub(r"_per_week$", "_weekly", plain)
        plain = f"type_{plain}" if plain in _OWN_NAMES or plain[0].isdigit() else plain
        name, turn = plain, 2
        while name in names.values():
            name, turn = f"{plain}_{turn}", turn + 1
        names[kind] = name
    return names


def purchase_types(types: Iterable[str]) -> tuple[str, ...]:
    """Return the types that are purchases by their name (`PURCHASE_TYPES`), in the order given; maybe none."""
    return tuple(kind for kind in types if kind.casefold() in PURCHASE_TYPES)


def engaged_features(columns: Iterable[str]) -> tuple[str, ...]:
    """Return those of `columns` that grow with engagement: counts, rates and money, not times, shares or gaps.

    They orient principal components (more is more engaged), and are 0 for a customer without any event.
    """
    return tuple(column for column in columns if _ENGAGED.fullmatch(column))


def describe_feature(name: str, *, language: str = "en") -> str:
    """Return what a feature means, in a few words of `language`; a name that is no feature of behaviour as it is."""
    whole = name.removeprefix("log_")
    if whole in _SINGLES and not _is_window(whole):
        return say(Note(code=f"feature_{whole}"), language=language)
    if whole.endswith("_share"):
        kind = _describe_counted(whole.removesuffix("_share"), language=language)
        return say(Note(code="feature_share", values={"what": kind}), language=language)
    parts = _PARTS.fullmatch(whole)
    if parts is None or parts["what"] == whole:
        return name
    what = _describe_counted(parts["what"], language=language)
    code = "feature_rate" if parts["rate"] else "feature_count"
    if parts["days"] is None:
        return say(Note(code=f"{code}_total", values={"what": what}), language=language)
    return say(Note(code=f"{code}_window", values={"what": what, "days": int(parts["days"])}), language=language)


def _is_window(name: str) -> bool:
    return _ENGAGED.fullmatch(name) is not None and name != "spend_per_month"


def _describe_counted(what: str, *, language: str) -> str:
    if what in _OWN_NAMES or what in {"clicks", "carts", "orders"}:
        return say(Note(code=f"counted_{what}"), language=language)
    return say(Note(code="counted_type", values={"type": what.removeprefix("type_")}), language=language)
