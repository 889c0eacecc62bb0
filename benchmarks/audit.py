"""Verifying and replaying a ledger of rosters, by one process and by one for each core, beside plain reading of it.

A roster of home service for every month of a year, determined by the ledger itself; or a ledger that is there:
``python benchmarks/audit.py [ENTRIES | FILE]``. Times are of whole audits, with reading, tables and what SQLite finds
of its file; the memory is that of the largest process.
"""

from __future__ import annotations

import hashlib
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from subsidy.audit.replaying import Replayed, replay
from subsidy.audit.sources import Source, opened_source
from subsidy.audit.verifying import Verified, verify
from subsidy.cli.demo_ledger import POLICY, SCOPE, adopted
from subsidy.ledger import Ledger, Roster
from subsidy.ledger.determining import Claim

ENTRIES = 120_000
MONTHS = [f"2023-{month:02d}" for month in range(8, 13)] + [f"2024-{month:02d}" for month in range(1, 8)]


def made(folder: Path, entries: int) -> Path:
    """A ledger of about so many entries."""
    catalogue = adopted(folder)
    persons = entries // len(MONTHS)
    with Ledger(f"sqlite:///{folder}/ledger.db", SCOPE, catalogue) as ledger:
        for number, month in enumerate(MONTHS):
            hours = [str(5 + (who + number) % 45) for who in range(persons)]
            claims = [
                Claim(POLICY, {"beneficiary": f"P{who}", "month": month, "hours": each, "price": "30"}, {})
                for who, each in enumerate(hours)
            ]
            roster = Roster(month, catalogue.policy(POLICY, on="2023-08-01"), claims)
            for _ in ledger.determine_roster(roster, claims):
                pass
    return folder / "ledger.db"


def hashed(source: Source) -> None:
    """What any audit has to do at least: read every entry, and hash it."""
    for row in source.rows():
        hashlib.sha256(row.content)


def measured(name: str, source: Source, work: Callable[[Source], Verified | Replayed | None]) -> None:
    """Print how long it takes, and how much memory the largest process has had so far."""
    begun = time.perf_counter()
    found = work(source)
    seconds = time.perf_counter() - begun
    assert found is None or found.is_clean, name
    most = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(f"{name:24} {seconds:7.1f} s  {source.size / seconds:9,.0f} entries/s  {most / 1024:6.0f} MB", flush=True)


def main() -> None:
    given = sys.argv[1] if len(sys.argv) > 1 else str(ENTRIES)
    with tempfile.TemporaryDirectory() as name:
        path = made(Path(name), int(given)) if given.isdigit() else Path(given)
        source = opened_source(str(path))
        cores = os.cpu_count() or 1
        print(f"{source.size:,} entries, {path.stat().st_size / 1e6:,.0f} MB, {cores} cores")
        measured("reading and hashing", source, hashed)
        for jobs in sorted({1, cores}):
            measured(f"verify, {jobs} processes", source, partial(verify, jobs=jobs))
            measured(f"replay, {jobs} processes", source, partial(replay, jobs=jobs))
        source.close()


if __name__ == "__main__":
    main()
