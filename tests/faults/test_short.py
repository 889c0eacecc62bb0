"""Each fault in its short form; `make faults` and `make soak` have longer ones."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from tests.faults.__main__ import FAULTS
from tests.faults.clocks import KNOWN, readings_of_clocks

SEED = 1


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault(name: str, record_property: Callable[[str, object], None]) -> None:
    """Nothing is lost, doubled or overpaid under the fault, and the same harness catches its control."""
    if name == "soak" and sys.platform != "linux":
        pytest.skip("what a process uses is read from /proc")
    fault = FAULTS[name]
    outcome = fault.run(SEED, fault.short, lambda: None)
    assert outcome.wrong == []
    assert outcome.control["caught"] > 0
    record_property("figure faults", f"{name}: {fault.short} done, control caught {outcome.control['caught']}")


def test_one_clock() -> None:
    """What the ledger decides by is no clock: the source reads one where entries are stamped, and for a default day."""
    assert readings_of_clocks().keys() == KNOWN.keys()
