"""A text that stands beside the policies of a folder, as it stands there."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from pydantic import Field

from .head import Corrects, Valid
from .keys import Date, Document, PolicyId, Version, Words
from .origin import Origin

D = TypeVar("D")


class CompanionHead(Document):
    """What it is, where and when it applies, and since when it is known; as the head of a policy."""

    id: PolicyId
    version: Version
    revision: Annotated[int, Field(ge=1)] = 1
    corrects: Corrects | None = None
    valid: Valid
    published: Date
    division: str
    title: Words

    @property
    def known_from(self) -> dt.date:
        """The day on which this became known: the text when it was published, a mend of ours when it was made."""
        return self.published if self.corrects is None else max(self.published, self.corrects.on)


@dataclass(frozen=True, slots=True)
class Companion(Generic[D]):
    """One file with its document; it applies from `first` to `last`, both in; None where it is open."""

    path: str
    head: CompanionHead
    document: D
    data: dict[str, Any]
    origin: Origin
    digest: str
    is_locked: bool
    first: dt.date
    last: dt.date | None

    @property
    def start(self) -> dt.date:
        """The first day that it states itself."""
        return self.head.valid.from_

    @property
    def is_repeal(self) -> bool:
        """Never: only a policy is abolished by a version of its own."""
        return False

    def applies_on(self, day: dt.date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)
