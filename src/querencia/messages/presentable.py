"""What of the records can be shown to a customer: hostile or broken values are cleaned, or count as unknown.

Names, products and brand fields come from files that anybody may have written. Nothing here interprets them: what looks
like markup, template syntax, a link or hidden characters never reaches a message.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from functools import lru_cache

from querencia.data.products import Product
from querencia.language.locales import is_known
from querencia.messages.addresses import Address, find_addresses, holds_link
from querencia.messages.brief import Brand, Brief, Offer

NAME_LENGTH = 60
BRAND_LENGTH = 80
PRODUCT_NAME_LENGTH = 120
PHRASE_LENGTH = 300
ADDRESS_LENGTH = 200
PRICE_LIMIT = 10**9
UNKNOWN = float("nan")

# Control, format (zero-width, bidi), surrogate, private-use and unassigned characters, line and paragraph separators.
# Characters that take no room or turn the text around, beside the categories above; fillers count as letters.
HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffd\ue000-\uf8ff\ud800-\udfff\U000e0000-\U000e0fff]"
)
_HIDDEN_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_MARKUP = re.compile(r"[<>{}\[\]`\\]|&#?\w{1,10};|%[sdr]\b|%\(|__|\*\*|\$\(")
# A name that its owner wrote may hold brackets, and look like a link (Hoteles.com); one in brackets is a placeholder.
_TITLE_MARKUP = re.compile(r"[<>{}`\\]|&#?\w{1,10};|%[sdr]\b|%\(|__|\*\*|\$\(|\]\(|^#+\s|^\[[^\[\]]*\]$")
# What UTF-8 looks like when it was read as Latin-1 or Windows-1252.
MOJIBAKE = re.compile(r"Ã[\x80-\xbf¡-¿]|Â[\xa0-¿]|â€|ï»¿")
_ORDINARY = re.compile(r"[\x20-\x7e\u00a1-\u00ac\u00ae-\u024f]*")
_EMAIL = re.compile(r"[^\s@<>(){}\[\],;:\"\\]{1,64}@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_URL = re.compile(r"(?:https?://)?[\w-]+(?:\.[\w-]+)+(?::\d+)?(?:[/?#][^\s<>{}\[\]\"\\^`|]*)?", re.ASCII)
_PHONE = re.compile(r"(?:\+|\(\+)?[\d(][\d\s().\-/]{4,28}\d", re.ASCII)

_NAME_SIGNS = " .'’·-"
_HYPHENS = str.maketrans("\u2010\u2011", "--")
_NO_ORDINALS = str.maketrans("", "", "ªº")  # Mª is María: letters of no script, neither small nor large
_STAND_INS = (
    "n/a,na,nan,none,null,nil,unknown,undefined,anonymous,anonimo,anónimo,anônimo,test,prueba,teste,xxx,sin nombre,"
    "sem nome,no name,desconocido,desconhecido,cliente,customer,client,usuario,usuário,user,admin,nombre,name,nome,"
    "no consta,nombre y apellido,nombre y apellidos,first last,nombre del cliente,nome do cliente,customer name,usted,"
    "apellido,apellidos,apelido,sobrenome,surname,você"
)
_NO_NAMES = frozenset(_STAND_INS.split(","))
_TITLE_WORDS = "sr,sra,srta,srs,sres,señor,señora,senhor,senhora,mr,mrs,ms,miss,dr,dra"
_TITLES = frozenset(_TITLE_WORDS.split(","))
_PARTICLE_WORDS = "de,del,la,las,los,y,e,da,das,do,dos,van,von,der,den,di,du"
_PARTICLES = frozenset(_PARTICLE_WORDS.split(","))
_LEGAL_FORMS = {form.casefold(): form for form in ("SL", "SA", "SLU", "SLL", "SAS", "LLC", "Inc", "Ltd", "Lda", "GmbH")}


def presentable(brief: Brief) -> Brief:
    """Return the brief with only what can be shown: safe names, usable offers, finite figures. Idempotent."""
    offers = tuple(offer for offer in map(_presentable_offer, brief.offers) if offer is not None)
    name = presentable_name(brief.name)
    brand = presentable_brand(brief.brand)
    usage = tuple(fact for fact in brief.usage if fact.value >= 0)
    reasons = tuple(filter(None, map(presentable_clause, brief.reasons)))
    engagement = _within(brief.engagement, 100)
    churn_probability = _within(brief.churn_probability, 1)
    now = (brief.name, brief.brand, brief.offers, brief.usage, brief.engagement, brief.churn_probability, brief.reasons)
    if now == (name, brand, offers, usage, engagement, churn_probability, reasons):
        return brief
    return replace(
        brief,
        name=name,
        brand=brand,
        offers=offers,
        usage=usage,
        engagement=engagement,
        churn_probability=churn_probability,
        reasons=reasons,
    )


def presentable_name(raw: str | None) -> str | None:
    """Return a person's (or company's) name fit for a greeting, or None where the value does not look like one.

    Letters of any one script, with the spaces and signs that names carry; at most six words, particles not counted, and
    60 characters.
    ``LUCÍA GÓMEZ`` and ``lucía gómez`` are put in usual capitals, ``Gómez, Lucía`` in the order of speech;
    ``Talleres Ruiz, S.L.`` keeps its order.
    """
    if not raw or len(raw) > 4 * NAME_LENGTH:
        return None
    return _presentable_name(raw)


@lru_cache(maxsize=4096)
def _presentable_name(raw: str) -> str | None:
    if any(unicodedata.category(sign) in _HIDDEN_CATEGORIES for sign in raw) or HIDDEN.search(raw):
        return None
    name = " ".join(unicodedata.normalize("NFC", raw).translate(_HYPHENS).split())
    if name.count(",") == 1:
        last, first = (half.strip() for half in name.split(","))
        name = f"{last} {first}" if _letters_of(first) in _LEGAL_FORMS else f"{first} {last}"
    words = name.split()
    told = [word for word in words if word.casefold() not in _PARTICLES]
    if not 1 <= len(told) <= 6 or not 2 <= len(name) <= NAME_LENGTH or not _reads_as_name(name, words):
        return None
    plain = name.translate(_NO_ORDINALS)
    return _usual_capitals(words) if plain.isupper() or plain.islower() else name


def _reads_as_name(name: str, words: list[str]) -> bool:
    letters = [sign for sign in name if sign not in _NAME_SIGNS]
    if any(unicodedata.category(sign)[0] not in "LM" for sign in letters) or holds_link(name):
        return False
    called = [word for word in map(_letters_of, name.split()) if word not in _TITLES]
    if name.casefold() in _NO_NAMES or all(word in _NO_NAMES for word in called):
        return False
    if len({sign.casefold() for sign in letters}) < 2:
        return False
    starts = all(unicodedata.category(word[0])[0] == "L" or word[0] in "'’" for word in words)
    runs = re.search(r"[.'’·-]{2}", name) is None
    return starts and runs and all(len(_scripts(word)) == 1 for word in words)


def _scripts(word: str) -> set[str]:
    """Return the scripts of a word's letters: two in one word is a disguise (a Cyrillic *а* among Latin letters)."""
    letters = word.translate(_NO_ORDINALS)
    return {unicodedata.name(sign, "?").split(" ")[0] for sign in letters if unicodedata.category(sign)[0] == "L"}


