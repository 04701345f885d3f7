"""Where to reach somebody, as it stands in running text: e-mails, links, bare domains, handles and phone numbers."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

AddressKind = Literal["email", "link", "handle", "phone"]

# Generic top-level domains in common use, and those of countries.
_GENERIC = (
    "com net org info biz edu gov int mil name pro mobi cat eus gal app dev page web site online shop store cloud tech "
    "ai io co me tv ly xyz club live digital agency solutions services support email link click top world global media "
    "news blog help chat vip work email center company group network systems software marketing bank finance"
)
_COUNTRIES = (
    "ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cc cd "
    "cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gd ge "
    "gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh "
    "ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw "
    "mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb "
    "sc sd se sg sh si sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk "
    "us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw"
)
_TOP_LEVEL = "|".join([*sorted({*_GENERIC.split(), *_COUNTRIES.split()}), "xn--[a-z0-9-]+"])
_LABEL = r"[^\W_](?:[\w-]{0,62}[^\W_])?"
_DOMAIN = rf"(?:{_LABEL}\.){{1,9}}(?:{_TOP_LEVEL})(?![\w-])"

_SIGN = re.compile(r"[@＠﹫。．․｡]")
_DOTTED = re.compile(r"\.[^\W\d_]")  # of www.example too
_SAID = ("arroba", "punto", "ponto", "dot")
_BRACKETED_AT = re.compile(r"[(\[{]\s*at\s*[)\]}]", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+%'-]{1,64}(?:@[\w-]+(?:\.[\w-]+)*|\s?@\s?[\w-]+(?:\.[\w-]+)+)")
_LINK = re.compile(
    rf"\b[a-z][a-z0-9+.-]{{1,15}}://\S+|\bwww\.\S+|(?<![\w@.-]){_DOMAIN}(?::\d+)?(?:[/?#]\S*)?", re.IGNORECASE
)
_CAPITALISED_ENDING = re.compile(r"\.[A-Z][a-z]+$")
_HANDLE = re.compile(r"(?<![\w.])@\w{2,}")
_AT = re.compile(
    r"\s*[(\[{<]\s*(?:arroba|at)\s*[)\]}>]\s*|\s+arroba\s+|\s+at\s+(?=[\w-]+\s+(?:dot|punto|ponto)\s)|[＠﹫]",
    re.IGNORECASE,
)
_SIGNED_DOT = r"\s*[(\[{]\s*(?:punto|ponto|dot|\.)\s*[)\]}]\s*|[。．․｡]"
_ANY_DOT = re.compile(rf"{_SIGNED_DOT}|\s+(?:punto|ponto|dot)\s+(?=[a-z]{{2,4}}\b)", re.IGNORECASE)
# Where no *arroba* stands: "un buen punto de partida" is no address.
_PLAIN_WORDS = (
    "a al at da das de del do dos e el em en es for in is la le lo me na no of on or para por que se si su to"
)
_CLEAR_DOT = re.compile(
    rf"{_SIGNED_DOT}|\s+(?:punto|ponto|dot)\s+(?!(?:{_PLAIN_WORDS.replace(' ', '|')})\b)(?=[a-z]{{2,4}}\b)",
    re.IGNORECASE,
)
_SEVEN_DIGITS = re.compile(r"\d(?:[\s().\-–/·]{0,2}\d){6}")
_PHONE = re.compile(r"(?<![\w.,/])\(?(?:\+|00)?[\s(]?\d(?:[\s().\-–/·]{0,2}\d){6,17}(?!\w)")
# What looks like a phone and is a figure: 1.234.567,89, or 57.30/100.
_FIGURE = re.compile(r"\d{1,3}(?:[.,\u00a0\u202f]\d{3})+(?:[.,]\d+)?|\d{1,3}[.,]\d{1,2}\s?/\s?100")
_TRAILING = ".,;:!?)]}'\"»”*"


@dataclass(frozen=True)
class Address:
    """One way of reaching somebody: its kind, as it stands in the text, and in the form that comparing needs."""

    kind: AddressKind
    text: str
    key: str


def find_addresses(text: str) -> tuple[Address, ...]:
    """Return every address in `text`, also disguised ones (``name (arroba) domain``, full-width signs)."""
    found: list[Address] = []
    if _may_hold_link(text):
        found += _written(text)
        plain = _AT.sub("@", text)
        plain = (_CLEAR_DOT if plain == text else _ANY_DOT).sub(".", plain)
        if plain != text:
            known = {address.key for address in found}
            found += [address for address in _written(plain) if address.key not in known]
    found += [Address("phone", match[0].strip(), phone_key(match[0])) for match in _phones(text)]
    return tuple(found)


def _may_hold_link(text: str) -> bool:
    if "://" in text or _DOTTED.search(text) or _SIGN.search(text) or _BRACKETED_AT.search(text):
        return True
    plain = text.casefold()
    return any(word in plain for word in _SAID)


def holds_link(text: str) -> bool:
    """Tell whether a value holds an e-mail, a link, a bare domain or a handle, disguised or not."""
    return any(address.kind != "phone" for address in find_addresses(text))


def link_key(link: str) -> str:
    """Return a link in the form that comparing needs: no scheme, ``www.`` or closing slash; host in lower case."""
    bare = re.sub(r"^[a-z]+://", "", link.strip().rstrip(_TRAILING), flags=re.IGNORECASE)
    host, slash, path = bare.partition("/")
    return re.sub(r"^www\.", "", host.casefold()) + (slash + path).rstrip("/")


def phone_key(phone: str) -> str:
    """Return a phone number's digits, with ``00`` as the plus that it stands for."""
    digits = "".join(str(unicodedata.digit(sign)) for sign in phone if sign.isdecimal())
    international = phone.strip().lstrip("(").startswith(("+", "00"))
    return ("+" + digits.removeprefix("00")) if international else digits


def _written(text: str) -> list[Address]:
    found: list[Address] = []
    rest = text
    for match in _EMAIL.finditer(text):
        email = match[0].rstrip(_TRAILING)
        found.append(Address("email", email, email.replace(" ", "").casefold()))
        rest = rest.replace(match[0], " ")
    for match in _LINK.finditer(rest):
        link = match[0].rstrip(_TRAILING)
        host = link.split("/", maxsplit=1)[0]
        if _CAPITALISED_ENDING.search(host) and not host[:1].isupper() and "://" not in link:
            continue  # "cuenta.Si": a space is missing before the next sentence
        found.append(Address("link", link, link_key(link)))
    found += [Address("handle", match[0], match[0].casefold()) for match in _HANDLE.finditer(rest)]
    return found


def _phones(text: str) -> list[re.Match[str]]:
    if _SEVEN_DIGITS.search(text) is None:
        return []
    return [match for match in _PHONE.finditer(text) if not _FIGURE.fullmatch(match[0].strip())]
