"""``python -m tests.engines ENGINE``: every conformance case on an engine, and what became of them."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.conformance.support import all_cases

from . import clusters
from .support import Ask, by_duckdb, outcome, runner


def by_spark(folder: Path) -> Ask:
    """What Spark answers, on two cores."""
    session = clusters.session(folder)
    if isinstance(session, str):
        sys.exit(session)
    return clusters.asked_of(session)


ENGINES: dict[str, Callable[[Path], Ask]] = {"duckdb": lambda _: by_duckdb, "spark": by_spark}


def main() -> int:
    """The exit status: 1 where a case differs."""
    (name,) = sys.argv[1:]
    counts = Counter[str]()
    with TemporaryDirectory() as folder:
        run = runner(name, ENGINES[name](Path(folder)))
        for case in all_cases():
            found = outcome(case, run)
            if found.startswith(("differs", "raised")):
                print(found)
            counts[found.partition(": ")[0] if found.startswith("differs") else found] += 1
    print(f"{name}:", ", ".join(f"{what} {count:,}" for what, count in sorted(counts.items())))
    return bool(counts["differs"] + counts["raised"])


if __name__ == "__main__":
    sys.exit(main())
