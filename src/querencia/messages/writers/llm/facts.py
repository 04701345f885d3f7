"""A work's facts as one JSON document, and back: any process can judge a reply by nothing else.

Neither kind of document holds a customer's name, id or address. A cell's holds no datum of a customer at all; an
individual one holds the facts that the project discloses, and where these are told in words, only the words' worth.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any, cast

from querencia.data.products import Product
from querencia.language.locales import is_known
from querencia.messages.brief import Brand, Brief, Disclosure, Offer, Reason, UsageFact, UsageKind
from querencia.messages.cells import Cell, CellOffer
from querencia.messages.presentable import presentable, presentable_clause
from querencia.messages.told import is_low, told_reasons

UNKNOWN = float("nan")


def write_cell(cell: Cell) -> str:
    """Return a cell as its JSON document."""
    document = {
        "mode": "cell",
        **_ground(cell),
        "facts": list(cell.facts),
        "silent": cell.silent,
        "products": cell.products,
        "offers": [
            {"product": _product(offer.product), "reason": offer.reason, "repeated": offer.repeated}
            for offer in cell.offers
        ],
        "variant": cell.variant,
    }
    return _dump(document)


def read_cell(facts: str) -> Cell:
    """Return the cell of a JSON document that `write_cell` made."""
    document = json.loads(facts)
    offers = tuple(
        CellOffer(product=_read_product(row["product"]), reason=row["reason"], repeated=row["repeated"])
        for row in document["offers"]
    )
    return Cell(
        **_read_ground(document),
        facts=tuple(document["facts"]),
        silent=document["silent"],
        products=document["products"],
        offers=offers,
        variant=document["variant"],
    )


def write_brief(brief: Brief) -> str:
    """Return what of a brief a model may be told as a JSON document, without name and id."""
    brief = presentable(brief)
    document = {
        "mode": "individual",
        **_ground(brief),
        **_standing(brief),
        "usage": {fact.kind: fact.value for fact in brief.usage},
        "offers": [
            {"product": _product(offer.product), "reason": offer.reason, "count": offer.count} for offer in brief.offers
        ],
        "reasons": list(told_reasons(brief)),
    }
    return _dump(document)


def read_brief(facts: str) -> Brief:
    """Return the brief of a JSON document that `write_brief` made; `customer_id` is empty, and there is no name."""
    document = json.loads(facts)
    low = document["low"]
    return Brief(
        **_read_ground(document),
        customer_id="",
        currency="",
        engagement=_read_figure(document["engagement"]),
        churn_probability=_read_figure(document["churn_probability"]),
        usage=tuple(UsageFact(kind=cast(UsageKind, kind), value=value) for kind, value in document["usage"].items()),
        offers=tuple(
            Offer(product=_read_product(row["product"]), reason=cast(Reason, row["reason"]), count=row["count"])
            for row in document["offers"]
        ),
        base_rate=1.0 if low else None,
        reasons=tuple(document["reasons"]),
    )


def _ground(source: Cell | Brief) -> dict[str, Any]:
    return {
        "language": source.language,
        "locale": source.locale,
        "segment_name": presentable_clause(source.segment_name) or "",
        "risk_group": source.risk_group,
        "disclose": source.disclose,
        "brand": asdict(source.brand),
        "records_language": source.records_language,
        "purchases_only": source.purchases_only,
    }


def _read_ground(document: Mapping[str, Any]) -> dict[str, Any]:
    ground = {key: document[key] for key in ("language", "locale", "segment_name", "risk_group", "disclose")}
    return ground | {
        "brand": Brand(**document["brand"]),
        "records_language": document["records_language"],
        "purchases_only": document["purchases_only"],
    }


def _standing(brief: Brief) -> dict[str, Any]:
    """Return engagement and churn probability as far as they are disclosed: told in words, a stand-in for the word."""
    disclose: Disclosure = brief.disclose
    engagement, churn = brief.engagement, brief.churn_probability
    if disclose == "none":
        return {"engagement": None, "churn_probability": None, "low": False}
    if disclose == "words":
        low = is_known(churn) and is_low(brief)
        level = 20.0 * min(4, int(engagement // 20)) + 10.0 if is_known(engagement) else None
        share = (0.0 if low else 1.0) if is_known(churn) else None
        return {"engagement": level, "churn_probability": share, "low": low}
    return {
        "engagement": engagement if is_known(engagement) else None,
        "churn_probability": churn if is_known(churn) else None,
        "low": False,
    }


def _read_figure(value: float | None) -> float:
    return UNKNOWN if value is None else float(value)


def _product(product: Product) -> dict[str, Any]:
    return {
        "sku": product.sku,
        "name": product.name,
        "description": product.description,
        "url": product.url,
        "price": None if product.price is None else str(product.price),
        "currency": product.currency,
        "benefit": product.benefit,
    }


def _read_product(row: Mapping[str, Any]) -> Product:
    price = None if row["price"] is None else Decimal(row["price"])
    return Product(**(dict(row) | {"price": price}))


def _dump(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
