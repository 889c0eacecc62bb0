"""The command line, run in this process; and a folder of policies that a test may spoil."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from subsidy.cli.app import app
from subsidy.policies import shipped_folder

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command, given as its words; `input` is its standard input."""
    for name in ("SUBSIDY_ADOPTIONS", "SUBSIDY_LANG", "SUBSIDY_POLICIES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "120")
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
