"""A message as one plain text, the way a mail or a CSV cell shows it."""

from __future__ import annotations

from querencia.messages.message import Message, Recommendation


def plain_text(message: Message) -> str:
    """Return the text from greeting to signature: a blank line between parts, recommendations as a dashed list."""
    parts = [message.greeting, *message.body]
    if message.recommendations:
        parts.append("\n".join(_item(recommendation) for recommendation in message.recommendations))
    parts += [message.call_to_action, "\n".join(message.signature)]
    return "\n\n".join(parts)


def _item(recommendation: Recommendation) -> str:
    return f"- {recommendation.name}\n  {recommendation.text}"
