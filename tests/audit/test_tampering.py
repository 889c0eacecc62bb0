"""Whatever is done to a ledger is found from the fingerprint that was kept of it; what it may do itself is none."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
from tests.ledger.postgres import Postgres

from subsidy.audit.replaying import replay
from subsidy.audit.sources import Stored
from subsidy.audit.verifying import Verified

from .attacks import ATTACKS
from .forging import forging
from .tampering import History, attacked, codes, copies, figures, forked, history, on_postgres, rolled_back, verified

SIZES: Final = (8, 66)
# A few of each kind: each needs a database of its own.
ON_POSTGRES: Final = (
    "an entry edited: tree", "an entry edited: signed", "the last entry deleted: signed", "an entry deleted",
    "the constraint of the caps dropped", "a trigger added", "a table dropped", "an identifier exchanged",
    "a bucket lowered, and the cap used twice",
)  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> History:
    """A ledger at each of the sizes."""
    return history(tmp_path_factory.mktemp("history"), SIZES)


def test_every_attack_is_found(made: History, tmp_path: Path) -> None:
    """From the kept fingerprint all are found, with the first bad entry where it can be known.

    Without it those are not found, and only those, that leave a whole ledger behind, signed with its own key.
    """
    said = figures(list(attacked(made, SIZES, copies(tmp_path))))
    assert said["failures"] == []
    assert said["found"] == said["tried"]
    assert said["attacks"] == len(ATTACKS)
    assert said["first_right"] == said["first_known"] > 50
    assert said["control"]["found by nobody who kept nothing"] == sum(each.hidden for each in ATTACKS) * len(SIZES)


def test_an_earlier_copy_and_another_history(made: History, tmp_path: Path) -> None:
    """Rolled back, or gone on otherwise with the real key, a ledger is whole, and not the one that was kept."""
    state = made.states[66]
    note = tmp_path / "kept.txt"
    note.write_text(state.note, "utf-8")
    back, fork = (f"sqlite:///{file}" for file in (rolled_back(made, 66), forked(made, tmp_path, 66)))
    for url, by_note in ((back, "V0114"), (fork, "V0113")):
        assert codes(verified(url)) == []
        assert codes(verified(url, state.fingerprint)) == ["V0112"]
        assert codes(verified(url, str(note))) == [by_note]
    both = verified(fork, state.fingerprint, made.states[8].fingerprint)
    assert isinstance(both, Verified)
    (found,) = both.findings.listed
    assert found.problem.report("en") == (
        "V0112 fingerprint-not-met  against\n"
        f"  nowhere has the log the fingerprint that was kept, {state.fingerprint}; "
        "the last one that it has is at 8 entries"
    )


def test_what_a_ledger_may_do(made: History, tmp_path: Path) -> None:
    """A ledger that grew, gave an entry back, erased, and changed its key is clean against every earlier fingerprint.

    So it is when its file was written anew, or measured for the planner of queries.
    """
    earlier = [state.fingerprint for state in made.states.values()]
    file = tmp_path / "copy.db"
    shutil.copy(made.states[66].file, file)
    for statement in ("SELECT 1", "VACUUM", "ANALYZE"):
        with closing(sqlite3.connect(file)) as connection:
            connection.execute(statement)
        found = verified(f"sqlite:///{file}", *earlier)
        assert isinstance(found, Verified)
        assert (codes(found), sorted(found.met.values())) == ([], sorted(made.states))
        assert set(found.kinds) == {
            "opened", "key", "text", "roster", "determination", "reversal", "release", "erasure",
        }  # fmt: skip


def test_a_key_that_was_kept(made: History, tmp_path: Path) -> None:
    """Who kept the public key alone finds that another one signs."""
    (attack,) = (each for each in ATTACKS if each.name == "a key replaced: signed")
    state = made.states[8]
    url = copies(tmp_path)(state)
    with forging(url, made.signers) as forger:
        attack.forge(forger)
    assert codes(verified(url)) == []
    assert codes(verified(url, key=str(made.signers[0].verifier))) == ["V0116"]


def test_an_amount_that_is_raised_and_signed(made: History, tmp_path: Path) -> None:
    """Who kept nothing finds it by computing the determination again, and it is the one that is named."""
    (attack,) = (each for each in ATTACKS if each.name == "an amount raised: signed")
    url = copies(tmp_path)(made.states[8])
    with forging(url, made.signers) as forger:
        at = attack.forge(forger)
    with Stored(url) as source:
        found = replay(source, jobs=1)
    assert [(each.position, each.problem.code) for each in found.findings.listed] == [(at, "V0153")]
    assert (found.same, found.different, found.cannot) == (1, 1, 0)


def test_on_postgresql(postgres: Postgres, tmp_path: Path) -> None:
    """The same is found in a database of PostgreSQL, each time in a copy of its own; the untouched one is clean."""
    attacks = [each for each in ATTACKS if each.name in ON_POSTGRES]
    said = figures(list(on_postgres(postgres, tmp_path, attacks)))
    assert said["failures"] == []
    assert (said["found"], said["attacks"]) == (len(ON_POSTGRES), len(ON_POSTGRES))
