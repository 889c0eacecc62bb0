"""The service under load, abuse and stops, in the short form of each proof.

`python -m tests.hardening` has the long form of each. Every control must be noticed, or the proof is blind.
"""

from __future__ import annotations

import pytest
from tests.faults.soak import Use
from tests.faults.test_faults import Record, held, nobody

from . import flood, fuzz, reload, sigterm, soak


def test_stops_under_load(record_property: Record) -> None:
    """A server that is told to stop under load ends well and in time, with every answer that it gave in its ledger."""
    figures = sigterm.run(2, 1, nobody)
    held("sigterm", figures, record_property)
    assert figures["acknowledged"] > 20
    assert figures["exit codes"] == {"0": 2}


def test_hostile_calls(record_property: Record) -> None:
    """Hostile calls to every method have declared answers, let nothing out, and leave memory and good answers alone."""
    figures = fuzz.run(300, 1, nobody)
    held("fuzz", figures, record_property)
    assert (figures["INTERNAL"], figures["UNKNOWN"]) == (0, 0)
    assert figures["reasons"] > 10


def test_attackers(record_property: Record) -> None:
    """A good caller is answered beside silent connections, and calls that are half sent or taken back."""
    figures = flood.beside(1, ("preface", "half", "resets"), ()).plain
    held("flood", figures, record_property)


def test_modules_come_under_load(record_property: Record) -> None:
    """A module that is locked in under load is answered, what is no good is refused, and no call fails."""
    figures = reload.run(1, 1, nobody)
    held("reload", figures, record_property)
    assert figures["refused"] == 1


@pytest.mark.parametrize(("a_sample", "is_noticed"), [(0, False), (100, False), (200, True)])
def test_a_leak_of_a_day_is_noticed(a_sample: int, is_noticed: bool) -> None:
    """What rises little by little under noise is noticed, and noise is not; the day itself is left to make soak."""
    uses = [Use(100_000 + at * a_sample + (at * 7919) % 4_000, 20, 30, 0) for at in range(soak.SAMPLES)]
    assert (soak.rises(uses)["kib"] > soak.RISE["kib"]) is is_noticed
