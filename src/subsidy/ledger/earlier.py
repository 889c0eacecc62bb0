"""What a policy takes from earlier claims: a sum, a count or the last value of those with the same values.

What is asked rests on the claim alone, and what is answered on the entries before it; so whoever has these can answer
again, years later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any, Final, Literal, NamedTuple, Protocol

from ..exact import show

DETERMINED: Final = "determined"


class Question(NamedTuple):
    """What a fact asks.

    Attributes:
        of: what of each claim: the amount, a part, a step or a fact; nothing where they are counted.
        policy: whose claims.
        over: the values that they have in common with the new one.
        subject: one identifier among these; None where there is none.
        begin, until: the days or months between which they are dated; empty where there is no such bound.
        scale: how much of what is summed up is one of the unit in which the fact is stated.
    """

    kind: Literal["sum", "count", "last"]
    of: str
    policy: str
    over: Mapping[str, str]
    subject: str | None
    begin: str
    until: str
    scale: Fraction


class Log(Protocol):
    """The entries before a claim."""

    def claims(self, policy: str, subject: str | None) -> Iterable[int]:
        """The determinations of a policy in which an identifier occurs, or all of them, in order."""

    def body(self, position: int) -> Mapping[str, Any] | None:
        """The entry at a position; None where there is none."""

    def reversed_by(self, position: int) -> int | None:
        """The entry that cancels another; None where none does."""


def answer(log: Log, asked: Question) -> str | bool | None:
    """What the earlier claims say; None where there is no last one."""
    earlier = list(_earlier(log, asked))
    if asked.kind == "last":
        if not earlier:
            return None
        value = recorded(max(earlier, key=lambda body: body["dated"]), asked.of)
        return value == "true" if value in ("true", "false") else value
    if asked.kind == "count":
        return show(Fraction(len(earlier)) / asked.scale)
    total = sum((Fraction(_sum_of(body, asked.of)) for body in earlier), Fraction(0))
    return show(total / asked.scale)


def _earlier(log: Log, asked: Question) -> Iterator[Mapping[str, Any]]:
    """The claims that were paid and stand, with the same values, within the time that is meant; the oldest first."""
    for position in log.claims(asked.policy, asked.subject):
        body = log.body(position)
        if body is None or body["decision"] != DETERMINED or log.reversed_by(position) is not None:
            continue
        if any(recorded(body, name) != value for name, value in asked.over.items()):
            continue
        dated = body["dated"]
        if (asked.begin and not not_before(dated, asked.begin)) or (asked.until and not not_before(asked.until, dated)):
            continue
        yield body


def not_before(later: str, earlier: str) -> bool:
    """Whether a day or month is not before another; a month is compared with the month of a day."""
    length = min(len(later), len(earlier))
    return later[:length] >= earlier[:length]


def recorded(body: Mapping[str, Any], name: str) -> str | None:
    """A fact or a step of an earlier claim; None where it had none."""
    receipt = body["receipt"]
    value = receipt["facts"].get(name, receipt["result"]["steps"].get(name))
    return None if value is None or isinstance(value, dict | list) else as_text(value)


def as_text(value: Any) -> str:
    """A value of a receipt as a text."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _sum_of(body: Mapping[str, Any], name: str) -> str:
    """The amount, a part or a step of an earlier claim."""
    result = body["receipt"]["result"]
    if name == "amount":
        return str(result["amount"])
    part = result["parts"].get(name)
    return str(part["amount"] if part is not None else result["steps"][name])
