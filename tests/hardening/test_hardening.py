"""The service under load, abuse and stops, in the short form of each proof.

`python -m tests.hardening` has the long form of each. Every control must be noticed, or the proof is blind.
"""

from __future__ import annotations

from tests.faults.test_faults import Record, held, nobody

from . import flood, fuzz, reload, sigterm, soak


def test_stops_under_load(record_property: Record) -> None:
    """A server that is told to stop under load ends well and in time, with every answer that it gave in its ledger."""
    figures = sigterm.run(3, 1, nobody)
    held("sigterm", figures, record_property)
    assert figures["acknowledged"] > 20
    assert figures["exit codes"] == {"0": 3}


def test_hostile_calls(record_property: Record) -> None:
    """Hostile calls to every method have declared answers, let nothing out, and leave memory and good answers alone."""
    figures = fuzz.run(600, 1, nobody)
    held("fuzz", figures, record_property)
    assert (figures["INTERNAL"], figures["UNKNOWN"]) == (0, 0)
    assert figures["reasons"] > 10


def test_attackers(record_property: Record) -> None:
    """A good caller is answered beside silent connections, calls half sent or taken back, and too much metadata."""
    figures = flood.beside(1.5, ("preface", "half", "resets", "metadata"), ("silent",)).plain
    held("flood", figures, record_property)


def test_modules_come_under_load(record_property: Record) -> None:
    """A module that is locked in under load is answered, what is no good is refused, and no call fails."""
    figures = reload.run(2, 1, nobody)
    held("reload", figures, record_property)
    assert figures["refused"] == 2


def test_a_day_of_everything(record_property: Record) -> None:
    """Calls of every kind at once are answered as they should be; a server that keeps something of each is noticed."""
    figures = soak.run(1_000, 1, nobody)
    held("soak", figures, record_property)
    assert figures["kinds"].keys() == {"calculate", "policy", "determine", "list", "error", "table", "new connection"}
