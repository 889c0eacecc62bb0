"""Where a result may be written: asked before the work, so that nothing is lost and nothing is done in vain."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from ..errors import Problem, RequestError


def check_target(out: Path, *given: Path) -> None:
    """That a file may be written: there is its folder, and it is none of those that are read.

    Raises:
        RequestError: it would be written over what was given, or cannot be written.
    """
    if any(out.exists() and each.exists() and out.samefile(each) for each in given):
        raise RequestError(Problem.of("R0754", str(out)))
    wrong = errno.ENOENT if not out.parent.exists() else errno.ENOTDIR if not out.parent.is_dir() else 0
    if out.is_dir():
        wrong = errno.EISDIR
    if wrong:
        raise RequestError(Problem.of("R0526", str(out), detail=os.strerror(wrong)))
