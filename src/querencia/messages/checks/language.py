"""The message is in the language that was declared, sentence by sentence."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from querencia.messages.checks.evidence import Evidence
from querencia.messages.checks.finding import Finding
from querencia.messages.checks.remembering import remembered
from querencia.messages.checks.rules import Rules
from querencia.messages.checks.shown import Shown, sentences

CHECK = "language"

# What marketing in these markets is most often written in by mistake. Galician is left out: short Spanish and
# Portuguese sentences read as it.
TOLD_APART = ("es", "en", "pt", "fr", "it", "de", "ca", "nl")
LETTERS_NEEDED = 18
DOUBT = 0.1  # a sentence is in another language where the declared one is less likely than this
MARGIN = 0.85  # and another one more likely than this

WORDS_NEEDED = 2  # that only the declared language has, for a sentence to be its own without a doubt

_LETTERS = re.compile(r"[^\W\d_]+")
_BEYOND_LATIN = re.compile(r"[\u0250-\U0010ffff]")
_NO_WORDS = re.compile(r"[^\w\s'’.,;:!?¿¡-]|\d+|_")


def check_language(shown: Shown, evidence: Evidence, _rules: Rules) -> Iterator[Finding]:
    """Yield the sentences that are in another language than the message declares."""
    if shown.message is not None and shown.message.language != evidence.language:
        reason = f"the message declares {shown.message.language!r}; its customer reads {evidence.language!r}"
        yield _finding(shown, shown.message.language, reason)
    for passage in shown.passages:
        if passage.kind in {"greeting", "product", "signature"}:
            continue
        for sentence, language in foreign_sentences(passage.wording, evidence.language):
            reason = f"this reads as {language!r}; the message should be in {evidence.language!r}"
            yield _finding(shown, sentence[:120], reason)


@remembered
def foreign_sentences(wording: str, declared: str) -> tuple[tuple[str, str], ...]:
    """Return the sentences of a passage that are in another language than the declared one, and which."""
    judged = ((sentence, foreign_language(sentence, declared)) for sentence in sentences(wording))
    return tuple((sentence, language) for sentence, language in judged if language is not None)


@remembered
def foreign_language(sentence: str, declared: str) -> str | None:
    """Return the other language that a sentence is clearly in, None where it may be the declared one."""
    if is_clearly(sentence, declared):
        return None
    plain = " ".join(_NO_WORDS.sub(" ", sentence).split())
    letters = sum(map(str.isalpha, plain))
    if letters < LETTERS_NEEDED or len(plain.split()) < 4:
        return None
    if _BEYOND_LATIN.search(plain) and 3 * sum(_is_latin(sign) for sign in plain if sign.isalpha()) < 2 * letters:
        return "another script"
    likelihood = dict(_identifier().rank(plain))
    best = max(likelihood, key=likelihood.__getitem__)
    clear = best != declared and likelihood[declared] < DOUBT and likelihood[best] > MARGIN
    return best if clear else None


def is_clearly(sentence: str, declared: str) -> bool:
    """Tell whether words of the declared language alone, and none that only others have, make a sentence its own.

    Most sentences are told apart so, and need no look by the model, which takes a hundred times as long.
    """
    words = set(_LETTERS.findall(sentence.casefold()))
    marks = language_marks()
    if len(words & marks[declared]) < WORDS_NEEDED:
        return False
    return all(words.isdisjoint(others) for language, others in marks.items() if language != declared)


@cache
def language_marks() -> dict[str, frozenset[str]]:
    """Return the small words that only one of the languages in `TOLD_APART` has, by language."""
    file = resources.files(__package__).joinpath("words", "languages.toml")
    read = tomllib.loads(file.read_text(encoding="utf-8"))
    return {language: frozenset(words.split()) for language, words in read.items()}


def detect_language(text: str) -> str | None:
    """Return es, en or pt where a text is clearly in one of them, None else."""
    plain = " ".join(_NO_WORDS.sub(" ", text[:4000]).split())
    if sum(_is_latin(sign) for sign in plain) < LETTERS_NEEDED:
        return None
    language = str(_identifier().classify(plain)[0])
    return language if language in {"es", "en", "pt"} else None


@cache
def _identifier() -> Any:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(TOLD_APART))
    return identifier


@lru_cache(maxsize=4096)
def _is_latin(sign: str) -> bool:
    return sign.isalpha() and unicodedata.name(sign, "").startswith("LATIN")


def _finding(shown: Shown, text: str, reason: str) -> Finding:
    return Finding(customer_id=shown.customer_id, check=CHECK, severity="error", text=text, reason=reason)
