"""Mutation test of the checks: valid messages with one planted fault each, and valid ones as they are."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from message_contest.faults import FAULTS
from message_contest.valid_messages import LANGUAGES, valid_message
from querencia.messages.brief import Brief
from querencia.messages.checks.registry import check_message
from querencia.messages.checks.rules import Rules
from querencia.messages.message import Message
from querencia.messages.writers.offline import write_message

OFFLINE_SHARE = 4  # every fourth message is the offline writer's own


@dataclass(frozen=True, kw_only=True)
class Trial:
    """How one fault fared: messages with it, and those in which it was not found."""

    fault: str
    planted: int
    missed: tuple[Message, ...]


def sound_message(number: int) -> tuple[Brief, Message]:
    """Return a valid message: mostly one in a model's manner, at times the offline writer's."""
    brief, message = valid_message(number)
    return (brief, write_message(brief)) if number % OFFLINE_SHARE == 0 else (brief, message)


def refused(count: int) -> list[tuple[int, str]]:
    """Return which of `count` valid messages are refused, and for what."""
    found = []
    for number in range(count):
        brief, message = sound_message(number)
        errors = [one for one in check_message(message, brief, rules=Rules()) if one.severity == "error"]
        found += [(number, f"{one.check}: {one.text}") for one in errors[:1]]
    return found


def try_fault(fault: str, *, count: int, first: int = 0) -> Trial:
    """Plant a fault in `count` valid messages, a third of them in each language."""
    _, checks = FAULTS[fault]
    missed = []
    for brief, broken in _planted(fault, count=count, first=first):
        found = {one.check for one in check_message(broken, brief, rules=Rules()) if one.severity == "error"}
        if not found & checks:
            missed.append(broken)
    return Trial(fault=fault, planted=count, missed=tuple(missed))


def _planted(fault: str, *, count: int, first: int) -> Iterator[tuple[Brief, Message]]:
    plant, _ = FAULTS[fault]
    left = {language: count // 3 + (place < count % 3) for place, language in enumerate(LANGUAGES)}
    number = first
    while any(left.values()):
        brief, message = sound_message(number)
        broken = plant(message, brief, random.Random(number)) if left[brief.language] else None
        if broken is not None and broken != message:
            left[brief.language] -= 1
            yield brief, broken
        number += 1


def print_mutations(*, count: int) -> None:
    """Print how many planted faults are caught, and how many valid messages refused."""
    print(f"{'fault':32} {'planted':>8} {'missed':>7} {'caught':>8}")
    for fault in FAULTS:
        trial = try_fault(fault, count=count)
        caught = 1 - len(trial.missed) / trial.planted
        print(f"{fault:32} {trial.planted:>8} {len(trial.missed):>7} {caught:>8.2%}")
    wrong = refused(10 * count)
    print(f"\nvalid messages refused: {len(wrong)} of {10 * count}")
