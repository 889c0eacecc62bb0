"""What must hold of every policy that compiles, on facts that validate. One more check is one more line in CHECKS."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from random import Random
from typing import Any, Final

from subsidy import FactsError, Policy
from subsidy.calculation import reference
from subsidy.calculation.facts import plain
from subsidy.calculation.outcomes import PartResult
from subsidy.calculation.release import _read
from subsidy.calculation.result import Result
from subsidy.calculation.runners import JUDGED, RUNNERS, calculated
from subsidy.language import program as p
from subsidy.record import replace

from .claims import OPEN, Claim, asked, by_hand
from .meaning import Contradiction, World
from .modules import Module
from .widths import check_widths

CONTRADICTIONS: Final = frozenset({"F0119", "F0120"})
WORLDS: Final = 3  # ways in which what is open is pinned, for each claim


@dataclass
class Trial:
    """One claim under one policy, with what was answered; facts of an answer that there is none of are as stated."""

    module: Module
    policy: Policy
    claim: Claim
    answer: Result | dict[str, Any]
    random: Random
    number: int

    @cached_property
    def parts(self) -> tuple[PartResult, ...]:
        """The parts of the result, looked up once."""
        return self.answer.parts if isinstance(self.answer, Result) else ()

    @property
    def readings(self) -> dict[str, str]:
        """The reading of every interpretation, or open."""
        known = self.policy.interpretations
        return {name: item.recommended or OPEN for name, item in known.items()} | self.claim.readings


Check = Callable[[Trial], Iterator[str]]


def runners_agree(trial: Trial) -> Iterator[str]:
    """Every runner gives the same answer, or refuses for the same reasons: such as only a calculation finds."""
    found = {name: run(trial.policy, *trial.claim) for name, run in RUNNERS.items()}
    first = found["scalar"]
    for name, each in found.items():
        if differences := [key for key in each.keys() & first.keys() if each[key] != first[key]]:
            key = differences[0]
            yield f"{name} differs from scalar in {', '.join(differences)}: {each[key]} {first[key]}"
        elif "refused" in each.keys() ^ first.keys():
            yield f"{name} differs from scalar: {each} {first}"
    if not JUDGED.issuperset(first.get("refused", ())):
        yield f"refused: {first['refused']}"


def within_ranges(trial: Trial) -> Iterator[str]:
    """Every number that is answered, and every bound of an open one, lies in its proved range."""
    result, ranges = trial.answer, trial.policy.program.ranges
    if not isinstance(result, Result):
        return
    found = {step.name: step.possible for step in result.steps if isinstance(step.possible[0], Decimal | Fraction)}
    found |= {part.name: (part.low, part.high) for part in trial.parts}
    found |= {"amount": (result.low, result.high)} if trial.policy.pays else {}
    for name, ends in found.items():
        low, high = ranges[name]
        if not low <= Fraction(str(ends[0])) <= Fraction(str(ends[-1])) <= high:
            yield f"{name} is {ends}, outside {low} to {high}"


def within_widths(trial: Trial) -> Iterator[str]:
    """Every whole number that a columnar runner meets on its way lies within what was proved of its operation."""
    if isinstance(trial.answer, Result):
        yield from check_widths(trial.policy, trial.answer)


def adds_up(trial: Trial) -> Iterator[str]:
    """Bounds are in order, shares and instalments make their part, and counted parts make the amount."""
    result = trial.answer
    if not isinstance(result, Result):
        return
    for part in trial.parts:
        for money in (part, *part.shares, *part.instalments):
            if money.low > money.high:
                yield f"{part.name}: {money.low} is above {money.high}"
        for made in (part.shares, part.instalments):
            if made and all(each.is_determined for each in (part, *made)) and sum(e.low for e in made) != part.low:
                yield f"{part.name} is {part.low}, and {[str(each.low) for each in made]} do not make it"
        if part.low >= 0 and any(share.low < 0 for share in part.shares):
            yield f"{part.name}: a share is below zero"
    if trial.policy.pays and result.is_determined and all(part.is_determined for part in trial.parts):
        total = sum(part.low for part in trial.parts if part.counted) if result.eligible else 0
        if result.low != total:
            yield f"the amount is {result.low}, and its parts make {total}"


def explained(trial: Trial) -> Iterator[str]:
    """An explanation is made in both languages, and has the amount in it."""
    result = trial.answer
    if isinstance(result, Result) and trial.number == 0:  # the words of one claim; the slowest of the checks
        for language in ("zh", "en"):
            text = result.explain(language).replace(",", "")
            if trial.policy.pays and not (str(result.low) in text and str(result.high) in text):
                yield f"the amount is missing from the explanation in {language}"


def released(trial: Trial) -> Iterator[str]:
    """The release of each instalment is that of the reference."""
    result, program = trial.answer, trial.policy.program
    if not isinstance(result, Result):
        return
    for number, part in enumerate(program.parts):
        for each, found in zip(part.instalments, trial.parts[number].instalments, strict=True):
            if found.exists is False or result.is_eligible_for(number) is False:
                continue
            stated = asked(program, each.asked, trial.random)
            try:
                answer = trial.policy.release(result, each.name, stated)
            except FactsError as error:
                codes = {problem.code for problem in error.problems}
                if not codes <= CONTRADICTIONS or not _contradicted(trial, result, each, stated):
                    yield f"the release of {each.name} is refused: {error.report('en')}"
                continue
            plain = answer.to_dict()["result"]
            wanted = reference.release(program, result.facts, result.readings, each.name, answer.facts)
            if any(share.own for share in part.shares):
                del wanted["amount"]  # of which what is not paid out is no part
            if any(plain[key] != value for key, value in wanted.items()):
                yield f"the release of {each.name} is {plain}, and the reference has {wanted}"
            if trial.number == 0 and not (answer.explain("zh") and answer.explain("en")):
                yield f"the release of {each.name} is not explained"


def _contradicted(trial: Trial, result: Result, each: p.Instalment, stated: dict[str, Any]) -> bool:
    """Whether the reference finds that what is stated now contradicts itself, or the claim."""
    program = trial.policy.program
    now = {name: plain(value, program.asked[name]) for name, value in _read(trial.policy, each, stated).items()}
    guarded = replace(program, facts=program.known, guards=each.guards)
    return reference.contradicts(guarded, {**result.facts, **now}, result.readings)


def refused_as_meant(trial: Trial) -> Iterator[str]:
    """Where nothing is open, facts are refused for contradicting each other exactly if they do so by hand."""
    program = trial.policy.program
    if OPEN in trial.readings.values() or any(each.values is None for each in program.parameters.values()):
        return
    world, found = _world(trial, trial.random), ""
    try:
        for name, mean in trial.module.meant.steps.items():
            world.steps[name] = mean(world)
        for _, mean, _ in trial.module.meant.conditions.values():
            mean(world)
        for part in trial.module.meant.parts.values():
            part.mean(world)
    except Contradiction as error:
        found = str(error)
    codes = set() if isinstance(trial.answer, Result) else trial.answer["refused"]
    if found and found not in codes:
        yield f"by hand {found}, and it is refused for {codes or 'nothing'}"
    shares = [share.percent or share.value for part in program.parts for share in part.shares]
    is_all = not program.measures and not any(part.instalments for part in program.parts)  # no others have guards
    is_all = is_all and all(share is None or not p.children(share) for share in shares)
    if not found and is_all and CONTRADICTIONS.intersection(codes):
        yield f"refused for {codes}, and not by hand"


def as_meant(trial: Trial) -> Iterator[str]:
    """What the module means by hand, with every open reading and number pinned, is what is answered, or within it."""
    result, random = trial.answer, trial.random
    if not isinstance(result, Result):
        return
    try:
        yield from _as_meant(trial, result, random)
    except Contradiction as error:  # under a reading pinned here; where nothing is pinned, `refused_as_meant` sees it
        if not (trial.policy.interpretations or result.open_parameters):
            yield f"by hand {error}, and it is answered"


def _as_meant(trial: Trial, result: Result, random: Random) -> Iterator[str]:
    steps = {step.name: step for step in result.steps}
    for _ in range(WORLDS if trial.policy.interpretations or result.open_parameters else 1):
        world = _world(trial, random)
        for name, mean in trial.module.meant.steps.items():
            value = world.steps[name] = mean(world)
            possible = [_plain(each) for each in steps[name].possible]
            is_set = isinstance(value, str | bool)
            if value not in possible if is_set else not possible[0] <= value <= possible[-1]:
                yield f"{name} is {_shown(possible)}, and by hand {value}"
        tests = {name: bool(mean(world)) for name, (_, mean, _) in trial.module.meant.conditions.items()}
        for condition in result.conditions:
            if condition.holds not in {None, tests[condition.name]}:
                yield f"{condition.name} is {condition.holds}, and by hand {tests[condition.name]}"
        if any(
            kind == "admissible" and not tests[name] for name, (kind, _, _) in trial.module.meant.conditions.items()
        ):
            continue  # under the readings pinned here, the claim would have been refused
        failed = [
            (set(parts), kind) for name, (kind, _, parts) in trial.module.meant.conditions.items() if not tests[name]
        ]
        total: Fraction | None = Fraction(0)
        for part in trial.parts:
            meant = trial.module.meant.parts[part.name]
            refused = any(kind == "required" and (not parts or part.name in parts) for parts, kind in failed)
            value = Fraction(0) if refused else meant.mean(world)
            if meant.decided and not refused:
                decided = world.facts[meant.decided]
                if decided is None:  # nobody has decided yet: it may be anything up to the ceiling
                    decided = value * random.choice([0, 1])
                elif decided > value:
                    total = None
                    continue  # under the readings pinned here, the claim would have been refused
                value = decided
            if not Fraction(part.low) <= value <= Fraction(part.high):
                yield f"{part.name} is {part.low} to {part.high}, and by hand {value}"
            if meant.counted and total is not None:
                total += value
        if trial.policy.pays and total is not None and not Fraction(result.low) <= total <= Fraction(result.high):
            yield f"the amount is {result.low} to {result.high}, and by hand {total}"


def _world(trial: Trial, random: Random) -> World:
    """The claim, with a reading for each that is open, and a number for each that is."""
    program, pins = trial.policy.program, dict[tuple[str, tuple[str, ...]], Fraction]()
    readings = dict(trial.readings)
    for name, item in program.interpretations.items():
        if readings[name] == OPEN and not (item.presumes and random.random() < 0.7):
            readings[name] = random.choice(list(item.readings))

    def pin(name: str, keys: tuple[str, ...]) -> Fraction:
        low, high = program.parameters[name].low, program.parameters[name].high
        drawn = [low, high, low + (high - low) * Fraction(random.randrange(1000), 999)]
        return pins.setdefault((name, keys), random.choice(drawn))

    world = World(by_hand(program, trial.claim.facts), readings, pin)
    for name, when in trial.module.whens.items():
        if not when(world):
            world.facts[name] = None  # under this reading it does not apply
    return world


def _plain(value: Any) -> Any:
    """A value that was answered, as a meaning has it."""
    match value:
        case bool() | Fraction():
            return value
        case Decimal():
            return Fraction(value)
        case dt.date():
            return (value.year, value.month, value.day)
        case str() if len(value) == 7 and value[:4].isdigit() and value[4] == "-":
            return 12 * int(value[:4]) + int(value[5:]) - 1
        case _:
            return value


def _shown(possible: list[Any]) -> str:
    return " to ".join(str(each) for each in possible)


CHECKS: Final[tuple[Check, ...]] = (
    runners_agree, within_ranges, within_widths, adds_up, as_meant, refused_as_meant, explained, released,
)  # fmt: skip


def trials(module: Module, policy: Policy, claims: list[Claim], random: Random) -> Iterator[Trial]:
    """The claims under a policy, each calculated."""
    for number, claim in enumerate(claims):
        yield Trial(module, policy, claim, calculated(policy, *claim), random, number)
