"""``python -m tests.engines ENGINE SEEDS``: policies and claims made by chance, put to an engine beside the library."""

from __future__ import annotations

import sys

from rich.progress import track

from .generated import tally
from .servers import ENGINES, asking


def main() -> int:
    """A claim that differs is raised."""
    if len(sys.argv) != 3 or sys.argv[1] not in ENGINES:
        sys.exit(__doc__)
    engine, seeds = sys.argv[1], range(int(sys.argv[2]))
    with asking(engine) as ask:
        outcomes, rows = tally(track(seeds, f"policies on {engine}"), engine, ask)
    said = ", ".join(f"{what} {count:,}" for what, count in sorted(outcomes.items()))
    print(f"{engine}: {sum(outcomes.values()):,} policies, {said}; {rows:,} claims alike")
    return 0


if __name__ == "__main__":
    sys.exit(main())
