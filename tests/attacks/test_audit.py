"""No module reaches the machine: an audit hook of Python sees every import, file, socket, process and evaluation."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def audited(planted: str = "") -> dict[str, Any]:
    """What the hook saw in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.attacks.audited", planted], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.timeout(300)
def test_no_module_reaches_the_machine(record_property: Callable[[str, object], None]) -> None:
    """Reading, compiling, calculating, explaining and replaying, of good and of hostile modules, meet no such event."""
    found = audited()
    assert found["events"] == {}, found["first"]
    met = found["met"]
    assert met["compiled"] >= 10 and met["calculated"] >= 20 and met["refused"] >= 100 and met["fuzzed"] >= 400
    assert "broken" not in met
    record_property(
        "figure audit",
        f"0 events in {met['compiled']} modules compiled, {met['calculated']} claims, "
        f"{met['refused']} modules refused, {met['fuzzed']} fuzzed inputs",
    )


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("planted", "event"),
    [
        ("eval", "compile"),
        ("exec", "exec"),
        ("import", "import"),
        ("open", "open"),
        ("os", "os.listdir"),
        ("socket", "socket."),
        ("subprocess", "subprocess.Popen"),
    ],
)
def test_the_hook_sees_what_is_planted(planted: str, event: str) -> None:
    """A formula's runner that does one of these things is seen to do it."""
    assert any(each.startswith(event) for each in audited(planted)["events"]), planted
