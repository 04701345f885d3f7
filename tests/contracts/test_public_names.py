"""What other people's code imports, and what it must not pay for."""

from __future__ import annotations

import subprocess
import sys

import querencia

HEAVY = {
    "altair", "duckdb", "fastapi", "httpx", "ibis", "lightgbm", "openai", "pandas", "pydantic_ai", "rich", "sklearn",
    "sqlalchemy", "typer", "vl_convert",
}  # fmt: skip


def test_every_public_name_can_be_had() -> None:
    for name in querencia.__all__:
        assert getattr(querencia, name) is not None
        assert name in dir(querencia)


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(querencia, "no_such_name")


def test_importing_querencia_loads_nothing_heavy() -> None:
    code = "import sys, querencia; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert HEAVY.isdisjoint(loaded)


def test_help_loads_neither_engine_nor_models() -> None:
    code = (
        "import sys\nsys.argv = ['querencia', '--help']\nfrom querencia.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print('LOADED', *sorted({name.split('.')[0] for name in sys.modules}))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    loaded = set(out.split("LOADED", 1)[1].split())
    assert (HEAVY - {"rich", "typer"}).isdisjoint(loaded)
    assert "Usage" in out
