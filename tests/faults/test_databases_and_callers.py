"""Faults of databases, connections, clocks and callers in their short form; `make faults` has longer ones."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Final

import pytest
from tests.faults import clocks
from tests.faults.__main__ import FAULTS
from tests.faults.evidence import failed

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
    """What the ledger decides by is no clock: the source reads one where entries are stamped, and for a default day."""
    assert clocks.readings_of_clocks().keys() == clocks.KNOWN.keys()
