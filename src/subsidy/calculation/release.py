"""The release of an instalment: whether it is paid, lapses or waits, from what is stated when its time has come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from ..catalogue.digest import canonical, digest
from ..errors import FactsError, Problem, RequestError, hint
from ..language import program as p
from ..text import LANGUAGES, Language, Text
from .adopted import remarks_on_basis
from .answers import Values
from .edition import Edition
from .facts import contradictions, missing, plain, reader, unknown
from .outcomes import InstalmentResult, Money, ShareResult
from .readers import Refused
from .receipt import RELEASE, Receipt, share_data, to_dict
from .result import Result
from .wording import Wording

if TYPE_CHECKING:
    from .explanation import Explanation
    from .policy import Policy

Outcome = Literal["paid", "lapses", "waits", "undetermined"]


@dataclass(frozen=True, slots=True)
class Release(Money):
    """What is payable of an instalment now: without own shares, and nothing of one that lapses or waits.

    Attributes:
        policy: the policy of the claim.
        instalment: the instalment as the claim has it.
        outcome: paid, lapses, waits, or undetermined.
        facts: what was stated at the release, in canonical form.
        test: whether its test holds; None where that is undetermined.
        figures: the test in figures; empty where there is none.
        shares: what each payer pays now, or bears itself.
        claim: the digest of the receipt of the claim.
        on: the day of the release; None where it was not stated, and the due date could not be looked at.
        result: the claim, under whose adoption it stands.
    """

    policy: Edition
    instalment: InstalmentResult
    outcome: Outcome
    facts: Mapping[str, Any]
    test: bool | None
    figures: Text
    shares: tuple[ShareResult, ...]
    claim: str
    on: dt.date | None
    result: Result

    @property
    def is_simulation(self) -> bool:
        """Whether no adoption stands behind the claim: nothing may be paid from it."""
        return self.result.is_simulation

    @property
    def is_early(self) -> bool:
        """Whether it is asked for before the earliest day on which it may be due."""
        return self.on is not None and bool(self.instalment.due) and self.on < self.instalment.due[0]

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What a reader must know: what is said of the claim, and whether the due date was looked at."""
        found = list(remarks_on_basis(self.result))
        if self.instalment.due and self.on is None:
            days = [day.isoformat() for day in self.instalment.due]
            due = Text(" 至 ".join(days), " to ".join(days))
            found.append(Problem.of("W0113", self.name, instalment=self.label, due=due))
        return tuple(found)

    def to_dict(self) -> dict[str, Any]:
        """The release as plain data, of which `receipt` is the canonical form."""
        each = self.instalment
        days = [day.isoformat() for day in each.due]
        return {
            "format": RELEASE,
            "claim": {"digest": self.claim, "receipt": to_dict(self.result)},
            "instalment": each.name,
            "on": self.on.isoformat() if self.on else None,
            "facts": dict(self.facts),
            "result": {
                "kind": "simulation" if self.is_simulation else "adopted",
                "outcome": self.outcome,
                "test": "undetermined" if self.test is None else self.test,
                "amount": self.plain(),
                "currency": "CNY",
                "due": {"possible": days} if len(days) > 1 else days[0] if days else None,
                "shares": [share_data(each.name, share) for share in self.shares],
            },
        }

    def receipt(self) -> bytes:
        """Canonical JSON of the release. It carries no seal."""
        return canonical(self.to_dict())

    @property
    def explanation(self) -> Explanation:
        """The release with every reason for it, as data in both languages."""
        from .explain_release import explained_release

        return explained_release(self)

    def explain(self, language: Language = "zh", *, capitals: bool = False) -> str:
        """The release in words and figures, with its clause, as `Result.explain`."""
        from .renderings import said

        return said(self, language, capitals=capitals)


