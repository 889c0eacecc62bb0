"""Findings: the amount of one calculation, its parts and shares, and every reason for it. Made when asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any, Final

from ..errors import FactsError, Problem, RequestError
from ..exact import fen, show
from ..language import program as p
from ..language.folding import OPEN
from ..language.intervals import Interval, hull
from ..language.types import Choice, Number
from ..text import Text
from .answers import Answer, payable
from .edition import Edition
from .facts import plain
from .measures import measured
from .outcomes import (
    ConditionResult,
    InstalmentResult,
    InterpretationResult,
    MeasureResult,
    Money,
    PartResult,
    ShareResult,
    StepResult,
    Totalled,
    has_own,
    public,
)

NOTHING_OPEN: Final = Text("–", "–")


class Findings(Totalled):
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
        if not self.policy.pays:
            return f"<{type(self).__name__} {self.policy.id}>"
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
        shares = [zip(*(answer.shares(index) for answer in self.answers), strict=True) for index in count]
        return [
            (self.sum_of(index), [_around(share) for share in each]) for index, each in zip(count, shares, strict=True)
        ]

    def total_in_fen(self) -> Interval:
        """The amount as bounds in fen."""
        return self._counted(lambda answer, index: answer.part(index))

    def payable_in_fen(self) -> Interval:
        """What is paid out in all, as bounds in fen."""
        return self._counted(self._payable_of)

    def sum_of(self, index: int) -> Interval:
        """A part of the outcome as bounds in fen."""
        if len(self.answers) == 1:
            return self.answers[0].part(index)
        return _around(answer.part(index) for answer in self.answers)

    def _counted(self, sum_: Callable[[Answer, int], Interval]) -> Interval:
        """A sum of the parts that count, in fen: added in each answer before bounds are taken, which so stay tight."""
        parts = [[sum_(answer, index) for index in self.policy.counted] for answer in self.answers]
        if len(parts) == 1 and len(parts[0]) == 1:
            return parts[0][0]
        return _around(Interval(sum(each.low for each in way), sum(each.high for each in way)) for way in parts)

    def _payable_of(self, answer: Answer, index: int) -> Interval:
        part = self.policy.program.parts[index]
        total = answer.part(index)
        return payable(part, total, answer.shares(index)) if has_own(part.shares) else total

    @property
    def total(self) -> Money:
        """The amount as a sum that may have bounds.

        Raises:
            RequestError: the policy sets measures and pays nothing.
        """
        self._check_pays()
        low, high = self.total_in_fen()
        return Money(
            "amount", Text("金额", "the amount"), fen(low), fen(high), self._why(low != high, self.policy.counted)
        )

    @property
    def payable(self) -> Money:
        """What is paid out in all: the amount without the shares that payers bear themselves.

        Raises:
            RequestError: the policy sets measures and pays nothing.
        """
        self._check_pays()
        return self._payable("payable", self.payable_in_fen(), self.policy.counted)

    def _payable(self, name: str, sum_: Interval, parts: Iterable[int]) -> Money:
        why = self._why(not sum_.is_point, parts, in_split=True)
        return Money(name, Text("应付", "payable"), fen(sum_.low), fen(sum_.high), why)

    def _check_pays(self) -> None:
        if not self.policy.pays:
            raise RequestError(Problem.of("R0115", "amount", given=self.policy.id))

    @property
    def has_own(self) -> bool:
        """Whether a payer bears a share of the amount itself, so that less is payable."""
        return any(has_own(self.policy.program.parts[index].shares) for index in self.policy.counted)

    @property
    def eligible(self) -> bool | None:
        """Whether every required condition holds; None where that is undetermined.

        A condition for some parts alone does not count here: each part says whether it is eligible.
        """
        return self._hold(self.policy.required)

    def is_eligible_for(self, index: int) -> bool | None:
        """Whether every condition that one part needs holds; None where that is undetermined."""
        return self._hold(self.policy.required_for[index])

    def _hold(self, required: tuple[int, ...]) -> bool | None:
        """Whether all of some conditions hold."""
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
            measured(program, [answer]),
        )

    @staticmethod
    def _paid(answer: Answer, index: int) -> Any:
        instalments = [(each.exists, each.sum, tuple(each.shares), each.due) for each in answer.instalments(index)]
        return answer.part(index), tuple(answer.shares(index)), tuple(instalments)

    def _why(self, is_open: bool, parts: Iterable[int], *, in_split: bool = False) -> Text:
        """What leaves sums of some parts open, if they are."""
        return _listed(self._left_open(parts, in_split=in_split) if is_open else [])

    def _left_open(self, parts: Iterable[int], *, in_split: bool) -> list[Text]:
        """What leaves the sums of some parts open, or also what payers and instalments make of them."""
        chosen = list(parts)
        asked = self._questions(
            lambda answer: tuple(self._paid(answer, index) if in_split else answer.part(index) for index in chosen)
        )
        names = frozenset[str]().union(
            *(answer.left_open(index, in_split=in_split) for answer in self.answers for index in chosen)
        )
        open_sums = [index for index in chosen if not all(answer.part(index).is_point for answer in self.answers)]
        return [
            *(item.question for item in asked),
            *(self.policy.program.parameters[name].label for name in sorted(names)),
            *(self.policy.program.facts[name].label for name in self._undecided(open_sums)),
        ]

    @property
    def open_besides(self) -> Text | None:
        """What leaves other sums than the amount open: parts beside it, the split between payers and instalments."""
        said = self._left_open(self.policy.counted, in_split=False)
        every = self._left_open(range(len(self.policy.program.parts)), in_split=True)
        more = [each for each in every if each not in said]
        return _listed(more) if more else None

    def _undecided(self, parts: Iterable[int]) -> list[str]:
        """The facts by which sums of some parts will be decided, and were not yet."""
        answer, program = self.answers[0], self.policy.program
        names = dict.fromkeys(program.parts[index].decided for index in parts if program.parts[index].decided)
        return [name for name in names if answer.env[answer.runner.slots.facts[name]] is None]

    @property
    def parts(self) -> tuple[PartResult, ...]:
        """The parts of the outcome with their shares, in the order of the policy."""
        return tuple(
            PartResult(
                name=part.name, label=part.label, low=fen(sum_.low), high=fen(sum_.high),
                why=self._why(not sum_.is_point, [index]),
                payee=part.payee, form=part.form, counted=part.counted, clause=part.clause,
                eligible=self.is_eligible_for(index),
                shares=tuple(
                    ShareResult(
                        name=f"{part.name}.{share.name}", label=self.payer(share), low=fen(one.low),
                        high=fen(one.high), why=self._why(not one.is_point, [index], in_split=True), payer=share.payer,
                        own=share.own, division=self.division(share),
                    )
                    for share, one in zip(part.shares, shares, strict=True)
                ),
                payable=self._payable(
                    f"{part.name}.payable", _around(self._payable_of(answer, index) for answer in self.answers), [index]
                ),
                instalments=self._instalments(index),
            )
            for index, (part, (sum_, shares)) in enumerate(
                zip(self.policy.program.parts, self.in_fen(), strict=True)
            )
        )  # fmt: skip

    @property
    def instalments(self) -> tuple[InstalmentResult, ...]:
        """Every instalment of every part, in the order of the policy."""
        return tuple(each for part in self.parts for each in part.instalments)

    def _instalments(self, index: int) -> tuple[InstalmentResult, ...]:
        part = self.policy.program.parts[index]
        if not part.instalments:
            return ()
        columns = zip(*(answer.instalments(index) for answer in self.answers), strict=True)
        found = []
        for each, column in zip(part.instalments, columns, strict=True):
            sum_ = _around(answer.sum for answer in column)
            shares = [_around(ways) for ways in zip(*(answer.shares for answer in column), strict=True)]
            paid = _around(payable(part, answer.sum, answer.shares) for answer in column)
            exists = frozenset[bool]().union(*(answer.exists for answer in column))
            due = hull([answer.due for answer in column])
            days = (due.low, due.high) if isinstance(due, Interval) else ()
            found.append(
                InstalmentResult(
                    name=each.name, label=each.label, low=fen(sum_.low), high=fen(sum_.high),
                    why=self._why(not sum_.is_point, [index], in_split=True), part=part.name, clause=each.clause,
                    exists=next(iter(exists)) if len(exists) == 1 else None,
                    due=tuple(dict.fromkeys(days)), test=each.text, if_failed=each.if_failed,
                    shares=tuple(
                        ShareResult(
                            name=f"{each.name}.{share.name}", label=self.payer(share), low=fen(one.low),
                            high=fen(one.high), why=self._why(not one.is_point, [index], in_split=True),
                            payer=share.payer, own=share.own, division=self.division(share),
                        )
                        for share, one in zip(part.shares, shares, strict=True)
                    ),
                    payable=self._payable(f"{each.name}.payable", paid, [index]),
                )
            )  # fmt: skip
        return tuple(found)

    def division(self, share: p.Share) -> str:
        """The division that pays a share, where it follows from a place; empty where it does not."""
        answer = self.answers[0]
        return share.divisions[answer.env[answer.runner.slots.facts[share.of]]] if share.of else ""

    def payer(self, share: p.Share) -> Text:
        """Who pays a share, in words."""
        division = self.division(share)
        if not division:
            return share.label
        name = self.policy.vocabulary.divisions[division].name
        return Text(f"{share.label.zh}（{division} {name.zh}）", f"{share.label.en} ({division} {name.en})")

    @property
    def shares(self) -> tuple[ShareResult, ...]:
        """Every share of every part, in the order of the policy."""
        return tuple(share for part in self.parts for share in part.shares)

    @property
    def measures(self) -> tuple[MeasureResult, ...]:
        """The standards and targets of the policy: what is, what is required, and what is missing."""
        return measured(self.policy.program, self.answers)

    # — the reasons —

    @property
    def steps(self) -> tuple[StepResult, ...]:
        """Every step in the order of the calculation."""
        return tuple(self._step(step) for step in self.policy.program.steps)

    def step(self, name: str) -> StepResult:
        """One step by its name."""
        return self._step(self.policy.steps[name])

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
    def verdicts(self) -> list[bool | None]:
        """Whether each condition holds, without the words of `conditions`; None where that is undetermined."""
        outcomes = [
            frozenset[bool]().union(*(answer.test(index) for answer in self.answers))
            for index in range(len(self.policy.program.conditions))
        ]
        return [next(iter(outcome)) if len(outcome) == 1 else None for outcome in outcomes]

    @property
    def conditions(self) -> tuple[ConditionResult, ...]:
        """Every condition, whether it holds and by how much it fails."""
        from .conditions import condition_figures  # words, which not every caller asks for

        found = []
        for index, (test, holds) in enumerate(zip(self.policy.program.conditions, self.verdicts, strict=True)):
            figures = condition_figures(self.policy, self.answers, index)
            found.append(
                ConditionResult(test.name, test.label, test.kind, test.clause, test.text, holds, figures, test.parts)
            )
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
        found = ((name, self.fact(name)) for name in self.policy.program.facts)
        return {name: value for name, value in found if value is not None}

    def fact(self, name: str) -> Any:
        """One fact in canonical form; None where it is not stated, or applies under no reading."""
        place = self.answers[0].runner.slots.facts[name]
        values = (answer.env[place] for answer in self.answers)
        value = next((each for each in values if each is not None), None)
        return None if value is None else plain(value, self.policy.program.facts[name])

    @property
    def digest(self) -> str:
        """The digest of the policy that was calculated."""
        return self.policy.digest

    def check_admissible(self) -> None:
        """Refuse a claim that the policy says is impossible.

        Raises:
            FactsError: under no reading an admissible condition holds, or a sum that was decided is within its ceiling.
        """
        self._check_decided()
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

    def _check_decided(self) -> None:
        wrong = []
        for index, part in enumerate(self.policy.program.parts):
            if not part.decided or self._undecided([index]):
                continue
            fact = self.policy.program.facts[part.decided]
            given = Fraction(self.facts[part.decided])
            ceiling = _around(answer.bounds_of(answer.runner.folded.parts[index].value) for answer in self.answers)
            if given > ceiling.high:
                said, most = (Text(f"{show(each, 2)} 元", f"{show(each, 2)} CNY") for each in (given, ceiling.high))
                clause = part.clause or fact.clause or "–"
                wrong.append(Problem.of("F0132", fact.name, label=fact.label, given=said, high=most, clause=clause))
        if wrong:
            raise FactsError(wrong)


def _listed(names: list[Text]) -> Text:
    if not names:
        return NOTHING_OPEN
    return Text("；".join(name.zh for name in names), "; ".join(name.en for name in names))


def _around(intervals: Iterable[Interval]) -> Interval:
    """The least interval that holds all of them."""
    lows, highs = zip(*intervals, strict=True)
    return Interval(min(lows), max(highs))
