"""The audit that every fault ends with is not blind: whatever is changed in a ledger, it says so."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.faults.judge import Ask, Judged, judged, not_as_before
from tests.ledger.support import NURSING, YUNCHENG, Place, bureau, nursing

from subsidy.ledger import Ledger

LAST = "(SELECT max(position) FROM entries)"
TAMPERED = {
    "an amount": "UPDATE entries SET body = CAST(replace(CAST(body AS TEXT), '500.00', '501.00') AS BLOB) "
    "WHERE kind = 'determination'",
    "a blank": "UPDATE entries SET body = CAST(replace(CAST(body AS TEXT), ',', ', ') AS BLOB) WHERE kind = 'reversal'",
    "an entry less": f"DELETE FROM entries WHERE position = {LAST} - 1",  # noqa: S608
    "the last entry": f"DELETE FROM entries WHERE position = {LAST}",  # noqa: S608
    "another entry": "UPDATE entries SET body = (SELECT body FROM entries WHERE position = 2) WHERE position = 3",
    "a checkpoint": "UPDATE checkpoints SET note = replace(note, 'A', 'B')",
    "a signature": "UPDATE checkpoints SET note = substr(note, 1, length(note) - 12) || 'AAAAAAAAAA=' || char(10)",
    "no last checkpoint": "DELETE FROM checkpoints WHERE size = (SELECT max(size) FROM checkpoints)",
    "a bucket": "UPDATE buckets SET used = used - 1 WHERE cap = 'monthly' AND used > 0",
    "a bucket less": "DELETE FROM buckets WHERE used > 0",
    "a request less": "DELETE FROM requests WHERE request = 'a'",
    "a request of another entry": "UPDATE requests SET position = position + 1 WHERE request = 'a'",
    "a reversal less": "DELETE FROM reversals",
    "a release less": "DELETE FROM releases",
    "a text less": "DELETE FROM texts",
    "another person": "UPDATE persons SET clear = 'E9' WHERE clear = 'E1'",
    "the head": "UPDATE head SET size = size - 1",
}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Place, list[tuple[Ask, bytes]]]]:
    """A small ledger with an entry of each kind, and what it acknowledged."""
    folder = tmp_path_factory.mktemp("kept")
    place = Place(f"sqlite:///{folder}/ledger.db", folder, bureau(folder))
    ledger = place.ledger(YUNCHENG)
    asks = [
        Ask(request, NURSING, {"elder": who, "month": "2024-03", "cost": cost, "bill": request})
        for request, who, cost in (("a", "E1", "500"), ("b", "E1", "700"), ("c", "E2", "300"))
    ]
    acknowledged = [(ask, ask.of(ledger)) for ask in asks]
    released = nursing(ledger, "d", "100", who="E2").position
    ledger.release(released, "first", request="e")
    undone = nursing(ledger, "f", "10", who="E2").position
    ledger.reverse(undone, request="g", why="误报")
    ledger.close()
    yield place, acknowledged
    place.close()


def test_an_audit_of_a_whole_ledger(kept: tuple[Place, list[tuple[Ask, bytes]]]) -> None:
    """A ledger that nobody changed is whole, and what is paid by person and month is the sum of its claims."""
    place, acknowledged = kept
    found = judged(place.url)
    assert (found.wrong, found.paid) == (
        [],
        {(NURSING, "E1", "2024-03"): 100_000, (NURSING, "E2", "2024-03"): 40_000},
    )
    assert {kind: found.kinds[kind] for kind in ("determination", "release", "reversal")} == {
        "determination": 5,
        "release": 1,
        "reversal": 1,
    }
    with Ledger(place.url, YUNCHENG, place.catalogue, key=place.folder / "key.pem") as ledger:
        assert not_as_before(ledger, acknowledged) == []
        assert not_as_before(ledger, [(ask, content + b" ") for ask, content in acknowledged]) == ["a", "b", "c"]


@pytest.mark.parametrize("tampered", TAMPERED)
def test_an_audit_of_a_changed_ledger(
    tampered: str, kept: tuple[Place, list[tuple[Ask, bytes]]], tmp_path: Path
) -> None:
    """Whatever was changed is found."""
    copy = tmp_path / "copy.db"
    shutil.copyfile(kept[0].folder / "ledger.db", copy)
    with sqlite3.connect(copy) as file:
        changed = file.execute(TAMPERED[tampered]).rowcount
    file.close()
    found: Judged = judged(f"sqlite:///{copy}")
    assert changed > 0
    assert found.wrong
