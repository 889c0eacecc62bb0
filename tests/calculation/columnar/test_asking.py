"""What a caller asks of a table: some columns only, and sums in less room."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest
from tests.language.support import compiled, number, pays

from subsidy import RequestError

from .test_reading import GRANT, a_table


def test_only_what_is_asked_for() -> None:
    """The columns that are named, in the order of the whole, with what is wrong; the rest is not computed."""
    table = a_table(3, floor_area=["1", "x", "2"])
    whole = GRANT.calculate_table(table, steps=["granted_area"])
    some = GRANT.calculate_table(table, only=["simulation", "amount"], steps=["granted_area"])
    assert some.column_names == [
        "amount", "amount.low", "amount.high", "steps.granted_area", "simulation", "problems"
    ]  # fmt: skip
    assert some.equals(whole.select(some.column_names))
    assert GRANT.calculate_table(table, only=[]).column_names == ["problems"]


def test_batches() -> None:
    """A batch is answered for each batch, as it comes and in order; one with other columns is none of them."""
    table = a_table(10, floor_area=[str(each) for each in range(1, 11)])
    batches = table.to_batches(max_chunksize=3)
    for threads in (1, 2):
        found = list(GRANT.calculate_batches(batches, threads=threads))
        assert [each.num_rows for each in found] == [3, 3, 3, 1]
        assert pa.Table.from_batches(found).equals(GRANT.calculate_table(table))
    assert list(GRANT.calculate_batches([])) == []
    rest = iter(batches)
    next(GRANT.calculate_batches(rest))
    assert len(list(rest)) == 3
    with pytest.raises(RequestError) as caught:
        list(GRANT.calculate_batches([batches[0], batches[0].select(["project"])]))
    assert [each.report("en") for each in caught.value.problems] == [
        (
            "R0794 schema-again  batches[1]\n  batches[1] has other columns than the table began with\n"
            "  → all batches have the same columns, types and order; another table is another call"
        )
    ]


def test_sums_in_less_room() -> None:
    """Sums are the same in 64 bits; where a row has none, nothing of another stands there."""
    table = a_table(3, floor_area=["1", "x", "2"])
    short = GRANT.calculate_table(table, sums="decimal64")
    assert short.schema.field("amount").type == pa.decimal64(18, 2)
    assert short["amount"].to_pylist() == [Decimal("300.00"), None, Decimal("600.00")]
    assert short["amount"].chunk(0).buffers()[1].to_pybytes()[8:16] == bytes(8)
    long = GRANT.calculate_table(table)
    assert [column.to_pylist() for column in short.columns] == [column.to_pylist() for column in long.columns]


def test_numbers_in_less_room() -> None:
    """Facts may be decimals of 32 and 64 bits."""
    for kind in (pa.decimal32(9, 2), pa.decimal64(18, 2), pa.decimal64(18, 3)):
        areas = pa.array([Decimal("1.50"), Decimal("-0.01"), None, Decimal("2.00")], kind)
        answers = GRANT.calculate_table(a_table(4, floor_area=areas), only=["amount"]).to_pylist()
        assert [row["amount"] for row in answers] == [Decimal("450.00"), None, None, Decimal("600.00")]
        assert [row["problems"] and row["problems"][0]["code"] for row in answers] == [None, "F0104", "F0102", None]


def test_what_nobody_knows() -> None:
    """Every column that there is not is said at once, with those that there are."""
    with pytest.raises(RequestError) as caught:
        GRANT.calculate_table(a_table(), only=["amuont", "shares.grant"], steps=["granted"])
    names = "amount, parts.grant, parts.county_duty, shares.grant.city, shares.county_duty.county, "
    names += "eligible, reasons, simulation"
    assert [each.report("en") for each in caught.value.problems] == [
        (
            "R0120 unknown-step  steps.granted\n  the policy has no step and no condition granted\n"
            "  → did you mean granted_area?"
        ),
        (
            f"R0130 unknown-answer  amuont\n  the answer has no column amuont; allowed is: {names}\n"
            "  → did you mean amount?"
        ),
        (
            f"R0130 unknown-answer  shares.grant\n  the answer has no column shares.grant; allowed is: {names}\n"
            "  → did you mean shares.grant.city?"
        ),
    ]
    assert caught.value.problems[1].report("zh") == (
        f"R0130 unknown-answer  amuont\n  结果没有名为 amuont 的列；可以是：{names}\n  → 是否想写 amount？"
    )


def test_everything_that_is_wrong_is_said_at_once() -> None:
    """What is asked for and is not there, and columns that are no facts, or are missing."""
    with pytest.raises(RequestError) as caught:
        GRANT.calculate_table(a_table().rename_columns(["project", *"abcde"]), only=["pay"], steps=["no"])
    codes = [each.code for each in caught.value.problems]
    assert codes[:2] == ["R0120", "R0130"]
    assert {"F0101", "F0102"} <= set(codes[2:])


def test_sums_that_do_not_fit() -> None:
    """Sums that are not proved to have at most 18 digits are refused in columns of 64 bits."""
    many = "".join(pays("x * 1[CNY]").replace('"paid"', f'"paid{place}"') for place in range(10))
    policy = compiled(number("x", "0", "1000000000000000", "1"), many)
    table = pa.table({"claim": ["C1"], "on": ["2024-06-30"], "x": ["3"]})
    assert policy.calculate_table(table)["amount"].to_pylist() == [Decimal("30.00")]
    assert policy.calculate_table(table, only=["parts.paid3"], sums="decimal64").num_rows == 1
    with pytest.raises(RequestError) as caught:
        policy.calculate_table(table, sums="decimal64")
    (problem,) = caught.value.problems
    assert problem.report("en") == (
        "R0131 sum-too-wide  amount\n  the amount may have more than 18 digits, "
        "which a column of decimal64 does not hold"
        '\n  → use sums="decimal128"'
    )
    assert problem.report("zh") == (
        'R0131 sum-too-wide  amount\n  金额（amount）可能超过 18 位数字，decimal64 列放不下\n  → 改用 sums="decimal128"'
    )
