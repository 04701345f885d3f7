"""A wrong project file says which key, on which line, what was expected, and the nearest known key."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querencia.errors import InputError, SettingsError
from querencia.settings import PROJECT_FILE, load_project
from querencia.settings.project_file import parse_project

MINIMAL = '[project]\nname = "X"\n[customers]\npath = "c.csv"\n'


def complaint(text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        parse_project(text)
    return str(caught.value)


def test_the_smallest_project_gets_every_default() -> None:
    project = parse_project(MINIMAL)
    assert project.project.language == "es"
    assert project.engagement.weights == (0.50, 0.30, 0.15, 0.05)
    assert project.segments.clusters == 4
    assert project.events is None


@pytest.mark.parametrize(
    "line,near",
    [("idd = 'x'", "'id'"), ("outcom = 'x'", "'outcome'"), ("catgorical = ['x']", "'categorical'")],
)
def test_an_unknown_key_is_refused_with_the_nearest_known(line: str, near: str) -> None:
    message = complaint(MINIMAL + line)
    assert "[customers]" in message
    assert "line 5" in message
    assert f"Did you mean {near}?" in message


def test_an_unknown_section_is_refused_with_the_nearest_known() -> None:
    assert "Did you mean 'customers'?" in complaint("[project]\nname='x'\n[custmers]\npath='c.csv'")


def test_an_unknown_key_of_a_nested_section_names_it() -> None:
    assert "[customers.contact] nmae" in complaint(MINIMAL + "[customers.contact]\nnmae = 'name'")


def test_every_fault_is_told_at_once() -> None:
    message = complaint(
        MINIMAL + "[segments]\nclusters = 'many'\n[risk]\nthresholds = [0.2, 0.1]\n[value]\nmonthly = -1"
    )
    assert "[segments] clusters (line 6) = 'many'" in message
    assert "the first below the second" in message
    assert "[value] monthly (line 10) = -1" in message


@pytest.mark.parametrize(
    "line,expected",
    [
        ("currency = 'EURO'", "ISO 4217"),
        ("timezone = 'Madrid'", "IANA"),
        ("locale = 'spanish'", "es_CO"),
        ("language = 'fr'", "'es', 'en' or 'pt'"),
        ("max_rejected = 5", "less than or equal to 1"),
    ],
)
def test_a_wrong_value_says_what_was_expected(line: str, expected: str) -> None:
    message = complaint(f"[project]\nname='x'\n{line}\n[customers]\npath='c.csv'")
    assert line.split(" ", maxsplit=1)[0] in message
    assert expected in message


def reasons(**clauses: str) -> str:
    quoted = {key: "".join(f"\\U{ord(sign):08X}" for sign in value) for key, value in clauses.items()}
    entries = "\n".join(f'{key} = "{value}"' for key, value in quoted.items())
    return f"{MINIMAL}[messages.reasons]\n{entries}\n"


def test_a_declared_reason_is_a_clause_for_a_feature() -> None:
    project = parse_project(reasons(recency_days="  hace tiempo  que no le vemos "))
    assert project.messages.reasons == {"recency_days": "hace tiempo que no le vemos"}
    assert parse_project(MINIMAL).messages.reasons == {}


def test_each_wrong_reason_is_told_with_its_feature_and_line() -> None:
    text = reasons(limit="Le vemos menos", recency_days="le vemos menos.")
    message = complaint(text + '"customer age" = "tiene 30 años"\n')
    assert "[messages.reasons] limit (line 6) = 'Le vemos menos': expected to begin with a small letter" in message
    assert "[messages.reasons] recency_days (line 7) = 'le vemos menos.': expected to end without a stop" in message
    assert "[messages.reasons] customer age (line 8) = 'tiene 30 años': expected no digit" in message
    assert "it completes 'Le escribimos porque …'" in message
    assert "Most customers to write to" not in message


words = st.text(alphabet="abcdeñáü ,'-", min_size=1, max_size=60).filter(lambda text: text.strip(" ,'-")[:1].isalpha())
clauses = words.map(lambda text: text.strip(" ,'-"))
digits = st.characters(categories=("N",))
hidden = st.characters(categories=("Cc", "Cf", "Co", "Zl", "Zp"))
forbidden = st.one_of(digits, hidden, st.sampled_from(["\n", "\t", "@", "{{", "{%", "<b>", ">", "https://", "www."]))


@given(clauses)
def test_every_plain_clause_is_taken_as_it_stands(clause: str) -> None:
    taken = parse_project(reasons(x=clause)).messages.reasons["x"]
    assert taken.split() == clause.split()
    assert parse_project(reasons(x=taken)).messages.reasons["x"] == taken


@given(clauses, clauses, forbidden)
def test_no_clause_holds_a_digit_an_address_markup_or_a_second_line(before: str, after: str, sign: str) -> None:
    assert "[messages.reasons] x (line 6)" in complaint(reasons(x=f"{before}{sign}{after}"))


@given(clauses, st.sampled_from(".!?…:;,"))
def test_no_clause_is_a_sentence_of_its_own(clause: str, stop: str) -> None:
    assert "[messages.reasons] x" in complaint(reasons(x=clause + stop))
    assert "[messages.reasons] x" in complaint(reasons(x=clause[0].upper() + clause[1:]))


def test_a_clause_has_one_to_120_characters() -> None:
    assert parse_project(reasons(x="a" * 120)).messages.reasons == {"x": "a" * 120}
    for clause in ("a" * 121, "", "   "):
        assert f"expected 1 to 120 characters; this has {len(clause.strip())}" in complaint(reasons(x=clause))


def test_without_a_source_there_is_nothing_to_read() -> None:
    assert "[customers] or an [events]" in complaint("[project]\nname = 'x'")


def test_broken_toml_says_where() -> None:
    assert "line 2" in complaint("[project]\nname = x")


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="querencia init"):
        load_project(tmp_path)


def test_paths_are_counted_from_the_project_file(tmp_path: Path) -> None:
    (tmp_path / PROJECT_FILE).write_text("\ufeff" + MINIMAL, encoding="utf-8")
    project = load_project(tmp_path)
    assert project.resolve("c.csv") == tmp_path / "c.csv"
    assert project.resolve("/data/c.csv") == Path("/data/c.csv")
    assert load_project(tmp_path / PROJECT_FILE) == project


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / PROJECT_FILE).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="UTF-8"):
        load_project(tmp_path)
