"""Commands of an audit as somebody types them, and what they say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.conftest import Run

Told = tuple[int, str, str]


@pytest.fixture
def told(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Told]:
    """Runs a command of an audit in an empty folder: its exit code, what it printed, and what it said beside that."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SUBSIDY_POLICIES", str(tmp_path / "nowhere"))
    monkeypatch.setenv("SUBSIDY_LANG", "en")

    def found(*words: str) -> Told:
        made = run("audit", *words)
        return made.exit_code, made.stdout, made.stderr

    return found
