"""A ledger whose writer was killed in the middle of a commit: whoever opens it to write rolls that back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import inspect
from tests.ledger.support import YUNCHENG
from tests.service.test_ledger_process import nursing, serving, stop
from typer.testing import CliRunner

import subsidy
from subsidy.cli.app import app
from subsidy.cli.exits import Exit
from subsidy.client import Client
from subsidy.ledger import Ledger, Reader

from .test_check import codes, tree

WRITER: Final = """\
import os, signal, sqlite3, sys
ledger = sqlite3.connect(sys.argv[1], isolation_level=None)
ledger.execute("PRAGMA journal_mode=TRUNCATE")
ledger.execute("PRAGMA cache_size=5")  # pages; what is above them is written before the commit
ledger.execute("BEGIN IMMEDIATE")
ledger.execute("UPDATE head SET size = 0")
ledger.execute("CREATE TABLE half (content BLOB)")
for _ in range(100):
    ledger.execute("INSERT INTO half VALUES (randomblob(4096))")
os.kill(os.getpid(), signal.SIGKILL)
"""
SAID = """\
S0304 store-failed  sqlite:///{file}
  the database of the ledger failed: its writer was stopped in the middle of a commit
  → start the service, or any command that writes to it: what was not committed is rolled back; leave the \
-journal where it is
"""


@pytest.fixture
def cut_off(bureau_catalogue: subsidy.Catalogue, tmp_path: Path) -> Path:
    """The file of a ledger with half a commit in it, and its journal beside it."""
    file = tmp_path / "l.db"
    with Ledger(f"sqlite:///{file}", YUNCHENG, bureau_catalogue):
        pass
    before = file.stat().st_size
    subprocess.run([sys.executable, "-c", WRITER, str(file)], check=False)
    assert file.stat().st_size > before and Path(f"{file}-journal").stat().st_size > 0
    return file


def test_the_check_does_not_keep_it_from_being_started(bureau_folder: Path, cut_off: Path) -> None:
    """The check passes and writes nothing; a service that is told no scope starts, and the ledger is as before."""
    before = tree(cut_off.parent)
    words = ["--listen", "127.0.0.1:0", "--ledger", f"sqlite:///{cut_off}"]
    assert codes(*words) == codes(*words, "--scope", YUNCHENG) == []
    assert codes(*words, "--key", f"{cut_off}.none") == ["R0516"]
    assert tree(cut_off.parent) == before
    with serving(bureau_folder, cut_off, has_scope=False) as (process, address), Client(address) as client:
        assert client.checkpoint().size == 2
        assert nursing(client, "a").index == 6  # behind the texts that it rests on
        assert codes(*words) == ["S0302"]
        stop(process)


def test_whoever_only_reads_is_told_what_to_do(cut_off: Path) -> None:
    """A command that reads cannot roll it back, says who does, and leaves the ledger as it is."""
    before = tree(cut_off.parent)
    for words in (["ledger", "show"], ["audit", "verify"]):
        found = CliRunner().invoke(app, [*words, "--ledger", f"sqlite:///{cut_off}", "--lang", "en"])
        assert (found.exit_code, found.output) == (Exit.USAGE, SAID.format(file=cut_off))
    assert tree(cut_off.parent) == before


def test_a_command_that_writes_goes_on(cut_off: Path) -> None:
    """What was not committed is gone once a command has written, and what was committed is there."""
    words = ["ledger", "rotate-key", f"{cut_off.parent}/second.pem", "--ledger", f"sqlite:///{cut_off}"]
    assert CliRunner().invoke(app, words).exit_code == Exit.FINE
    with Reader(f"sqlite:///{cut_off}") as ledger, ledger.store.reading() as connection:
        assert ledger.size == 3 and not inspect(connection).has_table("half")
