"""The command line. `main` is the console script `subsidy`; it needs the extra `cli`."""

from __future__ import annotations

import sys
from io import TextIOWrapper


def main() -> None:
    """Run the command that the arguments name, and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        import rich  # noqa: F401 – asked for here, so that its absence is said before any command runs
        import typer  # noqa: F401
    except ImportError:
        from ..extras import MissingExtra
        from .exits import Exit

        print(MissingExtra("cli"), file=sys.stderr)
        sys.exit(Exit.USAGE)

    from .app import app

    app(prog_name="subsidy")
