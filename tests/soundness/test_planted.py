"""Faults planted in the compiler are found by the same check, on the same seeds, within what CI runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .patches import PLANTED, ROOT, DoesNotApply, planted_in

BUDGET = 2000  # policies that the base set has
FOUND = PLANTED / "found.json"  # the seed that found each fault last time
PATCHES = sorted(PLANTED.glob("*.patch"))


def hunted(source: Path, count: int, first: int = 0) -> dict[str, Any]:
    """After how many policies something was found wrong with the compiler in `source`, in a process of its own."""
    variables = {**os.environ, "PYTHONPATH": f"{source}{os.pathsep}{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "tests.soundness", "hunt", str(count), "--base", str(first)]
    run = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    assert run.returncode in {0, 1} and run.stdout.startswith("{"), run.stderr
    found: dict[str, Any] = json.loads(run.stdout)
    return found


@pytest.mark.timeout(600)
@pytest.mark.parametrize("patch", PATCHES, ids=[patch.stem for patch in PATCHES])
def test_a_planted_fault_is_found(patch: Path, tmp_path: Path, record_property: Callable[[str, Any], None]) -> None:
    """With a fault planted, some policy of the base set is not sound: the one that found it last time, or another."""
    source = planted_in(patch, tmp_path)
    known = json.loads(FOUND.read_text("utf-8")).get(patch.stem[:2], 0)
    found = hunted(source, 1, known)
    if not found["wrong"]:
        found = hunted(source, BUDGET)
    record_property("figure planted faults, found by so many seeds", f"{patch.stem[:2]} {found['seed']}")
    assert found["wrong"], f"{patch.stem} was not found in {BUDGET} policies"


@pytest.mark.timeout(600)
def test_without_a_fault_nothing_is_found(tmp_path: Path) -> None:
    """The control: a copy of the sources as they are is sound on the first seeds."""
    empty = tmp_path / "00-none.patch"
    empty.write_text("", encoding="utf-8")
    assert hunted(planted_in(empty, tmp_path), 40) == {"policies": 40, "seed": None, "wrong": None}


def test_there_are_ten_or_more() -> None:
    """The faults are planted in ten ways, in different files."""
    texts = [patch.read_text(encoding="utf-8") for patch in PATCHES]
    files = {line for text in texts for line in text.splitlines() if line.startswith("+++ ")}
    assert len(texts) >= 10 and len(files) >= 7


def test_a_patch_that_no_longer_applies_says_so(tmp_path: Path) -> None:
    """A patch of lines that are not there is refused, by its name and with what it did not find."""
    patch = tmp_path / "99-gone.patch"
    patch.write_text(
        "--- a/src/subsidy/rounding.py\n+++ b/src/subsidy/rounding.py\n@@ -1 +1 @@\n-no such line\n+another\n",
        encoding="utf-8",
    )
    with pytest.raises(DoesNotApply) as caught:
        planted_in(patch, tmp_path / "copy")
    assert str(caught.value) == (
        "99-gone.patch no longer applies: in src/subsidy/rounding.py this is found 0 times, not once; "
        "make the patch anew (README.md says how)\nno such line\n"
    )
