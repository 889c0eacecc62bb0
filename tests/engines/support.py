"""What an engine answers to claims, in the form of a receipt, so that it can be held to what the library answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

import duckdb
import pyarrow as pa
from tests.conformance.support import Case, all_cases

from subsidy import Policy
from subsidy.calculation.result import Result
from subsidy.calculation.runners import JUDGED, Readings, Run, calculated
from subsidy.dates import show_month
from subsidy.engines.claims import table_of
from subsidy.engines.sql.query import Query, query
from subsidy.errors import RequestError
from subsidy.exact import show
from subsidy.language import program as p
from subsidy.language.types import Date, Month, Number, Records

Rows = list[dict[str, Any]]
# What a query finds wrong with a claim that columns can have. All else is no text of a number, a date or a record.
SEEN_IN_COLUMNS: Final = JUDGED | {f"F01{each:02}" for each in (2, 3, 4, 5, 9, 10, 12, 13, 14, 15, 16, 18)}
Ask = Callable[[Query, pa.Table], Rows]  # what a query answers over claims, in their order


def by_duckdb(asked: Query, claims: pa.Table) -> Rows:
    """What DuckDB answers."""
    with duckdb.connect() as connection:
        connection.register("claims", claims)
        rows: Rows = connection.execute(asked.text).to_arrow_table().to_pylist()
        return rows


def answers(
    policy: Policy, claims: Sequence[Mapping[str, Any]], readings: Readings, dialect: str, ask: Ask
) -> list[dict[str, Any]]:
    """What is found of claims in canonical form: of each what a receipt says under ``result``, as far as columns do."""
    program = policy.program
    numbered = table_of(program.facts, claims).append_column("row", pa.array(range(len(claims)), pa.int64()))
    asked = query(
        policy,
        dialect=dialect,
        columns=[*program.facts, "row"],
        readings=readings,
        steps=settled(policy, readings),
        facts=claims[0] if claims else {},
    )
    rows = sorted(ask(asked, numbered), key=lambda row: row["row"])
    return [_said(policy, asked, row) for row in rows]


def settled(policy: Policy, readings: Readings) -> list[str]:
    """The steps and conditions that rest on no figure that is open."""
    runners = policy.runners(readings)
    steps = [step.name for step in policy.program.steps if all(step.name in each.settled for each in runners)]
    return [*steps, *(test.name for test in policy.program.conditions)]


def _said(policy: Policy, asked: Query, row: Mapping[str, Any]) -> dict[str, Any]:
    if row["problems"] is not None:
        return {"refused": sorted({each.split()[0] for each in row["problems"].split("; ")})}
    program = policy.program
    found: dict[str, Any] = {"eligible": "undetermined" if row["eligible"] is None else row["eligible"]}
    if policy.pays:
        found["amount"] = _sum(row, "amount")
    for part in program.parts:
        shares = [{"amount": _sum(row, f"shares.{part.name}.{share.name}")} for share in part.shares]
        found.setdefault("parts", {})[part.name] = {"amount": _sum(row, f"parts.{part.name}"), "shares": shares}
    for step in program.steps:
        value = row.get(f"steps.{step.name}")
        if value is None:
            continue
        if isinstance(step.type, Number):
            value = show(Fraction(value, asked.denominators[step.name]), 0)
        elif isinstance(step.type, Month):
            value = show_month(value)
        found.setdefault("steps", {})[step.name] = str(value).lower() if isinstance(value, bool) else str(value)
    for test in program.conditions:
        holds = row[f"conditions.{test.name}"]
        found.setdefault("conditions", {})[test.name] = "undetermined" if holds is None else holds
    return found


def _sum(row: Mapping[str, Any], name: str) -> Any:
    if row[name] is None:
        return {"low": str(row[f"{name}.low"]), "high": str(row[f"{name}.high"])}
    return str(row[name])


def runner(dialect: str, ask: Ask) -> Run:
    """An engine as a runner of the registry: what it does not say is as the library has it."""

    def run(policy: Policy, facts: Mapping[str, Any], readings: Readings) -> dict[str, Any]:
        stated, said = held_to(policy, facts, readings)
        if stated is None:
            return said
        (answer,) = answers(policy.standing_for(stated, readings), [stated], readings, dialect, ask)
        return agreed(said, answer)

    return run


def held_to(
    policy: Policy, facts: Mapping[str, Any], readings: Readings
) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """The facts of a claim as columns have them, if they can have such, and what the library says of the claim."""
    found = calculated(policy, facts, readings)
    if isinstance(found, Result):
        receipt: dict[str, Any] = found.to_dict()
        return receipt["facts"], receipt["result"]
    return (_as_columns_have(policy, facts) if SEEN_IN_COLUMNS.issuperset(found["refused"]) else None), found


def agreed(said: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """What is said of a claim with what an engine answers in its place: the same where both agree."""
    return answer if "refused" in answer or "refused" in said else over(said, answer)


def _as_columns_have(policy: Policy, facts: Mapping[str, Any]) -> dict[str, Any] | None:
    """Facts in canonical form, or as they were given where they cannot be read; None where no column has such."""
    from subsidy.calculation.facts import plain

    known = policy.program.facts
    read = {name: policy.value_of(name, facts) for name in facts.keys() & known.keys()}
    found = {name: facts[name] if value is None else plain(value, known[name]) for name, value in read.items()}
    try:
        columns = table_of(known, [found]).to_pylist()[0]
    except (ArithmeticError, AttributeError, TypeError, ValueError):  # pyarrow's own are ValueErrors
        return None
    is_kept = all(_is_kept(fact, found.get(name), columns[name]) for name, fact in known.items() if name in found)
    return found if is_kept else None


def _is_kept(fact: p.Fact, given: Any, cell: Any) -> bool:
    """Whether a column has what was given: it has no null beside what is absent, and one form of a day."""
    if given is None or cell is None:
        return False
    if isinstance(fact.type, Records):
        pairs = [(row, made) for row, made in zip(given, cell, strict=True)]
        return all(
            _is_kept(each, row[each.name], made[each.name])
            for row, made in pairs
            for each in fact.fields
            if each.name in row
        )
    return str(cell) == given or not isinstance(fact.type, Date)


def over(said: Any, answer: Any) -> Any:
    """What was said, with what an engine answers in its place."""
    if isinstance(said, dict) and isinstance(answer, dict) and not {"low", "high"} & answer.keys():
        return {
            name: over(said.get(name), answer[name]) if name in answer else value for name, value in said.items()
        } | {name: value for name, value in answer.items() if name not in said}
    if isinstance(said, list) and isinstance(answer, list) and len(said) == len(answer):
        return [over(one, two) for one, two in zip(said, answer, strict=True)]
    return answer


def some_of(every: int) -> list[Case]:
    """Every so manyth case, and all of those about what a number may be: an engine rounds in silence."""
    return [
        case
        for place, case in enumerate(all_cases())
        if not place % every or {"F0104", "F0105"} & set(case.expected.get("refused", ()))
    ]


def outcome(case: Case, run: Run) -> str:
    """Whether a case comes out as written, differs, or is refused by the code for what an engine cannot say."""
    try:
        found = case.found(run)
    except KeyError as key:  # it is answered where it is to be refused, or the other way
        return f"differs: {case}: nothing at {key}"
    except RequestError as error:
        what = error.problems[0].values.get("what", "")
        return (
            f"refused: {what if isinstance(what, str) else what.en}" if error.problems[0].code == "R0762" else "raised"
        )
    return "passed" if found == case.expected else f"differs: {case}: {found}"
