"""Receipts as forms: what every receipt of a policy has in common is written once, and the rest is filled in.

What a receipt is, `receipt.to_dict` says. The first result of a kind is written by it; where its values stand, the form
has blanks, which the results after it fill. The bytes are the same, which tests hold against each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from json.encoder import encode_basestring
from typing import Any, Final
from weakref import WeakKeyDictionary

from ..catalogue.digest import canonical
from ..exact import decimals, show
from ..language import program as p
from ..language.types import Number, Records
from .answers import Point, payable
from .edition import Edition
from .facts import plain
from .findings import Findings
from .outcomes import has_own, public, shown_value
from .receipt import to_dict
from .runner import Runner

Blank = Callable[[Point], str]  # what stands in a blank, as JSON
_MARK: Final = "\ue000"
_BLANK: Final = re.compile(f'"{_MARK}([0-9]+){_MARK}"')
_PLACES: Final = 12  # decimal places, above which `show` prints a fraction
_MOST_KINDS: Final = 64
_KINDS: Final = WeakKeyDictionary[Edition, dict[Any, "Form | None"]]()  # by policy and kind


def receipt(result: Findings) -> str:
    """The receipt of a result as canonical JSON."""
    answers = result.answers
    if len(answers) > 1 or not isinstance(answers[0], Point):
        return canonical(to_dict(result)).decode()
    answer = answers[0]
    kinds = _KINDS.setdefault(result.policy, {})
    facts = len(result.policy.program.facts)
    kind = (answer.runner, *result.readings.values(), *map(_is_absent, answer.env[:facts]))
    try:
        found = kinds[kind]
    except KeyError:
        if len(kinds) >= _MOST_KINDS:
            kinds.clear()
        found = kinds[kind] = form(result, answer)
    return canonical(to_dict(result)).decode() if found is None else found.filled(answer)


def _is_absent(value: Any) -> bool:
    return value is None


class Form:
    """What is written between the blanks, and what comes into each."""

    def __init__(self, text: str, blanks: Sequence[Blank]) -> None:
        self._head, *rest = _BLANK.split(text)
        self._rest = [(blanks[int(rest[index])], rest[index + 1]) for index in range(0, len(rest), 2)]

    def filled(self, answer: Point) -> str:
        """The receipt of an answer."""
        found = [self._head]
        for blank, text in self._rest:
            found.append(blank(answer))
            found.append(text)
        return "".join(found)


def form(result: Findings, answer: Point) -> Form | None:
    """The form of results like this one: of one policy and choice of readings, with the same facts stated.

    None where it has instalments or measures: such claims are few, and are written out each time.
    """
    policy, program = result.policy, result.policy.program
    if program.measures or any(part.instalments for part in program.parts):
        return None
    data = to_dict(result)
    if _MARK in canonical(data).decode():
        return None
    blanks: list[Blank] = []

    def blank(of: dict[str, Any], key: str, value: Blank) -> None:
        of[key] = f"{_MARK}{len(blanks)}{_MARK}"
        blanks.append(value)

    for index, fact in enumerate(program.facts.values()):
        if fact.name in data["facts"]:
            blank(data["facts"], fact.name, _fact(fact, index))
    found = data["result"]
    blank(found, "eligible", _all_hold(policy.required))
    if policy.pays:
        blank(found, "amount", _sum(policy.counted))
    if result.has_own:
        blank(found, "payable", _payable(policy.counted))
    for index, part in enumerate(program.parts):
        said = found["parts"][part.name]
        blank(said, "amount", _sum((index,)))
        blank(said, "eligible", _all_hold(policy.required_for[index]))
        if has_own(part.shares):
            blank(said, "payable", _payable((index,)))
        if len(part.shares) == 1 and part.shares[0].value is None and not part.shares[0].of:
            blank(said["shares"][0], "amount", _sum((index,)))
        else:
            blank(said, "shares", _shares(part, index, said["shares"]))
    for step in program.steps:
        blank(found["steps"], step.name, _step(step, answer.runner))
    for index, test in enumerate(program.conditions):
        blank(found["conditions"], test.name, _all_hold((index,)))
    return Form(canonical(data).decode(), blanks)


def _fact(fact: p.Fact, index: int) -> Blank:
    if isinstance(fact.type, Records):
        return lambda answer: canonical(plain(answer.env[index], fact)).decode()
    if not isinstance(fact.type, Number):
        return lambda answer: _text(plain(answer.env[index], fact))
    digits = decimals(fact.resolution.denominator)
    if digits is None or digits > _PLACES:
        return lambda answer: f'"{plain(answer.env[index], fact)}"'
    factor = 10**digits // fact.resolution.denominator
    return lambda answer: f'"{_fixed(answer.env[index] * factor, digits)}"'


def _step(step: p.Step, runner: Runner) -> Blank:
    place = runner.slots.steps[step.name]
    if not isinstance(step.type, Number):
        return lambda answer: _text(shown_value(public(answer.env[place], step.type)))
    denominator = runner.ops[step.name].denominator
    digits = decimals(denominator)
    if digits is None or digits > _PLACES:
        return lambda answer: f'"{show(Fraction(answer.env[place], denominator))}"'
    if digits == 0:
        return lambda answer: f'"{answer.env[place]}"'
    factor = 10**digits // denominator
    return lambda answer: f'"{_fixed(answer.env[place] * factor, digits).rstrip("0").rstrip(".")}"'


def _all_hold(tests: tuple[int, ...]) -> Blank:
    if len(tests) == 1:
        (only,) = tests
        return lambda answer: "true" if answer.tests[only] else "false"
    return lambda answer: "true" if all(answer.tests[each] for each in tests) else "false"


def _sum(parts: tuple[int, ...]) -> Blank:
    if len(parts) == 1:
        (only,) = parts
        return lambda answer: f'"{_fixed(answer.parts[only], 2)}"'
    return lambda answer: f'"{_fixed(sum(answer.parts[each] for each in parts), 2)}"'


def _payable(parts: tuple[int, ...]) -> Blank:
    """What is paid out of some parts: without the shares that payers bear themselves."""

    def written(answer: Point) -> str:
        found = 0
        for index in parts:
            part, total = answer.runner.program.parts[index], answer.part(index)
            found += payable(part, total, answer.shares(index)).low if has_own(part.shares) else total.low
        return f'"{_fixed(found, 2)}"'

    return written


def _shares(part: p.Part, index: int, models: list[dict[str, Any]]) -> Blank:
    """The shares of a part, each with its sum, and its division where a place says which."""

    def written(answer: Point) -> str:
        found = []
        for share, model, sum_ in zip(part.shares, models, answer.shares(index), strict=True):
            said = {**model, "amount": _fixed(sum_.low, 2)}
            said.pop("division", None)
            place = share.divisions[answer.env[answer.runner.slots.facts[share.of]]] if share.of else ""
            found.append(said | ({"division": place} if place else {}))
        return canonical(found).decode()

    return written


def _text(value: Any) -> str:
    """A text or a truth value as JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return encode_basestring(value)


def _fixed(value: int, digits: int) -> str:
    """A whole number over 10 to the power of `digits`, with that many places."""
    if value < 0:
        return f"-{_fixed(-value, digits)}"
    if not digits:
        return str(value)
    text = str(value).rjust(digits + 1, "0")
    return f"{text[:-digits]}.{text[-digits:]}"
