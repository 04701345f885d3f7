"""Fourth step: write each customer a message, check it, and hand it to the channel."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import ibis

from querencia.channels.csv_file import FindingsFile, MessagesFile
from querencia.data.batches import read_batches
from querencia.data.features import purchase_types
from querencia.data.per_customer import read_per_customer
from querencia.data.tables import CONSENT, CUSTOMER_ID, LANGUAGE, NAME, CustomerTable
from querencia.errors import SettingsError
from querencia.language.notes import Note
from querencia.messages.brief import Brand
from querencia.messages.briefs import USAGE_KINDS, BriefDefaults, Recipient, build_briefs
from querencia.messages.drafting import Draft, draft_messages
from querencia.messages.presentable import BRAND_LENGTH, presentable_brand, presentable_name
from querencia.messages.reasons import check_reason
from querencia.messages.rendering import plain_text
from querencia.messages.writers.offline import OfflineWriter, write_message
from querencia.pipeline.outputs import replacing
from querencia.pipeline.plan import Plan
from querencia.pipeline.progress import Progress
from querencia.pipeline.results import Sample, Scored, Sources, Written

if TYPE_CHECKING:
    from querencia.pipeline.generating import Asked

CHUNK = 8192
TOLD_EVERY = 256


def write(plan: Plan, con: Any, sources: Sources, scored: Scored, progress: Progress) -> Written:
    """Write personalized_messages.csv and findings.csv. Without risk groups no message is written."""
    _require_names(plan.writing.brand)
    recipients = read_recipients(plan, con, sources, scored) if scored.scored else iter(())
    total = _how_many(plan, scored)
    counts = dict.fromkeys(("ready", "failed", "withheld"), 0)
    writers: Counter[str] = Counter()
    taken_over: Counter[str] = Counter()
    samples: dict[int, Sample] = {}
    held: dict[str, Recipient] = {}
    with ExitStack() as stack:
        asked = stack.enter_context(_asking(plan, con, sources, scored, progress))
        task = stack.enter_context(progress.task("Writing messages"))
        paths = [stack.enter_context(replacing(path)) for path in plan.message_files]
        messages = stack.enter_context(MessagesFile(paths[0]))
        findings = stack.enter_context(FindingsFile(paths[1]))
        if not sources.products and plan.writing.recommendations:
            findings.remark(
                "products", "there is no catalogue, and no named item to make one from: nothing is recommended"
            )
        _remark_unknown_reasons(plan, scored, findings)
        drafts = draft_messages(
            _hold(recipients, held),
            writer=asked.writer if asked else OfflineWriter(),
            rules=plan.writing.rules,
            stand_in=OfflineWriter() if asked else None,
        )
        for done, draft in enumerate(drafts, 1):
            brief = held.pop(draft.customer_id).brief
            messages.deliver(draft, brief)
            findings.deliver(draft)
            counts[draft.status] += 1
            writers.update([draft.writer] if draft.status == "ready" else [])
            taken_over.update([draft.taken_over] if draft.taken_over else [])
            if draft.status == "ready" and brief.risk_group not in samples:
                samples[brief.risk_group] = _sample(plan, draft, brief)
            if done % TOLD_EVERY == 0:
                task.update(done, total)
    notes = (Note(code="messages_limited", values={"limit": total}),) if 0 < total < scored.customers else ()
    return Written(
        counts=counts,
        samples=tuple(samples[group] for group in sorted(samples)),
        notes=notes + (asked.notes if asked else ()),
        writers=dict(sorted(writers.items())),
        taken_over=dict(taken_over.most_common()),
        generated=asked.generated if asked else None,
    )


@contextmanager
def _asking(plan: Plan, con: Any, sources: Sources, scored: Scored, progress: Progress) -> Iterator[Asked | None]:
    """Give a model's texts, where the project has a model write; None where the offline writer does it all."""
    if plan.generation is None or not scored.scored:
        yield None
        return
    from querencia.pipeline.generating import asking

    with asking(plan, plan.generation, lambda: read_recipients(plan, con, sources, scored), progress=progress) as asked:
        yield asked


def require_reasons(plan: Plan) -> None:
    """SettingsError where a check would refuse a message for a reason that the project declares."""
    rules = plan.writing.rules
    faults = [
        f"[messages.reasons] {feature} = {clause!r}: {finding.text!r}: {finding.reason} ({finding.check})"
        for feature, clause in plan.writing.reasons
        for finding in check_reason(
            clause, language=plan.language, brand=plan.name, disclose=plan.writing.disclose, rules=rules
        )
    ]
    if faults:
        raise SettingsError(
            "; ".join(faults) + ". A clause goes to customers as it stands, and passes what every message must pass: "
            f"expected formal {plan.language!r} that promises nothing. Say it in other words."
        )


def _require_names(brand: Brand) -> None:
    """SettingsError where the brand's own name, or its sender's, cannot stand in a message."""
    shown = presentable_brand(brand)
    for key, value, name in (
        ("[project] name", brand.name, shown.name),
        ("[brand] sender_name", brand.sender_name, shown.sender_name),
    ):
        if value.strip() and not name:
            raise SettingsError(
                f"{key} {value[:BRAND_LENGTH]!r} cannot be shown to customers: expected plain text of up to "
                f"{BRAND_LENGTH} characters, without markup, template syntax or a placeholder in brackets. "
                "Write it as customers know it."
            )


