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
def run(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs a command, given as its words; `input` is its standard input. What it keeps is kept for one test."""
    for name in ("SUBSIDY_ADOPTIONS", "SUBSIDY_LANG", "SUBSIDY_POLICIES"):
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
