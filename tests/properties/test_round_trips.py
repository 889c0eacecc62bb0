"""What goes in comes out again: facts, receipts, schemas; and nothing is changed on the way."""

from __future__ import annotations

import copy
import datetime as dt
from decimal import Decimal
from typing import Any

import jsonschema
from hypothesis import given
from hypothesis import strategies as st

from subsidy import Policy, read_receipt
from subsidy.catalogue.digest import canonical
from subsidy.language import program as p
from subsidy.language.types import Date, Number, Records
from subsidy.testing import facts

from .support import CATALOGUE, a_reading, a_result


@given(data=st.data())
def test_canonical_facts_calculate_to_the_same_bytes(policy: Policy, data: st.DataObject) -> None:
    """The facts of a result, calculated again under its readings, give the same receipt byte for byte."""
    result = a_result(policy, data)
    assert result.receipt() == policy.calculate(result.facts, readings=result.readings).receipt()


@given(data=st.data())
def test_receipt_replays_as_the_same(policy: Policy, data: st.DataObject) -> None:
    """A receipt read back and computed again under the digest that it names differs in nothing."""
    result = a_result(policy, data)
    replay = CATALOGUE.replay(read_receipt(result.receipt()))
    assert replay.is_same
    assert not replay.notes or len(CATALOGUE.folder.entries(policy.id)) > 1  # what came after a version is noted
    assert result == replay.result


@given(data=st.data())
def test_form_of_a_value_makes_no_difference(policy: Policy, data: st.DataObject) -> None:
    """A number as int, Decimal or text with more zeros, and a day as text or date, give the same receipt."""
    chosen = a_reading(policy, data)
    stated = data.draw(facts(policy, chosen), label="facts")
    other = {name: another_form(policy.facts[name], value, data) for name, value in stated.items()}
    expected = policy.calculate(stated, readings=chosen).receipt()
    assert expected == policy.calculate(other, readings=chosen).receipt()


def another_form(fact: p.Fact, value: Any, data: st.DataObject) -> Any:
    match fact.type:
        case Number():
            number = Decimal(value)
            forms = [number, number.normalize(), format(number.normalize(), "f")]
            return data.draw(st.sampled_from([*forms, int(number)] if number == int(number) else forms))
        case Date():
            return dt.date.fromisoformat(value)
        case Records():
            fields = {field.name: field for field in fact.fields}
            return tuple({n: another_form(fields[n], item, data) for n, item in row.items()} for row in value)
        case _:
            return value


@given(data=st.data())
def test_what_is_given_stays_as_it_was(policy: Policy, data: st.DataObject) -> None:
    """A calculation changes neither the facts nor the readings that it is given."""
    chosen = a_reading(policy, data)
    stated = data.draw(facts(policy, chosen), label="facts")
    before = copy.deepcopy((stated, chosen))
    policy.calculate(stated, readings=chosen).explain("en")
    assert before == (stated, chosen)


@given(data=st.data())
def test_schema_accepts_canonical_facts(policy: Policy, data: st.DataObject) -> None:
    """The JSON Schema of a policy is well formed and accepts the canonical facts of every result."""
    schema = policy.schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    assert not list(validator.iter_errors(a_result(policy, data).facts))


@given(data=st.data())
def test_a_receipt_is_written_as_its_data_is(policy: Policy, data: st.DataObject) -> None:
    """However a receipt is written, by a form or at length, its bytes are the canonical JSON of its data."""
    result = a_result(policy, data)
    assert result.receipt() == canonical(result.to_dict())
