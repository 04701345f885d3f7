"""Replies as a model would write them, for any work in the three languages: for stand-in servers and benchmarks.

The sentences are written by hand, formal, as a good model writes. Which of them come together follows from a hash of
what is asked and from `choice`, so that works differ and the same question has the same answer.
"""

from __future__ import annotations

import json
import random
from hashlib import sha256
from typing import Any

from message_contest.reply_sentences import SENTENCES
from querencia.messages.cells import cell_slots
from querencia.messages.slots import CONTACT_SLOTS, available
from querencia.messages.writers.llm.facts import read_brief, read_cell

CUSTOMER = ("engagement", "churn_probability", "reason", "usage_month", "usage_quarter")


def sample_reply(asked: str, *, choice: int = 0) -> dict[str, Any]:
    """Return a valid reply, as `Reply` has it, to `Work.facts` or to a prompt that holds the document of facts.

    ValueError where `asked` holds no such document.
    """
    facts = _read(asked)
    draw = random.Random(sha256(f"{choice}:{asked}".encode("utf-8", "replace")).digest())
    sentences = SENTENCES[facts["language"]]

    def say(section: str) -> str:
        return draw.choice(
            [text for text in sentences[section] if "{{brand}}" not in text or "brand" in facts["slots"]]
        )

    words = "words" if facts["disclose"] == "words" else "numbers"
    told = [name for name in CUSTOMER if name in facts["slots"]]
    sections = {"engagement": f"engagement_{words}", "churn_probability": f"churn_{words}"}
    body = [say(f"opening_{facts['risk_group']}")]
    standing = " ".join(say(sections.get(name, name)) for name in told if not name.startswith("usage"))
    usage = " ".join(say(name) for name in told if name.startswith("usage"))
    body += [paragraph for paragraph in (usage, standing) if paragraph]
    body.append(say("bridge" if facts["products"] else "bridge_alone"))
    ways = [name for name in CONTACT_SLOTS if name in facts["slots"]]
    action = say(f"action_{draw.choice(ways)}" if ways else "action_reply")
    reply = {
        "subject": say(f"subject_{facts['risk_group']}"),
        "greeting": say("greeting"),
        "body": body[:4],
        "recommendations": [_recommend(number, facts["slots"], say) for number in range(1, facts["products"] + 1)],
        "call_to_action": action,
    }
    return _spelled(reply, facts["values"]) if draw.random() < 0.5 else reply


def sample_text(asked: str, *, choice: int = 0) -> str:
    """Return `sample_reply` as the JSON text that a server sends."""
    return json.dumps(sample_reply(asked, choice=choice), ensure_ascii=False)


def _recommend(number: int, slots: list[str], say: Any) -> str:
    def of_product(section: str) -> str:
        return say(section).replace("product_1", f"product_{number}")

    own = f"product_{number}"
    sentences = [of_product("product")]
    for fact in ("benefit", "times", "price", "link", "about"):
        if f"{own}_{fact}" in slots:
            sentences.append(of_product(fact))
    return " ".join(sentences)


def _spelled(value: Any, values: dict[str, str]) -> Any:
    """Return a reply to one customer with the facts themselves in place of their slots."""
    if isinstance(value, dict):
        return {key: _spelled(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [_spelled(item, values) for item in value]
    for name, told in values.items():
        value = value.replace(f"{{{{{name}}}}}", told)
    return value


def _read(asked: str) -> dict[str, Any]:
    """Return language, disclosure, risk group, slots, number of products, and the values that may be spelled out."""
    start = asked.find("{")
    if start < 0:
        raise ValueError("there is no document of facts in what was asked")
    document = json.loads(asked[start:])
    if "purpose" not in document:
        return _read_work(document, asked)
    individual = document["mode"] == "individual"
    return {
        "language": document["language"],
        "disclose": document["disclose"],
        "risk_group": document["risk_group"],
        "slots": list(document["slots"]),
        "products": len(document["products"]),
        "values": {name: value for name, value in document["slots"].items() if _is_plain(name)} if individual else {},
    }


def _read_work(document: dict[str, Any], facts: str) -> dict[str, Any]:
    ground = {key: document[key] for key in ("language", "disclose", "risk_group")}
    if document["mode"] == "cell":
        cell = read_cell(facts)
        return ground | {"slots": list(cell_slots(cell)), "products": cell.products, "values": {}}
    brief = read_brief(facts)
    filled = available(brief)
    return ground | {
        "slots": [name for name in filled if not name.endswith("_about")],
        "products": len(brief.offers),
        "values": {name: value for name, value in filled.items() if _is_plain(name)},
    }


def _is_plain(name: str) -> bool:
    return name != "name" and name not in CONTACT_SLOTS and not name.endswith(("_link", "_about"))
