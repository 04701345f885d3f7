"""How one call to the stand-in can go wrong, each as servers really do it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True, eq=False)
class Fault:
    """What is different about one answer.

    `body` replaces the whole answer; `choice` and `message` change the usual completion's (None takes a key out).
    `sent` (a share) breaks the connection off after that part of the answer. `hang` never answers;
    `dribble` (seconds) sends byte by byte.
    """

    name: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    choice: Mapping[str, Any] = field(default_factory=dict)
    message: Mapping[str, Any] = field(default_factory=dict)
    sent: float = 1.0
    hang: bool = False
    dribble: float = 0.0


Plan = Callable[[int, Mapping[str, Any]], Fault | None]
"""Which fault the call of that number (from 0), with that body, meets."""


def status(code: int, *, error: str | None = None, param: str | None = None, **headers: str) -> Fault:
    """An HTTP error as Azure words it; underscores in names of headers stand for hyphens."""
    said = {"code": error or str(code), "type": None, "param": param, "message": f"Error {code}, as foreseen."}
    return Fault(
        name=f"status_{code}",
        status=code,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        body={"error": said},
    )


def prompt_filtered(*, inner_only: bool = False) -> Fault:
    """The prompt met the content filter; `inner_only`: some versions say so in ``innererror`` alone."""
    result = {"hate": {"filtered": True, "severity": "high"}, "jailbreak": {"filtered": False, "detected": False}}
    error = {
        "message": "The response was filtered due to the prompt triggering the content management policy.",
        "type": None,
        "param": "prompt",
        "code": None if inner_only else "content_filter",
        "status": 400,
        "innererror": {"code": "ResponsibleAIPolicyViolation", "content_filter_result": result},
    }
    return Fault(name="prompt_filtered", status=400, body={"error": error})


HANG = Fault(name="hang", hang=True)
CUT = Fault(name="cut", sent=0.5)
DRIBBLE = Fault(name="dribble", dribble=0.05)
NOT_JSON = Fault(name="not_json", body=b'{"id": "chatcmpl-1", "choices": [{"index": 0, "mess')
HTML = Fault(name="html", headers={"content-type": "text/html"}, body=b"<html><body>Gateway</body></html>")
NO_CHOICES = Fault(name="no_choices", choice={"": None})
NO_MESSAGE = Fault(name="no_message", choice={"message": None})
EMPTY = Fault(name="empty", message={"content": ""})
NULL = Fault(name="null", message={"content": None})
BLANK = Fault(name="blank", message={"content": " \n "})
REFUSAL = Fault(name="refusal", message={"content": None, "refusal": "I'm sorry, I cannot help with that."})
LENGTH = Fault(name="length", choice={"finish_reason": "length"})
FILTERED_EMPTY = Fault(name="filtered_empty", choice={"finish_reason": "content_filter"}, message={"content": ""})
FILTERED_TEXT = Fault(name="filtered_text", choice={"finish_reason": "content_filter"})
FILTERED_NO_MESSAGE = Fault(name="filtered", choice={"finish_reason": "content_filter", "message": None})
SCHEMA = Fault(name="schema", message={"content": json.dumps({"asunto": "Otra forma", "body": "not a list"})})
MALFORMED_REPLY = Fault(name="malformed_reply", message={"content": '{"subject": "Le escri'})
WRONG_LANGUAGE = Fault(
    name="wrong_language",
    message={
        "content": json.dumps(
            {
                "subject": "Wir möchten Ihnen danken",
                "greeting": "Guten Tag",
                "body": ["Wir schreiben Ihnen, weil uns Ihre Meinung wichtig ist.", "Vielen Dank für Ihre Treue."],
                "recommendations": ["Dieses Angebot passt gut zu Ihnen.", "Auch dieses wird Ihnen gefallen."],
                "call_to_action": "Bitte antworten Sie auf diese Nachricht.",
            }
        )
    },
)


def in_turn(*faults: Fault | None) -> Plan:
    """The faults one call after the other, and none after the last."""
    return lambda number, _: faults[number] if number < len(faults) else None


def always(fault: Fault) -> Plan:
    """Each call meets the same."""
    return lambda _, __: fault


def at_random(shares: Sequence[tuple[Fault, float]], *, seed: int) -> Plan:
    """Each fault for its share of calls, by the call's number and `seed` alone."""

    def plan(number: int, _: Mapping[str, Any]) -> Fault | None:
        drawn = random.Random(seed * 1_000_003 + number).random()
        for fault, share in shares:
            drawn -= share
            if drawn < 0:
                return fault
        return None

    return plan