def release(
    policy: Policy, award: Result | Receipt, name: str, facts: Mapping[str, Any], on: dt.date | None
) -> Release:
    """The release of one instalment of a claim: see `Policy.release`."""
    result = _claim(policy, award)
    known = {each.name: (index, part) for index, part in enumerate(policy.program.parts) for each in part.instalments}
    if name not in known:
        raise RequestError(Problem.of("R0111", "instalment", given=name, **hint(name, known)))
    index, part = known[name]
    number = next(i for i, each in enumerate(part.instalments) if each.name == name)
    found = result.parts[index].instalments[number]
    refused = result.is_eligible_for(index) is False
    if refused or found.exists is False:
        why = (
            Text("不符合条件", "the claim is not eligible")
            if refused
            else Text("其条件不成立", "it does not exist here")
        )
        raise RequestError(Problem.of("R0112", name, instalment=found.label, why=why))
    instalment = part.instalments[number]
    asked = _read(policy, instalment, facts)
    _check_guards(result, index, number, asked)
    flags: frozenset[bool] = frozenset({True})
    figures = Text("", "")
    if instalment.test is not None:
        tests = [answer.runner.folded.parts[index].instalments[number].test for answer in result.answers]
        pairs = [(answer, test) for answer, test in zip(result.answers, tests, strict=True) if test is not None]
        flags = frozenset[bool]().union(*(answer.released(test, asked) for answer, test in pairs))
        answer, test = pairs[0]
        at = Values(answer.runner, [*answer.env, *asked.values()])
        settled = answer.runner.is_settled(test)
        figures = Text(*(_tested(Wording(policy, language), test, at if settled else None) for language in LANGUAGES))
    holds = next(iter(flags)) if len(flags) == 1 and found.exists else None
    outcome: Outcome = "undetermined" if holds is None else "paid" if holds else _failed(instalment)
    now = holds
    if on is not None and found.due and on < found.due[0] and outcome != "lapses":  # not yet, whatever its test says
        outcome, now = "waits", False
    given = {n: plain(value, policy.program.asked[n]) for n, value in asked.items() if value is not None}
    shares = tuple(_now(share, now) for share in found.shares)
    low, high = _ends(found.payable, now)
    return Release(
        name=found.name, label=found.label, low=low, high=high, why=found.why, policy=policy, instalment=found,
        outcome=outcome, facts=given, test=holds, figures=figures, shares=shares, claim=digest(to_dict(result)), on=on,
        result=result,
    )  # fmt: skip


def _tested(say: Wording, test: p.Node, at: Values | None) -> str:
    """A test in words and, where nothing in it is open, in figures."""
    words = say.words(test)
    figures = say.figures(test, at) if at is not None else words
    return words if words == figures else f"{words}{say.pick('：', ': ')}{figures}"


def _failed(instalment: p.Instalment) -> Outcome:
    return "lapses" if instalment.if_failed == "lapses" else "waits"


def _ends(money: Money, holds: bool | None) -> tuple[Decimal, Decimal]:
    """What is paid of a sum: all of it, nothing, or anything between where that is undetermined."""
    nothing = Decimal("0.00")
    if holds is None:
        return min(money.low, nothing), max(money.high, nothing)
    return (money.low, money.high) if holds else (nothing, nothing)


def _now(share: ShareResult, holds: bool | None) -> ShareResult:
    low, high = _ends(share, holds)
    return ShareResult(
        share.name, share.label, low, high, share.why, share.payer, share.own, share.division,
    )  # fmt: skip


def _claim(policy: Policy, award: Result | Receipt) -> Result:
    """The result of the claim; that of a receipt is computed again, and must come out as it says."""
    given = award.digest if isinstance(award, Result) else award.policy.digest
    if given != policy.digest:
        raise RequestError(Problem.of("R0113", "policy.digest", given=given, wanted=policy.digest))
    if isinstance(award, Result):
        return award
    from .replay import replay

    found = replay(award, lambda _: policy, lambda found, _: found)
    if not found.is_same:
        keys = ", ".join(each.key for each in found.differences[:8])
        raise RequestError(Problem.of("R0114", "result", keys=keys))
    return found.result


def _check_guards(result: Result, index: int, number: int, asked: Mapping[str, Any]) -> None:
    """Refuse what is stated now where it contradicts itself or the claim: an end before its beginning, or no end."""
    refused: dict[tuple[str, str], tuple[p.Guard, Mapping[str, Any]]] = {}
    for answer in result.answers:
        values = {**dict(zip(result.policy.program.facts, answer.env, strict=False)), **asked}
        for guard in answer.runner.folded.parts[index].instalments[number].guards:
            if answer.released(guard.test, asked) == {False}:
                refused[guard.code, guard.where] = (guard, values)
    if refused:
        raise FactsError(contradictions(result.policy.program, refused.values()))


def _read(policy: Policy, instalment: p.Instalment, given: Mapping[str, Any]) -> dict[str, Any]:
    """What is asked for this instalment, read; every fact that is asked at some instalment has a place."""
    names = policy.vocabulary.names
    declared = policy.program.known
    read: dict[str, Any] = dict.fromkeys(policy.program.asked)
    problems: list[Problem] = []
    for name in instalment.asked:
        fact = declared[name]
        if given.get(name) is None:
            if not fact.optional or name in given:
                problems.append(missing(fact))
            continue
        try:
            read[name] = reader(fact, names)(given[name])
        except Refused as refused:
            problems.extend(refused.problems)
    others = sorted(name for name in given if name in declared and name not in instalment.asked)
    problems += [Problem.of("F0134", name, instalment=instalment.label) for name in others]
    odd = [name for name in given if name not in declared]
    problems += unknown(odd, [declared[name] for name in instalment.asked])
    if problems:
        raise FactsError(problems)
    return read
