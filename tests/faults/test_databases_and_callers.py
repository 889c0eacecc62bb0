"""Faults of databases, connections, clocks and callers in their short form; `make faults` has longer ones."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from tests.faults import clocks
from tests.faults.__main__ import FAULTS
from tests.faults.evidence import failed
from tests.faults.proxy import Act, Link, Relay
from tests.ledger.postgres import Postgres
from tests.ledger.support import Place, bureau

SHORT: Final = {"postgres": 2, "replies": 60, "clock": 3, "races": 320, "simulation": 600, "soak": 300}


@pytest.mark.parametrize("name", SHORT)
def test_a_fault(name: str, record_property: Callable[[str, object], None]) -> None:
    """Nothing is lost, doubled or overpaid under the fault, and the same harness catches its control."""
    if name == "soak" and sys.platform != "linux":
        pytest.skip("what a process uses is read from /proc")
    found = FAULTS[name].run(SHORT[name], 1, lambda _, __: None)
    assert found["failures"] == []
    assert not failed(found)
    record_property("figure faults", f"{name}: {SHORT[name]} done, control caught {found['control']['caught']}")


def test_one_clock() -> None:
    """What the ledger decides by is no clock: one is read to stamp entries, for a default day, and for certificates."""
    assert clocks.readings_of_clocks().keys() == clocks.KNOWN.keys()


def test_a_ledger_that_was_closed_is_free_at_once(tmp_path: Path) -> None:
    """Who opens a ledger of PostgreSQL after it was closed need not wait until the server has seen its client go."""
    goodbye = b"X\x00\x00\x00\x04"
    seen = Counter[str]()

    def rule(_: Link, is_asked: bool, data: bytes) -> Act:
        if is_asked and data == goodbye:
            seen["goodbye"] += 1
            return Act.LATE
        return Act.PASS

    server = Postgres()
    try:
        place = Place(server.fresh("closed"), tmp_path, bureau(tmp_path))
        with Relay(server.folder / f".s.PGSQL.{server.port}", rule, late=20) as relay:
            far = Place(f"postgresql://postgres@127.0.0.1:{relay.ports[0]}/closed", tmp_path, place.catalogue)
            far.ledger().close()
            place.ledger().close()
    finally:
        server.stop()
    assert seen["goodbye"] > 0
