from __future__ import annotations

from querencia.messages.message import Message, Recommendation
from querencia.messages.rendering import plain_text


def test_the_text_runs_from_greeting_to_signature() -> None:
    message = Message(
        customer_id="1",
        language="es",
        subject="Asunto",
        greeting="Estimado cliente:",
        body=("Uno.", "Dos:"),
        recommendations=(
            Recommendation(sku="A", name="Plan A", text="Le ayudará."),
            Recommendation(sku="B", name="Plan B", text="También."),
        ),
        call_to_action="Escríbanos.",
        signature=("Atentamente,", "Acme"),
        writer="offline",
    )
    assert plain_text(message) == (
        "Estimado cliente:\n\nUno.\n\nDos:\n\n"
        "- Plan A\n  Le ayudará.\n- Plan B\n  También.\n\nEscríbanos.\n\nAtentamente,\nAcme"
    )
