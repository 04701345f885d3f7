"""The offline writer: curated sentences, filled from the brief, without any network.

Which alternative a customer reads follows from a hash of their id alone, so that a run repeats itself to the byte while
neighbours read different words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from querencia.language.locales import format_money, join_words
from querencia.messages.brief import Brand, Brief, Offer
from querencia.messages.message import Message, Recommendation
from querencia.messages.presentable import presentable
from querencia.messages.told import (
    is_low,
    is_silent,
    speaks_as_records,
    told_churn,
    told_count,
    told_engagement,
    told_month,
    told_quarter,
    told_reasons,
)
from querencia.messages.writers.benefits import infinitive_clause
from querencia.messages.writers.phrasebook import Phrasebook, phrasebook
from querencia.messages.writers.writer import Written

SUBJECT_LENGTH = 78
ENGAGEMENT_BANDS = ((40, "low"), (60, "middle"))
RECURRING = 8  # ways of saying what many customers read alike
_DOUBLE_STOP = re.compile(r"([.!?…])\.(?=\s|$)")  # where a record that ends in a stop ends a sentence


class OfflineWriter:
    """Writes from the phrasebooks of es, en and pt. Needs nothing but the brief, and never fails on one."""

    name = "offline"

    def write(self, briefs: Iterable[Brief]) -> Iterator[Written]:
        """Yield a message per brief, in order."""
        for brief in briefs:
            yield Written(customer_id=brief.customer_id, message=write_message(brief), writer=self.name)


def write_message(brief: Brief) -> Message:
    """Return the message that the phrasebook of the brief's language makes of its facts."""
    draft = _Draft(presentable(brief))
    return draft.message()


def write_greeting(brief: Brief) -> str:
    """Return the greeting of a (presentable) brief's customer, by name where it is known."""
    return _Draft(brief).greeting()


def write_recommendation(brief: Brief, place: int) -> str:
    """Return what can be said of a (presentable) brief's offer, counted from 0: what it is, why, its price and link."""
    choice = _choices(brief.customer_id) % RECURRING
    return _recommendation(
        brief.offers[place],
        brief.brand,
        brief.language,
        brief.locale,
        brief.records_language,
        brief.purchases_only,
        choice,
    )


def write_signature(brief: Brief) -> tuple[str, ...]:
    """Return the lines of the brand's signature, the farewell first."""
    return _signature(brief.brand, brief.language, _choices(brief.customer_id) % RECURRING)


@lru_cache(maxsize=32768)
def _recommendation(
    offer: Offer, brand: Brand, language: str, locale: str, records: str | None, purchases_only: bool, choice: int
) -> str:
    brief = _nobody(brand, language, choice, locale=locale, records_language=records, purchases_only=purchases_only)
    return _Draft(brief).recommend(offer).text


@lru_cache(maxsize=1024)
def _signature(brand: Brand, language: str, choice: int) -> tuple[str, ...]:
    return _Draft(_nobody(brand, language, choice, locale=language)).signature()


def _nobody(brand: Brand, language: str, choice: int, **facts: Any) -> Brief:
    """Return a brief of no customer, to say what recurs: the `choice` decides in which words."""
    unknown = float("nan")
    return Brief(
        customer_id=str(choice),
        language=language,
        currency="",
        segment_name="",
        risk_group=1,
        engagement=unknown,
        churn_probability=unknown,
        disclose="none",
        brand=brand,
        **facts,
    )


def _choices(customer_id: str) -> int:
    return int.from_bytes(blake2b(customer_id.encode("utf-8", "replace"), digest_size=64).digest())


