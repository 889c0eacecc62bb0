"""A table is answered as its rows are one by one, whatever stands beside them and however the table is laid out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subsidy import Policy, RequestError
from subsidy.calculation.columnar import table, ways
from subsidy.calculation.columnar.table import Through
from subsidy.language import program as p
from subsidy.language.types import Flag, Records
from subsidy.testing import Facts, facts, invalid_facts

from .support import POLICIES, a_reading


def type_of(fact: p.Fact) -> pa.DataType:
    """How a column has a fact as JSON has it."""
    match fact.type:
        case Records():
            return pa.list_(pa.struct([(field.name, type_of(field)) for field in fact.fields]))
        case Flag():
            return pa.bool_()
        case _:
            return pa.string()


def schema_of(policy: Policy) -> pa.Schema:
    """A column for every fact."""
    return pa.schema([(name, type_of(fact)) for name, fact in policy.facts.items()])


def holds(schema: pa.Schema, row: Facts) -> bool:
    """Whether columns can have a row as it is: what is no text, no field and no fact they cannot."""
    if not set(row) <= set(schema.names):
        return False
    try:
        made = pa.Table.from_pylist([row], schema)
    except (pa.ArrowInvalid, pa.ArrowTypeError, AttributeError):
        return False
    same: bool = _without_nothing(made.to_pylist()[0]) == _without_nothing(row)
    return same


def _without_nothing(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nothing(each) for name, each in value.items() if each is not None}
    return [_without_nothing(each) for each in value] if isinstance(value, list) else value


def one_by_one(policy: Policy, row: Facts, readings: dict[str, str]) -> dict[str, Any]:
    """What the table must say of a row: bounds of sums, the verdict, steps, or the codes of its problems."""
    try:
        result = policy.calculate(_without_nothing(row), readings=readings)
    except RequestError as error:
        return {"codes": [each.code for each in error.problems]}
    found: dict[str, Any] = {"eligible": result.eligible, "simulation": result.is_simulation}
    if policy.pays:
        found["amount"] = (result.total.low, result.total.high)
    for part in result.parts:
        found[f"parts.{part.name}"] = (part.low, part.high)
        found |= {f"shares.{share.name}": (share.low, share.high) for share in part.shares}
    said = result.to_dict()["result"]
    found |= {f"steps.{name}": None if isinstance(value, dict) else value for name, value in said["steps"].items()}
    found |= {
        f"conditions.{name}": None if isinstance(value, str) else value for name, value in said["conditions"].items()
    }
    failing = [name for name, value in said["conditions"].items() if value is False]
    required = [test.name for test in policy.program.conditions if test.kind == "required"]
    found["reasons"] = ", ".join(name for name in required if name in failing)
    return found


def of_columns(row: dict[str, Any]) -> dict[str, Any]:
    """The same of a row of the answer."""
    if row["problems"] is not None:
        assert all(value is None for name, value in row.items() if name != "problems")
        return {"codes": [each["code"] for each in row["problems"]]}
    found: dict[str, Any] = {}
    for name, value in row.items():
        kind = name.partition(".")[0]
        if name.endswith((".low", ".high")) or name == "problems":
            continue
        if kind in {"amount", "parts", "shares"}:
            found[name] = (row.get(f"{name}.low", value), row.get(f"{name}.high", value))
            assert value == (found[name][0] if found[name][0] == found[name][1] else None)
        elif kind == "steps" and value is not None:
            found[name] = str(value).lower() if isinstance(value, bool) else str(value)
        else:
            found[name] = value
    return found


@contextmanager
def without_limit(policy: Policy, *, is_wanted: bool) -> Iterator[None]:
    """Numbers without limit, as where 64 bits are not proved to hold them, in formulas that are made anew."""
    with pytest.MonkeyPatch.context() as patch:
        if is_wanted:
            patch.setattr(ways, "wide_under", lambda *_: iter([policy.id]))
            patch.setattr(table, "way_of", ways.Way)
        yield


@settings(suppress_health_check=list(HealthCheck))  # where few facts fit each other, few lists of them do
@given(data=st.data())
def test_a_table_is_its_rows(policy: Policy, data: st.DataObject) -> None:
    """Amounts, shares, verdicts, steps and problems of each row are those of the row alone, in the same order."""
    chosen = a_reading(policy, data)
    schema = schema_of(policy)
    valid = st.lists(facts(policy, chosen), min_size=1, max_size=4)
    wrong = st.lists(invalid_facts(policy, chosen), max_size=2)
    rows = [*data.draw(valid, label="rows"), *data.draw(wrong, label="wrong rows")]
    rows = data.draw(st.permutations([row for row in rows if holds(schema, row)]), label="order")
    whole = pa.Table.from_pylist(rows, schema)
    cut = data.draw(st.integers(0, len(rows)), label="cut")
    in_chunks = pa.concat_tables([whole.slice(0, cut), whole.slice(cut)])
    names = [*policy.steps, *(test.name for test in policy.program.conditions)]
    with without_limit(policy, is_wanted=data.draw(st.booleans(), label="without limit")):
        found = policy.calculate_table(in_chunks, readings=chosen, steps=names).to_pylist()
    assert [one_by_one(policy, row, chosen) for row in rows] == [of_columns(row) for row in found]


@settings(suppress_health_check=list(HealthCheck), max_examples=20)
@given(data=st.data())
def test_some_columns_are_those_of_the_whole(policy: Policy, data: st.DataObject) -> None:
    """Whatever columns and steps are asked for, and however wide sums are: what stands there is the same."""
    schema = schema_of(policy)
    drawn = data.draw(st.lists(facts(policy) | invalid_facts(policy), min_size=1, max_size=3), label="rows")
    rows = [row for row in drawn if holds(schema, row)]
    table_ = pa.Table.from_pylist(rows, schema)
    whole = policy.calculate_table(table_, steps=list(policy.steps))
    sums = [name for name in whole.column_names if name.startswith(("amount", "parts", "shares"))]
    names = [name for name in sums if not name.endswith((".low", ".high"))] + ["eligible", "reasons", "simulation"]
    only = data.draw(st.lists(st.sampled_from(names), unique=True), label="only")
    steps = data.draw(st.lists(st.sampled_from(list(policy.steps) or [""]), unique=True), label="steps")
    some = policy.calculate_table(table_, only=only, steps=[name for name in steps if name], sums="decimal64")
    assert set(only) <= set(some.column_names)
    assert some.to_pylist() == whole.select(some.column_names).to_pylist()


def test_rows_that_fit_are_computed_in_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what is wrong, or rests on a figure that nobody has filled, is left to the runner of single claims."""
    left: list[str] = []
    monkeypatch.setattr(Through, "_in_words", lambda self, *_: left.append(self.policy.id))
    for policy in POLICIES:
        is_open = any(each.values is None for each in policy.program.parameters.values())
        if is_open or any(part.decided for part in policy.program.parts):
            continue
        for example in policy.document.examples:
            facts_ = policy.calculate(example.facts, readings=example.under).facts
            policy.calculate_table(pa.Table.from_pylist([facts_], schema_of(policy)), readings=example.under)
    assert left == []
