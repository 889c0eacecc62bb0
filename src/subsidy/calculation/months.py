"""A span of months: each calculated under the version of its own time, and added."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from ..dates import FIRST_DAY, LAST_DAY, first_day, month_of, show_month
from ..errors import FactsError, Place, Problem, Problems, RequestError
from ..language.types import Date
from ..text import Language, Text
from .outcomes import Money, Totalled
from .policy import Policy
from .result import Result

if TYPE_CHECKING:
    from .explanation import Explanation

LIMIT: Final = 600
NOT_IN_FORCE: Final = frozenset({"R0102", "R0121", "R0122"})
_MONTH: Final = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Month:
    """One month, the version that applied in it, and what that gives."""

    month: str
    policy: Policy
    result: Result

    @property
    def version(self) -> str:
        return self.policy.version

    @property
    def digest(self) -> str:
        return self.policy.digest


@dataclass(frozen=True, slots=True)
class NoVersion:
    """One month in which no version applied, and why."""

    month: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class Months(Totalled):
    """A span of months. `gaps` are the months without a version; nothing is added for them."""

    policy_id: str
    first: str
    last: str
    rows: tuple[Month, ...]
    gaps: tuple[NoVersion, ...]

    @property
    def total(self) -> Money:
        """The sum over the months; where some are open, between the sums of their bounds."""
        sums = [row.result.total for row in self.rows]
        low, high = (sum(ends, Decimal("0.00")) for ends in ([s.low for s in sums], [s.high for s in sums]))
        why = next((each.why for each in sums if not each.is_determined), Text("–", "–"))
        return Money("amount", Text("金额", "the amount"), low, high, why)

    @property
    def is_simulation(self) -> bool:
        """Whether nothing may be paid from the sum: one of its months is a simulation, or there is none."""
        return not self.rows or any(row.result.is_simulation for row in self.rows)

    @property
    def explanation(self) -> Explanation:
        """How the sum is made, with the explanation of each month, as data in both languages."""
        from .explain_months import explained_months

        return explained_months(self)

    def explain(self, language: Language = "zh", *, capitals: bool = False) -> str:
        """How the sum is made, and then the whole calculation of each month, as `Result.explain`."""
        from .renderings import said

        return said(self, language, capitals=capitals)

    def to_dict(self) -> dict[str, Any]:
        """The span as plain data, with the receipt of each month."""
        return {
            "kind": "simulation" if self.is_simulation else "adopted",
            "policy": self.policy_id,
            "months": [self.first, self.last],
            "amount": self.total.plain(),
            "currency": "CNY",
            "rows": [
                {"month": row.month, "amount": row.result.total.plain(), "receipt": row.result.to_dict()}
                for row in self.rows
            ],
            "gaps": [
                {"month": gap.month, "code": gap.problem.code}
                | {language: gap.problem.message(language) for language in ("zh", "en")}
                for gap in self.gaps
            ],
        }


def span(first: Any, last: Any) -> tuple[int, int]:
    """The first and the last month of a span.

    Raises:
        RequestError: one is no month, the last is before the first, or they are too many.
    """
    found = [_MONTH.fullmatch(text) if isinstance(text, str) else None for text in (first, last)]
    ends = [int(each[1]) * 12 + int(each[2]) - 1 for each in found if each is not None]
    inside = len(ends) == 2 and month_of(FIRST_DAY) <= ends[0] <= ends[1] <= month_of(LAST_DAY)
    if not inside or ends[1] - ends[0] >= LIMIT:
        raise RequestError(Problem.of("R0123", "months", given=f"{first}..{last}", limit=str(LIMIT)))
    return ends[0], ends[1]


def calculate_months(
    policy_id: str,
    months: tuple[str, str],
    facts: Mapping[str, Any],
    fact: str,
    readings: Mapping[str, str] | None,
    version: Callable[[Mapping[str, Any], dt.date], Policy],
) -> Months:
    """Calculate month by month, `fact` being the month, or its first day where a version takes a day.

    `version` finds the version for some facts and the first day of a month.

    Raises:
        RequestError, FactsError: facts or readings do not fit; every problem of every version, each once.
    """
    if fact in facts:
        raise RequestError(Problem.of("R0302", fact))
    first, last = span(*months)
    rows: list[Month] = []
    gaps: list[NoVersion] = []
    problems = Problems()
    for number in range(first, last + 1):
        month, day = show_month(number), first_day(number)
        try:
            policy = version({**facts, fact: month}, day)
        except RequestError as error:
            (none,) = error.problems if len(error.problems) == 1 else (None,)
            if none is None or none.code not in NOT_IN_FORCE:
                raise
            gaps.append(NoVersion(month, none))
            continue
        declared = policy.facts.get(fact)
        given = {**facts, fact: day if declared is not None and isinstance(declared.type, Date) else month}
        try:
            rows.append(Month(month, policy, policy.calculate(given, readings=readings)))
        except RequestError as error:
            for problem in error.problems:  # under the name of the version, so that each is said once for it
                problems.take(replace(problem, place=Place(policy.path, problem.where)))
    problems.raise_as(FactsError if any(each.code[0] == "F" for each in problems.found) else RequestError)
    return Months(policy_id, show_month(first), show_month(last), tuple(rows), tuple(gaps))