def _letters_of(word: str) -> str:
    """Return a word as lists of words hold it: without stops, in lower case."""
    return word.replace(".", "").casefold()


def _usual_capitals(words: list[str]) -> str:
    def capitalised(word: str) -> str:
        if len(words) > 1 and word.casefold() in _LEGAL_FORMS:
            return _LEGAL_FORMS[word.casefold()]
        return re.sub(r"[^\W\d_]+", lambda run: run[0][0].upper() + run[0][1:].lower(), word)

    return " ".join(
        word.lower() if place and word.lower() in _PARTICLES else capitalised(word) for place, word in enumerate(words)
    )


@lru_cache(maxsize=256)
def presentable_brand(brand: Brand) -> Brand:
    """Return the brand with safe fields; one that cannot be shown is empty."""
    shown = Brand(
        name=_title(brand.name, BRAND_LENGTH) or "",
        product_line=_sentence_part(brand.product_line) or "",
        sender_name=_title(brand.sender_name, BRAND_LENGTH) or "",
        sender_role=_phrase(brand.sender_role, PRODUCT_NAME_LENGTH) or "",
        contact_email=_address(brand.contact_email, _EMAIL) or "",
        contact_phone=_address(brand.contact_phone, _PHONE) or "",
        website=_address(brand.website, _URL) or "",
    )
    return brand if shown == brand else shown  # the very object is told apart fastest


