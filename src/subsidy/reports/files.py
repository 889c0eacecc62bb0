"""A file that has its name only once it is whole and on disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ..errors import Problem, RequestError


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """What is written within becomes `path` at the end; on any error there is what was there before.

    Raises:
        RequestError: it cannot be written: no such folder, no room.
    """
    new = path.with_name(f".{path.name}.new")
    try:
        with new.open("wb") as file:
            try:
                yield file
                file.flush()
                os.fsync(file.fileno())
                new.replace(path)
            finally:
                new.unlink(missing_ok=True)
    except OSError as error:
        raise RequestError(Problem.of("R0526", str(path), detail=error.strerror or str(error))) from None
