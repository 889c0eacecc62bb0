"""Reads a printed explanation from standard input and says which of its lines do not follow."""

from __future__ import annotations

import sys

from .checks import check


def main() -> int:
    """Exit status 1 if a line does not follow."""
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    found = check(sys.stdin.read())
    for each in found.findings:
        print(f"{each.line}: {each.why}")
    print(f"{len(found.redone)} lines redone, {len(found.plain)} state nothing computed, {len(found.findings)} wrong")
    return 1 if found.findings else 0


if __name__ == "__main__":
    sys.exit(main())
