"""Documents that cannot go stale."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

from querencia.cli.application import app
from querencia.cli.reference import commands_reference
from querencia.data.features import FEATURES
from querencia.messages.checks.registry import CHECKS
from querencia.settings.project_file import parse_project

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "README.es.md", *sorted((ROOT / "docs").rglob("*.md"))]
TEST_COMMAND = "pip install uv && uv run pytest"


def commands() -> set[str]:
    root = get_command(app)
    names = set(root.commands)
    return names | {f"data {name}" for name in root.commands["data"].commands}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_documents_name_only_commands_that_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    named = re.findall(r"^(?:pip install uv && )?(?:uv run )?querencia ((?:data )?[a-z]+)", text, flags=re.MULTILINE)
    assert set(named) <= commands()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_project_files_in_documents_are_valid(path: Path) -> None:
    for example in re.findall(r"```toml\n(.*?)```", path.read_text(encoding="utf-8"), flags=re.DOTALL):
        if "[project]" in example:
            parse_project(example)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?://)([^)#]+)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


def test_readme_lists_every_command() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [name for name in commands() - {"data"} if not re.search(rf"`(querencia )?{name}\b", text)]
    assert missing == []


def test_ci_runs_the_readmes_test_command() -> None:
    assert TEST_COMMAND in (ROOT / "README.md").read_text(encoding="utf-8")
    assert TEST_COMMAND in (ROOT / ".ci/run").read_text(encoding="utf-8")


def test_the_command_reference_is_what_the_code_says() -> None:
    page = ROOT / "docs" / "reference" / "commands.md"
    assert page.read_text(encoding="utf-8") == commands_reference(), (
        "regenerate it: uv run python -m querencia.cli.reference > docs/reference/commands.md"
    )


def test_every_activity_feature_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "activity-features.md").read_text(encoding="utf-8")
    assert [family for family, meaning in FEATURES.items() if f"| `{family}` | {meaning} |" not in page] == []


def test_every_check_is_documented() -> None:
    page = (ROOT / "docs" / "concepts" / "messages.md").read_text(encoding="utf-8")
    names = {check.__module__.rsplit(".", 1)[-1] for check in CHECKS}
    assert {name for name in names if f"`{name}`" not in page} == set()
