"""The faults that a ledger is put under, in their short form: nothing acknowledged is lost, changed or doubled.

`python -m tests.faults` has the long form of each. Every control must lose something, or the search is blind.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from . import kill, power, syscalls
from .evidence import ROOT, Figures, failed, line

Record = Callable[[str, object], None]


def nobody(_: int, __: int) -> None:
    """Who is not interested in how far it is."""


def held(name: str, figures: Figures, record_property: Record) -> None:
    """Nothing failed, and the control lost something."""
    record_property(f"figure fault {name}", line(figures))
    assert figures["failures"] == []
    assert all(figures["control"].values())
    assert not failed(figures)


def test_kills(record_property: Record) -> None:
    """A server that is killed with SIGKILL under the load of 16 clients has every answer that one of them holds."""
    figures = kill.run(2, 1, nobody)
    held("kill", figures, record_property)
    assert figures["acknowledged"] > 20


def test_losses_of_power(record_property: Record) -> None:
    """Whatever of the unsynced sectors reaches a disk before its power is lost, every answer is on it."""
    figures = power.run(1_000, 1, nobody)
    held("power", figures, record_property)
    assert figures["with a journal to roll back"] > 500
    assert figures["states"] > 5


def test_errors_of_the_disk(record_property: Record) -> None:
    """An error or the end at an operation of the disk, and a loss of power after it, take back nothing acknowledged."""
    figures = syscalls.campaign(1, 1, nobody, most=2)
    held("syscalls", figures, record_property)
    assert figures["refused"].keys() == {"S0304"}
    assert {"EIO: sync", "EIO: write", "ENOSPC: truncate", "SIGKILL: sync"} <= figures["operations"].keys()


def test_a_full_disk(tmp_path: Path, record_property: Record) -> None:
    """On a full disk claims are refused with S0304, and with room the same process takes them; the command says so."""
    words = [sys.executable, "-m", "tests.faults", "full", "--n", "2", "--seed", "7", "--evidence", str(tmp_path)]
    found = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, timeout=100, check=False)
    kept = json.loads((tmp_path / "full.json").read_text("utf-8"))
    held("full", kept, record_property)
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout.startswith("full: n 2, seed 7, full by ")
    assert (kept["fault"], kept["n"], kept["seed"], kept["rounds"]) == ("full", 2, 7, 2)
    assert kept["refused"] > 100
    assert kept["answered once there was room, by the same process"] > 100


@pytest.mark.parametrize(
    "figures", [{"failures": ["lost: q1"], "control": {"a": 1}}, {"failures": [], "control": {"a": 0}}]
)
def test_a_loss_and_a_blind_search_both_fail(figures: Figures) -> None:
    """A fault fails where something was lost, and where its control lost nothing."""
    assert failed(figures)


def test_what_cannot_be_run_is_no_failure() -> None:
    """Where the system allows no trace, that is what the evidence says."""
    assert not failed({"skipped": "no process can be traced here (strace)", "control": {}, "failures": []})
