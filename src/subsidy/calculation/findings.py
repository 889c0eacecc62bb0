"""Findings: the amount of one calculation, its parts and shares, and every reason for it. Made when asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from ..errors import FactsError, Problem
from ..exact import fen
from ..language import program as p
from ..language.bounds import Interval, hull
from ..language.folding import OPEN
from ..language.types import Choice, Number
from ..text import Text
from .answers import Answer
from .edition import Edition
from .facts import plain
from .outcomes import ConditionResult, InterpretationResult, Money, PartResult, ShareResult, StepResult, public
from .wording import condition_figures

NOTHING_OPEN: Final = Text("–", "–")


class Findings:
    """The answer of one calculation, as figures.

    Attributes:
        policy: the policy that was calculated.
        readings: the reading of each interpretation, ``open`` where it was left open.
        answers: what each choice of readings answers; one, unless an interpretation was left open.
    """

    __slots__ = ("answers", "policy", "readings")

    def __init__(self, policy: Edition, answers: tuple[Answer, ...], readings: Mapping[str, str]) -> None:
        set_once = object.__setattr__
        set_once(self, "policy", policy)
        set_once(self, "answers", answers)
        set_once(self, "readings", readings)

    policy: Edition
    answers: tuple[Answer, ...]
    readings: Mapping[str, str]

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a result is frozen")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("a result is frozen")

    def __repr__(self) -> str:
        money = self.total
        figure = str(money.low) if money.is_determined else f"{money.low}…{money.high}"
        return f"<{type(self).__name__} {self.policy.id} {figure} CNY>"

    # — the amount —

    def in_fen(self) -> list[tuple[Interval, list[Interval]]]:
        """Each part of the outcome with its shares, as bounds in fen: what everything below is made of."""
        count = range(len(self.policy.program.parts))
        if len(self.answers) == 1:
            answer = self.answers[0]
            return [(answer.part(index), answer.shares(index)) for index in count]
        found = []
        for index in count:
            shares = zip(*(answer.shares(index) for answer in self.answers), strict=True)
            found.append((_around(answer.part(index) for answer in self.answers), [_around(share) for share in shares]))
        return found

    def total_in_fen(self) -> Interval:
        """The amount as bounds in fen. Parts of one answer are added before bounds are taken: they stay tight."""
        low = high = None
        for answer in self.answers:
            least = most = 0
            for index in self.policy.counted:
                part = answer.part(index)
                least, most = least + part.low, most + part.high
            low = least if low is None else min(low, least)
            high = most if high is None else max(high, most)
        assert low is not None and high is not None
        return Interval(low, high)

    @property
    def total(self) -> Money:
        """The amount as a sum that may have bounds."""
        low, high = self.total_in_fen()
        return Money(
            "amount", Text("金额", "the amount"), fen(low), fen(high), self._why(low != high, self.policy.counted)
        )

    @property
    def amount(self) -> Decimal:
        """What is paid in all, in CNY with two places; parts that are not counted are left out.

        Raises:
            UndeterminedError: the text leaves it open between `low` and `high`.
        """
        return self.total.amount

    @property
    def low(self) -> Decimal:
        """The least that the amount can be."""
        return self.total.low

    @property
    def high(self) -> Decimal:
        """The most that the amount can be."""
        return self.total.high

    @property
    def is_determined(self) -> bool:
        """Whether the amount is one figure."""
        return self.total.is_determined

    @property
    def eligible(self) -> bool | None:
        """Whether every required condition holds; None where that is undetermined."""
        required = self.policy.required
        if not required:
            return True
        found: set[bool] = set()
        for answer in self.answers:
            outcomes = [answer.test(index) for index in required]
            if all(True in outcome for outcome in outcomes):
                found.add(True)
            if any(False in outcome for outcome in outcomes):
                found.add(False)
        return found.pop() if len(found) == 1 else None

    @property
    def open_parameters(self) -> frozenset[str]:
        """The delegated parameters that nobody has filled."""
        return frozenset().union(*(answer.runner.folded.open_parameters for answer in self.answers))

    @property
    def open_questions(self) -> tuple[InterpretationResult, ...]:
        """The interpretations left open whose readings differ in what they answer here."""
        return self._questions(self._said)

    def _questions(self, said: Callable[[Answer], Any]) -> tuple[InterpretationResult, ...]:
        """The interpretations left open on which what is `said` of an answer depends."""
        found = []
        for item in self.interpretations:
            if item.reading != OPEN or item.is_presumed:
                continue
            answers: dict[tuple[tuple[str, str], ...], set[Any]] = {}
            for answer in self.answers:
                others = tuple(pair for pair in answer.runner.folded.readings.items() if pair[0] != item.name)
                answers.setdefault(others, set()).add(said(answer))
            if any(len(each) > 1 for each in answers.values()):
                found.append(item)
        return tuple(found)

    def _said(self, answer: Answer) -> Any:
        """Everything that an answer says, to be compared with what others say."""
        program = self.policy.program
        return (
            tuple(self._paid(answer, index) for index in range(len(program.parts))),
            tuple(answer.test(index) for index in range(len(program.conditions))),
            tuple(answer.step(step) for step in program.steps),
        )

    @staticmethod
    def _paid(answer: Answer, index: int) -> Any:
        return answer.part(index), tuple(answer.shares(index))

    def _why(self, is_open: bool, parts: Iterable[int]) -> Text:
        """What leaves sums of some parts open, if they are."""
        if not is_open:
            return NOTHING_OPEN
        chosen = list(parts)
        asked = self._questions(lambda answer: tuple(self._paid(answer, index) for index in chosen))
        names = [item.question for item in asked]
        names += [self.policy.program.parameters[name].label for name in sorted(self.open_parameters)]
        return Text("；".join(name.zh for name in names) or "–", "; ".join(name.en for name in names) or "–")

    @property
    def parts(self) -> tuple[PartResult, ...]:
        """The parts of the outcome with their shares, in the order of the policy."""
        return tuple(
            PartResult(
                name=part.name, label=part.label, low=fen(sum_.low), high=fen(sum_.high),
                why=self._why(not sum_.is_point, [index]),
                payee=part.payee, form=part.form, counted=part.counted, clause=part.clause,
                shares=tuple(
                    ShareResult(
                        name=f"{part.name}.{share.payer}", label=share.label, low=fen(one.low), high=fen(one.high),
                        why=self._why(not one.is_point, [index]), payer=share.payer, own=share.own,
                    )
                    for share, one in zip(part.shares, shares, strict=True)
                ),
            )
            for index, (part, (sum_, shares)) in enumerate(
                zip(self.policy.program.parts, self.in_fen(), strict=True)
            )
        )  # fmt: skip

    @property
    def shares(self) -> tuple[ShareResult, ...]:
        """Every share of every part, in the order of the policy."""
        return tuple(share for part in self.parts for share in part.shares)

    # — the reasons —

    @property
    def steps(self) -> tuple[StepResult, ...]:
        """Every step in the order of the calculation."""
        return tuple(self._step(step) for step in self.policy.program.steps)

    def _step(self, step: p.Step) -> StepResult:
        found = hull([answer.step(step) for answer in self.answers])
        unit = str(step.type.unit) if isinstance(step.type, Number) and step.type.unit is not None else ""
        ends: list[Any]
        if isinstance(found, Interval):
            ends = [found.low] if found.is_point else [found.low, found.high]
        else:
            order = list(step.type.values) if isinstance(step.type, Choice) else [False, True]
            ends = sorted(found or (), key=order.index)
        return StepResult(
            step.name, step.label, unit, step.clause, step.text, tuple(public(value, step.type) for value in ends)
        )

    @property
    def conditions(self) -> tuple[ConditionResult, ...]:
        """Every condition, whether it holds and by how much it fails."""
        found = []
        for index, test in enumerate(self.policy.program.conditions):
            outcome = frozenset[bool]().union(*(answer.test(index) for answer in self.answers))
            holds = next(iter(outcome)) if len(outcome) == 1 else None
            figures = condition_figures(self.policy, self.answers, index)
            found.append(ConditionResult(test.name, test.label, test.kind, test.clause, test.text, holds, figures))
        return tuple(found)

    @property
    def interpretations(self) -> tuple[InterpretationResult, ...]:
        """How each interpretation was read."""
        return tuple(
            InterpretationResult(
                name=item.name, question=item.question, clause=item.clause, reading=self.readings[item.name],
                label=item.readings.get(self.readings[item.name], Text("未定", "left open")),
                is_recommended=self.readings[item.name] == item.recommended, is_presumed=bool(item.presumes),
            )
            for item in self.policy.program.interpretations.values()
        )  # fmt: skip

    @property
    def facts(self) -> dict[str, Any]:
        """The facts in canonical form: what a calculation with them again takes."""
        env: list[Any] = [None] * len(self.policy.program.facts)
        for answer in self.answers:
            for index in range(len(env)):
                env[index] = env[index] if env[index] is not None else answer.env[index]
        pairs = zip(self.policy.program.facts.values(), env, strict=True)
        return {fact.name: plain(value, fact) for fact, value in pairs if value is not None}

    @property
    def digest(self) -> str:
        """The digest of the policy that was calculated."""
        return self.policy.digest

    def check_admissible(self) -> None:
        """Refuse a claim that the policy says is impossible.

        Raises:
            FactsError: an admissible condition does not hold under any reading.
        """
        tests = self.policy.program.conditions
        admissible = [index for index, test in enumerate(tests) if test.kind == "admissible"]
        if all(any(True in answer.test(index) for answer in self.answers) for index in admissible):
            return
        found = [test for test in self.conditions if test.kind == "admissible" and test.holds is False]
        if found:
            raise FactsError(
                Problem.of("F0117", test.name, label=test.label, clause=test.clause, figures=test.figures)
                for test in found
            )


def _around(intervals: Iterable[Interval]) -> Interval:
    """The least interval that holds all of them."""
    lows, highs = zip(*intervals, strict=True)
    return Interval(min(lows), max(highs))
