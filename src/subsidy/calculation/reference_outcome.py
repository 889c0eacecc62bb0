"""The outcome half of the reference runner: what is paid, by whom and when, and all of it in the words of a receipt.

As the half that evaluates formulas, it shares no arithmetic, rounding or splitting with the runners that it judges.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import ceil, floor
from typing import Any, NamedTuple, Protocol

from ..language import program as p
from ..language.types import Choice, Date, Month
from . import by_hand
from .reference_values import FLAGS, Between, Possible, hull


class Instalment(NamedTuple):
    """An instalment: whether it exists, its sum and its shares in fen, and when it falls due."""

    exists: frozenset[bool]
    sum: Between
    shares: list[Between]
    due: Between | None


class Outcome:
    """What is paid under one choice of readings. Parts and shares are in fen. `value` evaluates a formula."""

    def __init__(
        self,
        program: p.Program,
        value: Callable[[p.Node], Any],
        facts: Mapping[str, Any],
        tests: Mapping[str, frozenset[bool]],
    ) -> None:
        self.program, self.value, self.facts, self.tests = program, value, facts, tests
        self.eligible = self.holding("")
        self.eligible_for = {part.name: self.holding(part.name) for part in program.parts}
        self.parts = {part.name: self.paid(part) for part in program.parts}
        self.shares = {part.name: self.split(part) for part in program.parts}
        counted = [self.parts[part.name] for part in program.parts if part.counted]
        self.amount = Between(sum(part.low for part in counted), sum(part.high for part in counted))
        self.payables = {
            part.name: self.payable(part, self.parts[part.name], self.shares[part.name]) for part in program.parts
        }
        paid = [self.payables[part.name] for part in program.parts if part.counted]
        self.paid_out = Between(sum(part.low for part in paid), sum(part.high for part in paid))

    def holding(self, part: str) -> frozenset[bool]:
        """Whether the required conditions hold: those for everything, and those for one part."""
        required = [
            self.tests[test.name]
            for test in self.program.conditions
            if test.kind == "required" and (not test.parts or part in test.parts)
        ]
        may, may_not = all(True in test for test in required), any(False in test for test in required)
        return frozenset(flag for flag, possible in ((True, may), (False, may_not)) if possible)

    def paid(self, part: p.Part) -> Between:
        eligible = self.eligible_for[part.name]
        if eligible == {False}:
            return Between(0, 0)
        value = self.value(part.value)
        if part.decided:
            value = self.facts[part.decided] or Between(Fraction(0), value.high)
        paid = Between(floor(value.low * 100), ceil(value.high * 100))
        return paid if eligible == {True} else hull([paid, Between(0, 0)])

    def share(self, part: p.Part, number: int) -> dict[str, str | bool]:
        """What is said of a share beside its sum: its name, and which division pays, where these say more."""
        share = part.shares[number]
        said: dict[str, str | bool] = {}
        if share.name != share.payer:
            said["name"] = share.name
        if share.of:
            (place,) = self.facts[share.of]
            said["division"] = share.divisions[place]
        return said | ({"own": True} if share.own else {})

    def payable(self, part: p.Part, total: Between, shares: Sequence[Between]) -> Between:
        """What is left of a sum when payers bear their own shares, and no more or less than the others make."""
        borne = [found for share, found in zip(part.shares, shares, strict=True) if share.own]
        others = [found for share, found in zip(part.shares, shares, strict=True) if not share.own]
        left = Between(total.low - sum(each.high for each in borne), total.high - sum(each.low for each in borne))
        made = Between(sum(each.low for each in others), sum(each.high for each in others))
        return Between(max(left.low, made.low), min(left.high, made.high))

    def split(self, part: p.Part) -> list[Between]:
        total = self.parts[part.name]
        if not part.instalments:
            return self.split_sum(part, total, self.is_exact(part))
        if self.is_exact(part):
            columns = zip(*(each.shares for each in self.instalments(part)), strict=True)
            return [Between(*(sum(share[end] for share in column) for end in (0, 1))) for column in columns]
        return self.split_sum(part, total, False, len(part.instalments))

    def is_exact(self, part: p.Part) -> bool:
        """Whether the sum of a part is certain, and everything by which it is split."""
        nodes = [node for share in part.shares for node in (share.percent, share.value) if node]
        nodes += [node for each in part.instalments for node in (each.share, each.value) if node]
        found = [self.parts[part.name], *(self.value(node) for node in nodes)]
        whens = [self.value(each.when) for each in part.instalments if each.when]
        return all(low == high for low, high in found) and FLAGS not in whens

    def instalments(self, part: p.Part) -> list[Instalment]:
        """Each instalment in turn rounded half up to the fen and limited to what is left; one takes what is left.

        Where something is open, each lies between nothing and its share, or the whole if it may take what is left.
        """
        total, always = self.parts[part.name], frozenset({True})
        each_there = [self.value(each.when) if each.when else always for each in part.instalments]
        sums = self.exact_sums(part, each_there) if self.is_exact(part) else None
        found = []
        for number, (each, there) in enumerate(zip(part.instalments, each_there, strict=True)):
            is_last = each.remainder or all(False in later for later in each_there[number + 1 :])
            if sums is not None:
                paid = Between(sums[number], sums[number])
            elif there == {False}:
                paid = Between(0, 0)
            elif each.share and not is_last:
                ends = [0, *(end * way for end in total for way in self.value(each.share))]
                paid = Between(floor(min(ends)), ceil(max(ends)))
            else:
                paid = Between(min(0, total.low), max(0, total.high))
            due = self.value(each.due) if each.due and True in there else None
            found.append(Instalment(there, paid, self.split_sum(part, paid, sums is not None), due))
        return found

    def exact_sums(self, part: p.Part, there: list[frozenset[bool]]) -> list[int]:
        total = self.parts[part.name].low
        existing = [number for number, flags in enumerate(there) if flags == {True}]
        marked = [number for number in existing if part.instalments[number].remainder]
        stated: list[Fraction | None] = []
        for number, each in enumerate(part.instalments):
            if number == (marked or existing[-1:])[0]:
                stated.append(None)
            elif number not in existing:
                stated.append(Fraction(0))
            elif each.share:
                stated.append(abs(total) * self.value(each.share).low)
            else:
                assert each.value is not None
                stated.append(100 * self.value(each.value).low)
        return by_hand.with_residual(total, stated)

    def split_sum(self, part: p.Part, total: Between, is_exact: bool, roundings: int = 0) -> list[Between]:
        stated = [self.value(node) if (node := share.percent or share.value) else None for share in part.shares]
        if is_exact:
            return [Between(share, share) for share in self.split_exactly(part, total.low, stated)]
        bounds = []
        for share, found in zip(part.shares, stated, strict=True):
            ends = [total.low, total.high]
            if share.percent is not None and found is not None:
                ends = [end * percent for end in total for percent in found]
            if share.percent is None or any(other.value is not None for other in part.shares):
                ends.append(0)  # another share may leave it nothing
            least, most = floor(min(ends)) - roundings, ceil(max(ends)) + roundings
            bounds.append(Between(max(least, min(0, total.low)), min(most, max(0, total.high))))
        return bounds if len(bounds) > 1 else [total]

    def split_exactly(self, part: p.Part, total: int, stated: list[Between | None]) -> list[int]:
        if any(share.residual for share in part.shares):
            return by_hand.with_residual(
                total,
                [
                    None if found is None else found.low * (100 if share.value is not None else abs(total))
                    for share, found in zip(part.shares, stated, strict=True)
                ],
            )
        return by_hand.largest_remainder(total, [found.low for found in stated if found is not None])


class Answered(Protocol):
    """One choice of readings, answered."""

    @property
    def steps(self) -> Mapping[str, Possible]: ...
    @property
    def tests(self) -> Mapping[str, frozenset[bool]]: ...
    @property
    def outcome(self) -> Outcome: ...

    def value(self, node: p.Node) -> Any: ...


def in_words(program: p.Program, answers: Sequence[Answered]) -> dict[str, Any]:
    """What a receipt says under ``result``: eligible, amount, parts, steps, conditions and measures."""
    eligible = frozenset().union(*(answer.outcome.eligible for answer in answers))
    return {
        "eligible": test_word(eligible),
        **({"amount": money_word(hull([answer.outcome.amount for answer in answers]))} if program.parts else {}),
        **(
            {"payable": money_word(hull([answer.outcome.paid_out for answer in answers]))}
            if any(share.own for part in program.parts if part.counted for share in part.shares)
            else {}
        ),
        "parts": {
            part.name: {
                "amount": money_word(hull([answer.outcome.parts[part.name] for answer in answers])),
                "counted": part.counted,
                "eligible": test_word(
                    frozenset().union(*(answer.outcome.eligible_for[part.name] for answer in answers))
                ),
                "shares": [
                    {
                        "payer": share.payer,
                        "amount": money_word(hull([a.outcome.shares[part.name][n] for a in answers])),
                        **answers[0].outcome.share(part, n),
                    }
                    for n, share in enumerate(part.shares)
                ],
                **_payable(part, [answer.outcome.payables[part.name] for answer in answers]),
                **_instalments(part, answers),
            }
            for part in program.parts
        },
        "steps": {step.name: _step(step, hull([a.steps[step.name] for a in answers])) for step in program.steps},
        "conditions": {
            test.name: test_word(hull([answer.tests[test.name] for answer in answers])) for test in program.conditions
        },
        **({"measures": {m.name: _measure(m, answers) for m in program.measures}} if program.measures else {}),
    }


def _payable(part: p.Part, paid: list[Between]) -> dict[str, Any]:
    """What is paid out of a sum, where a payer bears a share itself."""
    return {"payable": money_word(hull(paid))} if any(share.own for share in part.shares) else {}


def _instalments(part: p.Part, answers: Sequence[Answered]) -> dict[str, Any]:
    """The instalments of a part, by name; nothing where it has none."""
    found = {}
    columns = zip(*(answer.outcome.instalments(part) for answer in answers), strict=True)
    for each, column in zip(part.instalments, columns, strict=True):
        dues = [one.due for one in column if one.due is not None]
        days = ["{:04d}-{:02d}-{:02d}".format(*day) for day in dict.fromkeys(hull(dues))] if dues else []
        found[each.name] = {
            "exists": test_word(frozenset().union(*(one.exists for one in column))),
            "amount": money_word(hull([one.sum for one in column])),
            "due": {"possible": days} if len(days) > 1 else days[0] if days else None,
            "shares": [
                {
                    "payer": share.payer,
                    "amount": money_word(hull([one.shares[n] for one in column])),
                    **answers[0].outcome.share(part, n),
                }
                for n, share in enumerate(part.shares)
            ],
            **_payable(
                part, [a.outcome.payable(part, one.sum, one.shares) for a, one in zip(answers, column, strict=True)]
            ),
        }
    return {"instalments": found} if found else {}


def _measure(measure: p.Measure, answers: Sequence[Answered]) -> dict[str, Any]:
    """A measure: by how much its value falls short of what is required, or goes beyond it where that is the most."""
    values = [answer.value(measure.value) for answer in answers]
    required = [answer.value(measure.required) for answer in answers]
    sign = 1 if measure.sense == "at_least" else -1
    lacks = [
        sorted(sign * (most - value) for value, most in ((one.low, two.high), (one.high, two.low)))
        for one, two in zip(values, required, strict=True)
    ]
    met = {low <= 0 for low, _ in lacks} & {True} | {high <= 0 for _, high in lacks} & {False}
    short = Between(*(max(Fraction(0), pick(each[end] for each in lacks)) for end, pick in ((0, min), (1, max))))
    found: dict[str, Any] = {
        "value": _numbers(hull(values)),
        "required": _numbers(hull(required)),
        "sense": measure.sense,
        "met": test_word(frozenset(met)),
        "shortfall": _numbers(short),
    }
    for key, node in (("by", measure.by), ("before", measure.before)):
        if node is not None:
            ends = dict.fromkeys(hull([answer.value(node) for answer in answers]))
            days = ["{:04d}-{:02d}-{:02d}".format(*day) for day in ends]
            found[key] = {"possible": days} if len(days) > 1 else days[0]
    return found


def _numbers(value: Between) -> Any:
    texts = [_number(end) for end in dict.fromkeys(value)]
    return texts[0] if len(texts) == 1 else {"possible": texts}


def test_word(flags: frozenset[bool]) -> bool | str:
    return "undetermined" if flags == FLAGS else next(iter(flags))


def money_word(fen: Between) -> str | dict[str, str]:
    low, high = (_number(Fraction(end, 100), 2) for end in fen)
    return low if low == high else {"low": low, "high": high}


def _step(step: p.Step, value: Possible) -> Any:
    if isinstance(value, frozenset):
        order = step.type.values if isinstance(step.type, Choice) else (False, True)
        texts = [str(each) if isinstance(step.type, Choice) else str(each).lower() for each in order if each in value]
    else:
        texts = [_text(step, end) for end in value[: 1 if value.low == value.high else 2]]
    return texts[0] if len(texts) == 1 else {"possible": texts}


def _text(step: p.Step, value: Any) -> str:
    match step.type:
        case Date():
            return "{:04d}-{:02d}-{:02d}".format(*value)
        case Month():
            return f"{value // 12:04d}-{value % 12 + 1:02d}"
        case _:
            return _number(value)


def _number(value: Fraction, places: int = 0) -> str:
    """A number with at least `places` digits after the point; as a fraction where it takes more than twelve."""
    while places <= 12 and (value * 10**places).denominator != 1:
        places += 1
    if places > 12:
        return f"{value.numerator}/{value.denominator}"
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    sign, whole = "-" if value < 0 else "", digits[: len(digits) - places]
    return sign + (f"{whole}.{digits[-places:]}" if places else whole)
