"""Determining a claim: the calculation under an adoption, held against every cap, and what is to be recorded of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .. import __version__
from ..calculation.answers import Point
from ..calculation.policy import Policy
from ..calculation.result import Result
from ..errors import Problem, RequestError
from ..policies import Catalogue
from ..text import Text
from .batch import Batch, Entry, Key, Raised
from .claims import DETERMINED, Said, dated, from_ledger, key_of, limit_of
from .reasons import reason_of
from .requests import Asked, Request, as_recorded, fingerprint
from .subjects import new_subject, replaced, subjects_of
from .texts import texts_of

REFUSED: Final = "refused"
ONCE: Final = "once_per"  # the bucket of a claim that is paid once; no cap of a policy has this name


@dataclass(frozen=True, slots=True)
class Claim:
    """What is asked: a policy, the facts in clear, readings, and the day that picks the version where facts do not."""

    policy: str
    facts: Mapping[str, Any]
    readings: Mapping[str, str]
    on: str | None = None


def determine(batch: Batch, catalogue: Catalogue, scope: str, claim: Claim, asked: Asked | None) -> list[Entry]:
    """The entries that record a claim, the texts it rests on before it; nothing is appended here.

    Raises:
        FactsError: the facts do not fit; all problems.
        RequestError: nothing can be paid from it: no adoption, a draft, something open or presumed; all reasons.
    """
    version = catalogue.dated(claim.policy, claim.facts, claim.on, claim.readings)
    check_scope(version, scope)
    named: dict[str, tuple[str, bytes]] = {}

    def subject(clear: str) -> str:
        if clear not in named:
            known = batch.subject(clear)
            named[clear] = (known, b"") if known is not None else new_subject(clear)
        return named[clear][0]

    given = replaced(version.program.facts.values(), claim.facts, subject)
    new = frozenset(who for who, salt in named.values() if salt)
    stated = from_ledger(batch, version, given, claim.readings, new)
    result = version.calculate({**given, **stated}, readings=claim.readings)
    check_payable(result)
    said = Said(result)
    raised, touched, why = held(batch, said, new)
    body = {
        "kind": "determination",
        "engine": __version__,
        "scope": scope,
        "request": asked.id if asked else "",
        "policy": result.policy.id,
        "dated": dated(result.policy, said.facts),
        "decision": REFUSED if why else DETERMINED if result.total.low else "nothing",
        "amount": "0.00" if why else str(result.payable.low),
        "why": [reason_of(problem) for problem in why],
        "caps": touched,
        "stated": sorted(stated),
        "receipt": result.to_dict(),
    }
    entry = Entry(
        kind="determination",
        body=body,
        request=Request(asked, _fingerprint(claim, given)) if asked else None,
        raised=() if why else raised,
        named=tuple((who, clear, salt) for clear, (who, salt) in named.items() if salt),
        policy=result.policy.id,
        subjects=tuple(subjects_of(result.policy, said.facts)),
    )
    return [*texts_of(batch, catalogue, result), entry]


def fingerprint_again(batch: Batch, claim: Claim, position: int) -> bytes:
    """The fingerprint of a claim as it has to be, where it is that of an entry."""
    receipt = (batch.body(position) or {}).get("receipt", {})
    return _fingerprint(claim, as_recorded(claim.facts, receipt.get("facts"), batch.subject))


def _fingerprint(claim: Claim, facts: Any) -> bytes:
    return fingerprint([claim.policy, facts, claim.readings, claim.on])


def check_scope(policy: Policy, scope: str) -> None:
    """A ledger determines what its division, one below it or one above it has made.

    Raises:
        RequestError: the policy is another division's.
    """
    divisions = policy.vocabulary.divisions
    own = policy.document.policy.division
    if scope not in (above := list(_above(divisions, own))) and own not in _above(divisions, scope):
        raise RequestError(Problem.of("R0513", "policy", given=above[0], scope=scope))


def _above(divisions: Mapping[str, Any], code: str) -> Iterator[str]:
    """A division and those above it."""
    step: str | None = code
    while step is not None and step in divisions:
        yield step
        step = divisions[step].parent


def check_payable(result: Result) -> None:
    """Nothing is paid from what is nobody's decision, or not decided.

    Raises:
        RequestError: every reason why nothing can be paid from it.
    """
    problems = []
    policy = result.policy
    if not policy.pays:
        problems.append(Problem.of("R0115", "amount", given=policy.id))
    if result.adoption is None:
        problems.append(Problem.of("R0502", "adoption", given=policy.id))
    elif result.is_simulation:
        problems.append(Problem.of("R0503", "readings", document=result.adoption.document))
    if policy.status == "draft":
        problems.append(Problem.of("R0504", "policy", given=policy.id))
    presumed = [
        item
        for item in result.interpretations
        if item.is_presumed and item.reading != "open" and _is_used(result, item)
    ]
    problems += [Problem.of("R0506", item.name, question=item.question, reading=item.label) for item in presumed]
    if policy.pays:
        problems += [Problem.of("R0505", money, why=why) for money, why in _open(result)]
    if problems:
        raise RequestError(problems)


def _is_used(result: Result, item: Any) -> bool:
    """Whether a reading stands in for a figure that nobody has fixed."""
    presumes = result.policy.program.interpretations[item.name].presumes
    return bool(presumes) and presumes not in result.policy.basis.tables


def _open(result: Result) -> Iterator[tuple[str, Text]]:
    if all(isinstance(answer, Point) for answer in result.answers) and len(result.answers) == 1:
        return  # one figure for everything
    if result.eligible is None:
        yield "eligible", Text("是否符合条件", "whether it is eligible")
    if not result.total.is_determined:
        yield "amount", result.total.why
    elif result.open_besides is not None:
        yield "shares", result.open_besides


def held(
    batch: Batch, said: Said, new: frozenset[str]
) -> tuple[tuple[Raised, ...], list[dict[str, Any]], list[Problem]]:
    """A result held against every cap: the buckets as they become, what is said of each, and why it is refused.

    Raises:
        RequestError: how much a cap allows is open.
    """
    raised, touched, why = list[Raised](), list[dict[str, Any]](), list[Problem]()
    result, program = said.result, said.policy.program
    sums = {part.name: int(part.low * 100) for part in result.parts if part.eligible is not False}

    def hold(name: str, key: Key, more: int, most: int, refusal: Problem, *, is_new: bool) -> None:
        bucket = batch.bucket(key, is_new=is_new)
        before = bucket.used if bucket is not None else 0
        after = max(0, before + more)
        if more > 0 and after > most:
            why.append(refusal)
            after = before
        else:
            raised.append(Raised(key, after, max(most, after)))
        touched.append({"cap": name, "key": key.over.hex(), "before": before, "after": after, "most": most})

    for cap in program.caps:
        amount = sums.get(cap.of, 0)
        key = key_of(said, cap.name, cap.over)
        most = limit_of(said, cap)
        if most is None:
            raise RequestError(Problem.of("R0505", cap.name, why=cap.label))
        is_new = said.is_of(cap.over, new)
        bucket = batch.bucket(key, is_new=is_new)
        left = max(0, most - (bucket.used if bucket else 0))
        if not amount:  # nothing is used of it, and what was left is said
            used = bucket.used if bucket else 0
            touched.append({"cap": cap.name, "key": key.over.hex(), "before": used, "after": used, "most": most})
            continue
        asked = 1 if cap.times else amount
        refusal = (
            Problem.of("R0601", cap.name, label=cap.label, clause=cap.clause, times=str(most))
            if cap.times
            else Problem.of("R0602", cap.name, label=cap.label, clause=cap.clause, left=_yuan(left), asked=_yuan(asked))
        )
        hold(cap.name, key, asked, most, refusal, is_new=is_new)
    if program.once_per and result.total.low:
        labels = [_label(result, name) for name in program.once_per]
        names = Text("、".join(each.zh for each in labels), ", ".join(each.en for each in labels))
        refusal = Problem.of("R0603", ONCE, names=names)
        is_new = said.is_of(program.once_per, new)
        hold(ONCE, key_of(said, ONCE, program.once_per), 1, 1, refusal, is_new=is_new)
    if why:  # then it uses nothing of any cap
        touched = [{**each, "after": each["before"]} for each in touched]
    return tuple(raised), touched, why


def _label(result: Result, name: str) -> Text:
    program = result.policy.program
    known = {
        **{n: fact.label for n, fact in program.facts.items()},
        **{step.name: step.label for step in program.steps},
    }
    return known[name]


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"
