"""Audits that were stopped, and go on where they were."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.conftest import run
from tests.ledger.support import NURSING, Place

from subsidy.cli.exits import Exit

from .exports import live
from .told import Told, told

__all__ = ["run", "told"]  # fixtures

# The command, that is sent Ctrl-C as a terminal does, once it has kept what it has done so far.
STOPPED = """
import os, signal, sys, time
from contextlib import contextmanager
from subsidy.audit import replaying, verifying
from subsidy.cli import audit_options, audit_replay, audit_verify, main
verifying._KEEP_AFTER = replaying._KEEP_AFTER = 1
signal.signal(signal.SIGINT, signal.default_int_handler)  # also where the tests run behind a shell that ignores it

@contextmanager
def watching(what, *, hidden):
    def tick(done, total):
        if 0 < done:
            os.kill(os.getpid(), signal.SIGINT)
            for _ in range(3000):  # not one long sleep: it is told between two steps that it was stopped
                time.sleep(0.01)
    yield tick

audit_verify.watching = audit_replay.watching = watching
main()
"""


@pytest.fixture
def stopped(tmp_path: Path) -> Callable[..., Told]:
    """Runs a command of an audit as a process of its own, and stops it on the way."""

    def run_and_stop(*words: str) -> Told:
        made = subprocess.run(
            [sys.executable, "-c", STOPPED, "audit", *words],
            capture_output=True, encoding="utf-8", cwd=tmp_path, check=False, timeout=60,
            env=os.environ | {"SUBSIDY_LANG": "en"},
        )  # fmt: skip
        return made.returncode, made.stdout, made.stderr

    return run_and_stop


@pytest.mark.parametrize("audit", ["verify", "replay"])
def test_an_audit_that_was_stopped_goes_on(
    sqlite_place: Place, told: Callable[..., Told], stopped: Callable[..., Told], audit: str
) -> None:
    """After Ctrl-C it is said how to go on; the same command then says what one says that was never stopped."""
    live(sqlite_place).close()
    words = [audit, "--ledger", "ledger.db", "--json"]
    assert stopped(*words) == (
        130, "", "Stopped, and nothing is kept. With --resume FILE a long audit can go on where it was stopped\n",
    )  # fmt: skip
    assert stopped(*words, "--resume", "audit.state") == (
        130,
        "",
        "Stopped. What is done is kept in audit.state: the same command with --resume audit.state goes on\n",
    )
    whole = told(*words)
    assert Path("audit.state").is_file()
    assert told(*words, "--resume", "audit.state") == whole
    assert not Path("audit.state").exists()


def test_no_audit_goes_on_with_another(
    sqlite_place: Place, other_place: Place, told: Callable[..., Told], stopped: Callable[..., Told]
) -> None:
    """A file of another kind of audit, of another ledger, or of other figures is refused, and so is any other file."""
    live(sqlite_place).close()
    live(other_place).close()
    stopped("replay", "--ledger", "ledger.db", "--policy", NURSING, "--resume", "audit.state")

    def refused(*words: str) -> str:
        code, printed, said = told(*words)
        assert (code, printed) == (Exit.REQUEST, "")
        return said

    advice = "  → go on with the command of then, or begin anew with another file\n"
    assert refused("verify", "--ledger", "ledger.db", "--resume", "audit.state") == (
        f"R0593 other-audit  audit.state\n"
        f"  audit.state is of another audit: audit is replay, and this time verify\n{advice}"
    )
    assert refused("replay", "--ledger", "ledger.db", "--until", "2024-05", "--resume", "audit.state") == (
        "R0593 other-audit  audit.state\n"
        f'  audit.state is of another audit: policies is ["{NURSING}"], and this time []\n'
        f"{advice}R0593 other-audit  audit.state\n"
        f"  audit.state is of another audit: until is –, and this time 2024-05\n{advice}"
    )
    said = refused("replay", "--ledger", "other/ledger.db", "--policy", NURSING, "--resume", "audit.state")
    assert "ledger is sqlite:///ledger.db, and this time sqlite:///other/ledger.db\n" in said
    assert "origin is subsidy-ledger/140800/" in said
    Path("notes.txt").write_text("nothing\n", "utf-8")
    for name in ("notes.txt", "ledger.db"):
        before = Path(name).read_bytes()
        assert refused("verify", "--ledger", "ledger.db", "--resume", name) == (
            f"R0592 no-audit-file  {name}\n  {name} is no file in which an audit keeps what is done\n"
            "  → name a file that is not there yet\n"
        )
        assert Path(name).read_bytes() == before
