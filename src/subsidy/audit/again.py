"""A determination, or the release of an instalment, computed again from its entry, and where it differs.

It runs in processes of its own, so what goes in and comes out is plain and small.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from ..calculation.facts import plain
from ..calculation.policy import Policy
from ..calculation.receipt import to_dict
from ..calculation.replay import Difference, compare
from ..calculation.result import Result
from ..catalogue.digest import canonical
from ..errors import SubsidyError
from ..ledger.batch import Key, Raised
from ..ledger.claims import Given, Said, left, question
from ..ledger.determining import Decision
from ..ledger.earlier import DETERMINED
from ..ledger.holding import held
from ..ledger.reasons import reason_of
from ..text import Text, visible
from .bodies import Touch
from .earlier import Asked, Claimed
from .filters import Filter
from .findings import Finding
from .inspecting import is_subject
from .sources import Part, Row, rows_of
from .texts import Policies, Texts

SAME: Final = "same"
DIFFERENT: Final = "different"
CANNOT: Final = "cannot"
_NOBODY: Final = frozenset[str]()


class _Share(msgspec.Struct):
    payer: str
    amount: Any


class _Part(msgspec.Struct):
    counted: bool
    shares: list[_Share]


class _Result(msgspec.Struct):
    parts: dict[str, _Part] = {}


class _Receipt(msgspec.Struct):
    policy: msgspec.Raw
    basis: msgspec.Raw
    facts: dict[str, Any]
    readings: dict[str, str]
    result: msgspec.Raw


class Award(msgspec.Struct):
    """A determination, as far as it is computed again."""

    policy: str
    dated: str
    decision: str
    amount: str
    why: msgspec.Raw
    caps: list[Touch]
    stated: list[str]
    receipt: msgspec.Raw


class _Release(msgspec.Struct):
    award: int
    decision: str
    amount: str
    release: msgspec.Raw


_award: Final = msgspec.json.Decoder(Award).decode
_receipt: Final = msgspec.json.Decoder(_Receipt).decode
_release: Final = msgspec.json.Decoder(_Release).decode
_result: Final = msgspec.json.Decoder(_Result).decode


@dataclass
class Again:
    """What came of some entries.

    Attributes:
        hashes: SHA-256 of each outcome, with what was computed.
        paid: policy, month, payer and fen by position, of what was determined.
        outcomes: whether each is the same, different, or cannot be computed.
        claims: what was paid, where later claims take something from it.
        asked: what was taken from earlier claims, and is to be answered again.
    """

    next: int = 0
    seen: int = 0
    hashes: list[bytes] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    claims: list[Claimed] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    paid: list[tuple[int, str, str, str, int]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


_policies: list[Policies] = []  # of this process


def begin(folder: Path) -> None:
    """Make this process ready: where it finds the texts of the ledger."""
    _policies[:] = [Policies(Texts(folder))]


def again(part: Part, awards: Mapping[int, bytes], wanted: Filter, is_asked: bool = False) -> Again:
    """Compute some entries again.

    Args:
        awards: the determinations of which an instalment is released in these entries.
        wanted: which determinations; what it does not take in is passed over.
        is_asked: whether anything is taken from earlier claims.
    """
    found = Again()
    for row in rows_of(part):
        if isinstance(row.position, int):
            found.next = row.position + 1
        if row.kind not in ("determination", "release"):
            continue
        found.seen += 1
        try:
            outcome, said = _one(found, row, awards, wanted, is_asked)
        except SubsidyError as error:
            outcome, said = CANNOT, b""
            for problem in error.problems[:3]:
                why = Text(f"{problem.code} {problem.message('zh')}", f"{problem.code} {problem.message('en')}")
                found.findings.append(Finding.of("V0152", row.position, why=why))
        except (msgspec.MsgspecError, ValueError, LookupError, TypeError, ArithmeticError) as error:
            outcome, said = CANNOT, b""
            detail = f"{type(error).__name__}: {visible(str(error))}"
            found.findings.append(Finding.of("V0152", row.position, why=Text(detail, detail)))
        if outcome:
            found.outcomes.append(outcome)
            found.hashes.append(hashlib.sha256(f"{row.position} {outcome}\n".encode() + said).digest())
    return found


def _one(found: Again, row: Row, awards: Mapping[int, bytes], wanted: Filter, is_asked: bool) -> tuple[str, bytes]:
    """What came of one entry, and what was computed; nothing where it is not wanted."""
    if row.kind == "release":
        return _release_again(found, row, awards, wanted)
    award = _award(row.content)
    is_wanted = wanted.takes(row.position, award.policy, award.dated)
    if not is_wanted and not is_asked:
        return "", b""
    receipt = _receipt(award.receipt)
    if is_asked and award.decision == DETERMINED:
        found.claims.append(_claimed(row.position, award, receipt))
    if not is_wanted:
        return "", b""
    policy = _policies[0].of(bytes(receipt.policy), bytes(receipt.basis))
    result = policy.calculate_again(receipt.facts, receipt.readings)
    made = result.receipt()
    decision, differences = _decided(policy, result, receipt.facts, award)
    if made != bytes(award.receipt):
        differences = _differences(json.loads(bytes(award.receipt)), result) + differences
    _paid(found, row.position, award, receipt)
    if is_asked:  # last, so that nothing is asked of what cannot be computed
        _ask(found, row.position, result, policy)
    if not differences:
        return SAME, made
    _say(found, row.position, differences, policy)
    return DIFFERENT, made + canonical([decision.outcome, decision.amount])


def _claimed(position: int, award: Award, receipt: _Receipt) -> Claimed:
    """What later claims may take from one."""
    said = {"facts": receipt.facts, "result": receipt.result}
    content = msgspec.json.encode({"decision": award.decision, "dated": award.dated, "receipt": said})
    subjects = [value for value in receipt.facts.values() if isinstance(value, str) and is_subject(value)]
    return Claimed(position, award.policy, tuple(dict.fromkeys(subjects)), content)


def _ask(found: Again, position: int, result: Result, policy: Policy) -> None:
    """What a claim took from earlier ones."""
    said = Said(result, policy)
    for fact in policy.from_ledger:
        if not fact.left_of:
            asked = Asked(len(found.hashes), position, fact.name, result.fact(fact.name), question(said, fact))
            found.asked.append(asked)


def _differences(recorded: dict[str, Any], result: Result) -> list[Difference]:
    """Where a receipt differs from the one that was made now: the steps first, in the order of the calculation."""
    computed = to_dict(result)
    found: list[Difference] = []
    compare("receipt", recorded, computed, found)
    order = {f"receipt.result.steps.{step.name}": place for place, step in enumerate(result.policy.program.steps)}
    return sorted(found, key=lambda each: order.get(each.key, len(order)))


class _Recorded:
    """What was used of caps before a claim, as its entry says; in the place of a batch."""

    def __init__(self, caps: Sequence[Touch]) -> None:
        self.caps = {(each.cap, each.key): each for each in caps}

    def bucket(self, key: Key, *, is_new: bool = False) -> Raised:  # noqa: ARG002 — as a batch has it
        there = self.caps.get((key.cap, key.over.hex()))
        return Raised(key, there.before if there else 0, there.most if there else 0)


class _Facts(Given):
    """The facts of a receipt, which are in canonical form already."""

    def fact(self, name: str) -> Any:
        return self.given.get(name)


def _decided(
    policy: Policy, result: Result, facts: Mapping[str, Any], award: Award
) -> tuple[Decision, list[Difference]]:
    """The decision from what was used before, and where it differs: caps, what was left, reasons, decision, amount."""
    found: list[Difference] = []
    recorded, said = _Recorded(award.caps), Said(result, policy, _Facts(policy, facts))
    raised, touched, why = held(recorded, said, _NOBODY)  # type: ignore[arg-type]
    decision = Decision(result, {}, () if why else raised, touched, why)
    for index, (one, two) in enumerate(zip(award.caps, touched, strict=False)):
        if (one.cap, one.key, one.before, one.after, one.most) != tuple(two.values()):
            compare(f"caps.{index}", {name: getattr(one, name) for name in two}, two, found)
    if len(award.caps) != len(touched):
        found.append(Difference("caps", str(len(award.caps)), str(len(touched))))
    for fact in policy.from_ledger:
        if fact.left_of and fact.name in award.stated:
            value = left(recorded, said, fact, _NOBODY)  # type: ignore[arg-type]
            if value != facts.get(fact.name):
                made = str(plain(policy.value_of(fact.name, {fact.name: value}), fact))
                compare(f"facts.{fact.name}", str(facts.get(fact.name)), made, found)
    reasons = canonical([reason_of(problem) for problem in why]) if why else b"[]"
    if reasons != bytes(award.why):
        found.append(Difference("why", visible(bytes(award.why).decode()), visible(reasons.decode())))
    if award.decision != decision.outcome:
        found.append(Difference("decision", award.decision, decision.outcome))
    if award.amount != decision.amount:
        found.append(Difference("amount", award.amount, decision.amount))
    return decision, found


def _release_again(found: Again, row: Row, awards: Mapping[int, bytes], wanted: Filter) -> tuple[str, bytes]:
    """The release of an instalment."""
    said = _release(row.content)
    award = _award(awards[said.award])
    if not wanted.takes(row.position, award.policy, award.dated):
        return "", b""
    receipt = _receipt(award.receipt)
    policy = _policies[0].of(bytes(receipt.policy), bytes(receipt.basis))
    recorded = json.loads(bytes(said.release))
    on = None if recorded["on"] is None else dt.date.fromisoformat(recorded["on"])
    result = policy.calculate_again(receipt.facts, receipt.readings)
    made = policy.release(result, recorded["instalment"], recorded["facts"], on=on)
    computed = made.to_dict()
    del computed["claim"]
    differences: list[Difference] = []
    compare("release", recorded, computed, differences)
    compare("decision", said.decision, made.outcome, differences)
    compare("amount", said.amount, str(made.low), differences)
    if differences:
        _say(found, row.position, differences, policy)
    return (DIFFERENT if differences else SAME), canonical(computed)


def _say(found: Again, position: int, differences: Sequence[Difference], policy: Policy) -> None:
    """The first place at which an entry differs, with both figures."""
    first = differences[0]
    name = first.key.removeprefix("receipt.result.steps.")
    step = policy.steps.get(name) if name != first.key else None
    label = Text(first.key, first.key) if step is None else step.label
    clause = "" if step is None or not step.clause else step.clause
    at = Text(f"{label.zh}〔{clause}〕", f"{label.en} [{clause}]") if clause else label
    one, two, count = first.recorded, first.computed, str(len(differences))
    found.findings.append(Finding.of("V0153", position, at=at, recorded=one, computed=two, count=count))


def _paid(found: Again, position: int, award: Award, receipt: _Receipt) -> None:
    """What was determined, by payer: the shares of its parts; what is nobody's share is nobody's in particular."""
    if award.decision != DETERMINED:
        return
    month, rest = award.dated[:7], int(award.amount.replace(".", ""))
    for part in _result(receipt.result).parts.values():
        for share in part.shares if part.counted else ():
            if isinstance(share.amount, str):
                fen = int(share.amount.replace(".", ""))
                rest -= fen
                found.paid.append((position, award.policy, month, share.payer, fen))
    if rest:
        found.paid.append((position, award.policy, month, "", rest))
