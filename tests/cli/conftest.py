"""The command line, run in this process; and a folder of policies that a test may spoil."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from typer.testing import CliRunner, Result

from subsidy.cli.app import app
from subsidy.cli.demo_ledger import adopted
from subsidy.policies import shipped_folder

Run = Callable[..., Result]
VARIABLES: Final = (
    "SUBSIDY_ADOPTIONS",
    "SUBSIDY_LANG",
    "SUBSIDY_LEDGER",
    "SUBSIDY_KEY",
    "SUBSIDY_POLICIES",
    "SUBSIDY_SCOPE",
)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs a command, given as its words; `input` is its standard input. What it keeps is kept for one test."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("SUBSIDY_CACHE", str(tmp_path_factory.mktemp("cache")))
    runner = CliRunner()

    def run(*words: str, input: str | bytes | None = None) -> Result:  # noqa: A002 – as CliRunner calls it
        return runner.invoke(app, list(words), input=input)

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped policies, nothing locked."""
    copy = tmp_path / "policies"
    shutil.copytree(shipped_folder(), copy, ignore=shutil.ignore_patterns("catalogue.lock"))
    return copy


@pytest.fixture
def bureau(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs a command for a fictional bureau of Shenyang, in a folder with its adoption and its new ledger."""
    adopted(tmp_path)
    monkeypatch.chdir(tmp_path)
    for name, value in {"ADOPTIONS": "adoptions", "LEDGER": "sqlite:///ledger.db", "LANG": "en"}.items():
        monkeypatch.setenv(f"SUBSIDY_{name}", value)
    made = run("ledger", "create", "--scope", "210100")
    assert made.exit_code == 0, made.output
    return run
