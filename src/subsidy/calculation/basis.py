"""What a calculation rests on beside the policy: the adoption of a bureau, and texts that fill what it delegates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from ..text import Text

Table = Mapping[tuple[str, ...], Fraction]


@dataclass(frozen=True, slots=True)
class Adoption:
    """A bureau's decision to pay under one text: its document, the readings chosen and the tables filled.

    Attributes:
        policy_digest: the very module that it adopts.
        digest: SHA-256 of the adoption's own content.
        first, last: from when until when it holds, both days in; None where it is open.
        tables, clauses: what it puts in the place of a delegated parameter, and by which clause of its document.
    """

    policy_id: str
    policy_digest: str
    digest: str
    by: str
    issuer: Text
    document: str
    dated: dt.date
    first: dt.date
    last: dt.date | None
    readings: Mapping[str, str] = field(hash=False)
    tables: Mapping[str, Table] = field(hash=False)
    clauses: Mapping[str, str] = field(hash=False)

    def holds_on(self, day: dt.date) -> bool:
        """Whether it is in force on a day."""
        return self.first <= day and (self.last is None or day <= self.last)

    def days_from(self, day: dt.date) -> int:
        """How many days lie between a day and the time in which it is in force; none where it is in force then."""
        return max((self.first - day).days, 0 if self.last is None else (day - self.last).days, 0)

    @property
    def span(self) -> Text:
        """From when until when it holds, in words."""
        if self.last is None:
            return Text(f"{self.first} 起", f"from {self.first}")
        return Text(f"{self.first} 起至 {self.last}", f"from {self.first} to {self.last}")

    def plain(self) -> dict[str, Any]:
        """For canonical JSON."""
        return {
            "digest": self.digest,
            "policy": self.policy_digest,
            "issuer": {"zh": self.issuer.zh, "en": self.issuer.en},
            "document": self.document,
            "dated": self.dated.isoformat(),
            "by": self.by,
            "from": self.first.isoformat(),
            "until": None if self.last is None else self.last.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Filling:
    """A text of a lower level that fills one delegated parameter for the claims of its division."""

    parameter: str
    id: str
    version: str
    revision: int
    digest: str
    path: str
    is_released: bool
    division: str
    title: Text
    issuer: Text
    number: str
    clause: str
    first: dt.date
    last: dt.date | None
    table: Table = field(hash=False)

    def applies_on(self, day: dt.date) -> bool:
        """Whether it applies on a day."""
        return self.first <= day and (self.last is None or day <= self.last)

    def plain(self) -> dict[str, Any]:
        """For canonical JSON."""
        return {
            "parameter": self.parameter,
            "id": self.id,
            "version": self.version,
            "revision": self.revision,
            "digest": self.digest,
        }


@dataclass(frozen=True, slots=True)
class Basis:
    """What stands beside a policy for one claim.

    Attributes:
        texts: texts of lower levels, at most one for each delegated parameter.
        set_aside: the delegated parameters in whose place the caller chose a reading, only to see what it would give.
        other: an adoption that is in force on the day, but adopts another text than the one calculated.
        near: where none is in force on the day, the one of this very text that begins or ended nearest to it.
    """

    adoption: Adoption | None = None
    texts: tuple[Filling, ...] = ()
    set_aside: frozenset[str] = frozenset()
    other: Adoption | None = None
    near: Adoption | None = None

    @property
    def tables(self) -> dict[str, Table]:
        """The delegated parameters that are filled. A bureau's own adoption has the last word."""
        found = {text.parameter: text.table for text in self.texts}
        found |= self.adoption.tables if self.adoption else {}
        return {name: table for name, table in found.items() if name not in self.set_aside}

    @property
    def readings(self) -> Mapping[str, str]:
        """The readings that the adoption chose."""
        return self.adoption.readings if self.adoption else _NO_READINGS

    def plain(self) -> dict[str, Any]:
        """For canonical JSON."""
        return {
            "adoption": self.adoption.plain() if self.adoption else None,
            "texts": [text.plain() for text in self.texts],
            "set_aside": sorted(self.set_aside),
        }


_NO_READINGS: Mapping[str, str] = MappingProxyType({})
NOTHING = Basis()
