"""The soak keeps what it did, and goes on from there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .soak import CHUNK, soak


def test_a_soak_goes_on_from_where_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A soak that was stopped is taken up with the seeds that are left, from the same base."""
    file = tmp_path / "evidence" / "soundness.json"
    assert soak(CHUNK, 0, file) == 0
    first = json.loads(file.read_text(encoding="utf-8"))
    assert (first["base"], first["seeds"], first["done"], first["failures"]) == (0, CHUNK, True, {})
    file.write_text(json.dumps({**first, "done": False}), encoding="utf-8")
    assert soak(2 * CHUNK, None, file) == 0
    second = json.loads(file.read_text(encoding="utf-8"))
    assert (second["base"], second["seeds"], second["done"]) == (0, 2 * CHUNK, True)
    assert second["constructs"]["+"] > first["constructs"]["+"]
    assert f"seeds 0 to {2 * CHUNK - 1}, {CHUNK} of them done before" in capsys.readouterr().out
