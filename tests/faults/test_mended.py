"""What the faults found, each by itself: answers that rested on a sync that failed, and keys that were half written."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from random import Random
from typing import Final

import apsw
import pytest

from subsidy.errors import RequestError
from subsidy.ledger.opening import new_key

from .power import judge
from .scenario import Caller, asked_again, claims, opened
from .syscalls import Bench, Nth, looked_at, under

IMAGES: Final = 16


def test_no_answer_rests_on_a_sync_that_failed(tmp_path: Path) -> None:
    """Whichever sync of a run fails, what is acknowledged after it survives a loss of power at any later moment."""
    bench, met = Bench(tmp_path), 0
    (tmp_path / "image").mkdir()
    while True:
        place = bench.fresh("run", "asked")
        result = under(bench, place, Nth(met + 1, apsw.IOError, only=("sync",)))
        if not result.met:
            break
        met += 1
        random, key = Random(met), place / "key.pem"  # noqa: S311 – to be repeated, not to be secret
        seen = judge(result.run, IMAGES, random, tmp_path / "image", bench.catalogue, key, lambda *_: None)
        assert (result.wrong, seen.failures) == ([], [])
        assert looked_at(bench, place, result) == []
    assert met >= 12


def test_a_key_is_on_disk_with_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new key is synced, and then the folder that has its name: without it, a ledger has no writer any more."""
    synced = list[bool]()
    sync = os.fsync

    def noted(file: int) -> None:
        synced.append(stat.S_ISDIR(os.fstat(file).st_mode))
        sync(file)

    monkeypatch.setattr(os, "fsync", noted)
    new_key(tmp_path / "key.pem", "origin")
    assert synced == [False, True]


def test_a_key_that_was_begun_is_begun_again(tmp_path: Path) -> None:
    """The empty file of a process that ended before it wrote its key does not stop the next one."""
    bench = Bench(tmp_path)
    place = bench.fresh("run", "made")
    (place / "key.pem").touch()
    caller = Caller()
    with opened(place, bench.catalogue) as ledger:
        caller.ask(ledger, claims(0, 2))
    assert (len(caller.answers), asked_again(place, bench.catalogue, caller.asked, caller.answers)) == (2, [])


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    """A file with something in it stays as it is."""
    (tmp_path / "key.pem").write_text("x")
    with pytest.raises(RequestError) as error:
        new_key(tmp_path / "key.pem", "origin")
    assert (
        error.value.report("en") == f"R0516 bad-key  {tmp_path}/key.pem\n  the signing key cannot be used: File exists"
    )
    assert (tmp_path / "key.pem").read_text() == "x"
