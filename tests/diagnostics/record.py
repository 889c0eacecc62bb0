"""Write what the tests of diagnostics keep, to be read through before it is kept: python -m tests.diagnostics.record

The reports of all cases, what is found in each malformed text, and the page of all codes.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from .malformed_texts import CORPUS, advised, found, mistakes, said, written
from .page import PAGE, page
from .support import CASES, build, names, report


def main() -> None:
    for name in names():
        with tempfile.TemporaryDirectory() as temporary:
            text = report(build(name, Path(temporary) / "policies"))
        (CASES / f"{name}.txt").write_text(text, "utf-8")
    corpus = mistakes()
    for mistake in corpus:
        problems = found(mistake.base, mistake.text)
        mistake.found = [said(problem) for problem in problems]
        mistake.advice = advised(problems)
    CORPUS.write_text("\n".join(written(mistake) for mistake in corpus), "utf-8")
    PAGE.write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
