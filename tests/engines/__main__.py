"""``python -m tests.engines ENGINE``: every conformance case on an engine, and what became of them."""

from __future__ import annotations

import sys
from collections import Counter

from tests.conformance.support import all_cases

from .support import by_duckdb, outcome, runner

ENGINES = {"duckdb": by_duckdb}


def main() -> int:
    """The exit status: 1 where a case differs."""
    (name,) = sys.argv[1:]
    run = runner(name, ENGINES[name])
    counts = Counter[str]()
    for case in all_cases():
        found = outcome(case, run)
        if found.startswith(("differs", "raised")):
            print(found)
        counts[found.partition(": ")[0] if found.startswith("differs") else found] += 1
    print(f"{name}:", ", ".join(f"{what} {count:,}" for what, count in sorted(counts.items())))
    return bool(counts["differs"] + counts["raised"])


if __name__ == "__main__":
    sys.exit(main())
