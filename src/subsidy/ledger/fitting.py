"""Claims of a roster that can be determined, found in columns: most of a roster are, and of these nothing is said.

A claim is found here only where nothing that the ledger has can stand against it: where its policy answers every claim
by one figure, and its facts fit. Every other claim is left to be looked at by itself, which says why it cannot be
determined, or that it can be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from ..calculation.policy import Policy
from ..errors import SubsidyError
from ..exact import show
from ..language import program as p
from ..language.types import Records
from ..policies import Catalogue
from .determining import Claim, check_payable, check_scope

if TYPE_CHECKING:
    import pyarrow as pa

_LONG: Final = 1_000  # claims, from which on it pays to look at them in columns first
_TRIED: Final = 16  # claims of a group, for one that can be paid
Facts = Mapping[str, Any]


def fitting(catalogue: Catalogue, scope: str, claims: Sequence[Claim]) -> set[int]:
    """The places of claims of one policy that can be determined; none where they are few, or Arrow is not installed."""
    if len(claims) < _LONG:
        return set()
    try:
        import numpy  # noqa: F401
        import pyarrow  # noqa: F401
    except ModuleNotFoundError:
        return set()
    first = claims[0]
    alike = [place for place, each in enumerate(claims) if each.on == first.on and each.readings == first.readings]
    found = set[int]()
    for policy, places in _by_policy(catalogue, scope, claims, alike):
        found.update(_fitting(policy, first.readings, claims, places))
    return found


def _by_policy(
    catalogue: Catalogue, scope: str, claims: Sequence[Claim], places: Sequence[int]
) -> Iterator[tuple[Policy, list[int]]]:
    """Claims by the policy as it stands for them, as far as their day and what else that rests on are texts."""
    first = claims[places[0]]
    try:
        dated_by = catalogue.policy(first.policy).program.dated_by
    except SubsidyError:
        return
    versions: dict[str, Policy | None] = {}
    standing: dict[tuple[Any, ...], Policy | None] = {}
    found: dict[int, tuple[Policy, list[int]]] = {}
    for place in places:
        facts = claims[place].facts
        day = facts.get(dated_by)
        if not isinstance(day, str):
            continue
        if day not in versions:
            versions[day] = _version(catalogue, scope, first, {dated_by: day})
        version = versions[day]
        if version is None:
            continue
        names = version.stands_by
        by = (day, *(facts.get(name) for name in names))
        if not all(isinstance(each, str) for each in by):
            continue
        if by not in standing:
            standing[by] = _standing(version, dict(zip((dated_by, *names), by, strict=True)), first.readings)
        stands = standing[by]
        if stands is not None:
            found.setdefault(id(stands), (stands, []))[1].append(place)
    yield from found.values()


def _version(catalogue: Catalogue, scope: str, claim: Claim, dated: Facts) -> Policy | None:
    try:
        version = catalogue.dated(claim.policy, dated, claim.on, claim.readings)
        check_scope(version, scope)
    except SubsidyError:
        return None
    return version


def _standing(version: Policy, facts: Facts, readings: Mapping[str, str]) -> Policy | None:
    """The policy for some claims; None where they may be open, or rest on earlier claims or on a cap that is open."""
    try:
        policy = version.standing_for(facts, readings)
        if len(policy.runners(readings)) != 1:
            return None
    except SubsidyError:
        return None
    earlier = any(fact.from_ledger is not None for fact in policy.program.facts.values())
    return None if earlier or None in policy.limits.values() else policy


def _fitting(
    policy: Policy, readings: Mapping[str, str], claims: Sequence[Claim], places: Sequence[int]
) -> Iterator[int]:
    """The claims of one policy of which nothing is wrong, where one of them can be paid."""
    own = {fact.name: show(fact.high) for fact in policy.from_ledger if not fact.optional}
    facts = policy.program.facts
    asked = [name for name in facts if name not in {fact.name for fact in policy.from_ledger}]
    known = set(asked)
    taken = [each for each in places if claims[each].facts.keys() <= known and _are_texts(facts, claims[each].facts)]
    if not any(_can_be_paid(policy, {**claims[each].facts, **own}, readings) for each in taken[:_TRIED]):
        return
    try:
        answers = policy.calculate_table(
            _table(facts, asked, own, [claims[each].facts for each in taken]), readings=readings
        )
    except SubsidyError:
        return  # a fact that every claim states has no column, so every claim has something wrong
    if any(name.endswith(".low") for name in answers.column_names):
        return  # not every answer is one figure
    for place, is_wrong in zip(taken, answers.column("problems").is_valid().to_pylist(), strict=True):
        if not is_wrong:
            yield place


def _can_be_paid(policy: Policy, facts: Facts, readings: Mapping[str, str]) -> bool:
    """Whether a claim can; then every other one of the policy that is one figure can be, too."""
    try:
        check_payable(policy.calculate_alone(facts, readings))
    except SubsidyError:
        return False
    return True


def _table(facts: Mapping[str, p.Fact], asked: Sequence[str], own: Facts, rows: Sequence[Facts]) -> pa.Table:
    """Claims as a table; what the ledger is to state stands at its highest, on which nothing of this rests."""
    import pyarrow as pa

    columns = {name: pa.repeat(value, len(rows)) for name, value in own.items()}
    for name in asked:
        values = [row.get(name) for row in rows]
        if any(value is not None for value in values):
            columns[name] = pa.array(values, type_of(facts[name]))
    return pa.table(columns)


def _are_texts(facts: Mapping[str, p.Fact], given: Facts) -> bool:
    """Whether every fact is stated in a text, or in records of texts."""
    return all(isinstance(value, str) or are_records_of_texts(facts[name], value) for name, value in given.items())


def type_of(fact: p.Fact) -> pa.DataType:
    """The type of a column of texts, or of records of texts."""
    import pyarrow as pa

    if not isinstance(fact.type, Records):
        return pa.string()
    return pa.list_(pa.struct([(each.name, pa.string()) for each in fact.fields]))


def are_records_of_texts(fact: p.Fact, found: Any) -> bool:
    """Whether records have only fields that there are, and only texts in them, so that Arrow keeps all of it."""
    names = {each.name for each in fact.fields}
    return (
        isinstance(fact.type, Records)
        and isinstance(found, list)
        and all(
            isinstance(row, dict) and row.keys() <= names and all(isinstance(each, str) for each in row.values())
            for row in found
        )
    )
