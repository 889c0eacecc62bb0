"""A result: the amount, its parts and shares, and every reason for it. Frozen; made when asked for.

Where the text leaves something open, a value has bounds instead of one figure: `low`, `high`, `is_determined`.
Asking such a value for its one figure raises `UndeterminedError`, so that nobody pays from it by oversight.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from ..catalogue.digest import canonical
from ..dates import show_month
from ..errors import FactsError, Problem, UndeterminedError
from ..exact import decimals, fen, show, to_decimal
from ..language import program as p
from ..language.bounds import Interval
from ..language.folding import OPEN
from ..language.types import Choice, Month, Number
from ..text import Language, Text
from .answers import Answer
from .facts import plain

if TYPE_CHECKING:
    from .policy import Policy

Value = Decimal | Fraction | str | bool | dt.date


@dataclass(frozen=True, slots=True)
class Money:
    """A sum in CNY with two places: one figure, or bounds."""

    name: str
    label: Text
    low: Decimal
    high: Decimal
    why: Text

    @property
    def is_determined(self) -> bool:
        return self.low == self.high

    @property
    def amount(self) -> Decimal:
        """The one figure.

        Raises:
            UndeterminedError: the text leaves it open.
        """
        if self.low != self.high:
            values = {"name": self.label, "low": str(self.low), "high": str(self.high), "why": self.why}
            raise UndeterminedError(Problem("U0101", self.name, values))
        return self.low

    def plain(self) -> str | dict[str, str]:
        """For canonical JSON."""
        return str(self.low) if self.is_determined else {"low": str(self.low), "high": str(self.high)}


@dataclass(frozen=True, slots=True)
class ShareResult(Money):
    """What one payer pays of a part. `own`: split, but never paid out."""

    payer: str
    own: bool


@dataclass(frozen=True, slots=True)
class PartResult(Money):
    """One part of the outcome. Not `counted`: shown beside the amount, never summed into it."""

    payee: str
    form: str
    counted: bool
    clause: str
    shares: tuple[ShareResult, ...]


@dataclass(frozen=True, slots=True)
class StepResult:
    """A step: `possible` has its one value, or the bounds of a number, or the alternatives of anything else."""

    name: str
    label: Text
    unit: str
    clause: str
    formula: str
    possible: tuple[Value, ...]

    @property
    def is_determined(self) -> bool:
        return len(self.possible) == 1

    @property
    def value(self) -> Value:
        """The one value.

        Raises:
            UndeterminedError: the text leaves it open.
        """
        if len(self.possible) > 1:
            low, high = str(self.possible[0]), str(self.possible[-1])
            values = {"name": self.label, "low": low, "high": high, "why": Text("口径未定", "a reading is open")}
            raise UndeterminedError(Problem("U0101", self.name, values))
        return self.possible[0]


@dataclass(frozen=True, slots=True)
class ConditionResult:
    """A condition: `holds` is None where that is undetermined. `figures` shows it, and by how much it fails."""

    name: str
    label: Text
    kind: str
    clause: str
    formula: str
    holds: bool | None
    figures: Text


@dataclass(frozen=True, slots=True)
class InterpretationResult:
    """How an interpretation was read; `reading` is ``open`` where it was left open."""

    name: str
    question: Text
    clause: str
    reading: str
    label: Text
    is_recommended: bool
    is_presumed: bool


class Result:
    """The answer of one calculation.

    Attributes:
        policy: the policy that was calculated.
    """

    __slots__ = ("_answers", "_chosen", "policy")
    policy: Policy
    _answers: tuple[Answer, ...]
    _chosen: Mapping[str, str]

    def __init__(self, policy: Policy, answers: tuple[Answer, ...], chosen: Mapping[str, str]) -> None:
        _set_policy(self, policy)
        _set_answers(self, answers)
        _set_chosen(self, chosen)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a result is frozen")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("a result is frozen")

    def __repr__(self) -> str:
        money = self._total()
        figure = str(money.low) if money.is_determined else f"{money.low}…{money.high}"
        return f"<Result {self.policy.id} {figure} CNY>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Result) and self.receipt() == other.receipt()

    def __hash__(self) -> int:
        return hash(self.receipt())

    # — the amount —

    def _total(self) -> Money:
        counted = [i for i, part in enumerate(self.policy.program.parts) if part.counted]
        ends = [(sum(a.part(i).low for i in counted), sum(a.part(i).high for i in counted)) for a in self._answers]
        low, high = min(end[0] for end in ends), max(end[1] for end in ends)
        return Money("amount", Text("金额", "the amount"), fen(low), fen(high), self._why())

    @property
    def amount(self) -> Decimal:
        """What is paid in all, in CNY with two places; parts that are not counted are left out.

        Raises:
            UndeterminedError: the text leaves it open between `low` and `high`.
        """
        return self._total().amount

    @property
    def low(self) -> Decimal:
        """The least that the amount can be."""
        return self._total().low

    @property
    def high(self) -> Decimal:
        """The most that the amount can be."""
        return self._total().high

    @property
    def is_determined(self) -> bool:
        """Whether the amount is one figure."""
        return self._total().is_determined

    @property
    def eligible(self) -> bool | None:
        """Whether every required condition holds; None where that is undetermined."""
        tests = self.policy.program.conditions
        required = [i for i, test in enumerate(tests) if test.kind == "required"]
        found: set[bool] = set()
        for answer in self._answers:
            outcomes = [answer.test(i) for i in required]
            if all(True in outcome for outcome in outcomes):
                found.add(True)
            if any(False in outcome for outcome in outcomes):
                found.add(False)
        return found.pop() if len(found) == 1 else None

    def _why(self) -> Text:
        """What is left open in this result."""
        names = [item.question for item in self.interpretations if item.reading == OPEN]
        open_parameters = {name for answer in self._answers for name in answer.runner.folded.open_parameters}
        names += [parameter.label for n, parameter in self.policy.program.parameters.items() if n in open_parameters]
        return Text("；".join(name.zh for name in names) or "–", "; ".join(name.en for name in names) or "–")

    @property
    def parts(self) -> tuple[PartResult, ...]:
        """The parts of the outcome with their shares, in the order of the policy."""
        found = []
        for index, part in enumerate(self.policy.program.parts):
            ways = [answer.part(index) for answer in self._answers]
            split = [answer.shares(index) for answer in self._answers]
            why = self._why()
            shares = tuple(
                ShareResult(
                    name=f"{part.name}.{share.payer}", label=share.label, why=why, payer=share.payer, own=share.own,
                    low=fen(min(way[n].low for way in split)), high=fen(max(way[n].high for way in split)),
                )
                for n, share in enumerate(part.shares)
            )  # fmt: skip
            found.append(
                PartResult(
                    name=part.name, label=part.label, why=why, payee=part.payee, form=part.form, counted=part.counted,
                    clause=part.clause, shares=shares,
                    low=fen(min(way.low for way in ways)), high=fen(max(way.high for way in ways)),
                )
            )  # fmt: skip
        return tuple(found)

    # — the reasons —

    @property
    def steps(self) -> tuple[StepResult, ...]:
        """Every step in the order of the calculation."""
        return tuple(self._step(step) for step in self.policy.program.steps)

    def _step(self, step: p.Step) -> StepResult:
        found = [answer.step(step) for answer in self._answers]
        unit = str(step.type.unit) if isinstance(step.type, Number) and step.type.unit is not None else ""
        if isinstance(found[0], Interval):
            ends = (min(each.low for each in found), max(each.high for each in found))  # type: ignore[union-attr]
            ends = ends[:1] if ends[0] == ends[1] else ends
        else:
            order = list(step.type.values) if isinstance(step.type, Choice) else [False, True]
            values = frozenset[Any]().union(*found)  # type: ignore[arg-type]
            ends = tuple(sorted(values, key=order.index))
        return StepResult(
            step.name, step.label, unit, step.clause, step.text, tuple(public(value, step.type) for value in ends)
        )

    @property
    def conditions(self) -> tuple[ConditionResult, ...]:
        """Every condition, whether it holds and by how much it fails."""
        from .explain import condition_figures

        found = []
        for index, test in enumerate(self.policy.program.conditions):
            outcome = frozenset[bool]().union(*(answer.test(index) for answer in self._answers))
            holds = next(iter(outcome)) if len(outcome) == 1 else None
            figures = condition_figures(self.policy, self._answers, index)
            found.append(ConditionResult(test.name, test.label, test.kind, test.clause, test.text, holds, figures))
        return tuple(found)

    @property
    def interpretations(self) -> tuple[InterpretationResult, ...]:
        """How each interpretation was read."""
        return tuple(
            InterpretationResult(
                name=item.name, question=item.question, clause=item.clause, reading=self._chosen[item.name],
                label=item.readings.get(self._chosen[item.name], Text("未定", "left open")),
                is_recommended=self._chosen[item.name] == item.recommended, is_presumed=bool(item.presumes),
            )
            for item in self.policy.program.interpretations.values()
        )  # fmt: skip

    @property
    def readings(self) -> Mapping[str, str]:
        """The reading of each interpretation, ``open`` where it was left open."""
        return dict(self._chosen)

    @property
    def facts(self) -> dict[str, Any]:
        """The facts in canonical form: what a calculation with them again takes."""
        env: list[Any] = [None] * len(self.policy.program.facts)
        for answer in self._answers:
            for index in range(len(env)):
                env[index] = env[index] if env[index] is not None else answer.env[index]
        pairs = zip(self.policy.program.facts.values(), env, strict=True)
        return {fact.name: plain(value, fact) for fact, value in pairs if value is not None}

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What a reader must know before relying on the answer: simulation, open readings, advice not met."""
        from .remarks import remarks

        return tuple(remarks(self))

    @property
    def digest(self) -> str:
        """The digest of the policy that was calculated."""
        return self.policy.digest

    def check_admissible(self) -> None:
        """Refuse a claim that the policy says is impossible.

        Raises:
            FactsError: an admissible condition does not hold under any reading.
        """
        found = [test for test in self.conditions if test.kind == "admissible" and test.holds is False]
        if found:
            raise FactsError(
                Problem("F0117", test.name, {"label": test.label, "clause": test.clause, "figures": test.figures})
                for test in found
            )

    def explain(self, language: Language = "zh") -> str:
        """The whole calculation in words and figures, to be redone with a desk calculator."""
        from .explain import explain

        return explain(self, language)

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data: what the receipt holds and `subsidy replay` compares."""
        from .receipt import to_dict

        return to_dict(self)

    def receipt(self) -> bytes:
        """Canonical JSON that proves the calculation: policy digest, facts, readings, result."""
        return canonical(self.to_dict())


_set_policy: Final = Result.policy.__set__  # type: ignore[attr-defined]
_set_answers: Final = Result._answers.__set__  # type: ignore[attr-defined]
_set_chosen: Final = Result._chosen.__set__  # type: ignore[attr-defined]


def public(value: Any, type_: Any) -> Value:
    """A computed value as callers see it: Decimal where it is finite, a month as text."""
    if isinstance(value, Fraction):
        return value if decimals(value.denominator) is None else to_decimal(value)
    if isinstance(type_, Month):
        return show_month(value)
    return value  # type: ignore[no-any-return]


def shown_value(value: Value, digits: int = 0) -> str:
    """A value in canonical JSON and in print."""
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal() | Fraction():
            return show(Fraction(value), digits)
        case dt.date():
            return value.isoformat()
        case _:
            return value
