"""Write the reports of all cases anew, to be read through before they are kept: python -m tests.diagnostics.record"""

from __future__ import annotations

import tempfile
from pathlib import Path

from .support import CASES, build, names, report


def main() -> None:
    for name in names():
        with tempfile.TemporaryDirectory() as temporary:
            text = report(build(name, Path(temporary) / "policies"))
        (CASES / f"{name}.txt").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
