"""What each check costs a message, in microseconds of one core: for texts that recur with other facts, and new ones.

*cell*: the hand-written texts, each filled with its customer's names, figures and products. *individual*: the same
messages with a new word in each sentence, so that nothing that was judged before comes again.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from time import process_time
from typing import TypeVar

from message_contest.valid_messages import valid_message
from querencia.messages.brief import Brief
from querencia.messages.checks.brief_evidence import evidence_of
from querencia.messages.checks.registry import CHECKS
from querencia.messages.checks.rules import Rules
from querencia.messages.checks.shown import show_message
from querencia.messages.message import Message
from querencia.messages.presentable import presentable
from querencia.messages.rendering import plain_text

KNOWN_BEFORE = 30_000
R = TypeVar("R")
Pair = tuple[Brief, Message]
_SENTENCE_END = re.compile(r"(?<=\w)(?=[.;:!?](?:\s|$))")
_LETTERS = "aeilnorstu"


class Clock:
    """CPU seconds spent by name: other work on the machine is not counted."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def time(self, name: str, work: Callable[[], R]) -> R:
        """Return what `work` returns, and count its seconds."""
        begun = process_time()
        done = work()
        self.seconds[name] = self.seconds.get(name, 0.0) + process_time() - begun
        return done


def measure(pairs: Sequence[Pair]) -> dict[str, float]:
    """Return the microseconds per message of each step."""
    clock, rules = Clock(), Rules()
    gc.collect()
    gc.freeze()  # the messages made beforehand, which a stream would not hold
    for brief, message in pairs:
        known = clock.time("presentable", lambda: presentable(brief))  # noqa: B023
        evidence = clock.time("evidence", lambda: evidence_of(known))  # noqa: B023
        text = clock.time("plain text", lambda: plain_text(message))  # noqa: B023
        shown = clock.time("masks", lambda: show_message(message, text=text, evidence=evidence))  # noqa: B023
        for check in CHECKS:
            name = check.__name__.removeprefix("check_")
            clock.time(name, lambda: list(check(shown, evidence, rules)))  # noqa: B023
    return {name: 1e6 * seconds / len(pairs) for name, seconds in clock.seconds.items()}


def made_new(number: int, message: Message) -> Message:
    """Return the message with a word of its own in every sentence."""
    places = iter(range(1000))

    def word(_: re.Match[str]) -> str:
        code = number * 1000 + next(places)
        return " " + "".join(_LETTERS[code // 10**place % 10] for place in range(9))

    items = tuple(replace(one, text=_SENTENCE_END.sub(word, one.text)) for one in message.recommendations)
    body = tuple(_SENTENCE_END.sub(word, text) for text in message.body)
    action = _SENTENCE_END.sub(word, message.call_to_action)
    return replace(message, body=body, recommendations=items, call_to_action=action)


def print_checks(*, messages: int) -> None:
    """Print the cost of each check for both kinds of texts, after a round to fill what is remembered."""
    # A run of millions has told every score and percentage before.
    for number in range(KNOWN_BEFORE):
        evidence_of(presentable(valid_message(number)[0]))
    pairs = [valid_message(number) for number in range(KNOWN_BEFORE, KNOWN_BEFORE + messages + 2000)]
    measure(pairs[:2000])
    cell = measure(pairs[2000:])
    individual = measure([(brief, made_new(number, text)) for number, (brief, text) in enumerate(pairs[2000:])])
    print(f"{'microseconds a message':24} {'cell':>10} {'individual':>11}")
    for name in cell:
        print(f"{name:24} {cell[name]:>10.1f} {individual[name]:>11.1f}")
    both = (sum(cell.values()), sum(individual.values()))
    print(f"{'all':24} {both[0]:>10.1f} {both[1]:>11.1f}")
    print(f"{'messages a second':24} {1e6 / both[0]:>10,.0f} {1e6 / both[1]:>11,.0f}")
