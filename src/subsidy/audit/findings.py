"""What an audit finds: where, and what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ..errors import Problem
from ..ledger.reasons import problem_of, reason_of
from ..text import Text

_SPAN: Final = "V0108"
LISTED: Final = 1_000  # findings that are kept; the rest is counted
Tick = Callable[[int, int], None]  # how much is done, of how much


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, at which entry; None where it is of no entry."""

    position: int | None
    problem: Problem

    @classmethod
    def of(cls, code: str, position: int | None, where: str = "", **values: str | Text) -> Finding:
        """A finding by its code; `where` is the entry unless it is given."""
        place = where or ("" if position is None else f"entry.{position}")
        return cls(position, Problem.of(code, place, **values))

    def __reduce__(self) -> tuple[Any, ...]:
        """As it is handed over by a process that found it: the values of a problem are a view, which cannot be."""
        return Finding.read, (self.plain(),)

    def plain(self) -> list[Any]:
        """As it is kept between two runs of an audit."""
        return [self.position, reason_of(self.problem)]

    @classmethod
    def read(cls, said: Sequence[Any]) -> Finding:
        """As it was kept."""
        return cls(said[0], problem_of(said[1]))


Found = Callable[[Finding], None]  # is told what was found, once it is


@dataclass
class Findings:
    """Findings in the order in which they were made, as many as are listed.

    Attributes:
        tell: is given each that is listed, once it is made.
    """

    listed: list[Finding] = field(default_factory=list)
    count: int = 0
    tell: Found = lambda _: None

    def add(self, *findings: Finding) -> None:
        """Note what is wrong."""
        self.count += len(findings)
        for each in findings[: max(0, LISTED - len(self.listed))]:
            self.listed.append(each)
            self.tell(each)

    @property
    def first(self) -> int | None:
        """The first entry at which something is wrong; None where nothing is, or at no entry.

        A root that differs says only behind which entry it begins: it counts where nothing says more.
        """
        exact = [each.position for each in self.listed if each.position is not None and each.problem.code != _SPAN]
        span = [each.position for each in self.listed if each.position is not None]
        return min(exact or span, default=None)
