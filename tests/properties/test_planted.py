"""The properties find a fault that is there: a policy that compiles, and pays above the cap that it declares."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from subsidy import Catalogue
from subsidy.policies import shipped_folder

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PROPERTIES = [
    str(HERE / name) for name in ("test_faults.py", "test_results.py", "test_round_trips.py", "test_runners.py")
]
PLANTED = "test_results.py::test_no_part_exceeds_its_cap[cn/test/planted@2024-01-01r1]"


def outcome(folder: Path, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """The properties, run on another folder of policies in a process of their own."""
    variables = {
        "SUBSIDY_TEST_POLICIES": str(folder),
        "SUBSIDY_TEST_EXAMPLES": "10",
        "HYPOTHESIS_STORAGE_DIRECTORY": str(tmp_path / "hypothesis"),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--hypothesis-seed=1", *PROPERTIES]
    return subprocess.run(command, cwd=ROOT, env=os.environ | variables, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("is_planted", [True, False], ids=["planted", "control"])
def test_a_policy_above_its_cap_is_found(is_planted: bool, tmp_path: Path) -> None:
    """With the planted policy the one property about caps fails on it; without, everything passes.

    Beside it stand the policies of one province: the others have passed the same tests already.
    """
    folder = tmp_path / "policies"
    shutil.copytree(shipped_folder(), folder, ignore=shutil.ignore_patterns("liaoning", "jilin", "ningxia", "*.lock"))
    if is_planted:
        shutil.copytree(HERE / "planted", folder, dirs_exist_ok=True)
    Catalogue(folder).check()
    run = outcome(folder, tmp_path)
    failed = [line.split(" ")[1] for line in run.stdout.splitlines() if line.startswith("FAILED ")]
    assert (["tests/properties/" + PLANTED] if is_planted else []) == failed, run.stdout
    assert run.returncode == (1 if is_planted else 0), run.stdout
