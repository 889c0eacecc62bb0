"""Unified diffs, applied to a copy of the sources: without git, and only where they fit exactly once."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLANTED = Path(__file__).parent / "planted"


class DoesNotApply(Exception):
    """The sources have changed where a patch changes them; it is to be made anew."""


def planted_in(patch: Path, folder: Path) -> Path:
    """A copy of the sources in `folder`, with a patch applied: what PYTHONPATH is to be.

    Raises:
        DoesNotApply: a hunk is not found exactly once.
    """
    source = folder / "src"
    shutil.copytree(ROOT / "src", source, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "policies", folder / "policies")
    for file, old, new in hunks(patch.read_text(encoding="utf-8")):
        text = (folder / file).read_text(encoding="utf-8")
        if text.count(old) != 1:
            raise DoesNotApply(
                f"{patch.name} no longer applies: in {file} this is found {text.count(old)} times, not once; "
                f"make the patch anew (README.md says how)\n{old}"
            )
        (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    return source


def hunks(text: str) -> Iterator[tuple[str, str, str]]:
    """Each hunk of a unified diff: the file, the lines that it finds, and those that it puts in their place."""
    for body in re.split(r"^--- ", text, flags=re.MULTILINE)[1:]:
        head, _, rest = body.partition("\n@@")
        file = head.splitlines()[1].removeprefix("+++ b/")
        for hunk in re.split(r"^@@", rest, flags=re.MULTILINE):
            lines = hunk.splitlines(keepends=True)[1:]
            old = "".join(line[1:] for line in lines if line[0] in " -")
            new = "".join(line[1:] for line in lines if line[0] in " +")
            yield file, old, new
