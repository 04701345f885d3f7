"""How the report words what figures carry as codes: models, rankings, features, intervals, points."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from querencia.data.features import describe_feature
from querencia.learn.figures.interval import Interval
from querencia.report.edition import UNKNOWN, Edition, clean, texts


def name_algorithm(model: str, *, edition: Edition) -> str:
    """Return the name of a model that was tried; one without a name in the texts keeps its own."""
    return texts(edition.language).get(f"algorithm.{model}", clean(model))


def name_rival(rival: str, *, edition: Edition) -> str:
    """Return the name of a simple model that ours was compared with."""
    return texts(edition.language).get(f"rival.{rival}", clean(rival))


def name_ranking(ranking: str, *, edition: Edition) -> str:
    """Return the name of a way to rank customers for contact."""
    return texts(edition.language).get(f"ranking.{ranking}", clean(ranking))


def name_feature(feature: str, *, edition: Edition, longest: int = 80) -> str:
    """Return what a feature means where it is one of behaviour, else its own name, in at most `longest` characters."""
    return clean(describe_feature(feature, language=edition.language), longest=longest) or UNKNOWN


def name_some(names: Sequence[str], *, edition: Edition, most: int = 8) -> str:
    """Return the names as a phrase, or the first of them and how many there are besides."""
    if len(names) <= most:
        return edition.listing(names)
    return edition.say("customers.more", names=", ".join(names[:most]), count=edition.number(len(names) - most))


def in_hundreds(value: float, *, edition: Edition, digits: int = 2) -> str:
    """Return a share, or a difference of shares, per hundred and without a sign of percent."""
    return edition.number(100 * value, digits)


def write_range(interval: Interval, write: Callable[[float], str], *, edition: Edition) -> str:
    """Return the ends of an interval, each as `write` writes it."""
    return edition.say("word.from_to", low=write(interval.low), high=write(interval.high))


def write_interval(interval: Interval, write: Callable[[float], str], *, edition: Edition) -> str:
    """Return a figure and, in brackets, the ends of its interval."""
    return f"{write(interval.value)} ({write_range(interval, write, edition=edition)})"
