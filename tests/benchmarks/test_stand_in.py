"""The stand-in for Azure OpenAI: its limits are the ones it was given, its faults come in their shares."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stand_in import faults
from stand_in.limits import Limits
from stand_in.server import StandIn, facts_in
from stand_in.serving import counts, serving, serving_apart

BODY = {"messages": [{"role": "user", "content": 'Write. {"offers": ["A", "B", "C"]} Only JSON.'}]}


def post(url: str, body: dict[str, Any] = BODY) -> tuple[int, dict[str, str], dict[str, Any]]:
    request = urllib.request.Request(f"{url}/v1/chat/completions", data=json.dumps(body).encode(), method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, dict(response.headers), json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), json.load(error)


def test_faults_at_random_come_in_their_shares_and_are_the_same_again() -> None:
    shares = [(faults.status(429), 0.3), (faults.status(500), 0.1), (faults.HANG, 0.05)]
    plan, again = faults.at_random(shares, seed=7), faults.at_random(shares, seed=7)
    met = [plan(number, {}) for number in range(4000)]
    assert met == [again(number, {}) for number in range(4000)]
    counted = Counter(fault.name if fault else "ok" for fault in met)
    for name, share in {"status_429": 0.3, "status_500": 0.1, "hang": 0.05, "ok": 0.55}.items():
        assert counted[name] == pytest.approx(4000 * share, abs=4 * (4000 * share * (1 - share)) ** 0.5)


@given(
    gaps=st.lists(st.floats(0, 3), min_size=1, max_size=200),
    per_minute=st.integers(10, 600),
    window=st.sampled_from([1.0, 10.0]),
)
def test_no_stretch_of_time_admits_more_than_its_limit(gaps: list[float], per_minute: int, window: float) -> None:
    limits, now, admitted = Limits(requests=per_minute, window=window), 0.0, []
    for gap in gaps:
        now += gap
        if limits.admit(1, now=now) == 0:
            admitted.append(now)
    room = max(1.0, per_minute * window / 60)
    for first, start in enumerate(admitted):
        for last in range(first, len(admitted)):
            assert last - first + 1 <= room + (admitted[last] - start) * per_minute / 60 + 1e-6


def test_a_call_that_waits_as_long_as_it_was_told_is_admitted() -> None:
    limits = Limits(tokens=6000)
    assert limits.admit(100, now=0) == 0
    wait = limits.admit(100, now=0)
    assert wait == pytest.approx(1.0)
    assert limits.admit(100, now=wait + 1e-9) == 0


def test_over_its_limit_it_answers_429_and_says_how_long() -> None:
    with serving(StandIn(limits=Limits(requests=30))) as url:
        assert post(url)[0] == 200
        status, headers, body = post(url)
    assert status == 429
    assert 1000 < int(headers["retry-after-ms"]) <= 2000
    assert body["error"]["code"] == "429"


def test_a_reply_is_made_of_the_facts_in_the_prompt() -> None:
    assert facts_in(BODY) == '{"offers": ["A", "B", "C"]}'
    assert facts_in({"messages": [{"role": "user", "content": "{{slots}} and {no facts}"}]}) == "{}"
    with serving(StandIn()) as url:
        reply = json.loads(post(url)[2]["choices"][0]["message"]["content"])
    assert len(reply["recommendations"]) == 3


def test_as_a_process_it_takes_options_and_counts() -> None:
    with serving_apart("--rate-limited", "1", "--retry-after", "0.3") as url:
        status, headers, _ = post(url)
        assert (status, headers["retry-after-ms"]) == (429, "300")
        assert counts(url) == {"calls": 1, "outcomes": {"status_429": 1}, "most_in_flight": 1}
