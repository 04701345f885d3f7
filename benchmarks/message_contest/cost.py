"""What a million customers cost in each mode, at the list prices that genai-prices holds today; nothing is asked."""

from __future__ import annotations

from itertools import islice

from message_contest.cells import make_recipients
from message_contest.replies import sample_text
from querencia.errors import SettingsError
from querencia.messages.cell_plan import plan_cells
from querencia.messages.writers.llm.guidance import Guidance
from querencia.messages.writers.llm.prices import BYTES_PER_TOKEN, LIKELY_CALLS, NANO, likely_tokens, prices_of
from querencia.messages.writers.llm.scribe import ModelScribe
from querencia.messages.writers.llm.work import Usage, Work
from querencia.messages.writers.llm.works import cell_work, individual_work

MODELS = ("gpt-4.1-nano", "gpt-4.1-mini", "gpt-4.1", "gpt-4o-mini", "gpt-4o")
SAMPLE = 200
CUSTOMERS = 1_000_000


def print_cost(*, planned: int = 20_000) -> None:
    """Print US dollars for a million customers: cells are planned from `planned` customers of the same telecom."""
    guidance = Guidance()
    cells = plan_cells((recipient.brief for recipient in make_recipients(planned)), most=400, least=10).cells()
    works = {
        "cell": [cell_work(one.cell, model="m", guidance=guidance) for one in islice(cells, SAMPLE)],
        "individual": [
            individual_work(recipient.brief, model="m", guidance=guidance) for recipient in make_recipients(SAMPLE)
        ],
    }
    texts = {"cell": len(cells), "individual": CUSTOMERS}
    usage = {mode: _usage(sample, ModelScribe(guidance)) for mode, sample in works.items()}
    for mode, spent in usage.items():
        print(f"{mode}: {texts[mode]:,} texts, {spent.input:,} tokens read and {spent.output:,} written for each")
    print(f"{'USD for 1,000,000 customers':28}{'cell':>10}{'batch':>10}{'individual':>14}{'batch':>12}")
    for model in MODELS:
        try:
            prices = prices_of(model)
        except SettingsError:
            continue
        row = []
        for mode in ("cell", "individual"):
            for price in (prices, prices.halved()):
                row.append(texts[mode] * LIKELY_CALLS * price.of(usage[mode]) / NANO)
        print(f"{model:28}{row[0]:>10,.2f}{row[1]:>10,.2f}{row[2]:>14,.0f}{row[3]:>12,.0f}")
    print(f"({LIKELY_CALLS} calls for each text, with repairs; {BYTES_PER_TOKEN} bytes a token; nothing cached)")


def _usage(sample: list[Work], scribe: ModelScribe) -> Usage:
    """Return the mean tokens of one call."""
    read = sum(likely_tokens(scribe.question(work)) for work in sample)
    written = sum(len(sample_text(work.facts).encode()) / BYTES_PER_TOKEN for work in sample)
    return Usage(input=round(read / len(sample)), output=round(written / len(sample)))
