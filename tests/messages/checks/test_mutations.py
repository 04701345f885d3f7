"""Planted faults are caught, and valid messages in a model's manner pass: the benchmark's mutation test, in small."""

from __future__ import annotations

import pytest

from message_contest.faults import FAULTS
from message_contest.mutations import refused, try_fault
from message_contest.valid_messages import LANGUAGES, texts
from querencia.messages.checks.registry import CHECKS

PLANTED = 150


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_caught(fault: str) -> None:
    trial = try_fault(fault, count=PLANTED)
    assert len(trial.missed) <= 0.005 * PLANTED, trial.missed


def test_valid_messages_pass() -> None:
    assert refused(1200) == []


def test_every_check_has_faults_of_its_own() -> None:
    named = {check.__name__.removeprefix("check_") for check in CHECKS}
    assert set.union(*(set(checks) for _, checks in FAULTS.values())) == named


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_thirty_texts_and_more_of_each_kind(language: str) -> None:
    written = texts(language)
    assert len(written) >= 30
    assert len({text.body for text in written}) == len(written)
    assert {text.tells for text in written} == {"numbers", "words", "none"}
