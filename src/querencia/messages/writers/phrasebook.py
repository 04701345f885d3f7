"""The offline writer's sentences: alternatives from ``texts/<language>.toml``, compiled once by Jinja2's sandbox.

The records that fill the sentences are values, never templates: template syntax inside a name stays text.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from jinja2 import StrictUndefined, Template, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

SENTENCES_KEPT = 16384
OPENING_WORDS = 3


class Sentence:
    """One alternative: its template, how it opens, and the facts that it speaks of, in a stated order."""

    def __init__(self, template: Template, needs: frozenset[str], opening: str) -> None:
        self._template = template
        self.opening = opening
        self._needs = tuple(sorted(needs))
        self.needs = needs

    def say(self, facts: Mapping[str, str]) -> str:
        """Return the sentence with its facts filled in."""
        return _render(self, tuple(facts[need] for need in self._needs))

    def render(self, values: tuple[str, ...]) -> str:
        """Return the sentence for the values of its facts, in their order."""
        return self._template.render(zip(self._needs, values, strict=True))


class Phrasebook:
    """The alternatives of one language, by section (``opening.1``)."""

    def __init__(self, sections: Mapping[str, tuple[Sentence, ...]]) -> None:
        self._sections = sections
        self._eligible: dict[tuple[str, frozenset[str]], tuple[Sentence, ...]] = {}

    def sections(self) -> Mapping[str, tuple[Sentence, ...]]:
        """Return every alternative of every section."""
        return self._sections

    def alternatives(self, section: str, facts: frozenset[str]) -> tuple[Sentence, ...]:
        """Return the sentences of a section whose every fact is among `facts`. KeyError where there is none."""
        key = (section, facts)
        found = self._eligible.get(key)
        if found is None:
            found = tuple(sentence for sentence in self._sections[section] if sentence.needs <= facts)
            if not found:
                raise KeyError(f"no sentence of {section!r} can be said with the facts {sorted(facts)!r}")
            self._eligible[key] = found
        return found

    def count_form(self, section: str, number: int) -> Sentence:
        """Return the singular or plural form of a counted thing."""
        return self._sections[section][0 if number == 1 else 1]


@lru_cache(maxsize=SENTENCES_KEPT)
def _render(sentence: Sentence, values: tuple[str, ...]) -> str:
    # A sandboxed render takes some 15 microseconds, and most sentences recur with the same few facts.
    return sentence.render(values)


@cache
def phrasebook(language: str) -> Phrasebook:
    """Return the phrasebook of es, en or pt, read and compiled on first use."""
    text = resources.files(__package__).joinpath("texts", f"{language}.toml").read_text(encoding="utf-8")
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    environment.globals.clear()
    return Phrasebook(dict(_compile(environment, tomllib.loads(text), "")))


def _compile(
    environment: ImmutableSandboxedEnvironment, tables: Mapping[str, Any], prefix: str
) -> list[tuple[str, tuple[Sentence, ...]]]:
    sections: list[tuple[str, tuple[Sentence, ...]]] = []
    for key, value in tables.items():
        if isinstance(value, dict):
            sections += _compile(environment, value, f"{prefix}{key}.")
        else:
            sections.append((prefix + key, tuple(_sentence(environment, text) for text in value)))
    return sections


def _sentence(environment: ImmutableSandboxedEnvironment, text: str) -> Sentence:
    needs = meta.find_undeclared_variables(environment.parse(text))
    opening = " ".join(text.partition("{{")[0].casefold().split()[:OPENING_WORDS])
    return Sentence(environment.from_string(text), frozenset(needs), opening)
