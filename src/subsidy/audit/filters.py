"""Which determinations an audit looks at."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ..ledger.earlier import not_before


@dataclass(frozen=True, slots=True)
class Filter:
    """Those of some policies, of some time, of some places in the log; all unless it says otherwise.

    Attributes:
        policies: by id; all where there is none.
        since, until: the day or month by which a claim is dated, both ends in; empty for no end.
        first, last: entries, both ends in.
    """

    policies: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    first: int = 0
    last: int | None = None

    def plain(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)

    def takes(self, position: int, policy: str, dated: str) -> bool:
        """Whether a determination is one of those."""
        return (
            position >= self.first
            and (self.last is None or position <= self.last)
            and (not self.policies or policy in self.policies)
            and not_before(dated, self.since)
            and (not self.until or not_before(self.until, dated))
        )
