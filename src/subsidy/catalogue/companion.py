"""A text that stands beside the policies of a folder, as it stands there."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from .origin import Origin

D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class Companion(Generic[D]):
    """One file with its document; it applies from `first` to `last`, both in; None where it is open."""

    path: str
    document: D
    data: dict[str, Any]
    origin: Origin
    digest: str
    is_locked: bool
    first: dt.date
    last: dt.date | None

    def applies_on(self, day: dt.date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)