def _remark_unknown_reasons(plan: Plan, scored: Scored, findings: FindingsFile) -> None:
    """Say which declared reasons can reach nobody: nothing of that name was learned from."""
    features = {row.feature for row in scored.model.churn.importance} if scored.model.churn else set()
    for feature, _ in plan.writing.reasons:
        if features and feature not in features:
            near = difflib.get_close_matches(feature, sorted(features), n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            findings.remark("reasons", f"[messages.reasons] {feature!r} is no feature of the churn model{hint}")


def _how_many(plan: Plan, scored: Scored) -> int:
    if not scored.scored:
        return 0
    return min(plan.writing.limit or scored.customers, scored.customers)


def _hold(recipients: Iterator[Recipient], held: dict[str, Recipient]) -> Iterator[Recipient]:
    """Pass recipients on, and keep each until its draft comes back."""
    for recipient in recipients:
        held[recipient.brief.customer_id] = recipient
        yield recipient


def read_recipients(plan: Plan, con: Any, sources: Sources, scored: Scored) -> Iterator[Recipient]:
    """Yield every customer with what a message may say to them, ordered by id."""
    customers, log = sources.customers, sources.log
    defaults = BriefDefaults(
        brand=plan.writing.brand,
        language=plan.language,
        currency=plan.currency,
        locale=plan.locale,
        disclose=plan.writing.disclose,
        consent_known=customers is not None and customers.has_consent,
        base_rate=scored.model.risk.base_rate if scored.model.risk else None,
        purchases_only=log is not None and holds_only_purchases(log.types),
        reasons=dict(plan.writing.reasons),
    )
    catalogue = {product.sku: product for product in sources.products}
    return build_briefs(customer_rows(plan, con, sources, scored), catalogue=catalogue, defaults=defaults)


def holds_only_purchases(types: Sequence[str]) -> bool:
    """Tell whether every event type is a purchase, so that a count tells what was bought."""
    return bool(types) and len(purchase_types(types)) == len(types)


def customer_rows(plan: Plan, con: Any, sources: Sources, scored: Scored) -> Iterator[dict[str, Any]]:
    """Yield a row per customer, ordered by id: scores, contact, activity, offers and reasons, read in chunks."""
    table = con.read_parquet(plan.output / "customers.parquet")
    facts = ("customer_id", "engagement", "churn_probability", "segment_name", "risk_group", "contact_rank")
    table = table.select(*(name for name in facts if name in table.columns))
    table = _add_contact(con, table, sources.customers)
    table = _add_usage(plan, con, table)
    table = _add_reasons(plan, con, table)
    offers = con.read_parquet(plan.offers_file)
    lists = offers.group_by("customer_id").agg(
        offers=ibis.struct({"sku": offers.sku, "reason": offers.reason, "count": offers["count"]}).collect(
            order_by=offers["rank"]
        )
    )
    table = table.left_join(lists, "customer_id").drop("customer_id_right").order_by("customer_id")
    if plan.writing.limit:
        table = table.limit(plan.writing.limit)
    for batch in read_batches(con, table, rows=CHUNK):
        for row in batch.to_pylist():
            row["usage"] = {kind: row.pop(kind, None) for kind in USAGE_KINDS}
            row["offers"] = [(offer["sku"], offer["reason"], offer["count"]) for offer in row["offers"] or ()]
            row["reasons"] = _speaking_for_leaving(row.get("reasons") or ())
            yield row


def _speaking_for_leaving(reasons: Iterable[dict[str, Any]]) -> list[str]:
    """Return the features whose contribution (log odds) is above 0, the largest first."""
    known = [(reason["contribution"], reason["feature"]) for reason in reasons if reason["feature"] is not None]
    positive = [pair for pair in known if pair[0] is not None and pair[0] > 0]
    return [feature for _, feature in sorted(positive, key=lambda pair: -pair[0])]


def _add_contact(con: Any, table: Any, customers: CustomerTable | None) -> Any:
    if customers is None:
        return table
    contact = customers.table(con).select(__contact_id=CUSTOMER_ID, name=NAME, language=LANGUAGE, consent=CONSENT)
    return table.left_join(contact, table.customer_id == contact["__contact_id"]).drop("__contact_id")


def _add_usage(plan: Plan, con: Any, table: Any) -> Any:
    if not plan.usage_folder.is_dir():
        return table
    usage = read_per_customer(con, plan.usage_folder)
    usage = usage.mutate(__usage_id=usage.customer.cast("string")).drop("customer")
    return table.left_join(usage, table.customer_id == usage["__usage_id"]).drop("__usage_id")


def _add_reasons(plan: Plan, con: Any, table: Any) -> Any:
    if not plan.writing.reasons:
        return table
    scored = con.read_parquet(plan.scored_file)
    ranks = [name.removeprefix("reason_") for name in scored.columns if name.startswith("reason_")]
    if not ranks:
        return table
    pairs = [
        ibis.struct({"feature": scored[f"reason_{rank}"], "contribution": scored[f"contribution_{rank}"]})
        for rank in ranks
    ]
    reasons = scored.select(__scored_id="customer_id", reasons=ibis.array(pairs))
    return table.left_join(reasons, table.customer_id == reasons["__scored_id"]).drop("__scored_id")


def _sample(plan: Plan, draft: Draft, brief: Any) -> Sample:
    """Return the message as an example: real customers' names are left out of it."""
    message = draft.message
    assert message is not None  # a draft that is ready has its message
    if not plan.synthetic and message.writer == OfflineWriter.name:
        message = write_message(replace(brief, name=None))
    return Sample(
        segment_name=brief.segment_name,
        risk_group=brief.risk_group,
        subject=message.subject,
        text=_without_name(plain_text(message), None if plan.synthetic else presentable_name(brief.name)),
    )


def _without_name(text: str, name: str | None) -> str:
    return text.replace(name, "···") if name else text
