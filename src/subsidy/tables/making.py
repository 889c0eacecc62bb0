"""A result that is to be made: where, of which columns, in which language."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ..text import Language
from .layout import Column
from .outcome import Outcome


@dataclass(frozen=True)
class Making:
    """What a writer of results is given.

    Attributes:
        file: to be written; it has its name only at the end.
        folder: where what is needed on the way may lie.
        columns: of the result, in order.
        outcome: filled while the rows come, and whole when the writer is closed.
    """

    file: IO[bytes]
    folder: Path
    columns: tuple[Column, ...]
    outcome: Outcome
    language: Language
