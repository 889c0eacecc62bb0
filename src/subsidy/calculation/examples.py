"""Worked examples: the cases that a module carries, computed and compared to the fen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

from ..catalogue.documents import Example
from ..errors import Also, Problem, Problems, SubsidyError, hint
from ..exact import parse
from ..text import LANGUAGES, Text
from .outcomes import shown_value
from .result import Result

if TYPE_CHECKING:
    from .policy import Policy

_FACT: Final = Text("该事实", "the fact")


class Named(Protocol):
    """What a module computes under a name."""

    @property
    def name(self) -> str: ...


def run_examples(policy: Policy, problems: Problems) -> int:
    """Run every example of a policy, add what differs, and say how many were run."""
    for index, example in enumerate(policy.document.examples):
        for problem in differences(policy, example, index):
            problems.take(problem)
    return len(policy.document.examples)


def differences(policy: Policy, example: Example, index: int) -> Iterator[Problem]:
    """Where an example does not come out as written. `expect.error` is the codes of the problems wanted."""

    def problem(code: str, *keys: str, also: tuple[Also, ...] = (), **values: str | Text) -> Problem:
        place = policy.origin.place(("examples", index, *keys), key=code == "P0703")
        return Problem(code, place.key, {"example": example.name, **values}, place, also)

    wanted = dict(example.expect)
    codes = wanted.pop("error", None)
    try:
        result = policy.calculate_alone(example.facts, example.under)
    except SubsidyError as error:
        found = ", ".join(problem.code for problem in error.problems)
        if found != codes:
            said = {language: " ".join(each.message(language) for each in error.problems) for language in LANGUAGES}
            names = [name for each in error.problems if (name := each.where.partition("[")[0]) in policy.document.facts]
            also = tuple(policy.origin.also(_FACT, ("facts", name)) for name in dict.fromkeys(names))
            yield problem("P0702", also=also, detail=Text(said["zh"], said["en"]))
            return
        yield from _in_every_runner(policy, example, problem)
        return
    if codes is not None:
        yield problem("P0701", "expect", "error", name="error", wanted=str(codes), found="–")
    values = outcomes(result)
    for name, want in wanted.items():
        if name not in values:
            yield problem("P0703", "expect", name, name=name, **hint(name, values))
        elif not _same(want, values[name]):
            also = _computed(policy, name)
            yield problem("P0701", "expect", name, also=also, name=name, wanted=_said(want), found=_said(values[name]))
    yield from _in_every_runner(policy, example, problem)


def _in_every_runner(policy: Policy, example: Example, problem: Callable[..., Problem]) -> Iterator[Problem]:
    """Every runner gives what the first one gives, which was held against the example: our fault where one does not."""
    from .runners import RUNNERS, disagreements

    for name, differences in disagreements(policy, example.facts, example.under).items():
        detail = "; ".join(f"{each.key}: {each.recorded} ≠ {each.computed}" for each in differences)
        yield problem("P0705", runner=name, first=next(iter(RUNNERS)), detail=detail)


def _computed(policy: Policy, name: str) -> tuple[Also, ...]:
    """The formula of a step, a condition, a measure or a part, by its name; nothing for what is made of several."""
    document, what = policy.document, Text("在这里计算", "computed here")
    name = name.partition(".")[0]
    parts = [(("outcome", "parts", number), part.name) for number, part in enumerate(document.outcome.parts)]
    tables: dict[str, Sequence[Named]] = {
        "steps": document.steps,
        "conditions": document.conditions,
        "measures": document.measures,
    }
    entries = [((table, number), each.name) for table, several in tables.items() for number, each in enumerate(several)]
    if name == "amount" and len(parts) == 1:
        name = parts[0][1]
    path = next((path for path, known in [*entries, *parts] if known == name), None)
    return () if path is None else (policy.origin.also(what, path, "value", "up_to", "pick", "test"),)


def outcomes(result: Result) -> dict[str, list[str]]:
    """Everything an example may expect, by name: one value, or two bounds."""
    found = {"eligible": _truth(result.eligible)}
    if result.policy.pays:
        found["amount"] = _ends(str(result.low), str(result.high))
        found["payable"] = _ends(str(result.payable.low), str(result.payable.high))
    for measure in result.measures:
        found[measure.name] = [shown_value(value) for value in measure.value]
        found[f"{measure.name}.required"] = [shown_value(value) for value in measure.required]
        found[f"{measure.name}.shortfall"] = [shown_value(value) for value in measure.shortfall]
        found[f"{measure.name}.met"] = _truth(measure.met)
        found[f"{measure.name}.deadline"] = [shown_value(value) for value in measure.deadline]
    for step in result.steps:
        found[step.name] = [shown_value(value) for value in step.possible]
    for part in result.parts:
        found[part.name] = _ends(str(part.low), str(part.high))
        found[part.payable.name] = _ends(str(part.payable.low), str(part.payable.high))
        for share in part.shares:
            found[share.name] = _ends(str(share.low), str(share.high))
        for each in part.instalments:
            found[each.name] = _ends(str(each.low), str(each.high))
            found[each.payable.name] = _ends(str(each.payable.low), str(each.payable.high))
            found |= {share.name: _ends(str(share.low), str(share.high)) for share in each.shares}
    for test in result.conditions:
        found[test.name] = _truth(test.holds)
    return found


def _truth(holds: bool | None) -> list[str]:
    return {True: ["true"], False: ["false"], None: ["false", "true"]}[holds]


def _ends(low: str, high: str) -> list[str]:
    return [low] if low == high else [low, high]


def _same(want: Any, found: list[str]) -> bool:
    wanted = [_text(item) for item in (want if isinstance(want, list) else [want])]
    return len(wanted) == len(found) and all(_equal(a, b) for a, b in zip(wanted, found, strict=True))


def _equal(one: str, two: str) -> bool:
    numbers = parse(one), parse(two)
    return numbers[0] == numbers[1] if None not in numbers else one == two


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _said(value: Any) -> str:
    return " – ".join(_text(item) for item in value) if isinstance(value, list) else _text(value)
