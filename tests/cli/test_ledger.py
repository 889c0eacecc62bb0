"""`subsidy ledger`: a ledger is made, read, proved, copied, and signed with another key."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import Result

from subsidy.cli.exits import Exit
from subsidy.ledger import Ledger, Reader
from subsidy.ledger.notes import Verifier, opened
from subsidy.policies import Catalogue

Run = Callable[..., Result]
HOME = "cn/liaoning/shenyang/home-service"
CLAIM = ("determine", HOME, "beneficiary=R1", "month=2023-08", "price=30", "hours=20", "--request", "a")


def test_a_ledger_is_made_once(bureau: Run) -> None:
    """A second `create` leaves the ledger as it is, and says that it is there."""
    before = Path("ledger.db").read_bytes()
    found = bureau("ledger", "create", "--scope", "210100")
    assert (found.exit_code, found.stderr) == (
        Exit.REQUEST,
        (
            "R0525 file-there  sqlite:///ledger.db\n"
            "  sqlite:///ledger.db is there already and is not overwritten\n"
            "  → choose another name\n"
        ),
    )
    assert Path("ledger.db").read_bytes() == before


def test_a_scope_that_is_no_division(bureau: Run) -> None:
    """A ledger for a place that does not exist is not made."""
    found = bureau("ledger", "create", "--ledger", "sqlite:///new.db", "--scope", "999999")
    assert found.stderr == (
        "R0517 no-such-scope  scope\n  there is no division 999999\n  → write six digits, such as 140800\n"
    )
    assert not Path("new.db").exists()


def test_what_an_auditor_keeps(bureau: Run) -> None:
    """The checkpoint, its fingerprint, the scope and the keys are shown; the key verifies the checkpoint."""
    bureau(*CLAIM)
    data = json.loads(bureau("ledger", "show", "--json").stdout)
    printed = bureau("ledger", "show").stdout
    checkpoint = opened(data["checkpoint"], [Verifier.read(key) for key in data["keys"]])
    assert (data["scope"], data["size"], data["fingerprint"]) == ("210100", 7, checkpoint.fingerprint)
    assert printed == (
        "Ledger: sqlite:///ledger.db\n"
        "Scope: 210100\n"
        "Entries: 7\n"
        f"Fingerprint: {checkpoint.fingerprint}\n"
        f"Key: {data['keys'][0]}\n"
        "\n"
        f"{data['checkpoint']}"
    )


def test_entries_are_listed(bureau: Run) -> None:
    """Each entry is one line that says what it is, some at a time; as JSON they are whole, and hold no identifier."""
    bureau(*CLAIM)
    listed = bureau("ledger", "entries", "--first", "2", "--limit", "4").stdout
    data = json.loads(bureau("ledger", "entries", "--json").stdout)
    assert listed == (
        "Entry 2: the vocabulary that is rested on: vocabulary.toml\n"
        "Entry 3: the divisions that are rested on: divisions.toml\n"
        "Entry 4: a policy that is rested on: cn/liaoning/shenyang/home-service/2023-07-26.toml\n"
        "Entry 5: an adoption that is rested on: cn/liaoning/shenyang/home-service/2023-08-01.toml\n"
        "of 7; the next ones with --first 6\n"
    )
    assert [each["position"] for each in data] == [*range(7)]
    assert data[6]["entry"]["receipt"]["facts"]["beneficiary"].startswith("id-")


def test_a_ledger_is_read_beside_its_writer(bureau: Run, tmp_path: Path) -> None:
    """What only reads works while another has the ledger open; what writes is refused."""
    bureau(*CLAIM)
    with Ledger("sqlite:///ledger.db", "210100", Catalogue(adoptions=tmp_path / "adoptions")):
        read = [bureau("ledger", *words).exit_code for words in (("show",), ("entries",), ("proof", "6"))]
        written = bureau(*CLAIM)
    assert read == [Exit.FINE] * 3
    assert (written.exit_code, written.stderr) == (
        Exit.USAGE,
        (
            "S0302 second-writer  sqlite:///ledger.db\n"
            "  another process has the ledger open\n"
            "  → stop it first; a ledger has one writer\n"
        ),
    )


def test_a_proof_of_an_entry(bureau: Run) -> None:
    """A proof is printed as it was answered; of an entry that is not there, that is said."""
    answered = bureau(*CLAIM, "--json").stdout
    with Reader("sqlite:///ledger.db") as ledger:
        proof = ledger.answer(6).tlog_proof
    assert bureau("ledger", "proof", "6").stdout == proof
    assert bureau("ledger", "proof", "6", "--json").stdout == answered
    assert bureau("ledger", "proof", "7").stderr == (
        "R0507 no-such-entry  entry\n  the ledger has no such entry: 7; allowed is: 0…\n"
    )


def test_the_key_is_changed(bureau: Run) -> None:
    """After a change the old key is refused and the new one signs; the checkpoint of the change has both."""
    assert bureau("ledger", "rotate-key", "new.key").exit_code == Exit.FINE
    old, new = bureau(*CLAIM), bureau(*CLAIM, "--key", "new.key")
    with Reader("sqlite:///ledger.db") as ledger:
        keys = ledger.verifiers()
    assert (old.exit_code, old.stderr) == (
        Exit.REQUEST,
        "R0519 key-of-another  ledger.db.key\n  the key is not the one that signs this ledger\n",
    )
    assert new.exit_code == Exit.FINE
    assert len(keys) == 2
    assert Path("new.key").stat().st_mode & 0o077 == 0


def test_a_copy_is_a_ledger(bureau: Run) -> None:
    """A copy has the checkpoint of the original, and is never written over another file."""
    bureau(*CLAIM)
    assert bureau("ledger", "backup", "copy.db").stdout == "copy.db: 7 entries\n"
    with Reader("sqlite:///ledger.db") as one, Reader("sqlite:///copy.db") as two:
        assert one.checkpoint() == two.checkpoint()
    assert bureau("ledger", "backup", "copy.db").stderr.startswith("R0525 file-there  copy.db\n")


@pytest.mark.parametrize("words", [("show",), ("entries",), ("proof", "0"), ("backup", "c.db"), ("rotate-key", "k")])
def test_every_command_needs_a_ledger(run: Run, words: tuple[str, ...]) -> None:
    """Where no ledger is named, each command says so."""
    found = run("ledger", *words)
    assert found.exit_code == Exit.USAGE
    assert "--ledger or SUBSIDY_LEDGER is needed" in found.stderr


def test_an_identifier_is_erased(bureau: Run) -> None:
    """Refused while a cap is open and while nothing is said of vouchers; then the row is gone, and it is told."""
    bureau(*CLAIM)
    words = ("ledger", "erase", "R1", "--request", "e", "--ground", "a law")
    refused = bureau(*words, "--on", "2023-08-15")
    assert (refused.exit_code, refused.stdout) == (Exit.REQUEST, "")
    assert [line.split()[0] for line in refused.stderr.splitlines() if line.startswith("R")] == ["R0523", "R0524"]
    erased = bureau(*words, "--retention", "kept on paper", "--on", "2023-09-01")
    assert (erased.exit_code, erased.stdout) == (
        Exit.FINE,
        "Entry 7: erased. Earlier copies still have it, for you to deal with\n",
    )
    assert json.loads(bureau("ledger", "proof", "7", "--json").stdout)["entry"]["kind"] == "erasure"


def test_an_entry_that_was_altered_is_not_proved(bureau: Run) -> None:
    """An entry that is not what was signed is told, with status 1, and no proof of it is printed; others are proved."""
    bureau(*CLAIM)
    with closing(sqlite3.connect("ledger.db")) as altered:
        altered.execute("UPDATE entries SET body = replace(body, '600.00', '900.00') WHERE position = 6")
        altered.commit()
    found = bureau("ledger", "proof", "6")
    assert (found.exit_code, found.stdout) == (Exit.FINDING, "")
    assert found.stderr == (
        "R0530 not-proved  entry.6\n"
        "  the answer is not proved: the entry is not what its signed checkpoint says\n"
        "  → pay nothing on it; compare it with a checkpoint that was kept\n"
    )
    assert bureau("ledger", "proof", "5").exit_code == Exit.FINE
