"""The command line, run in this process."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from subsidy.cli.app import app

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command, given as its words; `input` is its standard input."""
    for name in ("SUBSIDY_ADOPTIONS", "SUBSIDY_LANG", "SUBSIDY_POLICIES"):
        monkeypatch.delenv(name, raising=False)
    runner = CliRunner()

    def run(*words: str, input: str | bytes | None = None) -> Result:  # noqa: A002 – as CliRunner calls it
        return runner.invoke(app, list(words), input=input)

    return run