class _Draft:
    """One message in the making: the brief, its shared facts, and the customer's own sequence of choices."""

    def __init__(self, brief: Brief) -> None:
        self.brief = brief
        self.book: Phrasebook = phrasebook(brief.language)
        self.choices = _choices(brief.customer_id)
        self.openings: set[str] = set()
        brand = brief.brand
        facts = {"brand": brand.name, "name": brief.name or ""}
        if brand.product_line and speaks_as_records(brief):
            facts["product_line"] = brand.product_line
        self.facts = {key: value for key, value in facts.items() if value}
        self.known = frozenset(self.facts)

    def message(self) -> Message:
        brief = self.brief
        group = brief.risk_group
        subject = self._say(f"subject.{group}") if brief.brand.name else ""
        if not 0 < len(subject) <= SUBJECT_LENGTH:
            subject = self._say(f"short_subject.{group}")
        greeting = self.greeting()
        bridge = ("none", "one", "many")[min(2, len(brief.offers))]
        parts = (
            self._say(f"opening.{group}"),
            self._standing(),
            " ".join(self._say_with("reason.told", reason=reason) for reason in told_reasons(brief)),
            self._usage(),
            self._say(f"bridge.{bridge}.{group}"),
        )
        return Message(
            customer_id=brief.customer_id,
            language=brief.language,
            subject=subject,
            greeting=greeting,
            body=tuple(part for part in parts if part),
            recommendations=tuple(self.recommend(offer) for offer in brief.offers),
            call_to_action=self._call_to_action(),
            signature=self.signature(),
            writer=OfflineWriter.name,
        )

    def _pick(self, section: str, facts: Mapping[str, str]) -> str:
        """Return an alternative of the section, and where possible one that opens as no other of this message."""
        alternatives = self.book.alternatives(section, frozenset(facts))
        fresh = [sentence for sentence in alternatives if sentence.opening not in self.openings] or alternatives
        self.choices, choice = divmod(self.choices, len(fresh))
        sentence = fresh[choice]
        if sentence.opening:
            self.openings.add(sentence.opening)
        return _DOUBLE_STOP.sub(r"\1", sentence.say(facts))

    def _say(self, section: str) -> str:
        return self._pick(section, self.facts)

    def _say_with(self, section: str, **facts: str) -> str:
        return self._pick(section, {**self.facts, **facts})

    def greeting(self) -> str:
        return self._say("greeting.named" if self.brief.name else "greeting.unnamed")

    def _standing(self) -> str:
        """Return the sentences that tell engagement and churn probability, as the brief discloses them."""
        brief = self.brief
        sentences = []
        engagement, churn = told_engagement(brief), told_churn(brief)
        if engagement:
            band = next((name for top, name in ENGAGEMENT_BANDS if brief.engagement < top), "high")
            concerned = brief.risk_group == 3 or is_silent(brief)
            mood = f"{brief.disclose}.concerned" if concerned else brief.disclose
            sentences.append(self._say_with(f"engagement.{mood}.{band}", engagement=engagement))
        if churn:
            loyal = brief.risk_group == 1 and is_low(brief) and not is_silent(brief)
            voice = "loyal" if loyal else str(brief.risk_group)
            sentences.append(self._say_with(f"churn.{brief.disclose}.{voice}", churn=churn))
        return " ".join(sentences)

    def _usage(self) -> str:
        """Return the sentences on the customer's own activity: what is zero is left out, or told as silence."""
        month, quarter = told_month(self.brief), told_quarter(self.brief)
        sentences = []
        if month:
            sentences.append(self._say_with("usage.month", items=month))
        elif is_silent(self.brief):
            sentences.append(self._say("usage.silent"))
        if quarter:
            sentences.append(self._say_with("usage.quarter", items=quarter))
        return " ".join(sentences)

    def recommend(self, offer: Offer) -> Recommendation:
        product = offer.product
        sentences = []
        if speaks_as_records(self.brief):
            sentences += self._describe(product.description, product.benefit)
        sentences.append(self._reason(offer))
        if product.price and product.currency is not None:
            price = format_money(product.price, product.currency, locale=self.brief.locale)
            sentences.append(self._pick("offer.price", {"price": price}))
        if product.url:
            sentences.append(self._pick("offer.link", {"url": product.url}))
        return Recommendation(sku=product.sku, name=product.name, text=" ".join(sentences))

    def _describe(self, description: str, benefit: str | None) -> list[str]:
        sentences = []
        if description:
            sentences.append(self._pick("offer.statement", {"statement": _capital(description)}))
        if benefit:
            clause = infinitive_clause(benefit, self.brief.language)
            if clause:
                sentences.append(self._pick("offer.benefit", {"benefit": clause}))
            else:
                sentences.append(self._pick("offer.advantage", {"benefit": benefit}))
        return sentences

    def _reason(self, offer: Offer) -> str:
        if offer.reason != "own_events":
            return self._pick(f"offer.{offer.reason}", {})
        known = "purchase" if self.brief.purchases_only else "event"
        if not offer.count or offer.count < 2:
            return self._pick(f"offer.own_{known}", {})
        return self._pick(f"offer.own_{known}s", {"times": told_count(self.brief, "offer.times", offer.count)})

    def _call_to_action(self) -> str:
        brand, group = self.brief.brand, self.brief.risk_group
        action = "action" if self.brief.offers else "action_alone"
        ways = {"email": brand.contact_email, "phone": brand.contact_phone, "website": brand.website}
        spoken = [self._pick(f"contact.{way}", {way: address}) for way, address in ways.items() if address]
        contact = join_words(tuple(spoken), locale=self.brief.locale, style="or") or self._pick("contact.reply", {})
        return self._say_with(f"{action}.{group}", contact=contact) + " " + self._say(f"closing.{group}")

    def signature(self) -> tuple[str, ...]:
        brand = self.brief.brand
        sender = brand.sender_name or ("" if brand.name else self._say("signature.nobody"))
        lines = (sender, brand.sender_role, brand.name, brand.contact_email, brand.contact_phone, brand.website)
        return (self._say("signature.farewell"), *dict.fromkeys(line for line in lines if line))


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
