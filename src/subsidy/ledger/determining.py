"""Determining a claim: the calculation under an adoption, held against every cap, and what is to be recorded of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

from .. import __version__
from ..calculation.answers import Point
from ..calculation.edition import Edition
from ..calculation.policy import Policy
from ..calculation.result import Result
from ..catalogue.divisions import above
from ..errors import Problem, RequestError
from ..policies import Catalogue
from ..text import Text
from .batch import Batch, Entry, Raised
from .claims import Given, Said, from_ledger, yuan
from .earlier import DETERMINED
from .holding import held
from .reasons import reason_of
from .requests import Asked, Request, as_recorded, fingerprint
from .subjects import new_subject, replaced, subjects_of
from .texts import texts_of

REFUSED: Final = "refused"
_PAYABLE: Final = WeakKeyDictionary[Edition, set[tuple[str, ...]]]()  # under which readings, where all is one figure


@dataclass(frozen=True, slots=True)
class Claim:
    """What is asked: a policy, the facts in clear, readings, and the day that picks the version where facts do not."""

    policy: str
    facts: Mapping[str, Any]
    readings: Mapping[str, str]
    on: str | None = None


class Named:
    """What stands for the identifiers of a claim, and which of them the ledger did not know."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.found: dict[str, tuple[str, bytes]] = {}

    def subject(self, clear: str) -> str:
        """What stands for an identifier."""
        if clear not in self.found:
            known = self.batch.subject(clear)
            self.found[clear] = (known, b"") if known is not None else new_subject(clear, self.batch.next)
        return self.found[clear][0]

    @property
    def new(self) -> frozenset[str]:
        return frozenset(who for who, salt in self.found.values() if salt)


class Prepared(NamedTuple):
    """A claim with the policy as it stands for it, its facts with what stands for identifiers."""

    claim: Claim
    said: Given
    named: Named


class Decision(NamedTuple):
    """A claim that was decided, and not recorded yet.

    Attributes:
        stated: the facts that the ledger stated.
        touched: what is said of every cap that it was held against.
        why: why it is refused; empty where it is not.
    """

    result: Result
    stated: Mapping[str, Any]
    raised: tuple[Raised, ...]
    touched: list[dict[str, Any]]
    why: list[Problem]

    @property
    def outcome(self) -> str:
        """determined, nothing or refused."""
        return REFUSED if self.why else DETERMINED if self.result.total_in_fen().low else "nothing"

    @property
    def amount(self) -> str:
        """What is to be paid."""
        return "0.00" if self.why else yuan(self.result.payable_in_fen().low)


def prepare(batch: Batch, catalogue: Catalogue, scope: str, claim: Claim) -> Prepared:
    """A claim beside what it is decided by, before anything is looked up of earlier claims.

    Raises:
        FactsError, RequestError: no version applies, or the policy is another division's; all reasons.
    """
    version = catalogue.dated(claim.policy, claim.facts, claim.on, claim.readings)
    check_scope(version, scope)
    named = Named(batch)
    given = replaced(version.program.facts.values(), claim.facts, named.subject)
    return Prepared(claim, Given(version.standing_for(given, claim.readings), given), named)


def decide(batch: Batch, prepared: Prepared, check: Callable[[Result], None] | None = None) -> Decision:
    """What comes of a claim; nothing is appended here.

    Args:
        check: whether anything can be paid from the result; `check_payable` unless given.

    Raises:
        FactsError: the facts do not fit; all problems.
        RequestError: nothing can be paid from it: no adoption, a draft, something open or presumed; all reasons.
    """
    said, readings, new = prepared.said, prepared.claim.readings, prepared.named.new
    stated = from_ledger(batch, said, readings, new)
    result = said.policy.calculate_alone({**said.given, **stated}, readings)
    (check or check_payable)(result)
    raised, touched, why = held(batch, Said(result, said.policy, said), new)
    return Decision(result, stated, () if why else raised, touched, why)


def determine(batch: Batch, catalogue: Catalogue, scope: str, claim: Claim, asked: Asked | None) -> list[Entry]:
    """The entries that record a claim, the texts it rests on before it; nothing is appended here.

    Raises:
        FactsError, RequestError: as `prepare` and `decide`.
    """
    return recorded(batch, catalogue, scope, prepare(batch, catalogue, scope, claim), asked)


def recorded(batch: Batch, catalogue: Catalogue, scope: str, prepared: Prepared, asked: Asked | None) -> list[Entry]:
    """The entries that record what comes of a claim, the texts it rests on before it.

    Raises:
        FactsError, RequestError: as `decide`.
    """
    decision = decide(batch, prepared)
    result, named = decision.result, prepared.named.found
    body = {
        "kind": "determination",
        "engine": __version__,
        "scope": scope,
        "request": asked.id if asked else "",
        "policy": result.policy.id,
        "dated": str(result.fact(result.policy.program.dated_by)),
        "decision": decision.outcome,
        "amount": decision.amount,
        "why": [reason_of(problem) for problem in decision.why],
        "caps": decision.touched,
        "stated": sorted(decision.stated),
    }
    entry = Entry(
        kind="determination",
        body=body,
        receipt=result.receipt().decode(),
        request=Request(asked, _fingerprint(prepared.claim, prepared.said.given)) if asked else None,
        raised=decision.raised,
        named=tuple((who, clear, salt) for clear, (who, salt) in named.items() if salt),
        policy=result.policy.id,
        subjects=tuple(subjects_of(result)),
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
    if scope not in (upwards := list(above(divisions, own))) and own not in above(divisions, scope):
        raise RequestError(Problem.of("R0513", "policy", given=upwards[0], scope=scope))


def check_payable(result: Result) -> None:
    """Nothing is paid from what is nobody's decision, or not decided.

    Raises:
        RequestError: every reason why nothing can be paid from it.
    """
    policy, readings = result.policy, tuple(result.readings.values())
    is_one = len(result.answers) == 1 and isinstance(result.answers[0], Point)  # one figure for everything
    if is_one and readings in _PAYABLE.get(policy, ()):
        return
    problems = []
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
    if policy.pays and not is_one:
        problems += [Problem.of("R0505", money, why=why) for money, why in _open(result)]
    if problems:
        raise RequestError(problems)
    if is_one:  # nothing else of what was looked at is of this claim alone
        _PAYABLE.setdefault(policy, set()).add(readings)


def _is_used(result: Result, item: Any) -> bool:
    """Whether a reading stands in for a figure that nobody has fixed."""
    presumes = result.policy.program.interpretations[item.name].presumes
    return bool(presumes) and presumes not in result.policy.basis.tables


def _open(result: Result) -> Iterator[tuple[str, Text]]:
    if result.eligible is None:
        yield "eligible", Text("是否符合条件", "whether it is eligible")
    if not result.total.is_determined:
        yield "amount", result.total.why
    elif result.open_besides is not None:
        yield "shares", result.open_besides
