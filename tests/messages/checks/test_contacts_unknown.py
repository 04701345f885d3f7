"""Where the records hold no contact at all, every contact is invented."""

from __future__ import annotations

import pytest

from querencia.messages.brief import Brand
from querencia.messages.foreign import TextFacts, check_text

TEXT = (
    "Estimado cliente:\n\nLe agradecemos su confianza. Si necesita ayuda, {way} y le atenderemos con mucho gusto.\n\n"
    "Atentamente,\nVoiceFlip"
)


@pytest.mark.parametrize(
    "way", ["llame al +34 911 22 33 44", "escriba a ayuda@otra.example", "visite https://otra.example"]
)
def test_an_invented_contact_is_found_without_any_on_record(way: str) -> None:
    facts = TextFacts(language="es", brand=Brand(name="VoiceFlip"), catalogue=())
    found = {finding.check for finding in check_text(TEXT.format(way=way), facts) if finding.severity == "error"}
    assert "contacts" in found
    sound = check_text(TEXT.format(way="responda a este mensaje"), facts)
    assert [finding for finding in sound if finding.check == "contacts"] == []