@lru_cache(maxsize=16384)
def presentable_product(product: Product) -> Product | None:
    """Return the product with safe fields, or None where it has no name to show."""
    name = _product_name(product.name)
    if name is None or not any(sign.isalnum() for sign in name):
        return None
    price = product.price
    has_currency = re.fullmatch(r"[A-Z]{3}", product.currency or "") is not None
    has_price = has_currency and price is not None and price.is_finite() and 0 <= price < PRICE_LIMIT
    shown = replace(
        product,
        name=name,
        description=_sentence_part(product.description) or "",
        benefit=_sentence_part(product.benefit),
        url=_address(product.url, _URL),
        price=price if has_price else None,
        currency=product.currency if has_price else None,
    )
    return product if shown == product else shown


def _presentable_offer(offer: Offer) -> Offer | None:
    product = presentable_product(offer.product)
    if product is None:
        return None
    return offer if product is offer.product or product == offer.product else replace(offer, product=product)


def _phrase(raw: str | None, length: int) -> str | None:
    """Return one line of plain text with single spaces, or None where the value is unsafe, empty or too long."""
    text = _line(raw, length)
    return None if not text or _MARKUP.search(text) or holds_link(text) else text


def _title(raw: str | None, length: int) -> str | None:
    """Return a name as its owner writes it, on one line; None where it holds markup or template syntax."""
    text = _line(raw, length)
    if text and not any(sign.isalpha() for sign in text):
        return _phrase(text, length)  # without a letter the checks could not tell it from a figure
    return None if not text or _TITLE_MARKUP.search(text) else text


def _product_name(raw: str) -> str | None:
    """Return a product's name; one like ASP.NET or Booking.com stays, a link or an e-mail to follow does not."""
    text = _title(raw, PRODUCT_NAME_LENGTH)
    return None if not text or any(map(_is_to_follow, find_addresses(text))) else text


def _is_to_follow(address: Address) -> bool:
    """Tell whether an address is more than a bare domain as it stands (a phone is: its digits are ordinary here)."""
    if address.kind == "phone":
        return False
    return address.kind != "link" or address.text.casefold() != address.key or "/" in address.key


def _line(raw: str | None, length: int) -> str | None:
    if not raw or len(raw) > 4 * length:
        return None
    text = " ".join(unicodedata.normalize("NFC", raw).split())
    if not _ORDINARY.fullmatch(text):
        text = "".join(sign for sign in text if unicodedata.category(sign) not in _HIDDEN_CATEGORIES)
        text = " ".join(HIDDEN.sub("", text).split())
    return None if len(text) > length or MOJIBAKE.search(text) else text


@lru_cache(maxsize=256)
def presentable_clause(raw: str) -> str | None:
    """Return a clause that can stand inside a sentence, or None where it holds markup, template syntax or a link."""
    return _sentence_part(raw)


def _sentence_part(raw: str | None) -> str | None:
    """Return a phrase without its full stop, to stand inside a sentence."""
    text = _phrase(raw, PHRASE_LENGTH)
    return (text.rstrip(" .;,:") or None) if text else None


def _address(raw: str | None, shape: re.Pattern[str]) -> str | None:
    text = (raw or "")[: ADDRESS_LENGTH + 1].strip()
    return text if len(text) <= ADDRESS_LENGTH and shape.fullmatch(text) else None


def _within(value: float, top: int) -> float:
    return value if is_known(value) and 0 <= value <= top else UNKNOWN
